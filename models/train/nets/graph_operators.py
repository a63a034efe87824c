# SPDX-License-Identifier: MIT
"""Graph operators on the 8-neighbourhood, written with plain slices: the judge of every other version.

Shapes: N images, G graphs (heads), D features per graph, C channels, H rows, W columns.
An edge plane e stores the undirected edges between pixel i and pixel i + FORWARD_OFFSETS[e], at pixel i;
it is zero where the edge would leave the image.
"""
import torch

FORWARD_OFFSETS = ((0, 1), (1, -1), (1, 0), (1, 1))  # (rows, columns)
MAX_DISTANCE = 11.5  # squared feature distance at which exp(-d) is cut off (1e-5)
LAPLACIAN_BOUND = 2.0 * 8.0**0.5  # largest eigenvalue of the Laplacian for any features
INCIDENCE_BOUND = 2.0  # largest eigenvalue of C'C for any features


def edge_ends(offset, height, width):
    """Index pairs (rows, columns) of the two ends i and j of all edges with this offset."""
    row, column = offset
    left, right = max(0, -column), max(0, column)
    first = (Ellipsis, slice(0, height - row), slice(left, width - right))
    second = (Ellipsis, slice(row, height), slice(left + column, width - right + column))
    return first, second


def edge_weights(features, heads):
    """Degree-normalised weights wbar (N,G,4,H,W) of node features (N,G*D,H,W)."""
    count, planes, height, width = features.shape
    features = features.reshape(count, heads, planes // heads, height, width)
    raw = features.new_zeros(count, heads, 4, height, width)
    degree = features.new_zeros(count, heads, height, width)
    ends = [edge_ends(offset, height, width) for offset in FORWARD_OFFSETS]
    for edge, (first, second) in enumerate(ends):
        distance = (features[first] - features[second]).square().sum(2)
        weight = torch.exp(-distance.clamp(max=MAX_DISTANCE))
        raw[:, :, edge][first] = weight
        degree[first] = degree[first] + weight
        degree[second] = degree[second] + weight
    scale = torch.where(degree > 0, degree, torch.ones_like(degree)).rsqrt()
    wbar = torch.zeros_like(raw)
    for edge, (first, second) in enumerate(ends):
        wbar[:, :, edge][first] = raw[:, :, edge][first] * scale[first] * scale[second]
    return wbar


def incidence(weights, x):
    """Cx: (N,G,4,C,H,W) with weights (N,G,4,H,W), x (N,G,C,H,W)."""
    count, heads, channels, height, width = x.shape
    out = x.new_zeros(count, heads, 4, channels, height, width)
    for edge, offset in enumerate(FORWARD_OFFSETS):
        first, second = edge_ends(offset, height, width)
        weight = weights[:, :, edge].unsqueeze(2)
        out[:, :, edge][first] = weight[first] * (x[first] - x[second])
    return out


def incidence_adjoint(weights, z):
    """C'z: (N,G,C,H,W) with weights (N,G,4,H,W), z (N,G,4,C,H,W)."""
    count, heads, _, channels, height, width = z.shape
    out = z.new_zeros(count, heads, channels, height, width)
    for edge, offset in enumerate(FORWARD_OFFSETS):
        first, second = edge_ends(offset, height, width)
        flow = weights[:, :, edge].unsqueeze(2)[first] * z[:, :, edge][first]
        out[first] = out[first] + flow
        out[second] = out[second] - flow
    return out


def incidence_support(weights):
    """1 (1,1,4,1,H,W) where an edge stays inside the image, 0 elsewhere."""
    height, width = weights.shape[-2:]
    exists = weights.new_zeros(1, 1, 4, 1, height, width)
    for edge, offset in enumerate(FORWARD_OFFSETS):
        exists[:, :, edge][edge_ends(offset, height, width)[0]] = 1
    return exists


def laplacian(weights, x):
    """L x: (N,G,C,H,W), L x (i) = sum_j wbar_ij (x_i - x_j)."""
    out = torch.zeros_like(x)
    for edge, offset in enumerate(FORWARD_OFFSETS):
        first, second = edge_ends(offset, x.shape[-2], x.shape[-1])
        flow = weights[:, :, edge].unsqueeze(2)[first] * (x[first] - x[second])
        out[first] = out[first] + flow
        out[second] = out[second] - flow
    return out


def learned_cg(weights, diagonal, free, b, x0, alpha, beta):
    """Heavy-ball steps on free .* (diagonal .* x + L x) = free .* b from free .* x0.

    weights (N,G,4,H,W); diagonal broadcastable to b; free (broadcastable 0/1 mask) or None;
    b, x0, result (N,G,C,H,W); alpha, beta (T,G).
    """
    if free is not None:
        b, x0 = free * b, free * x0

    def apply(p):
        product = diagonal * p + laplacian(weights, p)
        return product if free is None else free * product

    x = x0
    residual = b - apply(x0)
    p = residual
    for step in range(alpha.shape[0]):
        alpha_k = alpha[step].view(1, -1, 1, 1, 1)
        beta_k = beta[step].view(1, -1, 1, 1, 1)
        x = x + alpha_k * p
        residual = residual - alpha_k * apply(p)
        p = residual + beta_k * p
    return x


def gtv_rhs(weights, t1, t2, scale):
    """1/2 C'[(n1-p1)-(n2-p2)] with n = scale min(0,t), p = max(0,t); t1, t2 (N,G,4,C,H,W)."""
    n1, n2 = scale * t1.clamp(max=0), scale * t2.clamp(max=0)
    p1, p2 = t1.clamp(min=0), t2.clamp(min=0)
    return 0.5 * incidence_adjoint(weights, (n1 - p1) - (n2 - p2))


def gtv_edges(weights, x, t1, t2, scale, half_step):
    """New edge states t1 = z - Cx + n1, t2 = z + Cx + n2, z = (p1+p2-n1-n2)/2 - half_step.

    Edges that leave the image stay at zero.
    """
    exists = incidence_support(weights)
    n1, n2 = scale * t1.clamp(max=0), scale * t2.clamp(max=0)
    p1, p2 = t1.clamp(min=0), t2.clamp(min=0)
    z = 0.5 * (p1 + p2 - n1 - n2) - half_step
    difference = incidence(weights, x)
    return exists * (z - difference + n1), exists * (z + difference + n2)
