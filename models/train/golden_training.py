# SPDX-License-Identifier: MIT
"""Golden files of networks in training form: `reparam` folds them, and the folded network must
compute what the branches do. Called by export_golden.py."""
import torch

from nets.training_blocks import TrainingBlock

TINY = {"width": 8, "blocks": 1, "feature_graphs": [],
        "image_graph": {"heads": 2, "features": 3, "steps": 2}}
BLOCKS = {
    "training_mixture_ecb": ("bayer", {"kind": "ecb", "gate": "asr-se"}),
    "training_mixture_rrrb": ("mask", {"kind": "rrrb", "inner_gates": ["asr-se", "asr-eca"]}),
    "training_mixture_dbb": ("decimation2", {"kind": "dbb", "gates": ["asr-cbam", "asr-srm"]}),
}
SCALES = {"inner": {"after": 1, "width": 12, "blocks": 1}}
# Layers of conv_net, each in another form.
LAYERS = {
    "layers.0": {"kind": "acb", "gate": "asr-ie"},
    "layers.1": {"kind": "ecb", "padding": "zero", "gate": "asr-se"},
    "layers.2": {"kind": "rep_vgg", "epsilon": 1e-4, "branch_gates": {"point": "asr-eca"}},
    "layers.3": {"kind": "conv_bn"},
}
CONV_NET = {"name": "conv_net", "version": 1, "observation": "noise", "channels": 3, "shuffle": 2,
            "noise_map": True, "skip": "subtract", "training_blocks": {"places": LAYERS},
            "layers": [{"out": 8, "activation": "relu"}, {"out": 8, "activation": "prelu"},
                       {"out": 8, "activation": "relu"}, {"out": 12}]}


def cases(mixture):
    """{name: (architecture, height, width)}; `mixture` makes architectures of graph_mixture_net."""
    all_cases = {name: (mixture(observation, **TINY, training_blocks=block), 10, 14)
                 for name, (observation, block) in BLOCKS.items()}
    scales = mixture("noise", **TINY, **SCALES, training_blocks=BLOCKS["training_mixture_ecb"][1])
    return all_cases | {"training_conv_net": (CONV_NET, 10, 14),
                        "training_mixture_scales": (scales, 12, 16)}


def prepare(network, seed):
    """Statistics far from (0, 1), factors that matter, and branches as they stand."""
    generator = torch.Generator().manual_seed(seed)

    def random(value):
        return torch.rand(value.shape, generator=generator)

    with torch.no_grad():
        for name, value in network.named_buffers():
            if name.endswith("running_mean"):
                value.copy_(random(value) - 0.5)
            elif name.endswith("running_var"):
                value.copy_(0.1 + 1.9 * random(value))
            elif name.endswith("num_batches_tracked"):
                value.fill_(1)
        for name, value in network.named_parameters():
            if name.rsplit(".", 1)[-1] in ("scale", "psi"):
                value.copy_(random(value) - 0.3)
    for part in network.modules():
        if isinstance(part, TrainingBlock):
            part.collapses = False
    network.eval()
