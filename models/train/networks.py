# SPDX-License-Identifier: MIT
"""Networks from their architecture description, the JSON that a checkpoint carries."""
import json

import torch

from export import read_safetensors
from nets.conv_net import ConvNet
from nets.glr_net import GlrNet
from nets.graph_mixture_net import GraphMixtureNet
from nets.gtv_net import GtvNet
from nets.transformer_net import TransformerNet

NETWORKS = {"conv_net": ConvNet, "glr_net": GlrNet, "gtv_net": GtvNet,
            "graph_mixture_net": GraphMixtureNet, "transformer_net": TransformerNet}


def network_from_architecture(architecture):
    """A freshly initialised network."""
    if architecture["observation"] == "noisy_bayer" and architecture["name"] != "graph_mixture_net":
        raise ValueError(f"{architecture['name']}: noisy_bayer is graph_mixture_net's alone")
    sizes = {key: value for key, value in architecture.items() if key not in ("name", "version")}
    return NETWORKS[architecture["name"]](**sizes)


def network_from_checkpoint(path):
    """(network in evaluation mode, metadata) of a safetensors checkpoint."""
    tensors, metadata = read_safetensors(path)
    network = network_from_architecture(json.loads(metadata["tessera.architecture"]))
    network.load_state_dict({name: torch.tensor(array) for name, array in tensors.items()})
    return network.eval(), metadata


def size_multiple(architecture):
    """What height and width of a picture must be multiples of."""
    if architecture["name"] == "conv_net":
        return 2 if architecture["observation"] != "noise" else architecture.get("shuffle", 1)
    multiple, scale = 2, architecture
    while scale.get("inner"):
        multiple, scale = 2 * multiple, scale["inner"]
    return multiple


def parameter_count(network):
    """Number of trained values."""
    return sum(parameter.numel() for parameter in network.parameters())
