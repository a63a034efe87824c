# SPDX-License-Identifier: MIT
"""Measures a shipped model or a classical method through the programs, on files.

    python3 models/train/measure.py --program build/apps/interpolate --sets DIR/cbsd68 DIR/mcmaster \
        --task demosaic --models demosaic demosaic-gtv --methods menon malvar

Each picture of a set is degraded to an 8-bit PNG file, restored by the program, and compared with
the original: PSNR in dB over all RGB samples, no border crop, 8-bit rounding, mean of the images.
Seconds are those of the whole program over the folder, per megapixel. With --cards the figures are
written into the front matter of models/<name>/card.md, so that no figure is typed by hand.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import cv2
import numpy as np

from cards import write_figures
from pictures import measured_pixels, mosaic_rggb, pictures_in

CONDITIONS = "models/train/measure.py: RGB PSNR, no crop, 8-bit files"


def write_png(path, rgb_or_grey):
    image = rgb_or_grey[..., ::-1] if rgb_or_grey.ndim == 3 else rgb_or_grey
    if not cv2.imwrite(str(path), image):
        raise OSError(f"{path}: cannot write")


def degrade(task, rgb, name, folder, missing):
    """Writes the degraded picture into folder/in, and its mask into folder/mask."""
    if task == "demosaic":
        write_png(folder / "in" / name, mosaic_rggb(rgb.transpose(2, 0, 1))[0])
    elif task == "upscale2":
        write_png(folder / "in" / name, rgb[0::2, 0::2])
    else:
        measured = measured_pixels(*rgb.shape[:2], missing)
        write_png(folder / "mask" / name, np.uint8(255) * measured)
        write_png(folder / "in" / name, rgb * measured[..., None])


def restore(program, task, folder, choice):
    """Runs the program over folder/in; returns the wall seconds it took."""
    command = [program, "-i", folder / "in", "-o", folder / "out", "--overwrite", "-q", *choice]
    command += {"demosaic": ["--cfa", "RGGB"], "upscale2": ["--scale", "2"],
                "inpaint": ["--mask", folder / "mask"]}[task]
    start = time.perf_counter()
    subprocess.run([str(part) for part in command], check=True)
    return time.perf_counter() - start


def psnr(reference, restored):
    """dB between (H, W, 3) uint8 arrays; the restored one may be larger by a row or column."""
    restored = restored[:reference.shape[0], :reference.shape[1]]
    error = np.mean((reference.astype(np.float64) - restored.astype(np.float64)) ** 2)
    return 10 * np.log10(255.0 ** 2 / error)


def read_rgb(path):
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise OSError(f"{path}: cannot read")
    return image[..., ::-1]


def measure_set(program, task, images, choices, missing):
    """PSNR and seconds per megapixel of each choice of model or method on one folder."""
    pictures = {path: read_rgb(path) for path in pictures_in(images)}
    figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for part in ("in", "out", "mask"):
            (folder / part).mkdir()
        for path, rgb in pictures.items():
            degrade(task, rgb, path.stem + ".png", folder, missing)
        megapixels = sum(rgb.shape[0] * rgb.shape[1] for rgb in pictures.values()) / 1e6
        for label, choice in choices.items():
            seconds = restore(program, task, folder, choice)
            scores = [psnr(rgb, read_rgb(folder / "out" / (path.stem + ".png")))
                      for path, rgb in pictures.items()]
            figures[label] = {"psnr_db": round(float(np.mean(scores)), 3),
                              "seconds_per_megapixel": round(seconds / megapixels, 3),
                              "images": len(scores)}
            print(f"{task}\t{images.name}\t{label}\t{figures[label]['psnr_db']:.3f} dB\t"
                  f"{figures[label]['seconds_per_megapixel']:.3f} s/MP", flush=True)
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="path of interpolate")
    parser.add_argument("--sets", nargs="+", required=True, type=pathlib.Path)
    parser.add_argument("--task", required=True, choices=["demosaic", "upscale2", "inpaint"])
    parser.add_argument("--models", nargs="*", default=[])
    parser.add_argument("--methods", nargs="*", default=[])
    parser.add_argument("--missing", type=float, default=0.8, help="share of missing pixels")
    parser.add_argument("--cards", type=pathlib.Path, help="models folder whose cards to update")
    parser.add_argument("--json", type=pathlib.Path, help="write all figures here")
    arguments = parser.parse_args()

    choices = {model: ["-n", model] for model in arguments.models}
    choices |= {method: ["--method", method] for method in arguments.methods}
    figures = {images.name: measure_set(arguments.program, arguments.task, images, choices,
                                        arguments.missing) for images in arguments.sets}
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
    if arguments.cards:
        for model in arguments.models:
            write_figures(arguments.cards / model, {
                name: results[model] for name, results in figures.items()}, CONDITIONS)


if __name__ == "__main__":
    main()
