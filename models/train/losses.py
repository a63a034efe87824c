# SPDX-License-Identifier: MIT
"""What a training minimises; restored and truth (N,C,H,W), result a scalar."""
ERROR_FLOOR = 1e-3  # of a patch, root mean square: a perfect patch has no gradient


def loss_of(restored, truth, kind):
    """"l1", or "rms": the mean over patches of the root mean square error, so that a patch counts
    by its relative error whatever its noise, and within a patch what counts is what PSNR counts."""
    if kind == "l1":
        return (restored - truth).abs().mean()
    if kind == "rms":
        return ((restored - truth).square().mean((1, 2, 3)) + ERROR_FLOOR**2).sqrt().mean()
    raise ValueError(f"no loss {kind!r}; there are l1 and rms")
