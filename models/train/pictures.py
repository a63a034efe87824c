# SPDX-License-Identifier: MIT
"""Pictures that methods are measured on: which files of a folder they are, and how they are observed."""
import pathlib

from noise import random_uniform

SUFFIXES = {".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp"}
MASK_SEED = 80  # the default of `evaluate --task inpaint`


def pictures_in(folder, every=1):
    """Paths of a folder's pictures by name, only every n-th; the suffix says what is one, in any case."""
    paths = sorted(path for path in pathlib.Path(folder).iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise SystemExit(f"{folder}: no picture in this folder")
    return paths[::every]


def mosaic_rggb(rgb):
    """(3,H,W) RGB -> (1,H,W) mosaic, R at even rows and columns."""
    mosaic = rgb[1:2].copy()
    mosaic[:, 0::2, 0::2] = rgb[0:1, 0::2, 0::2]
    mosaic[:, 1::2, 1::2] = rgb[2:3, 1::2, 1::2]
    return mosaic


def measured_pixels(height, width, missing):
    """(H,W) bool: each pixel is missing with the given probability, always the same ones."""
    return random_uniform(MASK_SEED, height * width).reshape(height, width) >= missing
