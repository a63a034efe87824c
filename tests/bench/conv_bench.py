# SPDX-License-Identifier: MIT
"""The layers of conv_bench.cpp in PyTorch, float32, without gradients: the yardstick.

    python3 conv_bench.py [side of the map = 256] [repetitions = 15] [threads = 2]

Columns: ns per map pixel by the wall clock, and by the processor time of the calling thread, which
computes as long as any other. Both memory layouts are tried and the faster one is printed.
"""
import statistics
import sys
import time

import torch

# in, out, kernel, dilation, relu, residual: as in conv_bench.cpp
LAYERS = ((3, 48, 3, 1, True, False), (4, 48, 3, 1, False, False), (12, 48, 3, 1, False, False),
          (16, 16, 3, 1, True, False), (16, 48, 3, 1, False, False), (32, 32, 3, 1, True, False),
          (48, 48, 3, 1, True, False), (48, 48, 3, 1, False, True), (48, 48, 3, 2, True, False),
          (64, 64, 3, 1, True, False), (96, 96, 3, 1, True, False), (48, 12, 3, 1, False, False),
          (48, 24, 1, 1, False, False), (48, 56, 1, 1, False, False))


def measure(layer, side, repetitions, layout):
    """Median wall and processor seconds of one layer."""
    in_channels, out_channels, kernel, dilation, relu, residual = layer
    conv = torch.nn.Conv2d(in_channels, out_channels, kernel, padding=dilation * (kernel // 2),
                           dilation=dilation).to(memory_format=layout)
    x = torch.rand(1, in_channels, side, side).contiguous(memory_format=layout)
    h = torch.rand(1, out_channels, side, side).contiguous(memory_format=layout)
    wall, cpu = [], []
    for k in range(repetitions + 1):
        start, begin = time.perf_counter(), time.thread_time()
        y = conv(x)
        if relu:
            y.relu_()
        if residual:
            h.add_(y)
        if k > 0:
            wall.append(time.perf_counter() - start)
            cpu.append(time.thread_time() - begin)
    return statistics.median(wall), statistics.median(cpu)


def main():
    side, repetitions, threads = (int(value) for value in (sys.argv[1:] + ["256", "15", "2"][len(sys.argv) - 1:]))
    torch.set_num_threads(threads)
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, map {side}x{side}")
    print(f"{'layer':<26} {'wall ns':>8} {'cpu ns':>8} {'GFLOP/s':>8}  layout")
    with torch.inference_mode():
        for layer in LAYERS:
            timed = [(measure(layer, side, repetitions, layout), name)
                     for layout, name in ((torch.contiguous_format, "planar"), (torch.channels_last, "channels last"))]
            (wall, cpu), name = min(timed, key=lambda item: item[0][1])
            pixels = side * side
            flops = 2 * layer[2] ** 2 * layer[0] * layer[1] * pixels
            label = (f"{layer[0]:3d}>{layer[1]:3d} {layer[2]}x{layer[2]} d{layer[3]} "
                     f"{'relu' if layer[4] else '':<4} {'+res' if layer[5] else '':<4}")
            print(f"{label:<26} {1e9 * wall / pixels:8.2f} {1e9 * cpu / pixels:8.2f} {1e-9 * flops / cpu:8.1f}  {name}")


if __name__ == "__main__":
    main()
