# SPDX-License-Identifier: MIT
"""Training images in memory, held-back images, random patches and centre crops."""
import pathlib
import re

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

import degrade
from synthetic import drawing, flat_picture, grating

HELD_BACK_PER_FOLDER = 20
FIXED_PATCHES_SEED = 10
BORDER = 16  # pixels, kPictureBorder in lib/model/network.h
SATURATION = 2.2  # times that of a picture, at most; the only value tried
REDUCED = (0.7, 0.5)  # copies of the pictures, of that size, which are sharper
FOLDERS = ("bsd432", "photos", "sun80")


def photograph(path):
    """What a file shows: photo012a and photo012b are parts of one photograph, which may overlap."""
    part = re.fullmatch(r"(photo\d+)[a-z]", path.stem)
    return part.group(1) if part else path.stem


def image_paths(folder):
    """Sorted (training, held-back) paths of a folder; held back at even spacing, and then no part of
    the same photographs trains."""
    paths = sorted(path for path in pathlib.Path(folder).iterdir() if path.is_file())
    held = set(np.linspace(0, len(paths) - 1, HELD_BACK_PER_FOLDER).round().astype(int))
    shown = {photograph(paths[k]) for k in held}
    return ([path for path in paths if photograph(path) not in shown],
            [path for k, path in enumerate(paths) if k in held])


def load(path):
    """RGB image (H,W,3), uint8."""
    return np.asarray(Image.open(path).convert("RGB"))


def training_pictures(root, name, size):
    """The pictures of the folder `name` that train, and of which no side is under `size`."""
    return [picture for picture in map(load, image_paths(pathlib.Path(root) / name)[0])
            if min(picture.shape[:2]) >= size]


def smaller(image, scale, least=0):
    """The image (H,W,3) reduced by area to `scale` of its size, but no side under `least`."""
    scale = max(scale, least / min(image.shape[:2]))
    if scale >= 1:
        return image
    height, width = (int(np.ceil(scale * extent)) for extent in image.shape[:2])
    return np.asarray(Image.fromarray(image).resize((width, height), Image.BOX))


def observation_mask(observation, height, width, generator, channels=3):
    """Mask (H,W,C) of measured samples for one patch."""
    if observation == "bayer":
        return degrade.bayer_mask(height, width)
    if observation == "decimation2":
        return degrade.decimation2_mask(height, width, channels)
    return degrade.inpainting_mask(height, width, generator, channels)


def saturated_picture(picture, generator):
    """The picture (H,W,3) with its channels in another order and up to SATURATION times as far apart,
    clipped to [0,1]: photographs are less colourful than much that is photographed."""
    picture = picture[..., generator.permutation(3)]
    grey = picture.mean(2, keepdims=True)
    factor = np.float32(1 + (SATURATION - 1) * generator.random())
    return np.clip(grey + factor * (picture - grey), 0, 1)


def observe(truth, observation, generator, sigma=None):
    """samples (H,W,C) and mask (H,W,C), or noise level (H,W,1), of a patch (H,W,C).

    sigma: the one noise level, in 8-bit units; None, the default: levels as in `degrade.noise_level`.
    """
    height, width, channels = truth.shape
    if observation in ("noise", "noisy_bayer"):
        mosaic = observation == "noisy_bayer"
        largest = degrade.MOSAIC_SIGMA if mosaic else degrade.MAX_SIGMA
        level = (degrade.noise_level(height, width, generator, largest) if sigma is None
                 else np.full((height, width, 1), sigma / 255, np.float32))
        noisy = truth + level * generator.standard_normal(truth.shape, dtype=np.float32)
        return noisy * degrade.bayer_mask(height, width) if mosaic else noisy, level
    mask = observation_mask(observation, height, width, generator, channels)
    return truth * mask, mask


def mirrored_index(extent, border, observation):
    """Which rows (or columns) of so many stand in a picture continued by mirroring."""
    index = np.arange(-border, extent + border)
    if observation == "noise":  # about the edge
        index = np.where(index < 0, -1 - index, index)
        return np.where(index < extent, index, 2 * extent - 1 - index)
    if observation == "decimation2":  # the measured half about its edge
        index = np.where(index < 0, np.maximum(-2 - index, index % 2), index)
    index = np.abs(index)
    return np.where(index < extent, index, 2 * extent - 2 - index)


def with_border(samples, mask, observation, border=BORDER):
    """(N,C,H,W) tensors continued on each side as lib/pipeline/sources does it for the networks:
    mirrored, or missing where pixels are missing anyway."""
    if observation == "mask":
        return tuple(functional.pad(part, (border,) * 4) for part in (samples, mask))
    rows, columns = (mirrored_index(extent, border, observation) for extent in samples.shape[2:])
    return tuple(part[:, :, rows][..., columns] for part in (samples, mask))


