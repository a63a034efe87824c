# SPDX-License-Identifier: MIT
"""Measures ways of fusing denoisers: parents, fusions, the parents' mean output, negative controls.

    python3 models/train/measure_fusion.py --programs build/apps --calib DIR --sets DIR/set12 \
        --arms linear ot ot+refit random -- a.safetensors b.safetensors

Each arm is one run of `fuse`, its result one run of `denoise` for each set and noise level, on the noisy
float TIFF files of measure_denoise.py: PSNR in dB over all samples after rounding to 8 bits, mean of
the images. Prints a table of Markdown: PSNR, how far the arm lies above the plain mean with the
standard error over the images of all sets and levels, processor seconds and memory of `fuse`. --curve
adds the shares 1/4 and 3/4 of the first model to the arms named, and the barrier: how far the curve
falls below the line between the parents, at most.
"""
import argparse
import dataclasses
import itertools
import json
import pathlib
import re
import resource
import subprocess
import tempfile
import time

import numpy as np

from measure_denoise import load, noisy, psnr_8bit, read_float, write_float
from pictures import pictures_in

ARMS = {
    "linear": ["--method", "linear", "--correct", "none"],
    "linear+refit": ["--method", "linear", "--correct", "refit"],
    "ot": ["--method", "ot", "--correct", "none"],
    "ot+repair": ["--method", "ot", "--correct", "repair"],
    "ot+refit": ["--method", "ot", "--correct", "refit"],
    "ot, acts": ["--method", "ot", "--metric", "acts", "--correct", "none"],
    "ot, acts+refit": ["--method", "ot", "--metric", "acts", "--correct", "refit"],
    "ot, rotate": ["--method", "ot", "--heads", "rotate", "--correct", "none"],
    "ot, rotate+refit": ["--method", "ot", "--heads", "rotate", "--correct", "refit"],
    "match": ["--method", "match", "--correct", "none"],
    "soft 1.5": ["--method", "ot", "--perplexity", "1.5", "--correct", "none"],
    "soft 3": ["--method", "ot", "--perplexity", "3", "--correct", "none"],
    "acts, reg 0.08+refit": ["--method", "ot", "--metric", "acts", "--reg", "0.08", "--correct", "refit"],
    "recipe": ["--method", "ot", "--metric", "acts", "--heads", "flat", "--residual", "mean",
               "--reg", "0.08", "--correct", "none"],
    "recipe+refit": ["--method", "ot", "--metric", "acts", "--heads", "flat", "--residual", "mean",
                     "--reg", "0.08", "--correct", "refit"],
    "shuffled": ["--method", "ot", "--metric", "shuffled", "--correct", "none"],
    "shuffled+refit": ["--method", "ot", "--metric", "shuffled", "--correct", "refit"],
    "random": ["--method", "ot", "--metric", "random", "--correct", "none"],
    "random+refit": ["--method", "ot", "--metric", "random", "--correct", "refit"],
    "auto": [],
}


@dataclasses.dataclass
class Result:
    """PSNR of each image, by column (set and noise level), and what the fusion cost."""
    name: str
    scores: dict
    seconds: float = 0.0
    mebibytes: float = 0.0
    report: dict = dataclasses.field(default_factory=dict)

    def mean(self, column):
        return float(np.mean(self.scores[column]))

    def all_scores(self):
        return np.concatenate(list(self.scores.values()))


@dataclasses.dataclass
class Parent(Result):
    """A model that is fused, with its restored images by column."""
    outputs: dict = dataclasses.field(default_factory=dict)


