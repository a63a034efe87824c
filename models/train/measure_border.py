# SPDX-License-Identifier: MIT
"""What a border around the picture gives and costs, by the PyTorch twins, border by border.

    python3 models/train/measure_border.py --data DIR --models models NAME ...

For every width: mean PSNR over every fourth held-back crop of 160x160, and how far pictures of one colour
(sigma 25, mosaics 10) move at most, in levels of 255, and their inner part. In crops so small the border
counts two to five times as much as in photographs.
"""
import argparse
import json
import pathlib

import numpy as np
import torch

from data import held_back_crops, observation_mask, tensor_from_images, with_border, without_border
from degrade import TYPICAL_SIGMA
from networks import network_from_checkpoint
from train import VALIDATION_CROP, psnr

BORDERS = (0, 8, 16)
COLOURS = ((1, 1, 1), (0.5, 0.5, 0.5), (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))
SIDE = 96


def restored(network, samples, mask, observation, border):
    with torch.no_grad():
        out = network(*with_border(samples, mask, observation, border))
    return without_border(out, border)


def one_colour(colour, observation, channels):
    """truth, samples, mask or level of a picture of one colour without noise."""
    truth = np.broadcast_to(np.array(colour[:channels], np.float32), (SIDE, SIDE, channels))
    if observation in TYPICAL_SIGMA:
        level = np.full((SIDE, SIDE, 1), TYPICAL_SIGMA[observation] / 255, np.float32)
        mask = observation_mask("bayer", SIDE, SIDE, None) if observation == "noisy_bayer" else 1
        parts = truth, truth * mask, level
    else:
        mask = observation_mask(observation, SIDE, SIDE, np.random.default_rng(1), channels)
        parts = truth, truth * mask, mask
    return (tensor_from_images([part]) for part in parts)


def measure(network, observation, channels, data, border):
    """PSNR in dB, worst deviation, and of the inner third, in levels of 255."""
    crops = [part[::4] for part in held_back_crops(data, observation, VALIDATION_CROP, channels)]
    truths, restorations = crops[0], []
    for samples, mask in zip(*(part.split(1) for part in crops[1:])):
        restorations.append(restored(network, samples, mask, observation, border))
    worst = inner = 0.0
    for colour in COLOURS:
        truth, samples, mask = one_colour(colour, observation, channels)
        error = (restored(network, samples, mask, observation, border).clamp(0, 1) - truth).abs()
        worst = max(worst, 255 * error.max().item())
        inner = max(inner, 255 * without_border(error, SIDE // 3).max().item())
    return psnr(torch.cat(restorations), truths), worst, inner


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder with bsd432, photos and sun80")
    parser.add_argument("--models", required=True, type=pathlib.Path)
    parser.add_argument("names", nargs="+", metavar="NAME")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print("| model | " + " | ".join(f"border {border}" for border in BORDERS) + " |")
    print("|---" * (len(BORDERS) + 1) + "|")
    for name in arguments.names:
        path = pathlib.Path(name)
        path = path if path.is_file() else arguments.models / name / "model.safetensors"
        network, metadata = network_from_checkpoint(path)
        architecture = json.loads(metadata["tessera.architecture"])
        cells = ["{:.3f} dB, {:.1f} ({:.1f})".format(
            *measure(network.eval(), architecture["observation"], architecture["channels"],
                     arguments.data, border)) for border in BORDERS]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
