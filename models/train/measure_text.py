# SPDX-License-Identifier: MIT
"""How denoisers treat letters of one colour on another, which no photograph of the training shows.

    python3 models/train/measure_text.py --program build/apps/denoise --models denoise-color denoise-color-fast

PSNR in dB of 8-bit results, per pair of colours and noise level, beside that of the noisy picture and of
non-local means.
"""
import argparse
import pathlib
import tempfile

import cv2
import numpy as np

from measure_denoise import psnr_8bit, read_float, run, write_float
from noise import noisy

SIDE = 192
COLOURS = {"blue on red": ((0, 0, 255), (255, 0, 0)), "red on black": ((255, 0, 0), (0, 0, 0)),
           "yellow on white": ((255, 255, 0), (255, 255, 255)), "black on white": ((0, 0, 0), (255,) * 3)}


def letters(ink, paper):
    """(3,SIDE,SIDE) float32 in [0,1]: lines of text in two sizes, edges not smoothed."""
    image = np.full((SIDE, SIDE, 3), paper, np.uint8)
    for line, top in enumerate(range(12, SIDE, 14)):
        size = 0.35 if line % 2 else 0.5
        cv2.putText(image, "The quick brown fox 0123456789", (2, top), cv2.FONT_HERSHEY_SIMPLEX, size, ink, 1)
    return np.ascontiguousarray(image.transpose(2, 0, 1)).astype(np.float32) / 255


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="path of denoise")
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument("--sigma", nargs="+", type=float, default=[1, 10, 25])
    arguments = parser.parse_args()
    truths = {name: letters(*colours) for name, colours in COLOURS.items()}
    choices = {"nlm": ["--method", "nlm"]} | {model: ["-n", model] for model in arguments.models}
    for sigma in arguments.sigma:
        with tempfile.TemporaryDirectory() as place:
            folder = pathlib.Path(place)
            (folder / "in").mkdir()
            observed = {name: noisy(truth, sigma, k) for k, (name, truth) in enumerate(truths.items())}
            for name, picture in observed.items():
                write_float(folder / "in" / f"{name}.tif", picture)
            print(f"sigma {sigma:g}\tnoisy\t" + "\t".join(
                f"{name} {psnr_8bit(truths[name], picture):.1f}" for name, picture in observed.items()))
            for choice, options in choices.items():
                run(arguments.program, folder, ["--sigma", f"{sigma:g}", "-q", *options])
                print(f"sigma {sigma:g}\t{choice}\t" + "\t".join(
                    f"{name} {psnr_8bit(truth, read_float(folder / 'out' / f'{name}.tif')):.1f}"
                    for name, truth in truths.items()), flush=True)


if __name__ == "__main__":
    main()
