# SPDX-License-Identifier: MIT
"""The estimate every interpolation network starts from. Shapes (N,C,H,W), values in [0,1]."""
import torch
import torch.nn.functional as functional

MEANS = 8  # kMeans in lib/observation/pull_push_estimate.cpp
BILINEAR_KERNEL = ((1.0, 2.0, 1.0), (2.0, 4.0, 2.0), (1.0, 2.0, 1.0))


def normalised_bilinear(samples, mask):
    """3x3 normalised convolution per channel; measured samples stay. For Bayer and decimation by 2."""
    channels = samples.shape[1]
    kernel = samples.new_tensor(BILINEAR_KERNEL).expand(channels, 1, 3, 3)
    mask = mask.expand_as(samples)
    total = functional.conv2d(samples, kernel, padding=1, groups=channels)
    weight = functional.conv2d(mask, kernel, padding=1, groups=channels)
    return torch.where(mask > 0, samples, total / weight.clamp(min=1e-8))


def pull_push(samples, mask):
    """Fills holes of any shape from coarser and coarser sums; measured samples stay.

    On the coarser levels, cells in which nothing was measured take the mean of their four neighbours,
    MEANS times. If nothing at all was measured, the result is zero.
    """
    weight = mask.expand_as(samples)
    levels = [(samples, weight)]
    while samples.shape[-2:] != (1, 1):
        samples, weight = _coarser(samples, weight)
        levels.append((samples, weight))
    fill, _ = levels.pop()
    for level in reversed(range(len(levels))):
        samples, weight = levels[level]
        height, width = samples.shape[-2:]
        raised = functional.interpolate(fill, scale_factor=2, mode="bilinear", align_corners=False)
        fill = samples + (1 - weight) * raised[..., :height, :width]
        for _ in range(MEANS if level > 0 else 0):
            fill = torch.where(weight == 0, _mean_of_neighbours(fill), fill)
    return fill


def _mean_of_neighbours(x):
    """Mean of the four neighbours, the edge repeated; x (N,C,H,W)."""
    p = functional.pad(x, (1, 1, 1, 1), mode="replicate")
    return (p[..., :-2, 1:-1] + p[..., 2:, 1:-1] + p[..., 1:-1, :-2] + p[..., 1:-1, 2:]) / 4


def _coarser(samples, weight):
    height, width = samples.shape[-2:]
    padding = (0, width % 2, 0, height % 2)
    sums = 4 * functional.avg_pool2d(functional.pad(samples, padding), 2)
    total = 4 * functional.avg_pool2d(functional.pad(weight, padding), 2)
    capped = total.clamp(max=1)
    return sums * (capped / total.clamp(min=1e-8)), capped


THIN_PLATE_SPECTRUM = (1.2, 64.0)  # what the heavy ball is tuned to; 64 bounds the spectrum of L^2


def _laplacian(x):
    """sum_j (x_j - x_i) over the four neighbours that exist; x (N,C,H,W)."""
    return 4 * (_mean_of_neighbours(x) - x)


@torch.no_grad()
def thin_plate(estimate, mask, steps):
    """Heavy-ball steps towards the least |L x|^2 with the measured samples fixed."""
    smallest, largest = (value**0.5 for value in THIN_PLATE_SPECTRUM)
    alpha, beta = 4 / (largest + smallest)**2, ((largest - smallest) / (largest + smallest))**2
    move, free = torch.zeros_like(estimate), 1 - mask
    for _ in range(steps):
        move = beta * move - alpha * free * _laplacian(_laplacian(estimate))
        estimate = estimate + move
    return estimate


def initial_estimate(samples, mask, observation):
    """The estimate for an observation: "bayer", "decimation2" or "mask"."""
    if observation == "mask":
        return pull_push(samples, mask)
    return normalised_bilinear(samples, mask)
