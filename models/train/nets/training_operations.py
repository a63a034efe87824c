# SPDX-License-Identifier: MIT
"""Operations of training blocks: what branches consist of (twin of
lib/model/training_form/training_block*.cpp)."""
import torch
from torch import nn
import torch.nn.functional as functional

MASKS = {"sobel_x": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
         "sobel_y": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
         "laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]]}


def identity_kernel(channels, like):
    """1x1 kernel (C,C,1,1) that changes nothing; type and device as `like`."""
    return torch.eye(channels, dtype=like.dtype, device=like.device)[:, :, None, None]


def behind(second, first):
    """Kernel (O,I,h,w) of second (O,M,h,w) after first (M,I,h,w), one of them 1x1."""
    if first.shape[2:] == (1, 1):
        rows = second.permute(0, 2, 3, 1) @ first[:, :, 0, 0]
        return rows.permute(0, 3, 1, 2)
    return (second[:, :, 0, 0] @ first.flatten(1)).view(-1, *first.shape[1:])


class Operation(nn.Module):
    """One step of a branch on (x, ring): x (N,C,H,W); ring (C), what lies outside x, or None for 0.

    `compose` does the same to a convolution (weight (O,I,k,k), bias (O)) that stands in front.
    """


class Conv(Operation):
    def __init__(self, planes, out, height, width, bias, exact):
        super().__init__()
        start = nn.Conv2d(planes, out, (height, width), bias=bias)
        self.weight, self.bias, self.exact = start.weight, start.bias, exact

    def kernel(self):
        return self.weight, 1

    def constant(self):
        return self.bias

    def forward(self, x, ring):
        weight, groups = self.kernel()
        padding = tuple(extent // 2 for extent in weight.shape[2:])
        if not self.exact:
            return functional.conv2d(x, weight, self.constant(), padding=padding,
                                     groups=groups), None
        response = self._response(weight, groups, ring)
        if ring is not None and sum(padding):
            y = functional.conv2d(x - ring.view(1, -1, 1, 1), weight, response, padding=padding,
                                  groups=groups)
        else:
            y = functional.conv2d(x, weight, self.constant(), padding=padding, groups=groups)
        return y, response

    def _response(self, weight, groups, ring):
        """What an input that is `ring` everywhere becomes."""
        constant = self.constant()
        if ring is None:
            return constant
        sums = weight.sum((2, 3))
        reply = sums[:, 0] * ring if groups > 1 else sums @ ring
        return reply if constant is None else reply + constant

    def compose(self, weight, bias):
        own, groups = self.kernel()
        sums, constant = own.sum((2, 3)), self.constant()
        if groups > 1:
            joined, passed = own * weight, sums[:, 0] * bias
        else:
            joined, passed = behind(own, weight), sums @ bias
        return joined, passed if constant is None else passed + constant


class Mask(Conv):
    """A fixed 3x3 mask with a learned factor and bias per channel."""

    def __init__(self, channels, name, exact):
        Operation.__init__(self)
        self.scale = nn.Parameter(1e-3 * torch.randn(channels))
        self.bias = nn.Parameter(1e-3 * torch.randn(channels))
        self.register_buffer("mask", torch.tensor(MASKS[name]).float(), persistent=False)
        self.exact = exact

    def kernel(self):
        return self.scale.view(-1, 1, 1, 1) * self.mask, self.scale.numel()


class AveragePool(Conv):
    """3x3, padding counts."""

    def __init__(self, channels, exact):
        Operation.__init__(self)
        self.register_buffer("ninth", torch.full((channels, 1, 3, 3), 1 / 9), persistent=False)
        self.exact = exact

    def kernel(self):
        return self.ninth, self.ninth.shape[0]

    def constant(self):
        return None


class BatchNorm(Operation):
    def __init__(self, channels, epsilon):
        super().__init__()
        start = nn.BatchNorm2d(channels, epsilon)
        self.weight, self.bias, self.epsilon = start.weight, start.bias, epsilon
        for name, value in start.named_buffers():
            self.register_buffer(name, value)

    def forward(self, x, ring):
        if self.training:
            self.num_batches_tracked += 1
        y = functional.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias,
                                  self.training, 0.1, self.epsilon)
        scale = self.weight / (self.running_var + self.epsilon).sqrt()
        zero = self.bias - self.running_mean * scale
        return y, zero if ring is None else zero + scale * ring


class Residual(Conv):
    """conv(x), gated, plus x."""

    def __init__(self, channels, bias, exact, gates):
        super().__init__(channels, channels, 3, 3, bias, exact)
        self.gates = gates

    def forward(self, x, ring):
        y, response = gated(self.gates, *super().forward(x, ring))
        if response is not None and ring is not None:
            response = response + ring
        return x + y, response

    def compose(self, weight, bias):
        own, constant = gated_conv(self.gates, self.weight, self.bias)
        identity = identity_kernel(own.shape[0], own)
        own = own + functional.pad(identity, (1,) * 4)
        joined = behind(own, weight)
        passed = own.sum((2, 3)) @ bias
        return joined, passed if constant is None else passed + constant


def gated(gates, x, ring):
    for gate in gates:
        factors = gate.factors(x)
        x = x * factors[:, :, None, None]
        if ring is not None:
            ring = ring * factors[0]  # exact padding wants learned gates: one row
    return x, ring


def gated_conv(gates, weight, bias):
    for gate in gates:
        factors = gate.factors()[0]
        weight = weight * factors.view(-1, 1, 1, 1)
        bias = None if bias is None else bias * factors
    return weight, bias


class Branch(nn.Module):
    """Operations in sequence, then gates; no operation is the identity."""

    def __init__(self, operations, gates):
        super().__init__()
        self.order = list(operations)
        for name, operation in operations.items():
            self.add_module(name, operation)
        self.gates = gates

    def forward(self, x):
        ring = None
        for name in self.order:
            x, ring = getattr(self, name)(x, ring)
        return gated(self.gates, x, ring)[0]

    def composed(self, channels, like):
        """(weight, bias) of the one convolution; type and device as `like`."""
        weight, bias = identity_kernel(channels, like), like.new_zeros(channels)
        for name in self.order:
            weight, bias = getattr(self, name).compose(weight, bias)
        return gated_conv(self.gates, weight, bias)
