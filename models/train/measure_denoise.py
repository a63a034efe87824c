# SPDX-License-Identifier: MIT
"""Measures denoisers through the program `denoise`, on float TIFF files.

    python3 models/train/measure_denoise.py --program build/apps/denoise --sets DIR/cbsd68 --sigma 25 \
        --models denoise-color ./dncnn_color_25.safetensors --methods nlm

Each picture of a set gets noise of noise.py, seed = its place among those measured, sorted, neither clipped nor
rounded, as a float TIFF; the program restores it into another; the result is clipped and rounded to 8
bits and compared: PSNR in dB over all samples, no border crop, mean of the images. With --estimate, the
relative error of `--sigma auto` instead. With --cards the figures go into models/<name>/card.md. With
--mosaic, RGGB mosaics are made noisy and restored by `interpolate --cfa RGGB --sigma`. With
--torch, the same noisy floats also go through PyTorch (published layout or a checkpoint of ours) and
the largest difference of an image is told.
"""
import argparse
import json
import pathlib
import re
import subprocess
import tempfile

import cv2
import numpy as np

from cards import write_figures
from export import compact_json, write_safetensors
from noise import noisy
from pictures import mosaic_rggb, pictures_in

CONDITIONS = "models/train/measure_denoise.py: PSNR over all samples, no crop, float noise, 8-bit result"


def load(path):
    """(C,H,W) float32 in [0,1] of an 8-bit file, one channel for grey ones, RGB else."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None or image.dtype != np.uint8:
        raise OSError(f"{path}: cannot read as a picture of 8 bits")
    if image.ndim == 2:
        image = image[..., None]
    return np.ascontiguousarray(image[..., ::-1].transpose(2, 0, 1)).astype(np.float32) / 255


def read_float(path):
    """(C,H,W) float32 of a float TIFF."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    image = image[..., None] if image.ndim == 2 else image[..., ::-1]
    return np.ascontiguousarray(image.transpose(2, 0, 1))


def write_float(path, planes):
    image = planes.transpose(1, 2, 0)
    image = image[..., 0] if image.shape[-1] == 1 else image[..., ::-1]
    # Unless told otherwise, OpenCV stores three float channels as LogLuv, with loss.
    plain = [cv2.IMWRITE_TIFF_COMPRESSION, 1]
    if not cv2.imwrite(str(path), np.ascontiguousarray(image, np.float32), plain):
        raise OSError(f"{path}: cannot write")


def psnr_8bit(truth, restored):
    """dB after rounding to 8 bits."""
    rounded = np.clip(np.floor(restored.astype(np.float64) * 255 + 0.5), 0, 255)
    return 10 * np.log10(255.0**2 / np.mean((rounded - truth.astype(np.float64) * 255) ** 2))


def run(program, folder, arguments):
    """What the program tells on stderr; results in folder/out."""
    command = [program, folder / "in", "-o", folder / "out", "--overwrite", *arguments]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return done.stderr


def network_of(model):
    """(network, architecture) in PyTorch, for a checkpoint of ours or in the published layout."""
    import torch
    import import_checkpoint
    from export import read_safetensors
    from networks import network_from_architecture

    tensors, metadata = read_safetensors(model)
    state = {name: torch.tensor(array) for name, array in tensors.items()}
    if "tessera.architecture" not in metadata:
        state, metadata = import_checkpoint.import_state(state)
        state = {name: torch.tensor(array) for name, array in state.items()}
    architecture = json.loads(metadata["tessera.architecture"])
    network = network_from_architecture(architecture)
    network.load_state_dict(state)
    return network.eval(), architecture


def torch_restorer(model, sigma):
    """A function (C,H,W) -> (C,H,W) in PyTorch."""
    import torch
    from data import BORDER, with_border, without_border
    from networks import size_multiple

    network, architecture = network_of(model)
    multiple = size_multiple(architecture)
    # As picture_border() of the C++ networks.
    border = 0 if architecture["name"] == "conv_net" else BORDER

    def restore(planes):
        y = torch.from_numpy(planes).unsqueeze(0)
        y, _ = with_border(y, y, "noise", border)
        height, width = y.shape[-2:]
        y = torch.nn.functional.pad(y, (0, -width % multiple, 0, -height % multiple), mode="replicate")
        with torch.no_grad():
            x = network(y, torch.full_like(y[:, :1], sigma / 255))
        return without_border(x[..., :height, :width], border)[0].numpy()

    return restore


