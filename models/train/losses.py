# SPDX-License-Identifier: MIT
"""What a training minimises; restored and truth (N,C,H,W), result a scalar."""
ERROR_FLOOR = 1e-3  # of a patch, root mean square: a perfect patch has no gradient


def loss_of(restored, truth, kind):
    """"l1"; "rms": the mean over patches of the root mean square error, so that within a patch what
    counts is what PSNR counts; or "psnr": their geometric mean, which falls as the mean of PSNR in dB
    rises: a patch counts by its relative error, whatever its noise."""
    if kind == "l1":
        return (restored - truth).abs().mean()
    mean_squares = (restored - truth).square().mean((1, 2, 3)) + ERROR_FLOOR**2
    if kind == "rms":
        return mean_squares.sqrt().mean()
    if kind == "psnr":
        return (0.5 * mean_squares.log()).mean().exp()
    raise ValueError(f"no loss {kind!r}; there are l1, rms and psnr")
