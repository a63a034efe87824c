# SPDX-License-Identifier: MIT
"""How well `inspect` estimates PSNR without a reference: SURE against the truth.

    python3 models/train/measure_sure.py --program build/apps/inspect --set DIR/cbsd68 \
        --models denoise-color denoise-color-fast

Each picture gets noise as in measure_denoise.py; `inspect` looks at its middle, once, and is given the clean
picture beside it. Printed: mean PSNR, mean of estimate minus truth with its standard error, and the largest
deviation of a picture, all in dB.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np

from measure_denoise import load, write_float
from noise import noisy
from pictures import pictures_in


def estimate_and_truth(program, model, sigma, picture, reference, crop, probes):
    """(SURE as PSNR, true PSNR) in dB of one noisy picture."""
    command = [program, model, picture, "--reference", reference, "--sigma", f"{sigma:g}",
               "--crop", crop, "--probes", probes, "--at", "none", "--json"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    network = json.loads(done.stdout)["network"]
    return network["sure"]["psnr"], network["reference_psnr"]


def measure(arguments, paths, sigma, folder):
    """Prints a line for each model at one noise level."""
    pairs = {model: [] for model in arguments.models}
    for index, path in enumerate(paths):
        write_float(folder / "noisy.tif", noisy(load(path), sigma, index))
        for model, found in pairs.items():
            found.append(estimate_and_truth(arguments.program, model, sigma, folder / "noisy.tif", path,
                                            arguments.crop, arguments.probes))
    for model, found in pairs.items():
        estimates, truths = np.array(found).T
        errors = estimates - truths
        print(f"{arguments.set.name}\t{sigma:g}\t{len(paths)} images\t{model}\tPSNR {truths.mean():.2f} dB\t"
              f"error {errors.mean():+.3f} +- {errors.std(ddof=1) / len(errors)**0.5:.3f} dB\t"
              f"mean |error| {np.abs(errors).mean():.3f} dB\tworst {max(errors, key=abs):+.2f} dB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="path of inspect")
    parser.add_argument("--set", required=True, type=pathlib.Path)
    parser.add_argument("--sigma", nargs="+", type=float, default=[15, 25, 50])
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument("--crop", type=int, default=192, help="side of the middle part; 0: all")
    parser.add_argument("--probes", type=int, default=4)
    arguments = parser.parse_args()
    paths = pictures_in(arguments.set)
    with tempfile.TemporaryDirectory() as name:
        for sigma in arguments.sigma:
            measure(arguments, paths, sigma, pathlib.Path(name))


if __name__ == "__main__":
    main()
