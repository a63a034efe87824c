# SPDX-License-Identifier: MIT
"""A wider and deeper graph_mixture_net that computes what a finished one computes (Chen et al. 2016, Net2Net).

    grow.py model.safetensors --config configs/demosaic.json -o grown.safetensors

The configuration's network has at least the width and the blocks of the checkpoint at every scale, and is
else alike. New channels start with random kernels that nothing old reads yet (those weights are zero),
and new residual blocks add nothing to the old channels, so finetune.py goes on from the same figure.
Old blocks keep their side of the coarser scale: the new ones follow those before it, and those behind it.
"""
import argparse
import json

import torch

from export import compact_json, read_safetensors, write_safetensors
from networks import network_from_architecture


def scales(architecture):
    """The nested descriptions, finest first."""
    found = []
    while architecture:
        found.append(architecture)
        architecture = architecture.get("inner")
    return found


def block_places(small, large):
    """{new index: old index} of the residual blocks of one scale."""
    before = small.get("inner", {}).get("after", small["blocks"])
    gap = large.get("inner", {}).get("after", small["blocks"]) - before
    if gap < 0 or small["blocks"] + gap > large["blocks"]:
        raise SystemExit(f"grow: {small['blocks']} blocks, {before} of them before the coarser scale, do "
                         f"not fit into {large['blocks']} with {before + gap} before it")
    return {k if k < before else k + gap: k for k in range(small["blocks"])}


def old_names(small, large):
    """{beginning of a name in the large network: the same in the small one} of all residual blocks."""
    names = {}
    for depth, (old, new) in enumerate(zip(scales(small), scales(large))):
        prefix = "inner." * depth
        places = block_places(old, new)
        for k in range(new["blocks"]):
            names[f"{prefix}blocks.{k}."] = f"{prefix}blocks.{places[k]}." if k in places else None
    return names


def source_of(name, names):
    """Name of the old tensor that belongs into `name`; None inside a new block."""
    for beginning, old in names.items():
        if name.startswith(beginning):
            return None if old is None else old + name[len(beginning):]
    return name


def embed(target, old, inputs_first):
    """Puts the old kernel or bias into the corner of the target; its outputs read nothing new."""
    outputs = slice(0, old.shape[1 if inputs_first else 0])
    if target.dim() > 1:
        target[(slice(None), outputs) if inputs_first else outputs] = 0
    target[tuple(slice(0, extent) for extent in old.shape)] = old


def grown(tensors, small, large):
    """State of the large network that computes what the small one with these tensors does."""
    if {small["name"], large["name"]} != {"graph_mixture_net"}:
        raise SystemExit("grow: only a graph_mixture_net grows")
    for old, new in zip(scales(small), scales(large)):
        if old["feature_graphs"] and old["width"] != new["width"]:
            raise SystemExit("grow: heads of feature graphs divide the width, which so cannot grow")
        if old["width"] > new["width"]:
            raise SystemExit(f"grow: width {old['width']} does not fit into {new['width']}")
    network = network_from_architecture(large)
    state = network.state_dict()
    names = old_names(small, large)
    widths = {"inner." * depth: part["width"] for depth, part in enumerate(scales(small))}
    for name, target in state.items():
        source = source_of(name, names)
        if source is not None:
            embed(target, tensors[source], inputs_first=name.endswith("up.weight"))
        elif ".conv2." in name:
            target[:widths[name[:name.index("blocks.")]]] = 0
    return state


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", help="safetensors file of a graph_mixture_net without training blocks")
    parser.add_argument("--config", required=True, help="JSON file with the larger architecture")
    parser.add_argument("-o", "--output", required=True, help="safetensors file to write")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    arrays, metadata = read_safetensors(arguments.checkpoint)
    with open(arguments.config, encoding="utf-8") as file:
        large = json.load(file)["architecture"]
    small = json.loads(metadata["tessera.architecture"])
    with torch.no_grad():
        state = grown({name: torch.tensor(array).float() for name, array in arrays.items()}, small, large)
    write_safetensors(arguments.output, {name: value.numpy() for name, value in state.items()},
                      metadata | {"tessera.architecture": compact_json(large)})


if __name__ == "__main__":
    main()
