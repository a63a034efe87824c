# SPDX-License-Identifier: MIT
"""What glr_net and gtv_net share: blocks of a feature CNN, graphs of it, and a mixed graph filter.

Shapes: N images, C channels, G heads, T layers, S steps of the learned CG.
"""
import torch
from torch import nn
import torch.nn.functional as functional

from . import fused_graph as graph
from .initial_estimate import initial_estimate
from .learned_cg import initial_logits


class UnrolledBlock(nn.Module):
    """One block: features of x, one graph per head, a filter per head, mix and relaxation."""

    def __init__(self, channels, layers, steps, heads, features, width, lambda_bound, smallest):
        super().__init__()
        self.heads = heads
        planes = [channels] + [width] * 4
        self.cnn = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in zip(planes, planes[1:]))
        self.metric = nn.Parameter(0.5 * torch.eye(features).repeat(heads, 1, 1))
        alpha, beta = initial_logits(lambda_bound, smallest)
        self.alpha_logit = nn.Parameter(torch.full((layers, steps, heads), alpha))
        self.beta_logit = nn.Parameter(torch.full((layers, steps, heads), beta))
        self.log_rho = nn.Parameter(torch.zeros(layers))
        self.mix = nn.Parameter(torch.full((heads,), 1.0 / heads))
        self.relaxation = nn.Parameter(torch.full((1,), 0.95))

    def graphs(self, x):
        """wbar (N,G,4,H,W) of the image x (N,C,H,W)."""
        f = x
        for conv in self.cnn[:-1]:
            f = torch.relu(conv(f))
        weight, bias = self._last_with_metric()
        q = functional.conv2d(f, weight, bias, padding=1)
        with torch.autocast(x.device.type, enabled=False):
            return graph.edge_weights(q.float().contiguous(), self.heads)

    def _last_with_metric(self):
        """Weights of metric_g times the features of head g as one convolution."""
        last = self.cnn[-1]
        heads, size, _ = self.metric.shape
        rows = last.weight.reshape(heads, size, -1)
        weight = (self.metric.unsqueeze(-1) * rows.unsqueeze(1)).sum(2).reshape_as(last.weight)
        bias = (self.metric * last.bias.reshape(heads, 1, size)).sum(2).flatten()
        return weight, bias

    def forward(self, x, samples, mask):
        """Next estimate (N,C,H,W); measured samples are imposed again, noisy ones (no mask) not."""
        weights = self.graphs(x)
        with torch.autocast(x.device.type, enabled=False):
            start = x.unsqueeze(1).expand(-1, self.heads, -1, -1, -1).contiguous()
            solved = self.filter(weights, start, samples.unsqueeze(1),
                                 None if mask is None else mask.unsqueeze(1))
            mixed = (self.mix.view(1, -1, 1, 1, 1) * solved).sum(1)
            x = self.relaxation * mixed + (1 - self.relaxation) * x
            return x if mask is None else mask * samples + (1 - mask) * x


class UnrolledNet(nn.Module):
    """A chain of blocks from the initial estimate. Shapes: samples, mask, result (N,C,H,W).

    Observation "noise": a quadratic fidelity everywhere, from the noisy image itself; such a network is
    trained for one noise level and ignores its second argument.
    """

    def __init__(self, block, channels, observation, blocks, layers, steps, heads, features, width):
        super().__init__()
        self.observation = observation
        self.blocks = nn.ModuleList(
            block(channels, layers, steps, heads, features, width) for _ in range(blocks))

    def forward(self, samples, mask=None, estimate=None):
        if self.observation == "noise":
            return self._through_blocks(samples, samples, None)
        mask = mask.expand_as(samples)
        x = initial_estimate(samples, mask, self.observation) if estimate is None else estimate
        return self._through_blocks(x, samples, mask)

    def _through_blocks(self, x, samples, mask):
        for block in self.blocks:
            x = block(x, samples, mask)
        return x
