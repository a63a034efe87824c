# SPDX-License-Identifier: MIT
"""transformer_net: window attention at half resolution, the baseline without a stated prior.

Shapes: N images, C colour planes, F channels, G heads, D = F / G, K = window^2; H, W even. The
residual stream is (N, H/2, W/2, F). Windows are anchored to the corner of the image; every second
block moves them by half a window. What lies outside the image is no key.
"""
import torch
from torch import nn
import torch.nn.functional as functional

from .graph_mixture_net import input_pack, input_planes, skip_weights
from .initial_estimate import initial_estimate

OUTSIDE = -1e4  # added to the scores of keys outside the image


def relative_places(window):
    """Row of the bias table for each (query, key), (K,K)."""
    rows, columns = torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")
    rows, columns = rows.flatten(), columns.flatten()
    down = rows[None, :] - rows[:, None] + window - 1
    right = columns[None, :] - columns[:, None] + window - 1
    return down * (2 * window - 1) + right


class WindowAttention(nn.Module):
    """softmax(q k' / sqrt(D) + bias(place of key - place of query)) v in windows, then a projection."""

    def __init__(self, width, heads, window, shift):
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.projection = nn.Linear(width, width)
        self.position_bias = nn.Parameter(torch.zeros(heads, (2 * window - 1) ** 2))
        self.places = relative_places(window)  # no buffer: follows from the window

    def forward(self, h):
        three = (self.query, self.key, self.value)
        scale = (h.shape[-1] // self.heads) ** -0.5
        weight = torch.cat([self.query.weight * scale, self.key.weight, self.value.weight])
        bias = torch.cat([self.query.bias * scale, self.key.bias, self.value.bias])
        q, k, v = self._windows(functional.linear(h, weight, bias), len(three))
        scores = q @ k.transpose(-1, -2)
        scores = scores + self._table(h.shape[1:3], scores.dtype)
        return self.projection(self._image(scores.softmax(-1) @ v, h.shape))

    def _extent(self, extent):
        """(pixels before the image, pixels in all, rounded up to windows)."""
        return self.shift, -(-(extent + self.shift) // self.window) * self.window

    def _windows(self, planes, count):
        """count x (N, windows, G, K, D) of (N,H,W,count F)."""
        images, height, width, _ = planes.shape
        (top, rows), (left, columns) = self._extent(height), self._extent(width)
        if (rows, columns) != (height, width):
            planes = functional.pad(planes, (0, 0, left, columns - width - left,
                                             top, rows - height - top))
        size = self.window
        split = planes.view(images, rows // size, size, columns // size, size,
                            count, self.heads, -1).permute(5, 0, 1, 3, 6, 2, 4, 7)
        return split.reshape(count, images, -1, self.heads, size * size, split.shape[-1])

    def _image(self, windows, shape):
        """(N,H,W,F) of (N, windows, G, K, D)."""
        images, height, width, channels = shape
        (top, rows), (left, columns) = self._extent(height), self._extent(width)
        size = self.window
        split = windows.view(images, rows // size, columns // size, self.heads, size, size, -1)
        whole = split.permute(0, 1, 4, 2, 5, 3, 6).reshape(images, rows, columns, channels)
        return whole[:, top:top + height, left:left + width]

    def _table(self, extents, dtype):
        """Bias and mask, (windows or 1, G, K, K)."""
        table = self.position_bias[:, self.places].to(dtype)
        (top, rows), (left, columns) = map(self._extent, extents)
        if (rows, columns) == tuple(extents):
            return table
        size = self.window
        outside = torch.full((rows, columns), OUTSIDE, dtype=dtype, device=table.device)
        outside[top:top + extents[0], left:left + extents[1]] = 0
        keys = outside.view(rows // size, size, columns // size, size).transpose(1, 2)
        return keys.reshape(-1, 1, 1, size * size) + table


class Perceptron(nn.Module):
    """Two matrices around a 3x3 depthwise convolution and a ReLU, or around the ReLU alone."""

    def __init__(self, width, hidden, depthwise):
        super().__init__()
        self.expand = nn.Linear(width, hidden)
        self.depthwise = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden) if depthwise else None
        self.contract = nn.Linear(hidden, width)

    def forward(self, h):
        h = self.expand(h)
        if self.depthwise is not None:
            h = self.depthwise(h.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.contract(torch.relu(h))


class TransformerBlock(nn.Module):
    """h + attention(norm(h)), then h + mlp(norm(h)); norms and streams can be left out."""

    def __init__(self, width, heads, window, shift, hidden, depthwise, layer_norm, residual):
        super().__init__()
        self.residual = residual
        norm = nn.LayerNorm if layer_norm else nn.Identity
        self.norm1, self.norm2 = norm(width), norm(width)
        self.attention = WindowAttention(width, heads, window, shift)
        self.mlp = Perceptron(width, hidden, depthwise)

    def forward(self, h):
        for norm, part in ((self.norm1, self.attention), (self.norm2, self.mlp)):
            change = part(norm(h))
            h = h + change if self.residual else change.to(h.dtype)
        return h


class TransformerNet(nn.Module):
    """Shapes: samples, mask (N,C,H,W), estimate or None -> (N,C,H,W); H and W even.

    Observation "noise": samples are the noisy image and mask is the noise level (N,1,H,W), the
    standard deviation in units of the image.
    """

    def __init__(self, observation, channels, width, blocks, heads, window, hidden,
                 depthwise=True, layer_norm=True, residual=True):
        super().__init__()
        self.observation = observation
        planes = input_planes(channels, observation)
        self.head = nn.Conv2d(planes, width, 3, padding=1)
        self.blocks = nn.ModuleList(
            TransformerBlock(width, heads, window, (index % 2) * (window // 2), hidden, depthwise,
                             layer_norm, residual) for index in range(blocks))
        self.skip = nn.Conv2d(planes, 4 * channels, 3, padding=1)
        self.tail = nn.Conv2d(width, 4 * channels, 3, padding=1)
        with torch.no_grad():
            self.skip.weight.copy_(skip_weights(channels, observation))
            self.skip.bias.zero_()
            self.tail.weight *= 0.1
            self.tail.bias.zero_()

    def forward(self, samples, mask, estimate=None):
        if self.observation == "noise":
            estimate = samples
        elif estimate is None:
            estimate = initial_estimate(samples, mask, self.observation)
        pack = input_pack(samples, mask, estimate, self.observation)
        device = pack.device.type
        with torch.autocast(device, enabled=False):
            h = self.head(pack).permute(0, 2, 3, 1).contiguous()
        for block in self.blocks:
            h = block(h)
        with torch.autocast(device, enabled=False):
            h = h.to(pack.dtype).permute(0, 3, 1, 2)
            r = functional.pixel_shuffle(self.tail(h) + self.skip(pack), 2)
        if self.observation == "noise":
            return r
        mask = mask.expand_as(samples)
        return mask * samples + (1 - mask) * r
