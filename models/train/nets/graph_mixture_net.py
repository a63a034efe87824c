# SPDX-License-Identifier: MIT
"""graph_mixture_net: a plain-convolution backbone at half resolution and coarser, with graph blocks.

Shapes: N images, C colour planes, F backbone channels, G heads, D features, T steps; H, W multiples of
two to the number of scales.
"""
import torch
from torch import nn
import torch.nn.functional as functional

from . import fused_graph as graph
from .graph_operators import LAPLACIAN_BOUND
from .initial_estimate import BILINEAR_KERNEL, initial_estimate, thin_plate
from .learned_cg import initial_logits, steps_from_logits
from .training_blocks import make_conv

FREE_SMALLEST_EIGENVALUE = 0.3
INITIAL_CONFIDENCE_LOGIT = -1.7346  # confidence 2 sigmoid = 0.3


def bayer_planes(samples):
    """RGGB planes (N,4,H/2,W/2) of samples (N,3,H,W)."""
    return functional.pixel_unshuffle(samples.sum(1, keepdim=True), 2)


def bayer_mask(samples):
    """RGGB mask (1,3,H,W) of 0/1 for samples (N,3,H,W)."""
    mask = samples.new_zeros(1, *samples.shape[1:])
    mask[:, 0, ::2, ::2] = mask[:, 1, ::2, 1::2] = mask[:, 1, 1::2, ::2] = mask[:, 2, 1::2, 1::2] = 1
    return mask


def input_pack(samples, mask, estimate, observation):
    """What the backbone sees, at half resolution."""
    if observation == "bayer":
        return bayer_planes(samples)
    if observation == "noisy_bayer":
        return torch.cat([bayer_planes(samples), functional.avg_pool2d(mask, 2)], 1)
    if observation == "decimation2":
        return samples[..., ::2, ::2].contiguous()
    return functional.pixel_unshuffle(torch.cat([estimate, mask[:, :1]], 1), 2)


def input_planes(channels, observation):
    planes = {"bayer": 4, "noisy_bayer": 5, "decimation2": channels}
    return planes.get(observation, 4 * (channels + 1))


def skip_weights(channels, observation):
    """Initial skip convolution (4C, planes, 3, 3): bilinear interpolation, or the estimate itself."""
    weight = torch.zeros(4 * channels, input_planes(channels, observation), 3, 3)
    for out in range(4 * channels):
        channel, row, column = out // 4, out // 2 % 2, out % 2
        if observation in ("mask", "noise"):
            weight[out, out, 1, 1] = 1
            continue
        taps = _bilinear_taps(channel, row, column, observation)
        total = sum(value for _, value in taps)
        for (plane, y, x), value in taps:
            weight[out, plane, y, x] = value / total
    return weight


