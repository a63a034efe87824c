#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the inputs of the samples from one colour picture.  Usage: make_degraded.py scene.png

Writes beside it scene-mosaic.png (Bayer RGGB, grey), scene-small.png (pixels at even rows and
columns), scene-mask.png (0 missing, 255 measured), scene-holes.png (missing pixels black) and
scene-noisy.png (a part of it with Gaussian noise of standard deviation 30 grey levels, clipped).
"""
import pathlib
import sys

import cv2
import numpy as np


def mosaic(rgb):
    """The one colour of each pixel that an RGGB filter passes."""
    grey = rgb[:, :, 1].copy()
    grey[0::2, 0::2] = rgb[0::2, 0::2, 0]
    grey[1::2, 1::2] = rgb[1::2, 1::2, 2]
    return grey


def damage(height, width, seed=5):
    """Scratches, a stamp of letters and a date, and specks: 0 where the picture is lost."""
    mask = np.full((height, width), 255, np.uint8)
    chance = np.random.default_rng(seed)
    for _ in range(14):
        start = chance.integers((0, 0), (width, height))
        points = [start]
        heading = chance.uniform(0, 2 * np.pi)
        for _ in range(9):
            heading += chance.normal(0, 0.25)
            points.append(points[-1] + 24 * np.array([np.cos(heading), np.sin(heading)]))
        line = np.array(points, dtype=np.int32).reshape(-1, 1, 2)
        cv2.polylines(mask, [line], False, 0, int(chance.integers(1, 5)))
    for x, y, radius in zip(chance.integers(0, width, 60), chance.integers(0, height, 60),
                            chance.integers(1, 6, 60)):
        cv2.circle(mask, (int(x), int(y)), int(radius), 0, -1)
    for row, text in enumerate(["SCRATCHED", "24 12 1987"]):
        cv2.putText(mask, text, (70 + 40 * row, 130 + 90 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 0, 4)
    return mask


def noisy(rgb, sigma=30, seed=7):
    """Vase and glass with white noise."""
    part = rgb[40:260, 170:390].astype(np.float64)
    part += sigma * np.random.default_rng(seed).standard_normal(part.shape)
    return np.clip(np.round(part), 0, 255).astype(np.uint8)


def main(scene):
    folder = pathlib.Path(scene).parent
    rgb = cv2.imread(scene)[:, :, ::-1]
    mask = damage(*rgb.shape[:2])
    pictures = {
        "scene-mosaic.png": mosaic(rgb),
        "scene-small.png": rgb[0::2, 0::2],
        "scene-mask.png": mask,
        "scene-holes.png": np.where(mask[:, :, None] > 0, rgb, 0),
        "scene-noisy.png": noisy(rgb),
    }
    for name, picture in pictures.items():
        stored = picture[:, :, ::-1] if picture.ndim == 3 else picture
        cv2.imwrite(str(folder / name), stored, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main(sys.argv[1])
