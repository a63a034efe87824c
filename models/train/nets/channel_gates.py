# SPDX-License-Identifier: MIT
"""Channel gates, live and learned (ASR); the twin of lib/model/training_form/channel_gate.cpp.

A live gate makes one factor per channel from statistics of its input; a learned one (kind "asr-...")
reads trained constants psi in their place, so that it folds away.
"""
import torch
from torch import nn

PSI_START = 0.1  # Zhong et al. 2023


def gate_from_config(config, channels):
    """A gate from its description, a kind or a dictionary."""
    return ChannelGate(channels, **({"kind": config} if isinstance(config, str) else config))


def gates_from_config(config, channels):
    """ModuleList of one gate or several, applied in order."""
    items = config if isinstance(config, list) else [] if config is None else [config]
    return nn.ModuleList(gate_from_config(item, channels) for item in items)


class Linear(nn.Module):
    def __init__(self, planes, out, bias):
        super().__init__()
        start = nn.Linear(planes, out, bias)
        self.weight, self.bias = start.weight, start.bias

    def forward(self, x):
        return nn.functional.linear(x, self.weight, self.bias)


class ChannelGate(nn.Module):
    """Factors (N,C), or (1,C) where learned, of x (N,C,H,W)."""

    def __init__(self, channels, kind, hidden=None, taps=3, activation="relu", bias=True):
        super().__init__()
        self.learned, self.kind = kind.startswith("asr-"), kind.removeprefix("asr-")
        if self.kind not in ("se", "eca", "ie", "srm", "cbam"):
            raise ValueError(f"unknown gate {kind}")
        self.activation = {"relu": torch.relu, "silu": nn.functional.silu}[activation]
        each = (channels, 2) if self.kind == "srm" else (channels,)
        if self.learned:
            self.psi = nn.Parameter(torch.full(each, PSI_START))
        if self.kind in ("se", "cbam"):
            hidden = hidden or max(1, channels // 16)
            self.fc1, self.fc2 = Linear(channels, hidden, bias), Linear(hidden, channels, bias)
        elif self.kind == "eca":
            self.weight = nn.Parameter(torch.randn(taps) / taps)
        else:
            self.weight = nn.Parameter(torch.zeros(each))
            self.bias = nn.Parameter(torch.zeros(channels))

    def _mlp(self, x):
        return self.fc2(self.activation(self.fc1(x)))

    def factors(self, x=None):
        """Factors in (0,1); x is not needed by a learned gate."""
        if self.learned:
            psi = self.psi.unsqueeze(0)
            mean, deviation = (psi[..., 0], psi[..., 1]) if self.kind == "srm" else (psi, None)
            maximum = mean
        else:
            mean, maximum = x.mean((2, 3)), x.amax((2, 3))
            # The square root of 0 has no gradient; 1e-12 changes no value that float32 can tell.
            deviation = (x.var((2, 3), unbiased=False) + 1e-12).sqrt()
        if self.kind == "se":
            return self._mlp(mean).sigmoid()
        if self.kind == "cbam":
            return (self._mlp(mean) + self._mlp(maximum)).sigmoid()
        if self.kind == "eca":
            kernel = self.weight.view(1, 1, -1)
            return nn.functional.conv1d(
                mean.unsqueeze(1), kernel, padding=kernel.shape[-1] // 2).squeeze(1).sigmoid()
        if self.kind == "ie":
            return (mean * self.weight + self.bias).sigmoid()
        return (mean * self.weight[:, 0] + deviation * self.weight[:, 1] + self.bias).sigmoid()
