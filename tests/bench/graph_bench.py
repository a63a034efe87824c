# SPDX-License-Identifier: MIT
"""The operators of graph_bench as PyTorch slices, in place, float32: the yardstick of graph_bench.cpp.

    python3 graph_bench.py [repetitions] [threads]

Everything that can be allocated beforehand is; the edges of an offset are slices of whole planes.
Columns: ns per pixel by the wall clock, and by the processor time of the main thread.
"""
import statistics
import sys
import time

import torch

OFFSETS = ((0, 1), (1, -1), (1, 0), (1, 1))


def ends(offset, height, width):
    """Index pairs of the two ends of all edges with this offset."""
    dy, dx = offset
    left, right = max(0, -dx), max(0, dx)
    return ((..., slice(0, height - dy), slice(left, width - right)),
            (..., slice(dy, height), slice(left + dx, width - right + dx)))


class Operators:
    """Buffers for one size; every method works in place in them."""

    def __init__(self, size, heads, dimension, channels=3):
        self.ends = [ends(offset, size, size) for offset in OFFSETS]
        self.features = torch.rand(heads, dimension, size, size)
        self.difference = torch.empty(heads, dimension, size, size)
        self.weights = torch.zeros(heads, 4, size, size)
        self.degree = torch.empty(heads, size, size)
        self.flow = torch.empty(channels, size, size)
        self.b, self.x = torch.rand(channels, size, size), torch.rand(channels, size, size)
        self.r, self.p, self.q = (torch.empty(channels, size, size) for _ in range(3))
        self.diagonal = torch.rand(1, size, size)
        self.free = (torch.rand(channels, size, size) < 0.7).float()
        self.fixed = torch.rand(channels, size, size) * (1 - self.free)
        self.t1, self.t2 = torch.randn(4, channels, size, size), torch.randn(4, channels, size, size)
        self.buffers = [torch.empty(channels, size, size) for _ in range(6)]

    def edge_weights(self):
        self.degree.zero_()
        for e, (first, second) in enumerate(self.ends):
            difference, weight = self.difference[first], self.weights[:, e][first]
            torch.sub(self.features[first], self.features[second], out=difference)
            difference.square_()
            torch.sum(difference, 1, out=weight)
            weight.clamp_(max=11.5).neg_().exp_()
            self.degree[first].add_(weight)
            self.degree[second].add_(weight)
        self.degree.rsqrt_()
        for e, (first, second) in enumerate(self.ends):
            self.weights[:, e][first].mul_(self.degree[first]).mul_(self.degree[second])

    def laplacian(self, x, out):
        out.zero_()
        for e, (first, second) in enumerate(self.ends):
            flow = self.flow[first]
            torch.sub(x[first], x[second], out=flow)
            flow.mul_(self.weights[0, e][first])
            out[first].add_(flow)
            out[second].sub_(flow)

    def learned_cg(self, steps, alpha=0.3, beta=0.2):
        """Starts where the call before ended, as the layers of a network do."""
        self.laplacian(self.x, self.q)
        self.q.add_(self.x)
        torch.sub(self.b, self.q, out=self.r)
        self.p.copy_(self.r)
        for step in range(steps):
            self.x.add_(self.p, alpha=alpha)
            if step + 1 == steps:
                break
            self.laplacian(self.p, self.q)
            self.q.add_(self.p)
            self.r.sub_(self.q, alpha=alpha)
            self.p.mul_(beta).add_(self.r)

    def learned_graph(self, steps, alpha=0.3, beta=0.2):
        """Weights of the first head, b of what is fixed, and the steps from zero on free pixels."""
        self.edge_weights()
        self.laplacian(self.fixed, self.r)
        self.r.mul_(self.free).neg_()
        self.p.copy_(self.r)
        torch.mul(self.p, alpha, out=self.x)
        for _ in range(1, steps):
            self.laplacian(self.p, self.q)
            self.q.addcmul_(self.diagonal, self.p).mul_(self.free)
            self.r.sub_(self.q, alpha=alpha)
            self.p.mul_(beta).add_(self.r)
            self.x.add_(self.p, alpha=alpha)

    def gtv_layer(self, half_step=0.005):
        """Edge states after x, and C' of their signed parts; gamma constant, so n + p = t."""
        self.q.zero_()
        for e, (first, second) in enumerate(self.ends):
            t1, t2 = self.t1[e][first], self.t2[e][first]
            n1, n2, z, difference, total, flow = (buffer[first] for buffer in self.buffers)
            torch.clamp(t1, max=0, out=n1)
            torch.clamp(t2, max=0, out=n2)
            torch.abs(t1, out=z)
            torch.abs(t2, out=total)
            z.add_(total).mul_(0.5).sub_(half_step)
            torch.sub(self.b[first], self.b[second], out=difference)
            difference.mul_(self.weights[0, e][first])
            torch.sub(z, difference, out=t1)
            torch.add(z, difference, out=t2)
            t1.add_(n1)
            t2.add_(n2)
            torch.abs(t2, out=flow)
            torch.abs(t1, out=total)
            flow.sub_(total).mul_(0.5).mul_(self.weights[0, e][first])
            self.q[first].add_(flow)
            self.q[second].sub_(flow)


def median_times(work, repetitions):
    """Seconds by the wall clock and of this thread's processor time."""
    work()
    wall, cpu = [], []
    for _ in range(repetitions):
        start = time.perf_counter(), time.thread_time()
        work()
        wall.append(time.perf_counter() - start[0])
        cpu.append(time.thread_time() - start[1])
    return statistics.median(wall), statistics.median(cpu)


def main():
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    print(f"PyTorch {torch.__version__}, {threads} threads")
    for size in (512, 1024):
        wide, narrow, single = (Operators(size, 4, 12), Operators(size, 2, 6),
                                Operators(size, 1, 6))
        wide.edge_weights()
        cases = {
            "edge weights, 4 heads x 12": wide.edge_weights,
            "edge weights, 2 heads x 6": narrow.edge_weights,
            "Laplacian, 3 channels": lambda: wide.laplacian(wide.b, wide.q),
            "learned CG, 3 channels, 10 steps": lambda: wide.learned_cg(10),
            "learned CG, 3 channels, 4 steps": lambda: wide.learned_cg(4),
            "learned graph, 6 features, 4 steps": lambda: single.learned_graph(4),
            "GTV edge layer, 3 channels": wide.gtv_layer,
        }
        for name, work in cases.items():
            wall, cpu = median_times(work, repetitions)
            print(f"{name:34s} {size:4d}^2 {threads:2d} {1e9 * wall / size**2:8.2f}"
                  f" {1e9 * cpu / size**2:8.2f}", flush=True)


if __name__ == "__main__":
    with torch.inference_mode():
        main()
