# SPDX-License-Identifier: MIT
"""Turns published .pth files of DnCNN, FFDNet and IRCNN into checkpoints of this program.

    python3 models/train/import_checkpoint.py ffdnet_color.pth -o ffdnet-color.safetensors

The file is read as weights only: no code in it is ever run. A state dict may lie under params_ema,
params, state_dict, model_state_dict, model or network, and its names may start with module., net.,
network. or generator. ; of IRCNN's 25 networks in one file --sigma chooses; batch normalisation must
have been merged. Which network it is follows from names and shapes:

    model.0.weight, model.2.weight ...   DnCNN (C planes in and out), FFDNet (4C + 1 in, 4C out), IRCNN
                                         (seven layers)
    layers.0.weight ... (IRCNN)          likewise
DRUNet (m_head, m_down1 ...) is a U-Net with strides, which conv_net is not: refused by name.
"""
import argparse
import math
import re
import sys

import torch

from export import compact_json, write_safetensors

WRAPPERS = ("params_ema", "params", "state_dict", "model_state_dict", "model", "network")
PREFIXES = ("module.", "net.", "network.", "generator.")
IRCNN_DILATIONS = (1, 2, 3, 4, 3, 2, 1)


class NotImportable(Exception):
    """What the file holds cannot be run; the text says what it is."""


def load_state(path, sigma=()):
    """Tensors by name of a .pth file, wrappers and prefixes removed; of many networks the one for sigma."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise NotImportable("no such file") from None
    except Exception as error:  # the unpickler's refusals have many types
        reason = str(error).split("WeightsUnpickler error: ")[-1].splitlines()
        reason = reason[0] if reason else type(error).__name__
        raise NotImportable(f"cannot be read as weights only ({reason})") from None
    return unwrapped(one_of_many(content, sigma))


def one_of_many(content, sigma):
    """Of IRCNN's state dicts "0" to "24", for noise up to 2, 4 ... 50, the one for this level."""
    levels = [str(level) for level in range(25)]
    if not isinstance(content, dict) or sorted(content) != sorted(levels):
        return content
    if len(sigma) != 1 or not 0 < sigma[0] <= 50:
        raise NotImportable("holds 25 networks for noise from 2 to 50: choose one with --sigma")
    return content[str(math.ceil(sigma[0] / 2) - 1)]


def unwrapped(content):
    """The state dict inside wrappers, names without common prefixes."""
    while isinstance(content, dict):
        inner = [content[key] for key in WRAPPERS if isinstance(content.get(key), dict)]
        if not inner:
            break
        content = inner[0]
    if not isinstance(content, dict) or not content:
        raise NotImportable("holds no state dict")
    strangers = [name for name, value in content.items() if not torch.is_tensor(value)]
    if strangers:
        raise NotImportable(f"{strangers[0]} is no tensor")
    for prefix in PREFIXES * 2:
        if all(name.startswith(prefix) for name in content):
            content = {name[len(prefix):]: value for name, value in content.items()}
    return content


def plain_layers(state):
    """[(weight, bias)] in order, or NotImportable that names what stands in the way."""
    if any(name.startswith(("m_head", "m_down", "m_body")) for name in state):
        raise NotImportable("DRUNet: a U-Net with strided convolutions; conv_net runs plain chains")
    batch_norm = [name for name in state if name.endswith("running_mean")]
    if batch_norm:
        raise NotImportable(f"{batch_norm[0]}: batch normalisation; merge it into the convolutions "
                            "first (KAIR: merge_bn, or reparam)")
    found = {}
    for name in state:
        match = re.fullmatch(r"(?:model|layers)\.(\d+)\.(weight|bias)", name)
        if not match:
            raise NotImportable(f"{name}: not a name of DnCNN, FFDNet or IRCNN")
        found.setdefault(int(match[1]), {})[match[2]] = state[name].float()
    layers = [found[index] for index in sorted(found)]
    for index, layer in zip(sorted(found), layers):
        weight = layer.get("weight")
        if weight is None or weight.dim() != 4 or weight.shape[2:] != (3, 3):
            raise NotImportable(f"layer {index} is no 3x3 convolution")
        if not all(torch.isfinite(value).all() for value in layer.values()):
            raise NotImportable(f"layer {index} holds values that are not finite")
    for index, (before, after) in enumerate(zip(layers, layers[1:])):
        if before["weight"].shape[0] != after["weight"].shape[1]:
            raise NotImportable(f"convolution {index} has {before['weight'].shape[0]} outputs, the next "
                                f"one {after['weight'].shape[1]} inputs")
    return [(layer["weight"], layer.get("bias", layer["weight"].new_zeros(len(layer["weight"]))))
            for layer in layers]


