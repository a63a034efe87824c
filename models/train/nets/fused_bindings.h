// SPDX-License-Identifier: MIT
// Tensors in, tensors out: the part of the extension that knows torch. All inputs contiguous,
// except `diagonal` and `free`, which may be expanded along N, G and C.
#pragma once

#include "fused_gtv.h"

namespace {

struct Sizes {
  int64_t N, G, C;
  int H, W;
  explicit Sizes(const Tensor& x)
      : N(x.size(0)), G(x.size(1)), C(x.size(2)), H(x.size(3)), W(x.size(4)) {}
};

template <typename T>
const T* plane_of(const Tensor& t, int64_t n, int64_t g, int64_t c) {
  return t.defined() ? t.data_ptr<T>() + n * t.stride(0) + g * t.stride(1) + c * t.stride(2)
                     : nullptr;
}

template <typename T>
T* mutable_plane(Tensor& t, int64_t n, int64_t g, int64_t c) {
  return const_cast<T*>(plane_of<T>(t, n, g, c));
}

template <typename Work>
void for_each_graph(int64_t count, Work work) {
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) work(k);
  });
}

std::vector<Tensor> edge_weights_forward(const Tensor& q, int64_t G) {
  const int64_t N = q.size(0), H = q.size(2), W = q.size(3), D = q.size(1) / G;
  Tensor wbar = torch::empty({N, G, 4, H, W}, q.options());
  Tensor raw = torch::empty_like(wbar), scale = torch::empty({N, G, H, W}, q.options());
  AT_DISPATCH_FLOATING_TYPES(q.scalar_type(), "edge_weights_forward", [&] {
    for_each_graph(N * G, [&](int64_t k) {
      edge_weights_forward_one<scalar_t>(q.data_ptr<scalar_t>() + k * D * H * W,
                                         wbar.data_ptr<scalar_t>() + k * 4 * H * W,
                                         raw.data_ptr<scalar_t>() + k * 4 * H * W,
                                         scale.data_ptr<scalar_t>() + k * H * W, D, H, W);
    });
  });
  return {wbar, raw, scale};
}

Tensor edge_weights_backward(const Tensor& grad,
                             const Tensor& q,
                             const Tensor& raw,
                             const Tensor& scale) {
  const int64_t N = q.size(0), G = raw.size(1), H = q.size(2), W = q.size(3), D = q.size(1) / G;
  Tensor grad_q = torch::zeros_like(q);
  AT_DISPATCH_FLOATING_TYPES(q.scalar_type(), "edge_weights_backward", [&] {
    for_each_graph(N * G, [&](int64_t k) {
      const int64_t edges = k * 4 * H * W, nodes = k * D * H * W;
      edge_weights_backward_one<scalar_t>(
          grad.data_ptr<scalar_t>() + edges, q.data_ptr<scalar_t>() + nodes,
          raw.data_ptr<scalar_t>() + edges, scale.data_ptr<scalar_t>() + k * H * W,
          grad_q.data_ptr<scalar_t>() + nodes, D, H, W);
    });
  });
  return grad_q;
}

// Buffers of one worker for the recurrence on one plane.
template <typename T>
struct Workspace {
  Plane<T> start, rbar;
  std::vector<Plane<T>> search;
  std::vector<T> residual, product, x;
  Workspace(int H, int W, int steps)
      : start(H, W),
        rbar(H, W),
        search(steps, Plane<T>(H, W)),
        residual(H * W),
        product(H * W),
        x(H * W) {}
};

Tensor learned_cg_forward(const Tensor& w,
                          const Tensor& diagonal,
                          const c10::optional<Tensor>& free_mask,
                          const Tensor& b,
                          const Tensor& x0,
                          const Tensor& alpha,
                          const Tensor& beta) {
  const Tensor free = free_mask.value_or(Tensor());
  const Sizes s(b);
  const int steps = alpha.size(0);
  Tensor out = torch::empty_like(b);
  AT_DISPATCH_FLOATING_TYPES(b.scalar_type(), "learned_cg_forward", [&] {
    for_each_graph(s.N * s.G, [&](int64_t k) {
      const int64_t n = k / s.G, g = k % s.G;
      WeightPlanes<scalar_t> planes(s.H, s.W);
      planes.load(plane_of<scalar_t>(w, n, g, 0));
      Workspace<scalar_t> space(s.H, s.W, steps);
      for (int64_t c = 0; c < s.C; ++c) {
        const System<scalar_t> A{planes, plane_of<scalar_t>(diagonal, n, g, c),
                                 plane_of<scalar_t>(free, n, g, c), s.H, s.W};
        cg_forward_plane<scalar_t>(
            A, plane_of<scalar_t>(b, n, g, c), plane_of<scalar_t>(x0, n, g, c),
            alpha.data_ptr<scalar_t>() + g, beta.data_ptr<scalar_t>() + g, s.G, steps, space.start,
            space.search, mutable_plane<scalar_t>(out, n, g, c), space.residual, space.product);
      }
    });
  });
  return out;
}

