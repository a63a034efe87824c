# SPDX-License-Identifier: MIT
"""Reproducible Gaussian noise: a counter-based generator, the twin of lib/base/random.h.

bits(seed, index) = mix(mix(seed * GOLDEN) + (index + 1) * GOLDEN), mix the splitmix64 finaliser;
u1 from the upper and u2 from the lower 32 bits as (word + 0.5) / 2^32; the normal value is
sqrt(-2 ln u1) cos(2 pi u2) in double precision, rounded to float32.
"""
import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(z):
    """splitmix64 finaliser of uint64 arrays."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def random_bits(seed, count):
    """uint64 values (count) of indices 0, 1, ..."""
    index = np.arange(1, count + 1, dtype=np.uint64)
    start = _mix(np.array([seed], np.uint64) * GOLDEN)
    return _mix(start + index * GOLDEN)


def random_uniform(seed, count):
    """float64 values (count) in (0,1) from the upper 32 bits."""
    return ((random_bits(seed, count) >> np.uint64(32)).astype(np.float64) + 0.5) / 2.0**32


def random_normal(seed, shape):
    """Standard normal float32 array; the index runs over (C,H,W) with columns fastest."""
    bits = random_bits(seed, int(np.prod(shape)))
    u1 = ((bits >> np.uint64(32)).astype(np.float64) + 0.5) / 2.0**32
    u2 = ((bits & np.uint64(0xFFFFFFFF)).astype(np.float64) + 0.5) / 2.0**32
    normal = np.sqrt(-2 * np.log(u1)) * np.cos(2 * np.pi * u2)
    return normal.astype(np.float32).reshape(shape)


def noisy(image, sigma_8bit, seed):
    """Image (C,H,W) in [0,1] plus noise of standard deviation sigma_8bit / 255."""
    return image + np.float32(sigma_8bit / 255.0) * random_normal(seed, image.shape)
