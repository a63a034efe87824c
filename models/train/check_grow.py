# SPDX-License-Identifier: MIT
"""Holds grown networks against what they grew from, and the shuffled against the transposed convolution.

    python3 models/train/check_grow.py

Outputs must be equal up to rounding, and every new weight that may learn must have
a gradient after one step.
"""
import copy
import sys

import torch

from data import observation_mask, tensor_from_images
from grow import grown
from networks import network_from_architecture
from nets.graph_mixture_net import doubled

TOLERANCE = 1e-5
GRAPH = {"heads": 1, "features": 6, "steps": 3}


def architecture(*scales):
    """scales: (width, blocks, blocks before the coarser scale), finest first."""
    found = None
    for k, (width, blocks, _) in reversed(list(enumerate(scales))):
        part = {"width": width, "blocks": blocks, "feature_graphs": []}
        if found:
            part["inner"] = found | {"after": scales[k][2]}
        found = part
    return found | {"name": "graph_mixture_net", "version": 1, "observation": "bayer", "channels": 3,
                    "image_graph": GRAPH}


SMALL = architecture((8, 3, 2), (12, 2, 1), (16, 1, 0))
LARGE = {"wider": architecture((12, 3, 2), (14, 2, 1), (20, 1, 0)),
         "deeper": architecture((8, 5, 3), (12, 4, 2), (16, 2, 0)),
         "both": architecture((16, 4, 2), (12, 3, 2), (24, 2, 0)),
         "the same": SMALL}


def picture():
    mask = tensor_from_images([observation_mask("bayer", 24, 32, None)])
    return mask * torch.rand(1, 3, 24, 32), mask


def error_of(large):
    """(largest difference, number of tensors that still learn nothing after one step)."""
    small = network_from_architecture(SMALL)
    for parameter in small.parameters():  # no symmetry of a fresh network may hide an error
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    with torch.no_grad():
        state = grown(copy.deepcopy(small.state_dict()), SMALL, large)
    network = network_from_architecture(large)
    network.load_state_dict(state)
    samples, mask = picture()
    difference = (network(samples, mask) - small(samples, mask)).abs().max().item()
    for rate in (1e-3, 0):
        network.zero_grad()
        (network(samples, mask) - 0.5).square().sum().backward()
        for parameter in network.parameters():
            parameter.data.sub_(rate * parameter.grad)
    deaf = sum(not parameter.grad.any() for parameter in network.parameters())
    return difference, deaf


def main():
    torch.manual_seed(0)
    worst, all_deaf = 0.0, 0
    for name, large in LARGE.items():
        error, deaf = error_of(large)
        worst, all_deaf = max(worst, error), all_deaf + deaf
        print(f"{error:.1e}  {name}, {deaf} tensors without a gradient")
    up = torch.nn.ConvTranspose2d(5, 3, 2, stride=2)
    x = torch.randn(2, 5, 7, 9)
    error = (up(x) - doubled(x, up)).abs().max().item()
    print(f"{error:.1e}  shuffled against transposed")
    return 0 if max(worst, error) <= TOLERANCE and all_deaf == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
