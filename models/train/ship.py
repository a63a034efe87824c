# SPDX-License-Identifier: MIT
"""Puts a finished run among the shipped models.

    ship.py STATE --name demosaic --models models --data DIR

Writes models/NAME/model.safetensors, stored as F16 where that costs less than HALF_COST dB on the
held-back crops, else as F32; and the run's log.tsv with a picture of it, curve.png. What both forms
reach is printed, and what is left when every graph is the identity (all mixing weights 0). The card is
begun; measure.py, measure_denoise.py and measure_losses.py fill it in afterwards. With --mean-with the
weights are the mean of this run's and of others' that went on from one another or from the same start.
"""
import argparse
import json
import pathlib
import shutil

import matplotlib
import numpy as np
import torch

from cards import update_card
from data import held_back_crops
from export import compact_json, read_safetensors, write_safetensors
from networks import network_from_architecture
from train import VALIDATION_CROP, psnr, restored_crops

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  after the choice of the drawing back end

HALF_COST = 0.005  # dB


def held_back_psnr(tensors, architecture, crops):
    """dB of a network with these weights on (truth, samples, mask) crops."""
    network = network_from_architecture(architecture)
    network.load_state_dict({name: torch.tensor(np.float32(array)) for name, array in tensors.items()})
    truth, samples, mask = crops
    return psnr(restored_crops(network.eval(), samples, mask), truth)


def mean_of_runs(states):
    """(tensors, metadata) with the mean of the runs' weights; the record is the last one's, and says so."""
    runs = [read_safetensors(state / "model.safetensors") for state in states]
    tensors = {name: np.mean([np.float32(run[name]) for run, _ in runs], 0, dtype=np.float32)
               for name in runs[0][0]}
    metadata = runs[-1][1]
    training = json.loads(metadata["tessera.training"])
    if len(runs) > 1:
        records = [json.loads(other["tessera.training"]) for _, other in runs]
        training["mean_of"] = [{key: record[key] for key in ("seed", "steps")} for record in records]
    return tensors, metadata | {"tessera.training": compact_json(training)}


def draw_curve(log, picture, title):
    """PSNR on held-back crops over steps, from a log.tsv; averaged weights."""
    rows = [line.split("\t") for line in log.read_text().splitlines()]
    figure, axes = pyplot.subplots(figsize=(5, 3), dpi=100)
    axes.plot([int(row[0]) for row in rows], [float(row[3]) for row in rows], "o-", color="#205080")
    axes.set(xlabel="steps", ylabel="PSNR, held-back crops (dB)", title=title)
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(picture, metadata={"Software": None})
    pyplot.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("state", type=pathlib.Path, help="folder with model.safetensors and log.tsv")
    parser.add_argument("--name", required=True)
    parser.add_argument("--mean-with", nargs="*", type=pathlib.Path, default=[], metavar="STATE",
                        help="other runs whose weights count as much")
    parser.add_argument("--models", required=True, type=pathlib.Path)
    parser.add_argument("--data", required=True, help="folder with bsd432, photos and sun80")
    arguments = parser.parse_args()

    tensors, metadata = mean_of_runs([*arguments.mean_with, arguments.state])
    architecture = json.loads(metadata["tessera.architecture"])
    levels = json.loads(metadata.get("tessera.sigma_range", "[]"))
    specialised = bool(levels) and levels[0] == levels[1]
    crops = held_back_crops(arguments.data, architecture["observation"], VALIDATION_CROP,
                            architecture["channels"], sigma=levels[0] if specialised else None)
    full = held_back_psnr(tensors, architecture, crops)
    halves = {name: np.float16(array) for name, array in tensors.items()}
    half = held_back_psnr(halves, architecture, crops)
    stored = "F16" if half > full - HALF_COST else "F32"
    bare = {name: 0 * array if name.endswith("mix") else array for name, array in tensors.items()}
    print(f"{arguments.name}: F32 {full:.4f} dB, F16 {half:.4f} dB, stored as {stored}")
    if any(name.endswith("mix") for name in tensors):
        print(f"graphs as the identity: {held_back_psnr(bare, architecture, crops):.2f} dB")

    folder = arguments.models / arguments.name
    folder.mkdir(exist_ok=True)
    write_safetensors(folder / "model.safetensors", tensors, metadata, stored)
    update_card(folder, "losses_db", {"f16": round(full - half, 4)})
    shutil.copyfile(arguments.state / "log.tsv", folder / "log.tsv")
    draw_curve(folder / "log.tsv", folder / "curve.png", arguments.name)


if __name__ == "__main__":
    main()
