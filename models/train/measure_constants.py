# SPDX-License-Identifier: MIT
"""How far pictures of one colour move through the shipped models, by the programs; into the cards.

    python3 models/train/measure_constants.py --programs build/apps --models models [NAME ...]

Small 8-bit pictures of black, white, greys and saturated colours, without noise whatever a denoiser is told
(sigma 5, 15, 25 and 50; of noisy mosaics 5, 10 and 20): the largest difference of any sample, in levels of
255, and where it was found.
"""
import argparse
import pathlib
import subprocess
import tempfile

import numpy as np

import measure
from cards import front_matter, update_card

HEIGHT, WIDTH = 96, 128
GREYS = (0, 51, 128, 204, 255)
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (230, 204, 51))
SIGMAS = {"noise": (5, 15, 25, 50), "noisy_bayer": (5, 10, 20)}
MISSING = 0.8


def pictures(channels):
    """{name: (H,W,3) or (H,W), uint8}."""
    if channels == 1:
        return {f"{grey}": np.full((HEIGHT, WIDTH), grey, np.uint8) for grey in GREYS}
    colours = [(grey,) * 3 for grey in GREYS] + list(COLOURS)
    return {"-".join(map(str, colour)): np.full((HEIGHT, WIDTH, 3), colour, np.uint8)
            for colour in colours}


def restored(programs, name, matter, folder, sigma):
    """Runs the model's program over folder/in into folder/out."""
    if matter["task"] == "denoise":
        subprocess.run([programs / "denoise", "-n", name, "--sigma", str(sigma), "-q", "--overwrite",
                        "-i", folder / "in", "-o", folder / "out"], check=True)
        return
    noise = [] if sigma is None else ["--sigma", str(sigma)]
    measure.restore(programs / "interpolate", matter["task"], folder, ["-n", name, *noise])


def worst_deviation(programs, name, matter):
    """(levels, picture and noise level where) of a model."""
    architecture = matter["architecture"]
    truths = pictures(architecture["channels"])
    worst = (-1, "")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for part in ("in", "out", "mask"):
            (folder / part).mkdir()
        for label, truth in truths.items():
            if matter["task"] == "denoise":
                measure.write_png(folder / "in" / f"{label}.png", truth)
            else:
                measure.degrade(matter["task"], truth, f"{label}.png", folder, MISSING)
        for sigma in SIGMAS.get(architecture["observation"], (None,)):
            restored(programs, name, matter, folder, sigma)
            for label, truth in truths.items():
                result = measure.read_rgb(folder / "out" / f"{label}.png").astype(int)
                difference = int(np.abs(result - truth.reshape(HEIGHT, WIDTH, -1)).max())
                told = "" if sigma is None else f", sigma {sigma}"
                worst = max(worst, (difference, label + told))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", required=True, type=pathlib.Path, help="folder with the programs")
    parser.add_argument("--models", required=True, type=pathlib.Path)
    parser.add_argument("names", nargs="*", help="models; all of them by default")
    arguments = parser.parse_args()
    names = arguments.names or sorted(card.parent.name for card in arguments.models.glob("*/card.md"))
    for name in names:
        folder = arguments.models / name
        levels, where = worst_deviation(arguments.programs, name, front_matter(folder / "card.md"))
        print(f"{name}\t{levels} of 255 at {where}", flush=True)
        update_card(folder, "constants", {"worst_of_255": levels, "at": where})


if __name__ == "__main__":
    main()
