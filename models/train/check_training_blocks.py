# SPDX-License-Identifier: MIT
"""Holds the collapsed form of training blocks against their branches: values and gradients.

    python3 models/train/check_training_blocks.py
"""
import sys

import torch

from nets.training_blocks import TrainingBlock

TOLERANCE = 1e-12
BLOCKS = [{"kind": "conv"}, {"kind": "conv", "gates": ["asr-eca", "asr-ie", "asr-srm"]},
          {"kind": "ecb"}, {"kind": "ecb", "gate": "asr-se", "branch_gates": {"dense": "asr-cbam"}},
          {"kind": "ecb", "bias": False, "identity": False},
          {"kind": "rrrb"}, {"kind": "rrrb", "inner_gates": ["asr-se", "asr-cbam"]}]


def relative(found, expected):
    return ((found - expected).abs().max() / expected.abs().max().clamp(min=1e-9)).item()


def error_of(description, planes, out):
    """Largest relative difference of output and gradients in double precision."""
    block = TrainingBlock(planes, out, **description).double()
    assert block.collapses
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    results = []
    for run in (block.evaluate, block):
        x = torch.linspace(-1, 1, planes * 30).double().sin().view(1, planes, 5, 6)
        x.requires_grad_(True)
        block.zero_grad()
        y = run(x)
        y.square().sum().backward()
        results.append([y.detach(), x.grad, *(p.grad.clone() for p in block.parameters())])
    return max(relative(found, expected) for expected, found in zip(*results))


def main():
    torch.manual_seed(0)
    worst = 0.0
    for description in BLOCKS:
        for planes, out in ((16, 16), (8, 12)):
            error = error_of(description, planes, out)
            worst = max(worst, error)
            print(f"{error:.1e}  {planes} to {out}  {description}")
    return 0 if worst <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
