# SPDX-License-Identifier: MIT
"""gtv_net: unrolled ADMM for graph total variation, two signed vectors of edge states per head."""
import math

import torch

from . import fused_graph as graph
from .graph_operators import INCIDENCE_BOUND, incidence, incidence_adjoint
from .learned_cg import steps_from_logits
from .unrolled_net import UnrolledBlock, UnrolledNet

SMALLEST_EIGENVALUE = 0.05
INITIAL_GAMMA = 100.0


class GtvBlock(UnrolledBlock):
    def __init__(self, channels, layers, *sizes):
        super().__init__(channels, layers, *sizes, INCIDENCE_BOUND + 0.5, SMALLEST_EIGENVALUE)
        self.log_gamma = torch.nn.Parameter(torch.full((layers,), math.log(INITIAL_GAMMA)))

    def filter(self, weights, x, samples, mask):
        """Last x (N,G,C,H,W) of the ADMM layers; samples and mask (N,1,C,H,W)."""
        if mask is None:
            return self._denoise(weights, x, samples)
        rhos, gammas = self.log_rho.exp(), self.log_gamma.exp()
        squared = weights * weights
        shape = (*weights.shape[:3], *x.shape[2:])
        t1 = (-0.5 / gammas[0]).expand(shape).contiguous()
        t2 = t1
        dual = torch.zeros_like(x)
        for layer, (rho, gamma) in enumerate(zip(rhos, gammas)):
            scale = gammas[max(layer - 1, 0)] / gamma
            dual = dual * (scale * rhos[max(layer - 1, 0)] / rho)
            alpha, beta = steps_from_logits(
                self.alpha_logit[layer], self.beta_logit[layer], INCIDENCE_BOUND + rho / 2)
            rhs = graph.gtv_rhs(weights, t1, t2, scale) + rho / 2 * mask * (samples - dual)
            x = graph.learned_cg(squared, rho / 2 * mask, None, rhs, x, alpha, beta)
            if layer + 1 < len(gammas):
                t1, t2 = graph.gtv_edges(weights, x, t1, t2, scale, 0.5 / gamma)
                dual = dual + mask * x - samples
        return x

    def _denoise(self, weights, x, noisy):
        """The thresholded form for min ||Cx||_1 + fidelity: v = Cx + u, e = soft(v), u = v - e."""
        rhos, gammas = self.log_rho.exp(), self.log_gamma.exp()
        squared = weights * weights
        dual = weights.new_zeros((*weights.shape[:3], *x.shape[2:]))
        for layer, (rho, gamma) in enumerate(zip(rhos, gammas)):
            total = incidence(weights, x) + gammas[max(layer - 1, 0)] / gamma * dual
            dual = torch.maximum(torch.minimum(total, 1 / gamma), -1 / gamma)
            alpha, beta = steps_from_logits(
                self.alpha_logit[layer], self.beta_logit[layer], INCIDENCE_BOUND + rho / 2)
            half = rho / 2 * torch.ones_like(noisy)
            rhs = incidence_adjoint(weights, total - 2 * dual) + half * noisy
            x = graph.learned_cg(squared, half, None, rhs, x, alpha, beta)
        return x


class GtvNet(UnrolledNet):
    def __init__(self, **architecture):
        super().__init__(GtvBlock, **architecture)
