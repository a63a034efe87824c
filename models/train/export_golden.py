# SPDX-License-Identifier: MIT
"""Writes tests/golden/*.safetensors: what the C++ networks and operators are held against.

    python3 models/train/export_golden.py tests/golden

Everything is computed in double precision with the plain operators and rounded to float32 at the
end; single precision must agree to a third of the tolerance, so that a case is never a coin toss.
"""
import argparse
import pathlib

import torch

import golden_operators
import golden_training
from data import tensor_from_images
from degrade import bayer_mask, decimation2_mask, random_mask
from export import compact_json, write_safetensors
from nets import fused_graph
from nets.initial_estimate import initial_estimate
from networks import network_from_architecture
from noise import random_normal

import numpy as np

TOLERANCE = 1e-5
TASKS = {"bayer": "demosaic", "decimation2": "upscale2", "mask": "inpaint", "noise": "denoise",
         "noisy_bayer": "demosaic"}


def unrolled(name, observation, channels, **sizes):
    """Architecture of glr_net or gtv_net, reduced unless told otherwise."""
    architecture = {"name": name, "version": 1, "channels": channels, "observation": observation,
                    "blocks": 2, "layers": 3, "steps": 4, "heads": 2, "features": 6, "width": 12}
    return architecture | sizes


def mixture(observation, channels=3, **sizes):
    """Architecture of graph_mixture_net, reduced unless told otherwise."""
    architecture = {"name": "graph_mixture_net", "version": 1, "observation": observation,
                    "channels": channels, "width": 12, "blocks": 3,
                    "feature_graphs": [{"after": 1, "heads": 2, "features": 3, "steps": 3}],
                    "image_graph": {"heads": 2, "features": 3, "steps": 4}}
    return architecture | sizes


def convolutions(observation, channels, layers, **sizes):
    """Architecture of conv_net; a layer is (out, activation) and whatever else it has."""
    architecture = {"name": "conv_net", "version": 1, "observation": observation,
                    "channels": channels,
                    "layers": [{"out": out, "activation": activation} | extra
                               for out, activation, extra in layers]}
    return architecture | sizes


def transformer(observation, channels=3, **sizes):
    """Architecture of transformer_net, reduced unless told otherwise."""
    architecture = {"name": "transformer_net", "version": 1, "observation": observation,
                    "channels": channels, "width": 12, "blocks": 3, "heads": 2, "window": 4,
                    "hidden": 20}
    return architecture | sizes


def chain(outputs, width=24, activation="relu", extras=({}, {}, {}, {})):
    """Four layers: three of `width`, the last without activation."""
    widths = [width] * 3 + [outputs]
    kinds = [activation] * 3 + ["none"]
    return list(zip(widths, kinds, extras))


DILATED = tuple({"dilation": dilation} for dilation in (1, 2, 3, 1))
BORDERS = ({"border_bias": True}, {"dilation": 2, "border_bias": True},
           {"kernel": 1, "border_bias": True}, {"border_bias": True})
ECBSR = chain(12, 16, "prelu")
FFDNET = {"shuffle": 2, "noise_map": True}
ONE_FULL_BLOCK = {"blocks": 1, "layers": 5, "steps": 10, "heads": 4, "features": 12, "width": 48}
FULL_WIDTH = {"width": 48, "blocks": 2,
              "feature_graphs": [{"after": 1, "heads": 4, "features": 6, "steps": 3}],
              "image_graph": {"heads": 2, "features": 6, "steps": 4}}
TWO_GRAPHS = [{"after": 0, "heads": 3, "features": 2, "steps": 2},
              {"after": 3, "heads": 2, "features": 3, "steps": 3}]
SCALES = {"inner": {"after": 1, "width": 20, "blocks": 2,
                    "feature_graphs": [{"after": 1, "heads": 2, "features": 3, "steps": 3}],
                    "inner": {"after": 2, "width": 28, "blocks": 1}}}
