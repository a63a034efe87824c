# SPDX-License-Identifier: MIT
"""Muon for the kernels and matrices of the backbone, Adam for everything else.

Muon (Jordan et al. 2024): the momentum of a kernel, read as a matrix (outputs, inputs * taps), is
replaced by its nearest semi-orthogonal matrix, found by five Newton-Schulz steps; scaled to the root
mean square of a typical Adam step (Liu et al. 2025), so that both share one learning rate.
"""
import torch

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
MUON_MOMENTUM = 0.95
ADAM_LIKE_RMS = 0.2
GRAPH_CONSTANTS = ("alpha_logit", "beta_logit", "log_mu", "log_rho", "log_gamma", "mix")
GRAPH_CONSTANT_RATE = 0.2  # of the learning rate: large steps of these constants break a run


def orthogonalised(matrices, iterations=5):
    """Nearest semi-orthogonal matrices, roughly (singular values 0.7 to 1.2); (K,R,C), R <= C.

    In bfloat16, as published; a processor's float32 products may be forty times as slow.
    """
    a, b, c = NEWTON_SCHULZ
    x = (matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-7)).bfloat16()
    for _ in range(iterations):
        gram = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.to(matrices.dtype)


def is_backbone_matrix(name, parameter):
    """True for kernels of convolutions and for the matrices of attention and perceptrons."""
    matrix = parameter.dim() == 4 or (parameter.dim() == 2 and name.endswith(".weight"))
    return matrix and min(parameter.shape[:2]) > 16 and "graph" not in name


class Muon:
    """Kernels of equal shape are stepped together."""

    def __init__(self, kernels, rate=0.0):
        self.kernels = kernels
        self.rate = rate  # a number, or a tensor of one element
        by_shape = {}
        for kernel in kernels:
            by_shape.setdefault(tuple(kernel.shape), []).append(kernel)
        self.groups = list(by_shape.values())
        self.momentum = [torch.stack([torch.zeros_like(kernel) for kernel in group])
                         for group in self.groups]

    def step(self):
        for group, momentum in zip(self.groups, self.momentum):
            gradients = torch.stack([kernel.grad for kernel in group])
            momentum.lerp_(gradients, 1 - MUON_MOMENTUM)
            ahead = gradients.lerp(momentum, MUON_MOMENTUM)  # Nesterov
            matrices = ahead.reshape(*ahead.shape[:2], -1)
            scale = ADAM_LIKE_RMS * max(matrices.shape[1:]) ** 0.5
            wide = matrices.shape[1] <= matrices.shape[2]
            steps = orthogonalised(matrices if wide else matrices.transpose(1, 2))
            steps = (steps if wide else steps.transpose(1, 2)).reshape(ahead.shape)
            torch._foreach_sub_(group, list((self.rate * scale * steps).unbind()))


class Optimiser:
    """One learning rate for all groups; `kind` is "muon" or "adam".

    on_device: rates and step counts are tensors beside the parameters, so that step() never waits for
    the device and can be captured in a CUDA graph.
    """

    def __init__(self, network, kind, on_device=False):
        kernels, constants, others = [], [], []
        for name, parameter in network.named_parameters():
            if name.rsplit(".", 1)[-1] in GRAPH_CONSTANTS:
                constants.append(parameter)
            elif kind == "muon" and is_backbone_matrix(name, parameter):
                kernels.append(parameter)
            else:
                others.append(parameter)
        self.on_device = on_device
        groups = [{"params": others, "share": 1.0},
                  {"params": constants, "share": GRAPH_CONSTANT_RATE}]
        groups = [group for group in groups if group["params"]]
        if on_device:
            zero = others[0].new_zeros(())
            self.muon = Muon(kernels, zero.clone())
            self.adam = torch.optim.Adam([group | {"lr": zero.clone()} for group in groups],
                                         capturable=True)
        else:
            self.muon = Muon(kernels)
            self.adam = torch.optim.Adam(groups)

    def set_rate(self, rate):
        if self.on_device:
            self.muon.rate.fill_(rate)
            for group in self.adam.param_groups:
                group["lr"].fill_(rate * group["share"])
            return
        self.muon.rate = rate
        for group in self.adam.param_groups:
            group["lr"] = rate * group["share"]

    @torch.no_grad()
    def forget(self):
        """Back to the moments of a new optimiser, in place."""
        for momentum in self.muon.momentum:
            momentum.zero_()
        for state in self.adam.state.values():
            for tensor in state.values():
                if torch.is_tensor(tensor):
                    tensor.zero_()

    def zero_grad(self):
        self.adam.zero_grad(set_to_none=True)
        for kernel in self.muon.kernels:
            kernel.grad = None

    @torch.no_grad()
    def step(self):
        self.adam.step()
        self.muon.step()

    def state_dict(self):
        return {"adam": self.adam.state_dict(), "muon": self.muon.momentum}

    def load_state_dict(self, state):
        self.adam.load_state_dict(state["adam"])
        for momentum, saved in zip(self.muon.momentum, state["muon"]):
            momentum.copy_(saved)