def write_copier(path, channels):
    """A checkpoint that gives back what it gets: the cheapest way to an estimate."""
    write_safetensors(path, {"layers.0.weight": np.zeros((channels, channels, 1, 1)),
                             "layers.0.bias": np.zeros(channels)}, {
        "tessera.architecture": compact_json({
            "name": "conv_net", "version": 1, "observation": "noise", "channels": channels,
            "skip": "add", "layers": [{"out": channels, "kernel": 1}]}),
        "tessera.task": "denoise", "tessera.title": "copier"})


def estimate_errors(stderr, sigma):
    """Relative errors of the estimates that the program told."""
    return [float(value) / sigma - 1 for value in re.findall(r"sigma ([0-9.]+), estimated", stderr)]


def measure(arguments, images, sigma, folder):
    """Prints a line for each model and method on one folder at one noise level; (PSNR, images) each."""
    paths = pictures_in(images, arguments.every)
    truths = [load(path) for path in paths]
    names = [path.stem + ".tif" for path in paths]
    task = ["--cfa", "RGGB"] if arguments.mosaic else []
    for index, (name, truth) in enumerate(zip(names, truths)):
        observed = mosaic_rggb(truth) if arguments.mosaic else truth
        write_float(folder / "in" / name, noisy(observed, sigma, index))
    label = f"{images.name}\t{sigma:g}\t{len(paths)} images"
    if arguments.estimate:
        write_copier(folder / "copier.safetensors", len(truths[0]))
        errors = estimate_errors(run(arguments.program, folder, [
            "--sigma", "auto", "-n", folder / "copier.safetensors", *arguments.options]), sigma)
        assert len(errors) == len(paths)
        print(f"{label}\testimate\tmean |error| {100 * np.mean(np.abs(errors)):.2f} %\t"
              f"mean {100 * np.mean(errors):+.2f} %\tworst {100 * max(errors, key=abs):+.1f} %",
              flush=True)
        return {}
    results = {}
    choices = {model: ["-n", model.format(sigma=f"{sigma:g}")]
               for model in arguments.models}
    choices |= {method: ["--method", method] for method in arguments.methods}
    for choice, options in choices.items():
        run(arguments.program, folder, [*task, "--sigma", f"{sigma:g}", "-q", *options,
                                                 *arguments.options])
        scores = [psnr_8bit(truth, read_float(folder / "out" / name))
                  for name, truth in zip(names, truths)]
        line = f"{label}\t{choice}\t{np.mean(scores):.3f} dB"
        if arguments.torch and options[0] == "-n":
            restore = torch_restorer(options[1], sigma)
            twins = [psnr_8bit(truth, restore(read_float(folder / "in" / name)))
                     for name, truth in zip(names, truths)]
            worst = max(abs(a - b) for a, b in zip(scores, twins))
            line += f"\tPyTorch {np.mean(twins):.3f} dB, largest difference of an image {worst:.5f} dB"
        print(line, flush=True)
        results[choice] = (round(float(np.mean(scores)), 3), len(paths))
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="path of denoise")
    parser.add_argument("--sets", nargs="+", required=True, type=pathlib.Path)
    parser.add_argument("--sigma", nargs="+", type=float, default=[15, 25, 50])
    parser.add_argument("--models", nargs="*", default=[], help="{sigma} stands for the noise level")
    parser.add_argument("--methods", nargs="*", default=[])
    parser.add_argument("--estimate", action="store_true", help="measure --sigma auto instead")
    parser.add_argument("--cards", type=pathlib.Path, help="models folder whose cards to update")
    parser.add_argument("--mosaic", action="store_true", help="noisy mosaics through interpolate")
    parser.add_argument("--torch", action="store_true", help="compare with PyTorch")
    parser.add_argument("--every", type=int, default=1, help="only every n-th image")
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[],
                        help="passed on to the program; last")
    arguments = parser.parse_args()
    if arguments.estimate and arguments.cards:
        parser.error("--estimate has no figures for --cards")
    figures = {}
    for images in arguments.sets:
        for sigma in arguments.sigma:
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                (folder / "in").mkdir()
                results = measure(arguments, images, sigma, folder)
            for model, (score, count) in results.items():
                of_set = figures.setdefault(model, {}).setdefault(
                    images.name, {"images": count, "psnr_db": {}})
                of_set["psnr_db"][f"{sigma:g}"] = score
    for model in arguments.models if arguments.cards else ():
        write_figures(arguments.cards / model, figures[model], CONDITIONS)


if __name__ == "__main__":
    main()