def architecture_of(layers):
    """(title, architecture) of a chain of convolutions, from its shapes."""
    planes, outputs = layers[0][0].shape[1], layers[-1][0].shape[0]
    ircnn = len(layers) == len(IRCNN_DILATIONS)
    architecture = {"name": "conv_net", "version": 1, "observation": "noise"}
    if planes == outputs and outputs in (1, 3):
        title = "IRCNN" if ircnn else "DnCNN"
        architecture |= {"channels": outputs, "skip": "subtract"}
    elif planes == outputs + 1 and outputs in (4, 12):
        title, ircnn = "FFDNet", False
        architecture |= {"channels": outputs // 4, "shuffle": 2, "noise_map": True}
    else:
        raise NotImportable(f"{planes} planes in and {outputs} out are neither DnCNN, IRCNN (1 or 3 in "
                            "and out) nor FFDNet (5 in, 4 out; 13 in, 12 out)")
    dilations = IRCNN_DILATIONS if ircnn else (1,) * len(layers)
    architecture["layers"] = [
        {"out": len(weight), "dilation": dilation,
         "activation": "relu" if index + 1 < len(layers) else "none"}
        for index, ((weight, _), dilation) in enumerate(zip(layers, dilations))]
    return title, architecture


def sigma_range(title, sigma):
    """[low, high] in 8-bit units: as given, FFDNet's 0 to 75, else unknown (None)."""
    if sigma:
        return [sigma[0], sigma[-1]]
    return [0, 75] if title == "FFDNet" else None


def import_state(state, sigma=(), license_name=""):
    """(tensors, metadata) of a checkpoint from a state dict."""
    layers = plain_layers(state)
    title, architecture = architecture_of(layers)
    tensors = {}
    for index, (weight, bias) in enumerate(layers):
        tensors[f"layers.{index}.weight"] = weight.numpy()
        tensors[f"layers.{index}.bias"] = bias.numpy()
    metadata = {"tessera.architecture": compact_json(architecture), "tessera.task": "denoise",
                "tessera.title": f"{title} (imported)",
                "tessera.license": license_name or "unknown: see where the file came from"}
    levels = sigma_range(title, sigma)
    if levels:
        metadata["tessera.sigma_range"] = compact_json(levels)
    return tensors, metadata


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", help=".pth file")
    parser.add_argument("-o", "--output", required=True, help="safetensors file to write")
    parser.add_argument("--sigma", type=float, nargs="+", default=[],
                        help="noise level it was trained for, or lowest and highest, in 8-bit units")
    parser.add_argument("--license", default="", help="licence of the weights")
    arguments = parser.parse_args()
    try:
        tensors, metadata = import_state(load_state(arguments.checkpoint, arguments.sigma), arguments.sigma,
                                         arguments.license)
    except NotImportable as problem:
        print(f"import_checkpoint: {arguments.checkpoint}: {problem}", file=sys.stderr)
        return 3
    write_safetensors(arguments.output, tensors, metadata)
    print(f"{arguments.output}: {metadata['tessera.title']}, {len(tensors) // 2} convolutions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
