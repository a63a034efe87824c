# SPDX-License-Identifier: MIT
"""The operators of graph_operators as sums over shifted reads of padded planes: the form that a
compiler turns into few kernels on a GPU. Same names, arguments and results up to rounding.

Shapes as there: weights (N,G,4,H,W), x (N,G,C,H,W); edge plane e joins pixel i to i + offset_e.
"""
import torch
import torch.nn.functional as functional

from .graph_operators import FORWARD_OFFSETS, MAX_DISTANCE


def _padded(planes):
    """One ring of zeros around the last two axes."""
    return functional.pad(planes, (1, 1, 1, 1))


def _read(padded, offset):
    """The planes at pixel + offset, offsets of -1 to 1."""
    row, column = offset
    height, width = padded.shape[-2] - 2, padded.shape[-1] - 2
    return padded[..., 1 + row:1 + row + height, 1 + column:1 + column + width]


def _reversed(offset):
    return (-offset[0], -offset[1])


def _existing(height, width, like):
    """1 where the edge of each offset stays inside the image; four planes (H,W)."""
    padded = _padded(like.new_ones(height, width))
    return [_read(padded, offset) for offset in FORWARD_OFFSETS]


def edge_weights(features, heads):
    """Degree-normalised weights (N,G,4,H,W) of node features (N,G*D,H,W)."""
    count, planes, height, width = features.shape
    features = features.reshape(count, heads, planes // heads, height, width)
    padded = _padded(features)
    raw = []
    for offset, exists in zip(FORWARD_OFFSETS, _existing(height, width, features)):
        distance = (features - _read(padded, offset)).square().sum(2)
        raw.append(torch.exp(-distance.clamp(max=MAX_DISTANCE)) * exists)
    degree = sum(raw[e] + _read(_padded(raw[e]), _reversed(offset))
                 for e, offset in enumerate(FORWARD_OFFSETS))
    scale = torch.where(degree > 0, degree, torch.ones_like(degree)).rsqrt()
    padded_scale = _padded(scale)
    return torch.stack([weight * scale * _read(padded_scale, offset)
                        for weight, offset in zip(raw, FORWARD_OFFSETS)], 2)


def _neighbours(weights):
    """(weight of the edge to pixel + offset (N,G,1,H,W), offset) for all eight neighbours."""
    pairs = []
    for edge, offset in enumerate(FORWARD_OFFSETS):
        plane = weights[:, :, edge]
        backward = _read(_padded(plane), _reversed(offset))
        pairs.append((plane.unsqueeze(2), offset))
        pairs.append((backward.unsqueeze(2), _reversed(offset)))
    return pairs


def _product(neighbours, centre, x):
    """centre .* x - sum of the weighted neighbours."""
    padded = _padded(x)
    return centre * x - sum(weight * _read(padded, offset) for weight, offset in neighbours)


def laplacian(weights, x):
    """L x (i) = sum_j w_ij (x_i - x_j)."""
    neighbours = _neighbours(weights)
    return _product(neighbours, sum(weight for weight, _ in neighbours), x)


def learned_cg(weights, diagonal, free, b, x0, alpha, beta):
    """See graph_operators.learned_cg."""
    neighbours = _neighbours(weights)
    centre = diagonal + sum(weight for weight, _ in neighbours)
    if free is not None:
        b, x0 = free * b, free * x0

    def apply(p):
        product = _product(neighbours, centre, p)
        return product if free is None else free * product

    x = x0
    residual = b - apply(x0)
    p = residual
    for step in range(alpha.shape[0]):
        alpha_k = alpha[step].view(1, -1, 1, 1, 1)
        beta_k = beta[step].view(1, -1, 1, 1, 1)
        x = x + alpha_k * p
        if step + 1 < alpha.shape[0]:
            residual = residual - alpha_k * apply(p)
            p = residual + beta_k * p
    return x
