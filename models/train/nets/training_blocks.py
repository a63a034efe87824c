# SPDX-License-Identifier: MIT
"""Convolutions in training form: branches, batch normalisation, gates (twin of
lib/model/training_form/training_block.cpp). `reparam` folds each into one convolution.

Tensors of a block at PLACE are PLACE.BRANCH.OPERATION.* and PLACE.gates.K.*. With padding "exact"
(the default) the ring around the input of every 3x3 holds what the operations before it make of zero,
so that a single zero-padded convolution computes the same, borders included.
"""
import torch
from torch import nn
import torch.nn.functional as functional

from .channel_gates import gates_from_config
from .training_operations import (AveragePool, BatchNorm, Branch, Conv, MASKS, Mask, Residual, gated,
                                  gated_conv)


def make_conv(planes, out, block=None):
    """A 3x3 convolution of a network: plain without a block description, else in training form."""
    return TrainingBlock(planes, out, **block) if block else nn.Conv2d(planes, out, 3, padding=1)


class TrainingBlock(nn.Module):
    """A 3x3 convolution in training form.  Shapes: (N,planes,H,W) -> (N,out,H,W).

    Blocks without batch normalisation and live gates, padded exactly, are trained in collapsed form:
    their kernel is composed in every step and one convolution runs. Values and gradients are those
    of the branches (`evaluate`), the time is nearly that of a plain convolution.
    """

    def __init__(self, planes, out, kind, padding="exact", bias=True, epsilon=1e-5, expand=2,
                 identity=True, gate=None, gates=None, branch_gates=None, inner_gates=None):
        super().__init__()
        if padding not in ("exact", "zero"):
            raise ValueError(f"padding {padding}: exact or zero")
        catalogue = _Catalogue(planes, out, padding == "exact", bias, epsilon, expand,
                               identity and planes == out, inner_gates)
        self._planes, self._names = planes, []
        for name, operations in getattr(catalogue, kind)().items():
            own_gates = gates_from_config((branch_gates or {}).get(name), out)
            self.add_module(name, Branch(operations, own_gates))
            self._names.append(name)
        self.gates = nn.ModuleList(
            [*gates_from_config(gate, out), *gates_from_config(gates, out)])
        self.collapses = padding == "exact" and all(
            not isinstance(part, BatchNorm) and getattr(part, "learned", True)
            for part in self.modules())

    def forward(self, x):
        if not self.collapses:
            return self.evaluate(x)
        with torch.autocast(x.device.type, enabled=False):
            weight, bias = self.folded()
        return functional.conv2d(x, weight, bias, padding=1)

    def evaluate(self, x):
        """The branches as they stand."""
        total = sum(getattr(self, name)(x) for name in self._names)
        return gated(self.gates, total, None)[0]

    def folded(self):
        """(weight, bias) of the one convolution that computes the same."""
        like = next(self.parameters())
        weight = bias = 0
        for name in self._names:
            part, constant = getattr(self, name).composed(self._planes, like)
            weight = weight + functional.pad(part, (1 - part.shape[-1] // 2,) * 2
                                             + (1 - part.shape[-2] // 2,) * 2)
            bias = bias + constant
        return gated_conv(self.gates, weight, bias)


class _Catalogue:
    """Branches of the published blocks: {branch: {operation: module}}."""

    def __init__(self, planes, out, exact, bias, epsilon, expand, shortcut, inner_gates):
        self.planes, self.out, self.exact, self.bias = planes, out, exact, bias
        self.epsilon, self.inner, self.shortcut = epsilon, planes * expand, shortcut
        self.inner_gates = inner_gates

    def _op(self, height, width=None, planes=None, out=None):
        return Conv(planes or self.planes, out or self.out, height, width or height, self.bias,
                    self.exact)

    def _norm(self, channels=None):
        return BatchNorm(channels or self.out, self.epsilon)

    def conv(self):
        return {"dense": {"conv": self._op(3)}}

    def conv_bn(self):
        return {"dense": {"conv": self._op(3), "bn": self._norm()}}

    def rep_vgg(self):
        """Ding et al. 2021."""
        branches = {"dense": {"conv": self._op(3), "bn": self._norm()},
                    "point": {"conv": self._op(1), "bn": self._norm()}}
        if self.planes == self.out:
            branches["identity"] = {"bn": self._norm()}
        return branches

    def acb(self):
        """Ding et al. 2019."""
        return {"dense": {"conv": self._op(3), "bn": self._norm()},
                "row": {"conv": self._op(1, 3), "bn": self._norm()},
                "column": {"conv": self._op(3, 1), "bn": self._norm()}}

    def dbb(self):
        """Ding et al. 2021, diverse branch block."""
        return {"dense": {"conv": self._op(3), "bn": self._norm()},
                "point": {"conv": self._op(1), "bn": self._norm()},
                "sequence": {"reduce": self._op(1, out=self.planes),
                             "reduce_bn": self._norm(self.planes),
                             "conv": self._op(3), "bn": self._norm()},
                "pool": {"conv": self._op(1), "bn": self._norm(),
                         "average": AveragePool(self.out, self.exact), "pool_bn": self._norm()}}

    def ecb(self):
        """Zhang, Zeng, Zhang 2021."""
        branches = {"dense": {"conv": self._op(3)},
                    "expand": {"expand": self._op(1, out=self.inner),
                               "conv": self._op(3, planes=self.inner)}}
        for name in MASKS:
            branches[name] = {"conv": self._op(1), "mask": Mask(self.out, name, self.exact)}
        return branches | ({"identity": {}} if self.shortcut else {})

    def rrrb(self):
        """Du et al. 2022; with inner gates RepMBConv."""
        gates = gates_from_config(self.inner_gates, self.inner)
        branches = {"dense": {"expand": self._op(1, out=self.inner),
                              "conv": Residual(self.inner, self.bias, self.exact, gates),
                              "squeeze": self._op(1, planes=self.inner)}}
        return branches | ({"identity": {}} if self.shortcut else {})
