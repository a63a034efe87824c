# SPDX-License-Identifier: MIT
"""Patches (H,W,C) float32 in [0,1] that no photograph shows: one colour, waves, drawings."""
import cv2
import numpy as np

import degrade

FINEST = 0.23  # cycles a pixel along rows and columns; from 0.25 on every second pixel does not tell a wave
# OpenCV's stroke fonts but FONT_HERSHEY_SIMPLEX, which measure_text.py draws with.
FONTS = (cv2.FONT_HERSHEY_PLAIN, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX,
         cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_COMPLEX_SMALL, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX)
CHARACTERS = np.frombuffer(bytes(range(33, 127)) + b"    ", np.uint8)


def flat_picture(height, width, channels, generator):
    """One colour everywhere; every second one has each channel black or white."""
    colour = generator.random(channels, dtype=np.float32)
    if generator.random() < 0.5:
        colour = np.full(channels, colour[0]) if generator.random() < 0.5 else colour
        colour = (colour < 0.5).astype(np.float32)
    return np.broadcast_to(colour, (height, width, channels))


def grating(height, width, channels, generator):
    """A wave of any direction, of one length or shorter from a point on (a zone plate), between
    two greys or colours. Every second pixel of every second row shows it without ambiguity."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    if generator.random() < 0.5:
        fx, fy = generator.uniform(-FINEST, FINEST, 2)
        phase = fx * x + fy * y
    else:
        y, x = y - generator.uniform(0, height), x - generator.uniform(0, width)
        phase = FINEST * (x * x + y * y) / (2 * max(np.abs(x).max(), np.abs(y).max()))
    wave = (0.5 + 0.5 * np.cos(2 * np.pi * (phase + generator.random())))[..., None]
    ends = generator.random((2, channels), dtype=np.float32)
    if generator.random() < 0.5:
        ends[:] = ends[:, :1]
    return (ends[0] + wave * (ends[1] - ends[0])).astype(np.float32)


def drawing(height, width, channels, generator):
    """Lines of text, strokes and blobs, or sharp stripes, of one colour on another; every second pair is
    of colours whose channels are black or white."""
    kind = generator.integers(3)
    if kind == 0:
        ink = _letters(height, width, generator)
    elif kind == 1:
        ink = 1 - degrade.stroke_mask(height, width, generator, 1)
    else:
        ink = _stripes(height, width, generator)
    ends = generator.random((2, channels), dtype=np.float32)
    if generator.random() < 0.5:
        ends = np.round(ends)
    return (ends[0] + ink * (ends[1] - ends[0])).astype(np.float32)


def _letters(height, width, generator):
    """Ink (H,W,1) of lines of random characters, every second time with smoothed edges."""
    ink = np.zeros((height, width), np.uint8)
    font, scale = FONTS[generator.integers(len(FONTS))], generator.uniform(0.35, 1.1)
    edges = cv2.LINE_AA if generator.random() < 0.5 else cv2.LINE_8
    thickness = 2 if scale > 0.6 and generator.random() < 0.5 else 1
    y = generator.uniform(0, 20)
    while y < height + 20:
        text = generator.choice(CHARACTERS, 40).tobytes().decode("ascii")
        place = int(generator.uniform(-20, 5)), int(y)
        cv2.putText(ink, text, place, font, scale, 255, thickness, edges)
        y += generator.uniform(22, 40) * scale
    return ink[..., None] / np.float32(255)


def _stripes(height, width, generator):
    """Ink (H,W,1), 0 or 1."""
    y, x = np.mgrid[:height, :width]
    fx, fy = generator.uniform(-0.15, 0.15, 2)
    return (np.cos(2 * np.pi * (fx * x + fy * y + generator.random())) > 0)[..., None]