def without_border(planes, border=BORDER):
    """The inner part (N,C,H,W) of a tensor (N,C,H+2*border,W+2*border)."""
    return planes[..., border:planes.shape[-2] - border, border:planes.shape[-1] - border]


def single_plane(image, observation, generator):
    """One channel (H,W,1): luminance (BT.601) for noise, else one of the colours."""
    if observation == "noise":
        return image @ np.array([[0.299], [0.587], [0.114]], np.float32)
    colour = generator.integers(3)
    return image[..., colour:colour + 1]


def tensor_from_images(images):
    """(N,C,H,W) float32 of equally large (H,W,C) arrays."""
    return torch.from_numpy(np.ascontiguousarray(np.stack(images).transpose(0, 3, 1, 2)))


class Patches:
    """Random patches with eightfold flips; the mosaic is laid after the flip. Pictures smaller than a
    patch are left out.

    count: how many different patches there are; None, the default: a new one each time.
    sigma: see `observe`.
    reduced: share of patches from pictures reduced by area to REDUCED of their size.
    mix: share of patches from each of FOLDERS.
    flat: share of patches of one colour, half of them without the noise that the network is told, so
    that the padding of zeros at the border does not show in them.
    gratings, drawings: shares of patches that are a `grating` or a `drawing`.
    saturated: share of colour patches that go through `saturated_picture`.
    """

    def __init__(self, root, observation, size, batch, channels, mix, count=None, sigma=None,
                 reduced=0.0, flat=0.0, saturated=0.0, gratings=0.0, drawings=0.0):
        pictures = [training_pictures(root, name, size) for name in FOLDERS]
        scales = ((1.0, 1 - reduced), *((scale, reduced / len(REDUCED)) for scale in REDUCED))
        self.images, self.shares = [], []
        for scale, part in scales:
            if part > 0:
                self.images += [[smaller(p, scale, size) for p in folder] for folder in pictures]
                self.shares += [part * mix[name] for name in FOLDERS]
        self.observation, self.size, self.batch, self.channels = observation, size, batch, channels
        self.count, self.sigma, self.flat, self.saturated = count, sigma, flat, saturated
        self.gratings, self.drawings = gratings, drawings

    def draw(self, generator):
        """truth, samples (N,C,size,size) in [0,1], and mask or noise level."""
        truths = [self._patch(self._source(generator)) for _ in range(self.batch)]
        observed = [observe(truth, self.observation, generator, self.sigma)
                    for truth in truths]
        for k in range(self.batch if self.flat > 0 else 0):
            if generator.random() < self.flat:
                truths[k], observed[k] = self._flat(generator)
        return tuple(map(tensor_from_images, (truths, *zip(*observed))))

    def _flat(self, generator):
        truth = flat_picture(self.size, self.size, self.channels, generator)
        samples, mask = observe(truth, self.observation, generator, self.sigma)
        if self.observation == "noise" and generator.random() < 0.5:
            samples = truth
        if self.observation == "noisy_bayer" and generator.random() < 0.5:
            samples = truth * degrade.bayer_mask(self.size, self.size)
        return truth, (samples, mask)

    def _source(self, generator):
        """The generator that draws the next patch: with a count, one of as many fixed ones."""
        if self.count is None:
            return generator
        return np.random.default_rng((FIXED_PATCHES_SEED, generator.integers(self.count)))

    def _patch(self, generator):
        if self.gratings > 0 and generator.random() < self.gratings:
            return grating(self.size, self.size, self.channels, generator)
        if self.drawings > 0 and generator.random() < self.drawings:
            return drawing(self.size, self.size, self.channels, generator)
        images = self.images[generator.choice(len(self.shares), p=self.shares)]
        image = images[generator.integers(len(images))]
        y, x = (generator.integers(0, extent - self.size + 1) for extent in image.shape[:2])
        patch = image[y:y + self.size, x:x + self.size].astype(np.float32) / 255
        if self.channels == 1:
            patch = single_plane(patch, self.observation, generator)
        elif self.saturated > 0 and generator.random() < self.saturated:
            patch = saturated_picture(patch, generator)
        patch = np.rot90(patch, generator.integers(4))
        return patch[::-1] if generator.integers(2) else patch


def held_back_crops(root, observation, size, channels, seed=2026, sigma=None):
    """truth, samples, mask (M,C,size,size) of centre crops of held-back images, always the same."""
    generator = np.random.default_rng(seed)
    truths, observed = [], []
    for name in FOLDERS:
        for path in image_paths(pathlib.Path(root) / name)[1]:
            image = load(path)
            y, x = ((extent - size) // 2 for extent in image.shape[:2])
            crop = image[y:y + size, x:x + size].astype(np.float32) / 255
            if channels == 1:
                crop = single_plane(crop, observation, generator)
            truths.append(crop)
            observed.append(observe(crop, observation, generator, sigma))
    return tuple(map(tensor_from_images, (truths, *zip(*observed))))