def _bilinear_taps(channel, row, column, observation):
    """((plane, row, column), weight) of the measured 3x3 neighbours of a pixel of a 2x2 cell."""
    taps = []
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            y, x = row + dy, column + dx
            place = 2 * (y % 2) + x % 2
            mosaic = observation in ("bayer", "noisy_bayer")
            colour = (0, 1, 1, 2)[place] if mosaic else (channel, -1, -1, -1)[place]
            plane = place if mosaic else channel
            if colour == channel:
                tap = (plane, y // 2 + 1, x // 2 + 1)
                taps.append((tap, BILINEAR_KERNEL[dy + 1][dx + 1]))
    return taps


class ResidualBlock(nn.Module):
    """training_block: how both convolutions are trained, or None for plain ones."""

    def __init__(self, width, training_block=None):
        super().__init__()
        self.conv1 = make_conv(width, width, training_block)
        self.conv2 = make_conv(width, width, training_block)

    def forward(self, h):
        return h + self.conv2(torch.relu(self.conv1(h)))


class FeatureGraph(nn.Module):
    """Filters groups of channels by (I + mu L)^-1 on graphs of the features themselves."""

    def __init__(self, width, heads, features, steps):
        super().__init__()
        self.heads = heads
        self.features = nn.Conv2d(width, heads * features, 1)
        alpha, beta = initial_logits(1 + LAPLACIAN_BOUND, 1.0)
        self.log_mu = nn.Parameter(torch.zeros(heads))
        self.alpha_logit = nn.Parameter(torch.full((steps, heads), alpha))
        self.beta_logit = nn.Parameter(torch.full((steps, heads), beta))
        self.mix = nn.Parameter(torch.full((width,), 0.5))

    def forward(self, h):
        q = self.features(h)
        with torch.autocast(h.device.type, enabled=False):
            count, width, height, columns = h.shape
            weights = graph.edge_weights(q.float().contiguous(), self.heads)
            mu = self.log_mu.exp()
            weights = weights * mu.view(1, -1, 1, 1, 1)
            alpha, beta = steps_from_logits(
                self.alpha_logit, self.beta_logit, 1 + mu * LAPLACIAN_BOUND)
            grouped = h.float().contiguous().view(count, self.heads, -1, height, columns)
            one = grouped.new_ones(1, 1, 1, height, columns)
            u = graph.learned_cg(weights, one, None, grouped, grouped, alpha, beta)
            return (h + self.mix.view(1, -1, 1, 1) * (u.view_as(h) - h)).to(h.dtype)


class ImageGraphHeads(nn.Module):
    """What ImageGraph and NoiseGraph share: per head a graph, logits, and a learned CG run from zero."""

    def __init__(self, width, heads, features, steps, logits):
        super().__init__()
        self.heads, self.planes = heads, heads * features
        self.features = nn.Conv2d(width, 4 * heads * (features + logits), 1)
        with torch.no_grad():
            self.features.bias[4 * self.planes:] = INITIAL_CONFIDENCE_LOGIT
            self.features.weight[4 * self.planes:] *= 0.1
        alpha, beta = initial_logits(2 + LAPLACIAN_BOUND, FREE_SMALLEST_EIGENVALUE)
        self.alpha_logit = nn.Parameter(torch.full((steps, heads), alpha))
        self.beta_logit = nn.Parameter(torch.full((steps, heads), beta))
        self.mix = nn.Parameter(torch.full((heads,), 1.0 / heads))

    def weights_and_shares(self, v):
        """Weights (N,G,4,H,W) and sigmoids of the logits (N,G*logits,1,H,W) of v (N,planes,H,W)."""
        weights = graph.edge_weights(v[:, :self.planes].contiguous(), self.heads)
        return weights, v[:, self.planes:].sigmoid().unsqueeze(2)

    def mixed_solution(self, weights, confidence, free, b):
        """sum_g mix_g e_g (N,C,H,W) with (diag(confidence_g) + L_g) e_g = b_g (N,G,C,H,W)."""
        alpha, beta = steps_from_logits(self.alpha_logit, self.beta_logit, 2 + LAPLACIAN_BOUND)
        e = graph.learned_cg(weights, confidence, free, b, torch.zeros_like(b), alpha, beta)
        return (self.mix.view(1, -1, 1, 1, 1) * e).sum(1)


class ImageGraph(ImageGraphHeads):
    """Spreads the innovation of the measured samples along graphs predicted by the backbone."""

    def __init__(self, width, heads, features, steps):
        super().__init__(width, heads, features, steps, logits=1)

    def forward(self, h, innovation, mask):
        """Correction (N,C,H,W) of the prior mean on free samples, zero elsewhere."""
        v = functional.pixel_shuffle(self.features(h), 2)
        with torch.autocast(h.device.type, enabled=False):
            weights, shares = self.weights_and_shares(v.float())
            free = (1 - mask).unsqueeze(1)
            known = innovation.unsqueeze(1).expand(-1, self.heads, -1, -1, -1).contiguous()
            b = -graph.laplacian(weights, known)
            return self.mixed_solution(weights, 2 * shares, free, b)


class NoiseGraph(ImageGraphHeads):
    """Passes on what of the residual y - r is smooth on graphs predicted by the backbone.

    Per head the least of sum F (e - d)^2 + sum (c - F) e^2 + e'Le with d = y - r, that is
    (diag(c) + L) e = F d, where the fidelity F is at most the confidence c; of a mosaic, d = 0 where
    nothing was measured.
    """

    def __init__(self, width, heads, features, steps):
        super().__init__(width, heads, features, steps, logits=2)

    def forward(self, h, residual):
        """Correction (N,C,H,W) of the backbone's estimate; residual (N,C,H,W)."""
        v = functional.pixel_shuffle(self.features(h), 2)
        with torch.autocast(h.device.type, enabled=False):
            weights, shares = self.weights_and_shares(v.float())
            confidence, share = shares.split(self.heads, 1)
            confidence = 2 * confidence
            b = (confidence * share) * residual.unsqueeze(1)
            return self.mixed_solution(weights, confidence, None, b)


class Backbone(nn.Module):
    """Residual blocks, feature graphs behind some of them, and an inner backbone behind one of them.

    feature_graphs: descriptions with the number `after` of blocks in front of each; inner: None or the
    description of a CoarserBackbone, visited behind its feature graphs after `after` blocks.
    """

    def __init__(self, width, blocks, feature_graphs=(), inner=None, training_blocks=None):
        super().__init__()
        self.blocks = nn.ModuleList(
            ResidualBlock(width, training_blocks) for _ in range(blocks))
        self.after = [part["after"] for part in feature_graphs]
        self.feature_graphs = nn.ModuleList(
            FeatureGraph(width, part["heads"], part["features"], part["steps"])
            for part in feature_graphs)
        self.inner_after = inner["after"] if inner else None
        self.inner = CoarserBackbone(width, training_blocks=training_blocks, **inner) if inner else None

    def features(self, h):
        """Shapes: (N,F,H,W) -> the same."""
        for finished in range(len(self.blocks) + 1):
            for after, part in zip(self.after, self.feature_graphs):
                if after == finished:
                    h = part(h)
            if finished == self.inner_after:
                h = self.inner(h)
            if finished < len(self.blocks):
                h = self.blocks[finished](h)
        return h


def doubled(h, up):
    """The 2x2 transposed convolution `up` of stride 2, as 1x1 convolution and shuffle: 20 times as fast on a processor.

    Shapes: (N,F,H,W) -> (N,G,2H,2W)
    """
    kernel = up.weight.permute(1, 2, 3, 0).reshape(4 * up.out_channels, up.in_channels, 1, 1)
    bias = up.bias.repeat_interleave(4)
    return functional.pixel_shuffle(functional.conv2d(h, kernel, bias), 2)


class CoarserBackbone(Backbone):
    """h + up(features(down(h))): 2x2 cells become one pixel of more channels, and are made of it again."""

    def __init__(self, outer_width, width, blocks, after, feature_graphs=(), inner=None,
                 training_blocks=None):
        del after  # where the outer backbone visits this one
        super().__init__(width, blocks, feature_graphs, inner, training_blocks)
        self.down = nn.Conv2d(outer_width, width, 2, stride=2)
        self.up = nn.ConvTranspose2d(width, outer_width, 2, stride=2)

    def forward(self, h):
        return h + doubled(self.features(self.down(h)), self.up)


class GraphMixtureNet(Backbone):
    """Shapes: samples, mask (N,C,H,W), estimate or None -> (N,C,H,W).

    Observation "noise": samples are the noisy image and mask is the noise level (N,1,H,W), the
    standard deviation in units of the image. Observation "noisy_bayer": samples are a noisy mosaic,
    mask is the noise level, and no sample is kept.
    """

    def __init__(self, observation, channels, width, blocks, feature_graphs, image_graph,
                 fill_steps=0, inner=None, training_blocks=None):
        super().__init__(width, blocks, feature_graphs, inner, training_blocks)
        self.observation, self.fill_steps = observation, fill_steps
        self.stream_type = None  # of the residual stream, or as the weights; a GPU may shorten it
        planes = input_planes(channels, observation)
        self.head = nn.Conv2d(planes, width, 3, padding=1)
        self.skip = nn.Conv2d(planes, 4 * channels, 3, padding=1)
        self.tail = nn.Conv2d(width, 4 * channels, 3, padding=1)
        noisy = observation in ("noise", "noisy_bayer")
        image_graph_type = NoiseGraph if noisy else ImageGraph
        self.image_graph = image_graph_type(width, **image_graph) if image_graph else None
        with torch.no_grad():
            self.skip.weight.copy_(skip_weights(channels, observation))
            self.skip.bias.zero_()
            self.tail.weight *= 0.1
            self.tail.bias.zero_()

    def forward(self, samples, mask, estimate=None):
        if self.observation in ("noise", "noisy_bayer"):
            return self._denoised(samples, mask)
        mask = mask.expand_as(samples)
        if estimate is None and self.observation == "mask":
            estimate = initial_estimate(samples, mask, self.observation)
        if self.fill_steps:
            estimate = thin_plate(estimate, mask, self.fill_steps)
        h, r = self._features_and_mean(input_pack(samples, mask, estimate, self.observation))
        if self.image_graph is not None:
            r = r + self.image_graph(h, mask * (samples - r), mask)
        return mask * samples + (1 - mask) * r

    def _denoised(self, noisy, sigma):
        h, r = self._features_and_mean(input_pack(noisy, sigma, noisy, self.observation))
        if self.image_graph is None:
            return r
        residual = noisy - r
        if self.observation == "noisy_bayer":
            residual = bayer_mask(residual) * residual
        return r + self.image_graph(h, residual)

    def _features_and_mean(self, pack):
        """Last features (N,F,H/2,W/2) and the estimate (N,C,H,W) without image graph."""
        device = pack.device.type
        with torch.autocast(device, enabled=False):
            h = self.head(pack)
            h = h.to(self.stream_type or h.dtype)
        h = self.features(h)
        with torch.autocast(device, enabled=False):
            return h, functional.pixel_shuffle(self.tail(h.to(pack.dtype)) + self.skip(pack), 2)
