# SPDX-License-Identifier: MIT
"""PSNR and time of the shipped models beside their peers, in the same run, as a table and a picture.

    python3 models/train/measure_speed.py --program build/apps/evaluate --sets DIR --peers DIR \
        --models models --rounds 5

DIR of --sets holds `mcmaster` and `set12`. Each task is one run of `evaluate`, with two threads, picture
after picture, so that every method meets the same machine; times are medians over the rounds. Writes
models/psnr-against-time.png, and the table into models/README.md. Figures are of the machine that it ran on.
"""
import argparse
import dataclasses
import json
import math
import pathlib
import statistics
import subprocess

import matplotlib

from cards import replace_between

matplotlib.use("Agg")
from matplotlib import pyplot, ticker  # noqa: E402  after the choice of the drawing back end

TABLE_START, TABLE_END = "<!-- speed -->", "<!-- end of speed -->"


@dataclasses.dataclass
class Comparison:
    """One task on one set; times are told as shares of the last method's."""
    title: str
    images: str
    options: list
    models: list = dataclasses.field(default_factory=list)
    peers: list = dataclasses.field(default_factory=list)
    methods: list = dataclasses.field(default_factory=list)


COMPARISONS = [
    Comparison("colour denoising, sigma 25, McMaster", "mcmaster", ["--task", "denoise", "--sigma", "25"],
               models=["denoise-color", "denoise-color-fast", "denoise-transformer"],
               peers=["dncnn_color_25", "ffdnet_color"]),
    Comparison("grey denoising, sigma 25, Set12", "set12", ["--task", "denoise", "--sigma", "25"],
               models=["denoise-gray", "denoise-gray-fast"], peers=["dncnn_gray_25", "ffdnet_gray"]),
    Comparison("demosaicking, McMaster", "mcmaster", ["--task", "demosaic"],
               models=["demosaic", "demosaic-fast", "demosaic-transformer", "demosaic-gtv"], methods=["malvar", "menon"]),
    Comparison("doubling, McMaster", "mcmaster", ["--task", "upscale2"],
               models=["upscale2", "upscale2-fast"], methods=["bicubic"]),
    Comparison("filling, 80 % missing, McMaster", "mcmaster", ["--task", "inpaint"],
               models=["inpaint", "inpaint-fast"], methods=["tv"]),
]


def measured(comparison, arguments):
    """[(label, PSNR in dB, seconds per megapixel)], methods in the order of the comparison."""
    models = [name for name in comparison.models if (arguments.models / name).is_dir()]
    files = [str(arguments.peers / f"{peer}.safetensors") for peer in comparison.peers]
    command = [arguments.program, *comparison.options, arguments.sets / comparison.images,
               "-n", ",".join(models + files), "-j", "2", "-f", "json"]
    if comparison.methods:
        command += ["--method", ",".join(comparison.methods)]
    rounds = []
    for _ in range(arguments.rounds):
        done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
        rounds.append(json.loads(done.stdout)["methods"])
    return [(pathlib.Path(method["method"]).stem, method["psnr_db"]["mean"],
             statistics.median(found[k]["ns_per_pixel"] for found in rounds) / 1000)
            for k, method in enumerate(rounds[0])]


def lies_below(psnr, seconds, rows):
    """Whether another point lies close above this one, so that its name has to stand below."""
    span = max(row[1] for row in rows) - min(row[1] for row in rows)
    return any(0 < other - psnr < 0.2 * span and abs(math.log10(time / seconds)) < 0.7
               for _, other, time in rows)


def name_offset(psnr, seconds, rows):
    """Points that a name is above its point; names below it stand on two lines where two would meet."""
    if not lies_below(psnr, seconds, rows):
        return 5
    span = max(row[1] for row in rows) - min(row[1] for row in rows)
    neighbours = sum(time < seconds < 10 * time and abs(other - psnr) < 0.1 * span
                     and lies_below(other, time, rows) for _, other, time in rows)
    return -12 - 8 * neighbours


def draw(results, picture):
    """A panel for each comparison: PSNR over seconds per megapixel."""
    figure, panels = pyplot.subplots(1, len(results), figsize=(3.2 * len(results), 3.2), dpi=100)
    for axes, (title, rows) in zip(panels, results):
        for label, psnr, seconds in rows:
            axes.semilogx(seconds, psnr, "o")
            axes.annotate(label, (seconds, psnr), textcoords="offset points", fontsize=7, ha="center",
                          xytext=(0, name_offset(psnr, seconds, rows)))
        axes.set_title(title, fontsize=8)
        axes.set_xlabel("seconds per megapixel", fontsize=8)
        axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 3)))
        axes.xaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        axes.xaxis.set_minor_locator(ticker.NullLocator())
        axes.tick_params(labelsize=7)
        axes.margins(x=0.35, y=0.15)
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("PSNR, dB", fontsize=8)
    figure.tight_layout()
    figure.savefig(picture, metadata={"Software": None})
    pyplot.close(figure)


def table(results):
    """Markdown; the share is that of the time of a comparison's last method."""
    lines = ["| | | PSNR dB | s/MP | of the last one's time |", "|---|---|---|---|---|"]
    for title, rows in results:
        for k, (label, psnr, seconds) in enumerate(rows):
            share = f"{seconds / rows[-1][2]:.2f}"
            lines.append(f"| {title if k == 0 else ''} | `{label}` | {psnr:.2f} | {seconds:.2f} | {share} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="path of evaluate")
    parser.add_argument("--sets", required=True, type=pathlib.Path)
    parser.add_argument("--peers", required=True, type=pathlib.Path, help="published weights")
    parser.add_argument("--models", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    results = [(comparison.title, measured(comparison, arguments)) for comparison in COMPARISONS]
    text = table(results)
    print(text)
    draw(results, arguments.models / "psnr-against-time.png")
    replace_between(arguments.models / "README.md", TABLE_START, TABLE_END, text)


if __name__ == "__main__":
    main()
