# SPDX-License-Identifier: MIT
"""Checks the fused and the shifted graph operators: values and gradients against the plain ones."""
import torch

from nets import fused_graph, graph_operators, shifted_graph

SIZES = ((1, 1), (1, 5), (4, 1), (2, 2), (5, 7))


def cases(height, width):
    """Name, function of (operators, inputs) and float64 inputs of every operator at one size."""
    count, heads, features, channels, steps = 2, 2, 3, 2, 3

    def random(*shape):
        return torch.randn(*shape, dtype=torch.float64)

    base = random(count, heads * features, height, width)
    weights = graph_operators.edge_weights(base, heads).requires_grad_()
    inside = graph_operators.incidence_support(weights).squeeze(3).detach()
    nodes = (count, heads, channels, height, width)
    edges = (count, heads, 4, channels, height, width)
    free = (random(count, 1, channels, height, width) > 0).double()
    diagonal = random(count, heads, 1, height, width).abs().requires_grad_()
    alpha, beta = torch.rand(2, steps, heads, dtype=torch.float64).unbind(0)
    vectors = [random(*nodes).requires_grad_() for _ in range(2)]
    states = [random(*edges).requires_grad_() for _ in range(2)]
    scale, half_step = torch.tensor(0.7).double(), torch.tensor(0.1).double()
    cg = vectors + [alpha.clone().requires_grad_(), beta.clone().requires_grad_()]
    yield "edge_weights", lambda o, q: o.edge_weights(q, heads), [base.requires_grad_()]
    yield "learned_cg", lambda o, w, d, *v: o.learned_cg(
        w * inside, d, None, *v), [weights, diagonal, *cg]
    yield "masked_cg", lambda o, w, d, *v: o.learned_cg(
        w * inside, d, free, *v), [weights, diagonal, *cg]
    yield "gtv_rhs", lambda o, *v: o.gtv_rhs(*v), [weights, *states, scale.requires_grad_()]
    yield "gtv_edges", lambda o, *v: o.gtv_edges(*v), [weights, vectors[0], *states, scale,
                                                       half_step.requires_grad_()]


def gradients(function, operators, inputs):
    """Outputs, and gradients of a fixed random functional of them."""
    outputs = function(operators, *inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    torch.manual_seed(7)
    value = sum((output * torch.randn_like(output)).sum() for output in outputs)
    found = torch.autograd.grad(value, inputs, allow_unused=True)
    zeros = [torch.zeros_like(i) if g is None else g for g, i in zip(found, inputs)]
    return [output.detach() for output in outputs] + zeros


def compare(found, wanted, what):
    for place, (a, b) in enumerate(zip(found, wanted)):
        assert a.shape == b.shape, (*what, place)
        error = (a - b).abs().max().item()
        assert error < 1e-11, (*what, place, error)


def main():
    torch.manual_seed(1)
    for height, width in SIZES:
        for name, function, inputs in cases(height, width):
            plain = gradients(function, graph_operators, inputs)
            compare(gradients(function, fused_graph, inputs), plain, (name, height, width))
            if not name.startswith("gtv"):
                shifted = gradients(function, shifted_graph, inputs)
                compare(shifted, plain, ("shifted", name, height, width))
            if (height, width) == (5, 7):
                assert torch.autograd.gradcheck(lambda *v: function(graph_operators, *v), inputs)
        print(f"{height}x{width}: fused and shifted operators and gradients agree with plain ones")


if __name__ == "__main__":
    main()
