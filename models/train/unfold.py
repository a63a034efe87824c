# SPDX-License-Identifier: MIT
"""Puts branches and gates in place of a finished network's convolutions, computing the same.

    unfold.py model.safetensors --block '{"kind":"ecb","gate":"asr-se"}' -o training.safetensors

So a network that was trained with plain convolutions goes on in training form (finetune.py). Other
branches and the gates start at random, and the 3x3 convolution of the branch "dense" takes the
difference: `reparam` of the result gives the network back up to rounding. Blocks without batch
normalisation and live gates whose branch "dense" is one convolution: kinds conv and ecb.
"""
import argparse
import json
import math

import torch

from export import compact_json, read_safetensors, write_safetensors
from networks import network_from_architecture
from nets.training_blocks import TrainingBlock


def fit(block, weight, bias):
    """Makes the block compute the convolution with this kernel (O,I,3,3) and bias (O)."""
    if not block.collapses or block.dense.order != ["conv"]:
        raise SystemExit("unfold: the block has batch normalisation, live gates, or more than one "
                         "convolution in its branch dense; kinds conv and ecb can be unfolded")
    dense = block.dense.conv
    dense.weight.zero_()
    dense.bias.zero_()
    rest_weight, rest_bias = block.folded()
    gates = [*block.gates, *block.dense.gates]
    factors = math.prod(gate.factors()[0] for gate in gates)
    dense.weight.copy_((weight - rest_weight) / torch.as_tensor(factors).reshape(-1, 1, 1, 1))
    dense.bias.copy_((bias - rest_bias) / factors)
    for folded, plain in zip(block.folded(), (weight, bias)):
        if not torch.allclose(folded, plain, rtol=1e-4, atol=1e-5):
            raise SystemExit("unfold: the block does not compute what the convolution did")


def unfolded(tensors, metadata, block):
    """(state, metadata) of the training form of a checkpoint."""
    architecture = json.loads(metadata["tessera.architecture"])
    network = network_from_architecture(architecture | {"training_blocks": block})
    state = network.state_dict()
    plain = {name: torch.tensor(array) for name, array in tensors.items()}
    state.update({name: value for name, value in plain.items() if name in state})
    network.load_state_dict(state)
    with torch.no_grad():
        for name, part in network.named_modules():
            if isinstance(part, TrainingBlock):
                fit(part, plain[f"{name}.weight"], plain[f"{name}.bias"])
    return network.state_dict(), metadata | {
        "tessera.architecture": compact_json(architecture | {"training_blocks": block})}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", help="safetensors file of a network without training blocks")
    parser.add_argument("--block", required=True, type=json.loads, help="description of the blocks")
    parser.add_argument("-o", "--output", required=True, help="safetensors file to write")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    state, metadata = unfolded(*read_safetensors(arguments.checkpoint), arguments.block)
    write_safetensors(arguments.output, {name: value.numpy() for name, value in state.items()},
                      metadata)


if __name__ == "__main__":
    main()
