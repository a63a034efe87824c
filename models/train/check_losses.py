# SPDX-License-Identifier: MIT
"""Checks what a teacher does to the losses of losses.py.

    python3 models/train/check_losses.py

Without its share it changes nothing. If it is the mean of what the truth may be, the gradient towards
it is the mean of the gradients towards the truth, at a fraction of their noise.
"""
import torch

from losses import loss_of

PATCHES, SIZE, DRAWS = 3, 24, 400


def gradient(restored, *arguments):
    restored = restored.clone().requires_grad_()
    loss_of(restored, *arguments).backward()
    return restored.grad


def check(name, error, limit):
    print(f"{name}: {error:.2e}, at most {limit:.0e}")
    if error > limit:
        raise SystemExit(f"{name} differs")


def main():
    torch.manual_seed(1)
    taught = torch.rand(PATCHES, 3, SIZE, SIZE, dtype=torch.double)
    restored = taught + 0.05 * torch.randn_like(taught)
    spread = torch.tensor([0.02, 0.1, 0.3], dtype=torch.double).view(-1, 1, 1, 1)
    truths = [taught + spread * torch.randn_like(taught) for _ in range(DRAWS)]
    for kind in ("l1", "rms", "psnr"):
        plain = loss_of(restored, truths[0], kind)
        check(f"{kind}, share 0", (loss_of(restored, truths[0], kind, taught, 0.0) - plain).abs().item(),
              1e-12)
    for kind in ("rms", "psnr"):
        towards_truth = torch.stack([gradient(restored, truth, kind) for truth in truths])
        mean = towards_truth.mean(0)
        towards_teacher = gradient(restored, truths[0], kind, taught, 1.0)
        noise = (towards_truth - mean).norm() / DRAWS**0.5  # of one draw
        check(f"{kind}, mean gradient", ((mean - towards_teacher).norm() / mean.norm()).item(),
              2 * (noise / DRAWS**0.5 / mean.norm()).item())
        print(f"{kind}, noise of one gradient towards the truth, of its mean: {noise / mean.norm():.1f}")


if __name__ == "__main__":
    main()
