#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the test chart.  Usage: make_chart.py chart.png

What interpolation gets wrong, each in one field: a zone plate (aliasing), a star of wedges (false
colour), text in three sizes, saturated colours side by side (edges that exist in one channel only),
smooth gradients (banding, grid patterns), and thin lines at many angles.
"""
import sys

import cv2
import numpy as np

WIDTH, HEIGHT = 480, 320


def zone_plate(side):
    """Grey rings whose frequency grows to half a cycle per pixel at the middle of each side."""
    axis = np.arange(side) - (side - 1) / 2
    radius_squared = axis[:, None] ** 2 + axis[None, :] ** 2
    grey = 0.5 + 0.5 * np.cos(np.pi * radius_squared / side)
    return np.repeat(grey[:, :, None], 3, axis=2)


def star(side, wedges=32, oversampling=8):
    """Red and white wedges around a point, averaged down from a larger drawing."""
    axis = (np.arange(side * oversampling) + 0.5) / (side * oversampling) - 0.5
    angle = np.arctan2(axis[:, None], axis[None, :])
    lit = (np.floor(angle * wedges / (2 * np.pi)) % 2)[:, :, None]
    drawing = lit * np.array([0.92, 0.92, 0.92]) + (1 - lit) * np.array([0.75, 0.05, 0.10])
    return drawing.reshape(side, oversampling, side, oversampling, 3).mean(axis=(1, 3))


def saturated_edges(width, height):
    """Patches of pure colours in brick order: every pair of neighbours is an edge."""
    colours = np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1],
                        [0, 0, 0], [1, 1, 1]], dtype=float)
    column = np.arange(width) // 20
    row = np.arange(height) // 20
    return colours[(column[None, :] + 3 * row[:, None]) % len(colours)]


def gradients(width, height):
    """Four ramps from black: grey, red, green, blue."""
    ramp = np.linspace(0, 1, width)
    weights = np.array([[1, 1, 1], [1, 0.1, 0.1], [0.1, 1, 0.1], [0.1, 0.1, 1]])
    band = np.minimum(np.arange(height) * 4 // height, 3)
    return ramp[None, :, None] * weights[band][:, None, :]


def text_field(width, height):
    """Dark letters on cream, light letters on blue."""
    field = np.empty((height, width, 3))
    field[: height // 2] = (0.95, 0.92, 0.84)
    field[height // 2 :] = (0.08, 0.14, 0.40)
    lines = [("Tessera", 0.9, 26), ("the pixels between", 0.5, 46),
             ("were never measured 0123456789", 0.34, 62)]
    for text, size, y in lines:
        cv2.putText(field, text, (6, y), cv2.FONT_HERSHEY_DUPLEX, size, (0.10, 0.08, 0.12), 1,
                    cv2.LINE_AA)
        cv2.putText(field, text, (6, y + height // 2), cv2.FONT_HERSHEY_COMPLEX, size,
                    (0.98, 0.85, 0.30), 1, cv2.LINE_AA)
    return field


def line_fan(width, height):
    """One pixel wide lines from a corner, in three colours on grey."""
    field = np.full((height, width, 3), 0.55)
    colours = [(0.05, 0.05, 0.05), (0.95, 0.95, 0.95), (0.90, 0.45, 0.05)]
    for index, angle in enumerate(np.linspace(0.03, np.pi / 2 - 0.03, 24)):
        end = (int(2 * width * np.cos(angle)), int(2 * width * np.sin(angle)))
        cv2.line(field, (0, 0), end, colours[index % 3], 1, cv2.LINE_AA)
    return field


def chart():
    picture = np.empty((HEIGHT, WIDTH, 3))
    picture[:160, :160] = zone_plate(160)
    picture[160:, :160] = star(160)
    picture[:148, 160:] = text_field(320, 148)
    picture[148:228, 160:] = gradients(320, 80)
    picture[228:, 160:340] = saturated_edges(180, 92)
    picture[228:, 340:] = line_fan(140, 92)
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


if __name__ == "__main__":
    cv2.imwrite(sys.argv[1], chart()[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
