# SPDX-License-Identifier: MIT
"""What a training minimises; restored and truth (N,C,H,W), result a scalar."""
ERROR_FLOOR = 1e-3  # of a patch, root mean square: a perfect patch has no gradient


def loss_of(restored, truth, kind, taught=None, teacher_share=1.0):
    """"l1"; "rms": the mean over patches of the root mean square error, so that within a patch what
    counts is what PSNR counts; or "psnr": their geometric mean, which falls as the mean of PSNR in dB
    rises: a patch counts by its relative error, whatever its noise.

    taught: what a better network makes of the same samples (N,C,H,W), or None. The error is
    |restored - taught|^2 + 2 <restored - taught, taught - truth> + |taught - truth|^2; of the middle
    term, which is noise as far as nobody can predict `taught - truth`, `teacher_share` is left out.
    "l1" then measures the distance to a mean of both.
    """
    target, unexplained = truth, ERROR_FLOOR**2
    if taught is not None:
        target = truth.lerp(taught, teacher_share)
        rest = 1 - (1 - teacher_share) ** 2
        unexplained = unexplained + rest * (taught - truth).square().mean((1, 2, 3))
    if kind == "l1":
        return (restored - target).abs().mean()
    mean_squares = (restored - target).square().mean((1, 2, 3)) + unexplained
    if kind == "rms":
        return mean_squares.sqrt().mean()
    if kind == "psnr":
        return (0.5 * mean_squares.log()).mean().exp()
    raise ValueError(f"no loss {kind!r}; there are l1, rms and psnr")
