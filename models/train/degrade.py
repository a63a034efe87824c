# SPDX-License-Identifier: MIT
"""How images were observed: masks of measured samples. Images (H,W,C), masks (H,W,C), NumPy."""
import numpy as np

MAX_SIGMA = 75.0  # 8-bit units
MOSAIC_SIGMA = 25.0  # likewise, of noisy mosaics
TYPICAL_SIGMA = {"noise": 25, "noisy_bayer": 10}  # where one level stands for all


def bayer_mask(height, width):
    """RGGB: red at even rows and columns. Result (H,W,3) of 0/1."""
    mask = np.zeros((height, width, 3), np.float32)
    mask[0::2, 0::2, 0] = mask[0::2, 1::2, 1] = mask[1::2, 0::2, 1] = mask[1::2, 1::2, 2] = 1
    return mask


def decimation2_mask(height, width, channels=3):
    """Every second pixel of every second row was measured. Result (H,W,C) of 0/1."""
    mask = np.zeros((height, width, channels), np.float32)
    mask[0::2, 0::2] = 1
    return mask


def random_mask(height, width, missing, generator, channels=3):
    """Each pixel (all channels together) is missing with probability `missing`."""
    keep = generator.random((height, width, 1)) >= missing
    return np.repeat(keep.astype(np.float32), channels, 2)


def stroke_mask(height, width, generator, channels=3):
    """Holes as scratches, blobs and rows of letter-like strokes."""
    keep = np.ones((height, width), np.float32)
    kind = generator.integers(3)
    for _ in range(generator.integers(3, 12)):
        if kind == 0:
            _scratch(keep, generator, generator.integers(30, 100), generator.integers(1, 4))
        elif kind == 1:
            _blob(keep, generator)
        else:
            _text_row(keep, generator)
    return np.repeat(keep[..., None], channels, 2)


def inpainting_mask(height, width, generator, channels=3):
    """One in five strokes; else random pixels, 20 to 95 % missing, half of them 65 to 90 %."""
    if generator.random() < 0.2:
        mask = stroke_mask(height, width, generator, channels)
    else:
        least, most = (0.65, 0.9) if generator.random() < 0.5 else (0.2, 0.95)
        missing = generator.uniform(least, most)
        mask = random_mask(height, width, missing, generator, channels)
    if not mask.any():
        mask[0, 0] = 1
    return mask


def noise_level(height, width, generator, largest=MAX_SIGMA):
    """Standard deviations (H,W,1) in [0,1] units: 0 to `largest` of 255, one in five a linear ramp."""
    first, last = generator.uniform(0, largest / 255, 2)
    if generator.random() < 0.8:
        return np.full((height, width, 1), first, np.float32)
    ramp = np.linspace(first, last, width, dtype=np.float32)
    return np.ascontiguousarray(np.broadcast_to(ramp[None, :, None], (height, width, 1)))


def _scratch(keep, generator, length, thickness, start=None):
    """A random walk of slowly turning direction."""
    height, width = keep.shape
    y, x = start if start is not None else generator.uniform((0, 0), (height, width))
    angle = generator.uniform(0, 2 * np.pi)
    for _ in range(length):
        top, left = int(y), int(x)
        keep[max(top, 0):max(top + thickness, 0), max(left, 0):max(left + thickness, 0)] = 0
        angle += generator.normal(0, 0.15)
        y, x = y + np.sin(angle), x + np.cos(angle)


def _blob(keep, generator):
    height, width = keep.shape
    rows, columns = np.mgrid[:height, :width]
    y, x = generator.uniform((0, 0), (height, width))
    a, b = generator.uniform(2, 9, 2)
    angle = generator.uniform(0, np.pi)
    u = (rows - y) * np.cos(angle) + (columns - x) * np.sin(angle)
    v = (columns - x) * np.cos(angle) - (rows - y) * np.sin(angle)
    keep[(u / a) ** 2 + (v / b) ** 2 < 1] = 0


def _text_row(keep, generator):
    height, width = keep.shape
    y, size = generator.uniform(0, height), generator.integers(6, 16)
    for x in np.arange(generator.uniform(0, 10), width, 0.8 * size):
        for _ in range(2):
            start = (y + generator.uniform(0, size), x + generator.uniform(0, size / 2))
            _scratch(keep, generator, size, int(generator.integers(1, 3)), start)
