# SPDX-License-Identifier: MIT
"""Golden cases of single operators, without a network; called by export_golden.py.

Shapes as in nets/graph_operators.py without the leading N: features (G*D,H,W), weights (G,4,H,W),
x, b, x0, y (G,C,H,W), edge values (G,4,C,H,W), alpha, beta (T,G).
"""
import numpy as np
import torch

from data import tensor_from_images
from degrade import bayer_mask, decimation2_mask, random_mask
from export import write_safetensors
from nets import graph_operators as graph
from nets.initial_estimate import initial_estimate
from noise import random_bits, random_normal

HEADS, FEATURES, CHANNELS, STEPS = 2, 3, 3, 4
SIZES = ((5, 7), (1, 1), (1, 6), (6, 1), (9, 20))


def _write(folder, name, tensors, **metadata):
    arrays = {key: np.asarray(value, np.float32) for key, value in tensors.items()}
    write_safetensors(folder / f"{name}.safetensors", arrays, {"tolerance": "1e-5"} | metadata)


def _random(seed, *shape):
    return torch.from_numpy(random_normal(seed, shape)).double()[None]


def _graph_inputs(seed, height, width):
    """Features, weights and a signal; weights pass through float32, as the reader will see them."""
    features = _random(seed, HEADS * FEATURES, height, width)
    weights = graph.edge_weights(features, HEADS).float().double()
    return features, weights, _random(seed + 1, HEADS, CHANNELS, height, width)


def write_graph(folder, seed, height, width):
    """edge_weights, laplacian, incidence and its adjoint on one graph."""
    features, weights, x = _graph_inputs(seed, height, width)
    if height * width > 20:  # one feature distance beyond the cut
        features[0, :, 0, 0] += 5
        weights = graph.edge_weights(features.float().double(), HEADS).float().double()
    z = _random(seed + 2, HEADS, 4, CHANNELS, height, width) * graph.incidence_support(weights)
    tensors = {"features": features, "weights": weights, "x": x, "z": z,
               "laplacian": graph.laplacian(weights, x), "incidence": graph.incidence(weights, x),
               "adjoint": graph.incidence_adjoint(weights, z)}
    _write(folder, f"operator_graph_{height}x{width}",
           {key: value[0] for key, value in tensors.items()}, heads=str(HEADS))


def write_learned_cg(folder, seed, height, width, masked):
    """Heavy-ball steps on free .* (diagonal .* p + L p)."""
    _, weights, x0 = _graph_inputs(seed, height, width)
    b = _random(seed + 2, HEADS, CHANNELS, height, width)
    diagonal = _random(seed + 3, HEADS, 1, height, width).abs().float().double()
    free = (_random(seed + 4, CHANNELS, height, width) > 0).double()
    generator = np.random.default_rng(seed)
    alpha = torch.from_numpy(generator.uniform(0.1, 0.5, (STEPS, HEADS)).astype(np.float32))
    beta = torch.from_numpy(generator.uniform(0.0, 0.6, (STEPS, HEADS)).astype(np.float32))
    mask = free.unsqueeze(1) if masked else None
    if masked:
        b, x0 = b * mask, x0 * mask
    x = graph.learned_cg(weights, diagonal, mask, b, x0, alpha.double(), beta.double())
    tensors = {"weights": weights[0], "diagonal": diagonal[0], "b": b[0], "x0": x0[0], "x": x[0],
               "alpha": alpha, "beta": beta}
    if masked:
        tensors["free"] = free[0]
    name = "operator_masked_cg" if masked else "operator_learned_cg"
    _write(folder, f"{name}_{height}x{width}", tensors, heads=str(HEADS))


def write_gtv_layer(folder, seed, height, width):
    """Right side and new edge states of one ADMM layer; weights are wbar, not squared."""
    _, weights, x = _graph_inputs(seed, height, width)
    exists = graph.incidence_support(weights)
    shape = (HEADS, 4, CHANNELS, height, width)
    t1, t2 = (_random(seed + k, *shape) * exists for k in (2, 3))
    scale, half_step = 0.7, 0.05
    new1, new2 = graph.gtv_edges(weights, x, t1, t2, scale, half_step)
    tensors = {"weights": weights, "x": x, "t1": t1, "t2": t2, "new_t1": new1, "new_t2": new2,
               "rhs": graph.gtv_rhs(weights, t1, t2, scale)}
    _write(folder, f"operator_gtv_layer_{height}x{width}",
           {key: value[0] for key, value in tensors.items()}, heads=str(HEADS), scale="0.7",
           half_step="0.05")


def write_estimate(folder, seed, observation, height, width):
    """Initial estimate of an observation."""
    if observation == "bayer":
        mask = bayer_mask(height, width)
    elif observation == "decimation2":
        mask = decimation2_mask(height, width)
    else:
        mask = random_mask(height, width, 0.8, np.random.default_rng(seed))
        mask[height // 2, width // 2] = 1
    mask = tensor_from_images([mask]).double()
    samples = (0.5 + 0.2 * _random(seed, 3, height, width)).clamp(0, 1).float().double() * mask
    estimate = initial_estimate(samples, mask, observation)
    _write(folder, f"operator_estimate_{observation}_{height}x{width}",
           {"samples": samples[0], "mask": mask[0], "estimate": estimate[0]},
           observation=observation)


def write_noise(folder):
    """The documented noise generator; the first raw words as decimal text."""
    for seed in (0, 1, 2026):
        words = " ".join(str(word) for word in random_bits(seed, 4))
        _write(folder, f"operator_noise_{seed}", {"noise": random_normal(seed, (3, 5, 7))},
               seed=str(seed), bits=words)


def write_all(folder):
    for seed, (height, width) in enumerate(SIZES):
        write_graph(folder, 10 * seed, height, width)
        for masked in (False, True):
            write_learned_cg(folder, 1000 + 10 * seed, height, width, masked)
        write_gtv_layer(folder, 2000 + 10 * seed, height, width)
    for seed, size in enumerate(((7, 5), (8, 12), (1, 1), (2, 2))):
        for observation in ("bayer", "decimation2", "mask"):
            write_estimate(folder, 3000 + seed, observation, *size)
    write_estimate(folder, 3010, "mask", 33, 17)
    write_noise(folder)
