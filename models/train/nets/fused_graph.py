# SPDX-License-Identifier: MIT
"""The operators of graph_operators as single operators with hand-written gradients on the CPU.

Same names, same arguments, same results up to rounding. Where the tensors are not on the CPU, those
of shifted_graph answer, which a compiler fuses (the plain ones for total variation); after
`use_plain(True)` the plain ones everywhere.
"""
import hashlib
import os
import pathlib

import torch
from torch.utils import cpp_extension

from . import graph_operators as plain
from . import shifted_graph

_extension = None
_plain_forced = False


def use_plain(forced):
    """Forces (or releases) the plain operators: golden files and comparisons use them."""
    global _plain_forced
    _plain_forced = forced


def extension():
    """The compiled operators, built on first use in the user's cache directory."""
    global _extension
    if _extension is None:
        here = pathlib.Path(__file__).resolve().parent
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        digest = hashlib.sha256(str(here).encode())
        for path in sorted(here.glob("fused_*.[ch]*")):
            digest.update(path.read_bytes())
        build = pathlib.Path(cache) / f"tessera-fused-graph-{digest.hexdigest()[:12]}"
        build.mkdir(parents=True, exist_ok=True)
        _extension = cpp_extension.load(
            name="tessera_fused_graph", sources=[str(here / "fused_graph.cpp")],
            extra_cflags=["-O3", "-march=native", "-fopenmp-simd", "-fno-math-errno",
                          "-fno-trapping-math", "-mprefer-vector-width=512"],
            build_directory=str(build))
    return _extension


def _fused(tensor):
    return not _plain_forced and tensor.device.type == "cpu"


def _unfused(tensor):
    """The module that answers where the compiled operators do not."""
    return plain if _plain_forced or tensor.device.type == "cpu" else shifted_graph


class _EdgeWeights(torch.autograd.Function):
    @staticmethod
    def forward(ctx, features, heads):
        features = features.contiguous()
        wbar, raw, scale = extension().edge_weights_forward(features, heads)
        ctx.save_for_backward(features, raw, scale)
        return wbar

    @staticmethod
    def backward(ctx, grad):
        return extension().edge_weights_backward(grad.contiguous(), *ctx.saved_tensors), None


class _LearnedCg(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weights, diagonal, free, b, x0, alpha, beta):
        tensors = (weights.contiguous(), diagonal, free, b.contiguous(), x0.contiguous(),
                   alpha.contiguous(), beta.contiguous())
        ctx.save_for_backward(*tensors)
        return extension().learned_cg_forward(*tensors)

    @staticmethod
    def backward(ctx, grad):
        wanted = ctx.needs_input_grad[1]
        gradients = extension().learned_cg_backward(grad.contiguous(), *ctx.saved_tensors, wanted)
        return (*gradients[:2], None, *gradients[2:])


class _GtvRhs(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weights, t1, t2, scale):
        ctx.save_for_backward(weights, t1, t2)
        ctx.scale = float(scale)
        return extension().gtv_rhs_forward(weights, t1, t2, ctx.scale)

    @staticmethod
    def backward(ctx, grad):
        return tuple(extension().gtv_rhs_backward(grad.contiguous(), *ctx.saved_tensors, ctx.scale))


class _GtvEdges(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weights, x, t1, t2, scale, half_step):
        ctx.save_for_backward(weights, x, t1, t2)
        ctx.scale = float(scale)
        return tuple(extension().gtv_edges_forward(weights, x, t1, t2, ctx.scale, float(half_step)))

    @staticmethod
    def backward(ctx, grad1, grad2):
        return tuple(extension().gtv_edges_backward(
            grad1.contiguous(), grad2.contiguous(), *ctx.saved_tensors, ctx.scale))


def _planes(tensor, like):
    """Expands to the shape of `like` with dense rows; the planes themselves stay shared."""
    return None if tensor is None else tensor.to(like.dtype).contiguous().expand(like.shape)


def edge_weights(features, heads):
    """See graph_operators.edge_weights."""
    if not _fused(features):
        return _unfused(features).edge_weights(features, heads)
    return _EdgeWeights.apply(features, heads)


def learned_cg(weights, diagonal, free, b, x0, alpha, beta):
    """See graph_operators.learned_cg; diagonal and free must have full planes (H,W)."""
    if not _fused(b):
        return _unfused(b).learned_cg(weights, diagonal, free, b, x0, alpha, beta)
    return _LearnedCg.apply(weights, _planes(diagonal, b), _planes(free, b), b, x0, alpha, beta)


def laplacian(weights, x):
    """See graph_operators.laplacian; one step of the learned CG from x on L x = 0 subtracts it."""
    if not _fused(x):
        return _unfused(x).laplacian(weights, x)
    zero, one = x.new_zeros(1, 1, 1, *x.shape[-2:]), x.new_ones(1, x.shape[1])
    return x - learned_cg(weights, zero, None, torch.zeros_like(x), x, one, 0 * one)


def gtv_rhs(weights, t1, t2, scale):
    """See graph_operators.gtv_rhs; scale is a tensor of one element."""
    if not _fused(t1):
        return plain.gtv_rhs(weights, t1, t2, scale)
    return _GtvRhs.apply(weights.contiguous(), t1.contiguous(), t2.contiguous(), scale)


def gtv_edges(weights, x, t1, t2, scale, half_step):
    """See graph_operators.gtv_edges; scale and half_step are tensors of one element."""
    if not _fused(x):
        return plain.gtv_edges(weights, x, t1, t2, scale, half_step)
    return _GtvEdges.apply(weights.contiguous(), x.contiguous(), t1.contiguous(), t2.contiguous(),
                           scale, half_step)