BARE = {"depthwise": False, "layer_norm": False, "residual": False}
FULL_WINDOW = {"width": 64, "blocks": 2, "heads": 4, "window": 8, "hidden": 128}
NETWORK_CASES = {
    "glr_bayer_18x22": (unrolled("glr_net", "bayer", 3), 18, 22),
    "glr_bayer_2x2": (unrolled("glr_net", "bayer", 3), 2, 2),
    "glr_bayer_block": (unrolled("glr_net", "bayer", 3, **ONE_FULL_BLOCK), 14, 20),
    "glr_decimation2_13x9": (unrolled("glr_net", "decimation2", 1), 13, 9),
    "glr_decimation2_1x1": (unrolled("glr_net", "decimation2", 1), 1, 1),
    "gtv_bayer_18x22": (unrolled("gtv_net", "bayer", 3), 18, 22),
    "gtv_bayer_2x2": (unrolled("gtv_net", "bayer", 3), 2, 2),
    "gtv_decimation2_13x9": (unrolled("gtv_net", "decimation2", 1), 13, 9),
    "gtv_decimation2_block": (unrolled("gtv_net", "decimation2", 1, **ONE_FULL_BLOCK), 14, 20),
    "mixture_bayer_18x22": (mixture("bayer"), 18, 22),
    "mixture_bayer_2x2": (mixture("bayer"), 2, 2),
    "mixture_bayer_full_width": (mixture("bayer", **FULL_WIDTH), 26, 14),
    "mixture_bayer_plain": (mixture("bayer", feature_graphs=[], image_graph=None), 10, 12),
    "mixture_decimation2_18x22": (mixture("decimation2"), 18, 22),
    "mixture_decimation2_grey": (mixture("decimation2", 1), 6, 10),
    "mixture_mask_18x22": (mixture("mask"), 18, 22),
    "mixture_mask_grey_2x14": (mixture("mask", 1), 2, 14),
    "mixture_mask_two_graphs": (mixture("mask", feature_graphs=TWO_GRAPHS), 12, 10),
    # Later cases stand below, so that the seeds of those above stay.
    "mixture_mask_thin_plate": (mixture("mask", fill_steps=5), 14, 18),
    "conv_dncnn_19x23": (convolutions("noise", 3, chain(3), skip="subtract"), 19, 23),
    "conv_dncnn_1x1": (convolutions("noise", 1, chain(1), skip="subtract"), 1, 1),
    "conv_ffdnet_18x22": (convolutions("noise", 3, chain(12), **FFDNET), 18, 22),
    "conv_ffdnet_grey_2x14": (convolutions("noise", 1, chain(4), **FFDNET), 2, 14),
    "conv_ircnn_1x9": (convolutions("noise", 1, chain(1, extras=DILATED), skip="subtract"), 1, 9),
    "conv_ircnn_21x15": (convolutions("noise", 1, chain(1, extras=DILATED), skip="subtract"), 21, 15),
    "conv_borders_17x13": (convolutions("noise", 3, chain(3, extras=BORDERS), skip="add"), 17, 13),
    "conv_borders_2x1": (convolutions("noise", 3, chain(3, extras=BORDERS), skip="add"), 2, 1),
    "conv_borders_prelu": (convolutions("noise", 1, chain(1, activation="prelu", extras=BORDERS)), 3, 9),
    "conv_ecbsr_18x22": (convolutions("decimation2", 3, ECBSR, skip="add"), 18, 22),
    "conv_bayer_10x12": (convolutions("bayer", 3, chain(12), skip="add"), 10, 12),
    "conv_mask_10x12": (convolutions("mask", 3, chain(12), skip="add"), 10, 12),
    "glr_noise_13x9": (unrolled("glr_net", "noise", 1), 13, 9),
    "glr_noise_block": (unrolled("glr_net", "noise", 3, **ONE_FULL_BLOCK), 14, 20),
    "gtv_noise_1x5": (unrolled("gtv_net", "noise", 1), 1, 5),
    "gtv_noise_13x9": (unrolled("gtv_net", "noise", 3), 13, 9),
    "gtv_noise_block": (unrolled("gtv_net", "noise", 3, **ONE_FULL_BLOCK), 14, 20),
    "mixture_noise_18x22": (mixture("noise"), 18, 22),
    "mixture_noise_grey_2x14": (mixture("noise", 1), 2, 14),
    "mixture_noise_plain": (mixture("noise", feature_graphs=[], image_graph=None), 10, 12),
    "transformer_noise_18x22": (transformer("noise"), 18, 22),
    "transformer_noise_grey_2x14": (transformer("noise", 1), 2, 14),
    "transformer_noise_bare": (transformer("noise", **BARE), 20, 26),
    "transformer_noise_full_width": (transformer("noise", **FULL_WINDOW), 26, 36),
    "transformer_bayer_2x2": (transformer("bayer"), 2, 2),
    "transformer_bayer_30x12": (transformer("bayer"), 30, 12),
    "transformer_mask_16x16": (transformer("mask"), 16, 16),
    "mixture_bayer_scales": (mixture("bayer", **SCALES), 24, 32),
    "mixture_noise_scales_grey": (mixture("noise", 1, **SCALES), 16, 40),
    "mixture_mask_scales_8x8": (mixture("mask", **SCALES), 8, 8),
    "mixture_decimation2_scales": (mixture("decimation2", **SCALES), 16, 8),
    "mixture_noise_scales": (mixture("noise", **SCALES), 16, 24),
    "mixture_noisy_bayer_18x22": (mixture("noisy_bayer"), 18, 22),
    "mixture_noisy_bayer_scales": (mixture("noisy_bayer", **SCALES), 16, 24),
    "mixture_noisy_bayer_plain": (mixture("noisy_bayer", feature_graphs=[], image_graph=None), 10, 12),
}


