# SPDX-License-Identifier: MIT
"""Trained constants of a conjugate gradient without inner products, kept where it cannot diverge."""
import math

import torch

BETA_LIMIT = 0.95


def initial_logits(lambda_bound, smallest):
    """alpha and beta logits of the heavy-ball optimum on the spectrum [smallest, lambda_bound].

    With kappa the ratio, alpha = 4/(sqrt(max)+sqrt(min))^2 is kappa/(kappa+1) of the stable limit
    2(1+beta)/max, whose logit is ln kappa.
    """
    kappa = lambda_bound / smallest
    root = math.sqrt(kappa)
    share = ((root - 1) / (root + 1)) ** 2 / BETA_LIMIT
    return math.log(kappa), math.log(share / (1 - share))


def steps_from_logits(alpha_logit, beta_logit, lambda_bound):
    """alpha, beta (T,G) of logits (T,G); lambda_bound a number, a scalar tensor or (G)."""
    beta = BETA_LIMIT * torch.sigmoid(beta_logit)
    alpha = 2 * (1 + beta) / lambda_bound * torch.sigmoid(alpha_logit)
    return alpha, beta
