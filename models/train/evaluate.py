# SPDX-License-Identifier: MIT
"""PSNR of a checkpoint for pixels without noise, in PyTorch on folders of images, in full precision.

    python3 models/train/evaluate.py --model model.safetensors --sets DIR/cbsd68 DIR/mcmaster

RGB (all channels), no border crop, 8-bit rounding, mean of per-image values. Demosaicking lays an RGGB
mosaic, interpolation by 2 keeps even rows and columns, filling keeps the pixels that measure.py and
`evaluate --task inpaint` keep.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as functional

from data import load, tensor_from_images
from degrade import bayer_mask, decimation2_mask
from networks import network_from_checkpoint, size_multiple
from pictures import measured_pixels, pictures_in
from train import psnr


def observation_of(image, observation, missing):
    """truth, mask (1,3,H,W) of an image (H,W,3)."""
    height, width = image.shape[:2]
    masks = {"bayer": lambda: bayer_mask(height, width),
             "decimation2": lambda: decimation2_mask(height, width),
             "mask": lambda: np.repeat(
                 measured_pixels(height, width, missing)[..., None].astype(np.float32), 3, 2)}
    truth = image.astype(np.float32) / 255
    return tensor_from_images([truth]), tensor_from_images([masks[observation]()])


def restore(network, architecture, samples, mask):
    """(1,3,H,W); other sizes are mirrored to multiples of what the network needs, single-channel networks
    run plane by plane."""
    height, width = samples.shape[-2:]
    channels, multiple = architecture["channels"], size_multiple(architecture)
    padding = (0, -width % multiple, 0, -height % multiple)
    samples, mask = (functional.pad(t, padding, mode="reflect") for t in (samples, mask))
    if channels == 1:
        samples, mask = samples.transpose(0, 1), mask.transpose(0, 1)
    with torch.no_grad():
        restored = network(samples, mask)
    if channels == 1:
        restored = restored.transpose(0, 1)
    return restored[..., :height, :width]


def evaluate(network, architecture, folder, missing, every=1):
    """(mean PSNR in dB, seconds per megapixel, number of images) over a folder."""
    paths = pictures_in(folder, every)
    values, seconds, pixels = [], 0.0, 0
    for path in paths:
        truth, mask = observation_of(load(path), architecture["observation"], missing)
        start = time.process_time()
        restored = restore(network, architecture, truth * mask, mask)
        seconds += time.process_time() - start
        pixels += truth.shape[-1] * truth.shape[-2]
        values.append(psnr(restored, truth))
    return float(np.mean(values)), seconds / pixels * 1e6, len(paths)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="safetensors checkpoint")
    parser.add_argument("--sets", nargs="+", required=True, help="folders of images")
    parser.add_argument("--missing", type=float, default=0.8, help="share of missing pixels")
    parser.add_argument("--every", type=int, default=1, help="only every n-th image")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    network, metadata = network_from_checkpoint(arguments.model)
    architecture = json.loads(metadata["tessera.architecture"])
    if architecture["observation"] not in ("bayer", "decimation2", "mask"):
        parser.error(f"{arguments.model} takes noise out: see measure_denoise.py")
    for folder in arguments.sets:
        value, seconds, count = evaluate(
            network, architecture, folder, arguments.missing, arguments.every)
        print(f"{pathlib.Path(folder).name}\t{count} images\t{value:.2f} dB\t{seconds:.2f} s/MP",
              flush=True)


if __name__ == "__main__":
    main()