def perturb(network, seed):
    """Random weights of a size at which graphs and constants matter; keeps the state legal."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in network.named_parameters():
            random = torch.randn(value.shape, generator=generator)
            if value.dim() == 4:
                fan_in = value[0].numel()
                value.add_(random * (1.0 / fan_in**0.5))
            elif name.endswith("position_bias"):
                value.add_(random)
            elif "metric" in name:
                value.add_(0.15 * random)
            elif "logit" in name or "log_" in name or name.endswith("bias"):
                value.add_(0.2 * random)
            else:
                value.add_(0.05 * random)


def observed(architecture, height, width, seed):
    """samples, mask or noise level, estimate (1,C,H,W) of a smooth random image."""
    channels = architecture["channels"]
    noise = torch.from_numpy(random_normal(seed, (1, channels, height, width)))
    smooth = torch.nn.functional.avg_pool2d(noise, 3, 1, 1, count_include_pad=False)
    truth = (0.5 + 0.25 * smooth + 0.05 * noise).clamp(0, 1)
    observation = architecture["observation"]
    if observation == "noise":
        sigma = torch.linspace(0.02, 0.2, height * width).view(1, 1, height, width)
        noisy = truth + sigma * torch.from_numpy(random_normal(seed + 1, truth.shape))
        return noisy, sigma, noisy
    if observation == "noisy_bayer":
        mask = tensor_from_images([bayer_mask(height, width)])
        sigma = torch.linspace(0.01, 0.08, height * width).view(1, 1, height, width)
        samples = mask * (truth + sigma * torch.from_numpy(random_normal(seed + 1, truth.shape)))
        return samples, sigma, initial_estimate(samples.double(), mask.double(), "bayer").float()
    if observation == "bayer":
        mask = bayer_mask(height, width)
    elif observation == "decimation2":
        mask = decimation2_mask(height, width, channels)
    else:
        mask = random_mask(height, width, 0.6, np.random.default_rng(seed), channels)
        mask[0, 0] = 1
    mask = tensor_from_images([mask])
    samples = truth * mask
    return samples, mask, initial_estimate(samples.double(), mask.double(), observation).float()


def write_network(folder, name, architecture, height, width, seed):
    """One network, one input, one output."""
    torch.manual_seed(seed)
    network = network_from_architecture(architecture)
    perturb(network, seed)
    golden_training.prepare(network, seed)
    inputs = observed(architecture, height, width, seed)
    with torch.no_grad():
        single = network(*inputs)
        output = network.double()(*(tensor.double() for tensor in inputs))
    error = ((single - output).abs().max() / output.abs().max()).item()
    assert error < TOLERANCE / 3, (name, error)
    noisy = architecture["observation"] in ("noise", "noisy_bayer")
    second = "input.sigma" if noisy else "input.mask"
    tensors = {key: value[0] for key, value in
               zip(("input.samples", second, "input.estimate", "output"), (*inputs, output))}
    tensors |= network.state_dict()
    print(f"{name}: error of single precision {error:.1e}, largest value {output.abs().max():.2f}, "
          f"mean change of the estimate {(output - inputs[2]).abs().mean():.3f}")
    write_safetensors(folder / f"{name}.safetensors",
                      {key: value.float().numpy() for key, value in tensors.items()}, {
        "tessera.architecture": compact_json(architecture),
        "tessera.license": "MIT",
        "tessera.task": TASKS[architecture["observation"]],
        "tessera.title": f"golden case {name}",
        "tessera.training": compact_json({"seed": seed, "steps": 0}),
        "tolerance": f"{TOLERANCE:g}"})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="where the files go")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    fused_graph.use_plain(True)
    for seed, (name, case) in enumerate(NETWORK_CASES.items(), start=100):
        write_network(folder, name, *case, seed)
    for seed, (name, case) in enumerate(golden_training.cases(mixture).items(), start=500):
        write_network(folder, name, *case, seed)
    golden_operators.write_all(folder)


if __name__ == "__main__":
    main()
