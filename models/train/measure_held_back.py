# SPDX-License-Identifier: MIT
"""PSNR of checkpoints on the held-back crops, folder by folder: what a loss or a mix of pictures shifts.
`colourful` is the quarter of the crops whose channels differ most in what changes from pixel to pixel.

    python3 models/train/measure_held_back.py a.safetensors b.safetensors --data DIR --sigma 15 25 50

DIR holds bsd432, photos and sun80. Without --sigma a denoiser meets the levels of the training. In
PyTorch, full precision, results rounded to 8 bits, mean of the pictures in dB.
"""
import argparse
import json
import pathlib

import numpy as np
import torch

from data import (FOLDERS, HELD_BACK_PER_FOLDER, held_back_crops, observe, saturated_picture,
                  tensor_from_images)
from networks import network_from_checkpoint
from train import VALIDATION_CROP, psnr, restored_crops

SATURATED_SEED = 5


def saturated_crops(truth, observation, sigma):
    """truth, samples, mask of colour crops (M,3,H,W) driven apart, rounded to 8 bits, always the same."""
    generator = np.random.default_rng(SATURATED_SEED)
    truths = [np.round(255 * saturated_picture(crop, generator)).astype(np.float32) / 255
              for crop in truth.permute(0, 2, 3, 1).numpy()]
    observed = [observe(crop, observation, generator, sigma) for crop in truths]
    return tuple(map(tensor_from_images, (truths, *zip(*observed))))


def colourful(truth):
    """Whether each of the colour crops (M,3,H,W) is in the quarter of least correlation between the
    channels' second differences along rows; (M,)."""
    details = truth[..., 2:] - 2 * truth[..., 1:-1] + truth[..., :-2]
    lines = details.flatten(2)
    lines = lines / lines.norm(dim=2, keepdim=True).clamp(min=1e-6)
    products = lines @ lines.transpose(1, 2)
    correlation = products.sum((1, 2)) - products.diagonal(dim1=1, dim2=2).sum(1)
    return correlation < correlation.quantile(0.25)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoints", nargs="+", type=pathlib.Path)
    parser.add_argument("--data", required=True, help="folder with bsd432, photos and sun80")
    parser.add_argument("--sigma", nargs="+", type=float, default=[None], help="noise levels of 255")
    parser.add_argument("--saturated", action="store_true",
                        help="the crops with channels exchanged and driven apart")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for path in arguments.checkpoints:
        network, metadata = network_from_checkpoint(path)
        architecture = json.loads(metadata["tessera.architecture"])
        if arguments.saturated and architecture["channels"] != 3:
            parser.error(f"--saturated: {path} is not for colour")
        for sigma in arguments.sigma:
            truth, samples, mask = held_back_crops(
                arguments.data, architecture["observation"], VALIDATION_CROP,
                architecture["channels"], sigma=sigma)
            if arguments.saturated:
                truth, samples, mask = saturated_crops(truth, architecture["observation"], sigma)
            result = restored_crops(network.eval(), samples, mask)
            parts = zip(FOLDERS, result.split(HELD_BACK_PER_FOLDER), truth.split(HELD_BACK_PER_FOLDER))
            values = " ".join(f"{name} {psnr(part, clean):.3f}" for name, part, clean in parts)
            if truth.shape[1] == 3:
                chosen = colourful(truth)
                values += f" colourful {psnr(result[chosen], truth[chosen]):.3f}"
            level = "" if sigma is None else f" sigma {sigma:g}:"
            print(f"{path}:{level} {values} all {psnr(result, truth):.3f}", flush=True)


if __name__ == "__main__":
    main()
