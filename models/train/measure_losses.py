# SPDX-License-Identifier: MIT
"""What bf16 and folding cost the shipped models, through the programs; writes it into the cards.

    python3 models/train/measure_losses.py --programs build/apps --models models --data DIR [NAME ...]

The held-back crops of the training folders are degraded as in measure.py and measure_denoise.py (noise of
sigma 25, of 10 for `noisy_bayer`), restored with --precision f32 and with bf16, and compared with the
originals: the difference of the mean PSNR in dB. What F16 storage costs is known when a model is shipped:
ship.py keeps it in the card.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import cv2
import numpy as np

import measure
from cards import front_matter, update_card
from data import FOLDERS, image_paths, load
from degrade import TYPICAL_SIGMA
from measure_denoise import psnr_8bit, read_float, run, write_float
from noise import noisy
from pictures import mosaic_rggb

CROP = 160
PRECISIONS = ("f32", "bf16")


def crops(data):
    """Centre crops (H,W,3), uint8, of all held-back pictures."""
    for folder in FOLDERS:
        for path in image_paths(pathlib.Path(data) / folder)[1]:
            image = load(path)
            y, x = ((extent - CROP) // 2 for extent in image.shape[:2])
            yield image[y:y + CROP, x:x + CROP]


def denoising(programs, name, architecture, pictures):
    """Mean PSNR by precision of a model that is told how strong the noise is."""
    mosaic = architecture["observation"] == "noisy_bayer"
    sigma = TYPICAL_SIGMA[architecture["observation"]]
    scores = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "in").mkdir()
        truths = []
        for index, picture in enumerate(pictures):
            if architecture["channels"] == 1:
                picture = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None]
            truth = np.ascontiguousarray(picture.transpose(2, 0, 1)).astype(np.float32) / 255
            observed = mosaic_rggb(truth) if mosaic else truth
            write_float(folder / "in" / f"{index}.tif", noisy(observed, sigma, index))
            truths.append(truth)
        program = programs / ("interpolate" if mosaic else "denoise")
        for precision in PRECISIONS:
            run(program, folder, [*(["--cfa", "RGGB"] if mosaic else []), "--sigma", str(sigma), "-q",
                                  "-n", name, "--precision", precision])
            scores[precision] = np.mean([psnr_8bit(truth, read_float(folder / "out" / f"{index}.tif"))
                                         for index, truth in enumerate(truths)])
    return scores


def interpolation(programs, name, task, pictures):
    """Mean PSNR by precision of a model that fills in what was not measured."""
    with tempfile.TemporaryDirectory() as folder:
        for index, picture in enumerate(pictures):
            measure.write_png(pathlib.Path(folder) / f"{index}.png", picture)
        choices = {precision: ["-n", name, "--precision", precision] for precision in PRECISIONS}
        figures = measure.measure_set(programs / "interpolate", task, pathlib.Path(folder), choices, 0.8)
    return {precision: figures[precision]["psnr_db"] for precision in PRECISIONS}


def fold_error(programs, training):
    """Largest error of a folded block in single precision, as a share of its largest output."""
    done = subprocess.run([programs / "reparam", "--check-only", "--json", training], check=True,
                          capture_output=True, text=True)
    return max(block["relative_single"] for block in json.loads(done.stdout)["blocks"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", required=True, type=pathlib.Path, help="folder with the programs")
    parser.add_argument("--models", required=True, type=pathlib.Path)
    parser.add_argument("--data", required=True, help="folder with bsd432, photos and sun80")
    parser.add_argument("names", nargs="*", help="models; all of them by default")
    arguments = parser.parse_args()
    pictures = list(crops(arguments.data))
    names = arguments.names or sorted(card.parent.name for card in arguments.models.glob("*/card.md"))
    for name in names:
        folder = arguments.models / name
        architecture = front_matter(folder / "card.md")["architecture"]
        task = front_matter(folder / "card.md")["task"]
        scores = (denoising(arguments.programs, name, architecture, pictures)
                  if architecture["observation"] in TYPICAL_SIGMA
                  else interpolation(arguments.programs, name, task, pictures))
        loss = float(scores["f32"] - scores["bf16"])
        print(f"{name}\tf32 {scores['f32']:.3f} dB\tbf16 costs {loss:.3f} dB", flush=True)
        update_card(folder, "losses_db", {"bf16": round(loss, 3) + 0.0})  # no -0.0
        if (folder / "training.safetensors").exists():
            error = fold_error(arguments.programs, folder / "training.safetensors")
            print(f"{name}\tfold: relative error {error:.1e}", flush=True)
            update_card(folder, "fold", {"relative_error": error})


if __name__ == "__main__":
    main()