class Pictures:
    """Noisy float TIFF files of all sets and levels, in one folder each."""

    def __init__(self, arguments, folder):
        self.program = arguments.programs / "denoise"
        self.columns = {}
        for images in arguments.sets:
            paths = pictures_in(images, arguments.every)
            truths = [self._middle(load(path), arguments.crop) for path in paths]
            for sigma in arguments.sigma:
                column = f"{images.name} {sigma:g}"
                place = folder / column.replace(" ", "-")
                (place / "in").mkdir(parents=True)
                for index, (path, truth) in enumerate(zip(paths, truths)):
                    write_float(place / "in" / f"{path.stem}.tif", noisy(truth, sigma, index))
                self.columns[column] = (place, sigma, [p.stem + ".tif" for p in paths], truths)

    @staticmethod
    def _middle(image, crop):
        if crop == 0:
            return image
        y, x = (max(0, extent - crop) // 2 for extent in image.shape[1:])
        return np.ascontiguousarray(image[:, y:y + crop, x:x + crop])

    def restored(self, model):
        """{column: [image (C,H,W), ...]} of a checkpoint."""
        found = {}
        for column, (place, sigma, names, _) in self.columns.items():
            subprocess.run([self.program, place / "in", "-o", place / "out", "--overwrite", "-q",
                            "--sigma", f"{sigma:g}", "-n", model], check=True)
            found[column] = [read_float(place / "out" / name) for name in names]
        return found

    def scores(self, restored):
        return {column: np.array([psnr_8bit(truth, image)
                                  for truth, image in zip(truths, restored[column])])
                for column, (_, _, _, truths) in self.columns.items()}


def measured_process(command):
    """Processor seconds and largest resident size in MiB of a command that must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    status, kibibytes = pathlib.Path(f"/proc/{process.pid}/status"), 0
    while process.poll() is None:
        try:
            found = re.search(r"VmHWM:\s*(\d+)", status.read_text())
        except OSError:  # it has ended
            continue
        kibibytes = max(kibibytes, int(found[1])) if found else kibibytes
        time.sleep(0.01)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: status {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, kibibytes / 1024


def fused(arguments, folder, models, name, options, pictures):
    """One arm: fuse, then denoise."""
    output, report = folder / "fused.safetensors", folder / "report.json"
    seconds, mebibytes = measured_process(
        [arguments.programs / "fuse", "-q", "-o", output, "--report", report, "--calib", arguments.calib,
         "--calib-sigma", ",".join(f"{s:g}" for s in arguments.sigma), *options, *arguments.options,
         *models])
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        kept = name.replace(" ", "-").replace(",", "").replace("/", "of")
        (arguments.keep / f"{kept}.safetensors").write_bytes(output.read_bytes())
    return Result(name, pictures.scores(pictures.restored(output)), seconds, mebibytes,
                  json.loads(report.read_text()))


def shares(first, count):
    """Weights with `first` for the first model and the rest shared evenly."""
    return ",".join(f"{share:g}" for share in [first] + [(1 - first) / (count - 1)] * (count - 1))


def barrier(curve, parents):
    """Largest fall, in dB, of mean PSNR over shares of the first parent below the line between it and the mean
    of the others."""
    first, *others = [float(np.mean(parent.all_scores())) for parent in parents]
    return max(share * first + (1 - share) * np.mean(others) - float(np.mean(arm.all_scores()))
               for share, arm in curve.items())


def row(result, columns, plain):
    line = f"| {result.name} | " + " / ".join(f"{result.mean(column):.2f}" for column in columns)
    gain = ""
    if plain is not None and result is not plain:
        differences = result.all_scores() - plain.all_scores()
        error = np.std(differences, ddof=1) / np.sqrt(len(differences))
        gain = f"{np.mean(differences):+.2f} ± {error:.2f}"
    cost = f"{result.seconds:.1f} s, {result.mebibytes:.0f} MiB" if result.seconds else ""
    return f"{line} | {gain} | {cost} |"


def measure_group(arguments, folder, pictures, parents):
    """Prints every way of making one model of these."""
    columns = list(pictures.columns)
    models = [parent.name for parent in parents]
    print(f"| **{', '.join(pathlib.Path(model).stem for model in models)}** | | | |", flush=True)
    arms = {}
    for arm in arguments.arms:
        arms[arm] = fused(arguments, folder, models, arm, ARMS[arm], pictures)
        print(row(arms[arm], columns, arms.get("linear")), flush=True)
    means = {column: [np.mean(images, axis=0)
                      for images in zip(*(parent.outputs[column] for parent in parents))]
             for column in columns}
    print(row(Result("ensemble", pictures.scores(means)), columns, arms.get("linear")), flush=True)
    for arm in arguments.curve:
        curve = {1 / len(parents): arms[arm]} if arm in arms else {}
        for share in (0.25, 0.75):
            curve[share] = fused(arguments, folder, models, f"{arm} {share:g}",
                                 [*ARMS[arm], "-w", shares(share, len(parents))], pictures)
            print(row(curve[share], columns, arms.get("linear")), flush=True)
        print(f"barrier of {arm}: {barrier(curve, parents):.2f} dB", flush=True)
    for name in ("ot", "auto"):
        if name in arms:
            print(f"{name}: ancestry "
                  f"{[source.get('ancestry') for source in arms[name].report['inputs']]}, "
                  f"method {arms[name].report['method']}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--programs", required=True, type=pathlib.Path, help="folder of the programs")
    parser.add_argument("--calib", required=True, type=pathlib.Path)
    parser.add_argument("--sets", nargs="+", required=True, type=pathlib.Path)
    parser.add_argument("--sigma", nargs="+", type=float, default=[15, 25, 35, 50])
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=["linear", "ot", "ot+refit"])
    parser.add_argument("--pairs", action="store_true", help="fuse each pair first, then all")
    parser.add_argument("--curve", nargs="*", choices=ARMS, default=[])
    parser.add_argument("--every", type=int, default=1, help="only every n-th image")
    parser.add_argument("--crop", type=int, default=0, help="only the middle, so many pixels a side")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for the fused checkpoints")
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[],
                        help="passed on to fuse, up to --")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pictures = Pictures(arguments, folder)
        columns = list(pictures.columns)
        print(f"| | {', '.join(columns)} | over linear | cost |\n|---|---|---|---|", flush=True)
        parents = []
        for model in arguments.models:
            outputs = pictures.restored(model)
            parents.append(Parent(str(model), pictures.scores(outputs), outputs=outputs))
            print(row(parents[-1], columns, None), flush=True)
        count = len(parents)
        groups = list(itertools.combinations(parents, 2)) if arguments.pairs and count > 2 else []
        for group in [*groups, tuple(parents)]:
            measure_group(arguments, folder, pictures, group)


if __name__ == "__main__":
    main()