template <typename T>
void clear_leaving_edges(T* weights, int H, int W) {
  for (int e = 0; e < 4; ++e)
    for (int y = 0; y < H; ++y) {
      T* w = weights + (e * H + y) * W;
      const bool leaves = y >= rows(e, H);
      std::fill(w, w + (leaves ? W : std::min(W, first_column(e))), T(0));
      std::fill(w + (leaves ? W : std::max(0, last_column(e, W))), w + W, T(0));
    }
}

// Gradients of w, diagonal (undefined unless wanted), b, x0, alpha, beta.
std::vector<Tensor> learned_cg_backward(const Tensor& grad,
                                        const Tensor& w,
                                        const Tensor& diagonal,
                                        const c10::optional<Tensor>& free_mask,
                                        const Tensor& b,
                                        const Tensor& x0,
                                        const Tensor& alpha,
                                        const Tensor& beta,
                                        bool diagonal_wanted) {
  const Sizes s(b);
  const int steps = alpha.size(0);
  const Tensor free = free_mask.value_or(Tensor());
  Tensor grad_w = torch::zeros_like(w), grad_b = torch::empty_like(b),
         grad_x0 = torch::empty_like(b);
  Tensor grad_d = diagonal_wanted ? torch::zeros_like(b) : Tensor();
  Tensor grad_alpha = torch::zeros({s.N, s.G, steps}, b.options());
  Tensor grad_beta = torch::zeros_like(grad_alpha);
  AT_DISPATCH_FLOATING_TYPES(b.scalar_type(), "learned_cg_backward", [&] {
    for_each_graph(s.N * s.G, [&](int64_t k) {
      const int64_t n = k / s.G, g = k % s.G;
      const scalar_t* a = alpha.data_ptr<scalar_t>() + g;
      const scalar_t* c_k = beta.data_ptr<scalar_t>() + g;
      WeightPlanes<scalar_t> planes(s.H, s.W);
      planes.load(plane_of<scalar_t>(w, n, g, 0));
      Workspace<scalar_t> space(s.H, s.W, steps);
      for (int64_t c = 0; c < s.C; ++c) {
        const System<scalar_t> A{planes, plane_of<scalar_t>(diagonal, n, g, c),
                                 plane_of<scalar_t>(free, n, g, c), s.H, s.W};
        cg_forward_plane<scalar_t>(A, plane_of<scalar_t>(b, n, g, c),
                                   plane_of<scalar_t>(x0, n, g, c), a, c_k, s.G, steps, space.start,
                                   space.search, space.x.data(), space.residual, space.product);
        cg_backward_plane<scalar_t>(
            A, plane_of<scalar_t>(grad, n, g, c), a, c_k, s.G, steps, space.start, space.search,
            space.rbar, space.residual, space.product, mutable_plane<scalar_t>(grad_w, n, g, 0),
            mutable_plane<scalar_t>(grad_d, n, g, c), mutable_plane<scalar_t>(grad_b, n, g, c),
            mutable_plane<scalar_t>(grad_x0, n, g, c), grad_alpha.data_ptr<scalar_t>() + k * steps,
            grad_beta.data_ptr<scalar_t>() + k * steps);
      }
      clear_leaving_edges(mutable_plane<scalar_t>(grad_w, n, g, 0), s.H, s.W);
    });
  });
  return {grad_w,
          grad_d,
          grad_b,
          grad_x0,
          grad_alpha.sum(0).t().contiguous(),
          grad_beta.sum(0).t().contiguous()};
}

Tensor gtv_rhs_forward(const Tensor& w, const Tensor& t1, const Tensor& t2, double scale) {
  const int64_t N = t1.size(0), G = t1.size(1), C = t1.size(3), H = t1.size(4), W = t1.size(5);
  Tensor out = torch::zeros({N, G, C, H, W}, t1.options());
  AT_DISPATCH_FLOATING_TYPES(w.scalar_type(), "gtv_rhs_forward", [&] {
    for_each_graph(N * G, [&](int64_t k) {
      const GtvShape shape{int(C), int(H), int(W)};
      gtv_rhs_one<scalar_t>(shape, w.data_ptr<scalar_t>() + k * shape.weights(),
                            t1.data_ptr<scalar_t>() + k * shape.edges(),
                            t2.data_ptr<scalar_t>() + k * shape.edges(), scalar_t(scale),
                            out.data_ptr<scalar_t>() + k * shape.nodes());
    });
  });
  return out;
}

