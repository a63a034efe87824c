# SPDX-License-Identifier: MIT
"""glr_net: unrolled graph Laplacian regularisation, layer t solves (L + rho_t M) x = rho_t M y."""
import torch

from . import fused_graph as graph
from .graph_operators import LAPLACIAN_BOUND
from .learned_cg import steps_from_logits
from .unrolled_net import UnrolledBlock, UnrolledNet

SMALLEST_EIGENVALUE = 0.25


class GlrBlock(UnrolledBlock):
    def __init__(self, *sizes):
        super().__init__(*sizes, LAPLACIAN_BOUND + 1, SMALLEST_EIGENVALUE)

    def filter(self, weights, x, samples, mask):
        """Solutions (N,G,C,H,W) of all layers in turn; samples and mask (N,1,C,H,W); mask None:
        all of them, noisy."""
        for layer, rho in enumerate(self.log_rho.exp()):
            alpha, beta = steps_from_logits(
                self.alpha_logit[layer], self.beta_logit[layer], LAPLACIAN_BOUND + rho)
            fidelity = rho * (torch.ones_like(samples) if mask is None else mask)
            b = (fidelity * samples).expand_as(x)
            x = graph.learned_cg(weights, fidelity, None, b, x, alpha, beta)
        return x


class GlrNet(UnrolledNet):
    def __init__(self, **architecture):
        super().__init__(GlrBlock, **architecture)
