# SPDX-License-Identifier: MIT
"""conv_net: plain convolutions in a chain, as folded backbones and published denoisers are.

Shapes: N images, C colour planes; H, W multiples of the shuffle.
"""
import torch
from torch import nn
import torch.nn.functional as functional

from .graph_mixture_net import input_pack, input_planes
from .initial_estimate import initial_estimate
from .training_blocks import TrainingBlock


class ConvLayer(nn.Module):
    """activation(bias + conv(x)), zero padded; a border bias (out,k,k) counts for taps inside only."""

    def __init__(self, planes, out, kernel=3, dilation=1, activation="none", padding="zeros",
                 border_bias=False):
        super().__init__()
        if padding != "zeros":
            raise ValueError(f"padding {padding}: only zeros")
        self.dilation, self.activation = dilation, activation
        self.reach = dilation * (kernel // 2)
        start = nn.Conv2d(planes, out, kernel)
        self.weight, self.bias = start.weight, start.bias
        self.slope = nn.Parameter(torch.full((out,), 0.25)) if activation == "prelu" else None
        self.border_bias = (nn.Parameter(torch.zeros(out, kernel, kernel))
                            if border_bias else None)

    def forward(self, x):
        z = functional.conv2d(x, self.weight, self.bias, padding=self.reach, dilation=self.dilation)
        if self.border_bias is not None:
            inside = x.new_ones(1, 1, *x.shape[-2:])
            z = z + functional.conv2d(inside, self.border_bias.unsqueeze(1), padding=self.reach,
                                      dilation=self.dilation)
        return activated(z, self.activation, self.slope)


def activated(z, activation, slope):
    if activation == "prelu":
        return functional.prelu(z, slope)
    return torch.relu(z) if activation == "relu" else z


class TrainingLayer(TrainingBlock):
    """A 3x3 layer in training form; `block` describes it."""

    def __init__(self, planes, block, out, activation="none"):
        super().__init__(planes, out, **block)
        self.activation = activation
        self.slope = nn.Parameter(torch.full((out,), 0.25)) if activation == "prelu" else None

    def forward(self, x):
        return activated(super().forward(x), self.activation, self.slope)


def block_of(training_blocks, index, layer):
    """The description of a layer's training form; None for a plain one."""
    if not training_blocks:
        return None
    if "places" in training_blocks:
        return training_blocks["places"].get(f"layers.{index}")
    return training_blocks if layer.get("kernel", 3) == 3 else None


class ConvNet(nn.Module):
    """Shapes: samples (N,C,H,W), mask likewise or noise level (N,1,H,W), estimate -> (N,C,H,W)."""

    def __init__(self, observation, channels, layers, shuffle=1, noise_map=False, skip="none",
                 training_blocks=None):
        super().__init__()
        self.observation, self.noise_map, self.skip = observation, noise_map, skip
        self.shuffle = shuffle if observation == "noise" else 2
        planes = (channels * shuffle**2 + noise_map if observation == "noise"
                  else input_planes(channels, observation))
        self.layers = nn.ModuleList()
        for index, layer in enumerate(layers):
            block = block_of(training_blocks, index, layer)
            self.layers.append(TrainingLayer(planes, block, **layer) if block
                               else ConvLayer(planes, **layer))
            planes = layer["out"]

    def forward(self, samples, mask=None, estimate=None):
        if estimate is None and self.observation != "noise":
            estimate = initial_estimate(samples, mask, self.observation)
        x = self._pack(samples, mask, estimate)
        for layer in self.layers:
            x = layer(x)
        x = functional.pixel_shuffle(x, self.shuffle)
        if self.skip != "none":
            base = self._base(samples, estimate)
            x = base + x if self.skip == "add" else base - x
        return x if self.observation == "noise" else mask * samples + (1 - mask) * x

    def _pack(self, samples, mask, estimate):
        if self.observation != "noise":
            return input_pack(samples, mask, estimate, self.observation)
        pack = functional.pixel_unshuffle(samples, self.shuffle)
        if not self.noise_map:
            return pack
        return torch.cat([pack, functional.avg_pool2d(mask[:, :1], self.shuffle)], 1)

    def _base(self, samples, estimate):
        if self.observation == "noise":
            return samples
        if self.observation == "decimation2":
            return functional.interpolate(samples[..., ::2, ::2], scale_factor=2, mode="nearest")
        return estimate
