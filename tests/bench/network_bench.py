# SPDX-License-Identifier: MIT
"""The PyTorch twin of a checkpoint on a picture of random samples: the yardstick of network_bench.cpp.

    python3 network_bench.py CHECKPOINT [side of the picture = 1024] [repetitions = 5] [threads = 2]

Prints ns per pixel by the wall clock and by the processor time of the calling thread, which computes
as long as any other, medians, float32 without gradients; and the peak resident size.
"""
import json
import pathlib
import resource
import statistics
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "models" / "train"))
from degrade import TYPICAL_SIGMA, bayer_mask, decimation2_mask  # noqa: E402
from networks import network_from_checkpoint  # noqa: E402


def mask_of(observation, side):
    """Mask (1,3,H,W)."""
    if observation == "mask":
        return (torch.rand(1, 1, side, side) < 0.2).float().repeat(1, 3, 1, 1)
    mask = {"bayer": bayer_mask, "decimation2": decimation2_mask}[observation](side, side)
    return torch.from_numpy(mask).permute(2, 0, 1)[None].contiguous()


def main():
    path = sys.argv[1]
    side, repetitions, threads = (int(value) for value in (sys.argv[2:] + ["1024", "5", "2"][len(sys.argv) - 2:]))
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    network, metadata = network_from_checkpoint(path)
    architecture = json.loads(metadata["tessera.architecture"])
    observation, channels = architecture["observation"], architecture["channels"]
    samples = torch.rand(1, channels, side, side)
    if observation in TYPICAL_SIGMA:
        mask = torch.full((1, 1, side, side), TYPICAL_SIGMA[observation] / 255)
    else:
        mask = mask_of(observation, side)[:, :channels]
    if observation == "noisy_bayer":
        samples = samples * mask_of("bayer", side)
    elif observation != "noise":
        samples = samples * mask
    wall, cpu = [], []
    with torch.inference_mode():
        for k in range(repetitions + 1):
            start, begin = time.perf_counter(), time.thread_time()
            network(samples, mask)
            if k > 0:
                wall.append(time.perf_counter() - start)
                cpu.append(time.thread_time() - begin)
    pixels = side * side
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{metadata['tessera.title']}, PyTorch {torch.__version__}, {threads} threads, {side}x{side}: "
          f"{1e9 * statistics.median(wall) / pixels:.1f} ns wall, "
          f"{1e9 * statistics.median(cpu) / pixels:.1f} ns cpu per pixel, {peak:.0f} MiB")


if __name__ == "__main__":
    main()
