# SPDX-License-Identifier: MIT
"""Training patches drawn on the device: all pictures lie there as bytes, nothing crosses the bus.

Same mix and degradations as data.py, by tensor operations of fixed shapes, so that a whole step can be
captured as one CUDA graph. Beside each picture lie copies reduced by area to REDUCED of its size; a
share of the patches is cut from those, which are sharper and free of JPEG's blocks and soft chroma.
"""
import itertools

import numpy as np
import torch

import degrade
from data import FOLDERS, REDUCED, SATURATION, smaller, training_pictures

STROKE_MASKS = 768


class PictureBank:
    """Every training picture of the folders as bytes, (pixels, 3), with offsets and sizes.

    size: of the patches, the least side of a reduced copy; mix: share of patches from each of FOLDERS;
    reduced: share of patches from reduced copies.
    """

    def __init__(self, root, device, size, mix, reduced):
        pixels, rows, self.first, self.count = [], [], [], []
        scales = (1.0, *REDUCED) if reduced > 0 else (1.0,)
        for scale in scales:
            for name in FOLDERS:
                pictures = training_pictures(root, name, size)
                self.first.append(len(rows))
                self.count.append(len(pictures))
                for picture in pictures:
                    picture = smaller(picture, scale, size)
                    rows.append((sum(map(len, pixels)), *picture.shape[:2]))
                    pixels.append(picture.reshape(-1, 3))
        self.pixels = torch.from_numpy(np.concatenate(pixels)).to(device)
        self.rows = torch.tensor(rows, device=device)
        mix = np.array([mix[name] for name in FOLDERS])
        parts = (1 - reduced, *[reduced / len(REDUCED)] * (len(scales) - 1))
        shares = np.concatenate([part * mix for part in parts])
        self.limits = torch.tensor(np.cumsum(shares), dtype=torch.float32, device=device)
        self.first, self.count = (torch.tensor(part, device=device)
                                  for part in (self.first, self.count))

    def patches(self, draws, size):
        """RGB (N,3,size,size) in [0,1] for uniform draws (N,7): folder, picture, place, flips."""
        folder = (draws[:, :1] > self.limits[:-1]).sum(1)
        picture = self.first[folder] + (draws[:, 1] * self.count[folder]).long()
        offset, height, width = self.rows[picture].unbind(1)
        top = (draws[:, 2] * (height - size + 1)).long()
        left = (draws[:, 3] * (width - size + 1)).long()
        place = torch.arange(size, device=draws.device)
        row, column = place.view(1, -1, 1), place.view(1, 1, -1)
        flip = (draws[:, 4:] < 0.5).view(-1, 3, 1, 1)
        row, column = (torch.where(flip[:, 0], column, row), torch.where(flip[:, 0], row, column))
        row = torch.where(flip[:, 1], size - 1 - row, row)
        column = torch.where(flip[:, 2], size - 1 - column, column)
        start = (offset + top * width + left).view(-1, 1, 1)
        index = start + row * width.view(-1, 1, 1) + column
        return self.pixels[index].permute(0, 3, 1, 2).float() / 255


class DevicePatches:
    """Batches of (truth, samples, mask or noise level), each drawn anew; shares as in data.Patches."""

    def __init__(self, root, observation, size, batch, channels, device, mix, reduced=0.0,
                 saturated=0.0):
        self.saturated = saturated if channels == 3 else 0.0
        self.orders = torch.tensor(list(itertools.permutations(range(3))), device=device)
        self.bank = PictureBank(root, device, size, mix, reduced)
        self.observation, self.size, self.batch, self.channels = observation, size, batch, channels
        self.device = device
        self.luminance = torch.tensor((0.299, 0.587, 0.114), device=device).view(1, 3, 1, 1)
        self.mosaic = torch.from_numpy(degrade.bayer_mask(size, size)).permute(2, 0, 1).to(device)
        self.grid = torch.from_numpy(degrade.decimation2_mask(size, size)).permute(2, 0, 1).to(device)
        if observation == "mask":
            generator = np.random.default_rng(1)
            masks = [degrade.stroke_mask(size, size, generator, 1) for _ in range(STROKE_MASKS)]
            self.strokes = torch.from_numpy(np.stack(masks)[..., 0]).bool().to(device)

    def draw(self):
        """truth, samples (N,C,S,S), and mask (N,C,S,S) or noise level (N,1,S,S)."""
        draws = torch.rand(self.batch, 12, device=self.device)
        truth = self.bank.patches(draws[:, :7], self.size)
        if self.channels == 1:
            truth = self._single_plane(truth, draws[:, 11])
        if self.saturated > 0:
            truth = self._saturated(truth)
        truth = truth.contiguous()
        if self.observation in ("noise", "noisy_bayer"):
            mosaic = self.observation == "noisy_bayer"
            level = self._noise_level(draws[:, 7:10], degrade.MOSAIC_SIGMA if mosaic
                                      else degrade.MAX_SIGMA)
            noisy = truth + level * torch.randn_like(truth)
            return truth, noisy * self.mosaic if mosaic else noisy, level
        mask = {"bayer": self.mosaic, "decimation2": self.grid}.get(self.observation)
        mask = self._holes(draws[:, 7:]) if mask is None else mask.expand_as(truth)
        mask = mask.expand_as(truth).contiguous()
        return truth, truth * mask, mask

    def _saturated(self, truth):
        """As data.saturated_picture, for a share of the patches."""
        which, order, strength = torch.rand(3, self.batch, 1, 1, 1, device=self.device)
        channels = self.orders[(len(self.orders) * order.flatten()).long()]
        moved = truth.gather(1, channels.view(-1, 3, 1, 1).expand_as(truth))
        grey = moved.mean(1, keepdim=True)
        apart = grey + (1 + (SATURATION - 1) * strength) * (moved - grey)
        return torch.where(which < self.saturated, apart.clamp(0, 1), truth)

    def _single_plane(self, truth, draws):
        """As data.single_plane."""
        if self.observation == "noise":
            return (truth * self.luminance).sum(1, keepdim=True)
        colour = (3 * draws).long().clamp(max=2).view(-1, 1, 1, 1)
        return truth.gather(1, colour.expand(-1, 1, self.size, self.size))

    def _noise_level(self, draws, largest):
        """As degrade.noise_level: one in five a linear ramp along the columns."""
        first = draws[:, 0].view(-1, 1, 1, 1) * (largest / 255)
        last = draws[:, 1].view(-1, 1, 1, 1) * (largest / 255)
        ramp = torch.linspace(0, 1, self.size, device=self.device).view(1, 1, 1, -1)
        slope = torch.where(draws[:, 2].view(-1, 1, 1, 1) < 0.8, torch.zeros_like(ramp), ramp)
        return (first + (last - first) * slope).expand(-1, 1, self.size, self.size).contiguous()

    def _holes(self, draws):
        """As degrade.inpainting_mask, (N,1,S,S)."""
        kind, range_, where, stroke = (draws[:, k].view(-1, 1, 1, 1) for k in range(4))
        missing = torch.where(range_ < 0.5, 0.65 + 0.25 * where, 0.2 + 0.75 * where)
        keep = torch.rand(self.batch, 1, self.size, self.size, device=self.device) >= missing
        chosen = self.strokes[(stroke.flatten() * STROKE_MASKS).long()].unsqueeze(1)
        return torch.where(kind < 0.2, chosen, keep).float()
