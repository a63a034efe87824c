# SPDX-License-Identifier: MIT
"""Denoisers here and in ONNX Runtime, in turns on the same machine.

    npm install --ignore-scripts --prefix DIR onnxruntime-node
    python3 onnx_bench.py --bench build/tests/bench/denoise_bench --node-modules DIR/node_modules \
        [--side 512] [--threads 2] [--rounds 5] CHECKPOINT [CHECKPOINT ...]

The PyTorch twin of each checkpoint (ours or in the published layout) is exported to ONNX, fp32. A
round runs both, each with a call that warms up and three that count; printed are the medians over the
rounds, in ms, and the median of the rounds' ratios. ONNX Runtime gets the whole picture as a tensor;
`denoise_bench` starts from interleaved samples and cuts tiles as the program does.
"""
import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "models" / "train"))
from measure_denoise import network_of  # noqa: E402
from nets import fused_graph  # noqa: E402

REPETITIONS = 3


def export(checkpoint, side, path):
    """Writes the twin as ONNX; the inputs as NAME:SHAPE."""
    network, architecture = network_of(checkpoint)
    fused_graph.use_plain(True)
    channels = architecture["channels"]
    noisy = torch.zeros(1, channels, side, side)
    sigma = torch.full((1, 1, side, side), 25 / 255)
    torch.onnx.export(network, (noisy, sigma), str(path), opset_version=13,
                      input_names=["noisy", "sigma"], output_names=["restored"])
    shapes = [f"noisy:1,{channels},{side},{side}"]
    if architecture["name"] != "conv_net" or architecture.get("noise_map"):
        shapes.append(f"sigma:1,1,{side},{side}")
    return shapes


def milliseconds(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return float(done.stdout.split()[-1])


def compare(arguments, checkpoint, folder):
    model = pathlib.Path(folder) / "model.onnx"
    shapes = export(checkpoint, arguments.side, model)
    ours, theirs = [], []
    for _ in range(arguments.rounds):
        ours.append(milliseconds([arguments.bench, checkpoint, arguments.side, REPETITIONS,
                                  arguments.threads, arguments.precision]))
        theirs.append(milliseconds(["node", pathlib.Path(__file__).with_name("onnx_bench.mjs"),
                                    arguments.node_modules, model, arguments.threads, REPETITIONS,
                                    *shapes]))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs))
    print(f"{pathlib.Path(checkpoint).stem}\t{arguments.side}x{arguments.side}\t"
          f"{arguments.threads} threads\there {arguments.precision} {statistics.median(ours):.1f} ms\t"
          f"ONNX Runtime {statistics.median(theirs):.1f} ms\tratio {ratio:.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True, help="path of denoise_bench")
    parser.add_argument("--node-modules", required=True, help="folder that holds onnxruntime-node")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precision", default="f32", choices=["f32", "bf16"])
    parser.add_argument("checkpoints", nargs="+")
    arguments = parser.parse_args()
    for checkpoint in arguments.checkpoints:
        with tempfile.TemporaryDirectory() as folder:
            compare(arguments, checkpoint, folder)


if __name__ == "__main__":
    main()
