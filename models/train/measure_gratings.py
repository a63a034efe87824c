# SPDX-License-Identifier: MIT
"""How waves of every direction come back from every second pixel of every second row: where a model
takes one for another, it is worse than bicubic interpolation by decibels.

    python3 models/train/measure_gratings.py --program build/apps/interpolate --models upscale2 upscale2-fast

Grey waves around the middle, cos(2 pi (fx x + fy y)), of GRID frequencies along rows and columns up to
FINEST cycles per pixel of the large picture, each in both mirror images; PSNR in dB of 8-bit results.
"""
import argparse
import pathlib
import tempfile

import cv2
import numpy as np

from measure import psnr, read_rgb, restore
from synthetic import FINEST

SIDE, GRID = 96, 8
AMPLITUDES = (0.5, 0.1)
CLEARLY = 3.0  # dB
ENOUGH = 40.0  # dB: what is lost above is not seen


def waves(amplitude):
    """(name, uint8 picture (SIDE,SIDE)) of each frequency; the phase changes from one to the next."""
    y, x = np.mgrid[:SIDE, :SIDE]
    frequencies = FINEST * np.arange(GRID) / (GRID - 1)
    for i, fx in enumerate(frequencies):
        for j, fy in enumerate(frequencies):
            for sign in (1, -1):
                phase = fx * x + sign * fy * y + 0.37 * (GRID * i + j)
                wave = 0.5 + amplitude * np.cos(2 * np.pi * phase)
                yield f"{i}.{j}.{sign:+d}.png", np.uint8(np.clip(255 * wave + 0.5, 0, 255))


def scores(program, choice, amplitude):
    """PSNR in dB of every wave."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "in").mkdir()
        truths = dict(waves(amplitude))
        for file, truth in truths.items():
            cv2.imwrite(str(folder / "in" / file), truth[0::2, 0::2])
        restore(program, "upscale2", folder, choice)
        with np.errstate(divide="ignore"):  # of waves that come back exactly
            return np.array([min(psnr(cv2.merge([truth] * 3), read_rgb(folder / "out" / file)), 99.0)
                             for file, truth in truths.items()])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="path of interpolate")
    parser.add_argument("--models", nargs="+", required=True)
    arguments = parser.parse_args()
    for amplitude in AMPLITUDES:
        bicubic = scores(arguments.program, ["--method", "bicubic"], amplitude)
        print(f"amplitude {amplitude}\tbicubic\tmean {bicubic.mean():.1f}\tworst {bicubic.min():.1f} dB")
        for model in arguments.models:
            found = scores(arguments.program, ["-n", model], amplitude)
            worse = (found < np.minimum(bicubic, ENOUGH) - CLEARLY).sum()
            print(f"amplitude {amplitude}\t{model}\tmean {found.mean():.1f}\tworst {found.min():.1f} dB\t"
                  f"{worse} of {len(found)} more than {CLEARLY:g} dB below bicubic", flush=True)


if __name__ == "__main__":
    main()