// Gradients of w, t1, t2, scale.
std::vector<Tensor> gtv_rhs_backward(
    const Tensor& grad, const Tensor& w, const Tensor& t1, const Tensor& t2, double scale) {
  const int64_t N = t1.size(0), G = t1.size(1), C = t1.size(3), H = t1.size(4), W = t1.size(5);
  Tensor grad_w = torch::zeros_like(w), g1 = torch::zeros_like(t1), g2 = torch::zeros_like(t2);
  Tensor grad_scale = torch::zeros({N * G}, w.options());
  AT_DISPATCH_FLOATING_TYPES(w.scalar_type(), "gtv_rhs_backward", [&] {
    for_each_graph(N * G, [&](int64_t k) {
      const GtvShape shape{int(C), int(H), int(W)};
      grad_scale.data_ptr<scalar_t>()[k] = gtv_rhs_backward_one<scalar_t>(
          shape, grad.data_ptr<scalar_t>() + k * shape.nodes(),
          w.data_ptr<scalar_t>() + k * shape.weights(), t1.data_ptr<scalar_t>() + k * shape.edges(),
          t2.data_ptr<scalar_t>() + k * shape.edges(), scalar_t(scale),
          grad_w.data_ptr<scalar_t>() + k * shape.weights(),
          g1.data_ptr<scalar_t>() + k * shape.edges(), g2.data_ptr<scalar_t>() + k * shape.edges());
    });
  });
  return {grad_w, g1, g2, grad_scale.sum()};
}

std::vector<Tensor> gtv_edges_forward(const Tensor& w,
                                      const Tensor& x,
                                      const Tensor& t1,
                                      const Tensor& t2,
                                      double scale,
                                      double half_step) {
  const Sizes s(x);
  Tensor out1 = torch::zeros_like(t1), out2 = torch::zeros_like(t2);
  AT_DISPATCH_FLOATING_TYPES(w.scalar_type(), "gtv_edges_forward", [&] {
    for_each_graph(s.N * s.G, [&](int64_t k) {
      const GtvShape shape{int(s.C), s.H, s.W};
      gtv_edges_one<scalar_t>(shape, w.data_ptr<scalar_t>() + k * shape.weights(),
                              x.data_ptr<scalar_t>() + k * shape.nodes(),
                              t1.data_ptr<scalar_t>() + k * shape.edges(),
                              t2.data_ptr<scalar_t>() + k * shape.edges(), scalar_t(scale),
                              scalar_t(half_step), out1.data_ptr<scalar_t>() + k * shape.edges(),
                              out2.data_ptr<scalar_t>() + k * shape.edges());
    });
  });
  return {out1, out2};
}

// Gradients of w, x, t1, t2, scale, half_step.
std::vector<Tensor> gtv_edges_backward(const Tensor& grad1,
                                       const Tensor& grad2,
                                       const Tensor& w,
                                       const Tensor& x,
                                       const Tensor& t1,
                                       const Tensor& t2,
                                       double scale) {
  const Sizes s(x);
  Tensor grad_w = torch::zeros_like(w), grad_x = torch::zeros_like(x);
  Tensor g1 = torch::zeros_like(t1), g2 = torch::zeros_like(t2);
  Tensor scalars = torch::zeros({s.N * s.G, 2}, w.options());
  AT_DISPATCH_FLOATING_TYPES(w.scalar_type(), "gtv_edges_backward", [&] {
    for_each_graph(s.N * s.G, [&](int64_t k) {
      const GtvShape shape{int(s.C), s.H, s.W};
      gtv_edges_backward_one<scalar_t>(
          shape, grad1.data_ptr<scalar_t>() + k * shape.edges(),
          grad2.data_ptr<scalar_t>() + k * shape.edges(),
          w.data_ptr<scalar_t>() + k * shape.weights(), x.data_ptr<scalar_t>() + k * shape.nodes(),
          t1.data_ptr<scalar_t>() + k * shape.edges(), t2.data_ptr<scalar_t>() + k * shape.edges(),
          scalar_t(scale), grad_w.data_ptr<scalar_t>() + k * shape.weights(),
          grad_x.data_ptr<scalar_t>() + k * shape.nodes(),
          g1.data_ptr<scalar_t>() + k * shape.edges(), g2.data_ptr<scalar_t>() + k * shape.edges(),
          scalars.data_ptr<scalar_t>() + 2 * k);
    });
  });
  const Tensor sums = scalars.sum(0);
  return {grad_w, grad_x, g1, g2, sums[0], sums[1]};
}

}  // namespace

PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) {
  m.def("edge_weights_forward", &edge_weights_forward);
  m.def("edge_weights_backward", &edge_weights_backward);
  m.def("learned_cg_forward", &learned_cg_forward);
  m.def("learned_cg_backward", &learned_cg_backward);
  m.def("gtv_rhs_forward", &gtv_rhs_forward);
  m.def("gtv_rhs_backward", &gtv_rhs_backward);
  m.def("gtv_edges_forward", &gtv_edges_forward);
  m.def("gtv_edges_backward", &gtv_edges_backward);
}
