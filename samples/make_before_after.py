#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts inputs and results side by side.  Usage: make_before_after.py IMAGES RESTORED before-after.png

IMAGES is samples/images, RESTORED the folder that quickstart.sh wrote. Four columns, three uses of
interpolate and one of denoise; above what went in, below what came out, enlarged twice without smoothing. The
mosaic is shown in the colours of its filters, the small picture at its own pixel size.
"""
import pathlib
import sys

import cv2
import numpy as np

CROP = (slice(76, 208), slice(214, 346))  # rows, columns of the scene: vase and glass
HOLES = (slice(94, 226), slice(76, 208))  # fruit, vase and lost letters
NOISY = (slice(36, 168), slice(44, 176))  # of the noisy part: the same place as CROP
GAP = 6


def coloured_mosaic(grey):
    """An RGGB mosaic with each sample in the colour of its filter (BGR order)."""
    colour = np.zeros(grey.shape + (3,), np.uint8)
    colour[0::2, 0::2, 2] = grey[0::2, 0::2]
    colour[0::2, 1::2, 1] = grey[0::2, 1::2]
    colour[1::2, 0::2, 1] = grey[1::2, 0::2]
    colour[1::2, 1::2, 0] = grey[1::2, 1::2]
    return colour


def enlarged(picture, times):
    return np.repeat(np.repeat(picture, times, axis=0), times, axis=1)


def main(images, restored, output):
    images, restored = pathlib.Path(images), pathlib.Path(restored)
    read = lambda path: cv2.imread(str(path))
    mosaic = coloured_mosaic(cv2.imread(str(images / "scene-mosaic.png"), cv2.IMREAD_GRAYSCALE))
    small = enlarged(read(images / "scene-small.png"), 2)
    columns = [
        (mosaic[CROP], read(restored / "scene-demosaicked.png")[CROP]),
        (small[CROP], read(restored / "scene-doubled.png")[CROP]),
        (read(images / "scene-holes.png")[HOLES], read(restored / "scene-filled.png")[HOLES]),
        (read(images / "scene-noisy.png")[NOISY], read(restored / "scene-denoised.png")[NOISY]),
    ]
    rows = []
    for part in range(2):
        tiles = [enlarged(column[part], 2) for column in columns]
        gap = np.full((tiles[0].shape[0], GAP, 3), 255, np.uint8)
        rows.append(np.hstack([part for tile in tiles for part in (gap, tile)][1:]))
    gap = np.full((GAP, rows[0].shape[1], 3), 255, np.uint8)
    cv2.imwrite(output, np.vstack([rows[0], gap, rows[1]]), [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main(*sys.argv[1:4])
