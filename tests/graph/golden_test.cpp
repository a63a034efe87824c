// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "graph/edge_weights.h"
#include "graph/graph_filter.h"
#include "graph/incidence.h"
#include "graph/laplacian.h"
#include "graph/total_variation.h"
#include "support/compare.h"
#include "tessera/checkpoint.h"

using namespace tessera;

namespace {

// One operator case of models/train/export_golden.py; see tests/golden/README.md.
class Golden {
 public:
  explicit Golden(const std::filesystem::path& file) : file_(Checkpoint::open(file)) {}

  double number(const std::string& key) const { return std::stod(file_.metadata(key)); }
  float constant(const std::string& key) const { return static_cast<float>(number(key)); }
  int heads() const { return static_cast<int>(number("heads")); }
  const std::string& name() const { return file_.name(); }
  std::vector<float> values(const std::string& tensor) const { return file_.read(tensor); }
  bool contains(const std::string& tensor) const { return file_.contains(tensor); }
  /// All leading dimensions as planes.
  Tensor planes(const std::string& tensor) const {
    const auto shape = file_.shape(tensor);
    const auto values = file_.read(tensor);
    const int height = static_cast<int>(shape[shape.size() - 2]);
    const int width = static_cast<int>(shape.back());
    Tensor out(static_cast<int>(values.size()) / (height * width), height, width);
    std::copy(values.begin(), values.end(), out.data());
    return out;
  }
  /// The planes of head g.
  Tensor head(const std::string& tensor, int g) const {
    const Tensor all = planes(tensor);
    const int count = all.channels() / heads();
    Tensor out(count, all.height(), all.width());
    std::copy_n(all.view().plane(g * count), out.shape().count(), out.data());
    return out;
  }
  /// Edge signals are (4, C) in the file and (C, 4) here.
  Tensor edges(const std::string& tensor, int g) const {
    const Tensor source = head(tensor, g);
    const int channels = source.channels() / 4;
    Tensor out(source.shape());
    for (int c = 0; c < channels; ++c)
      for (int e = 0; e < 4; ++e)
        std::copy_n(source.view().plane(e * channels + c), out.shape().plane(),
                    out.view().plane(c * 4 + e));
    return out;
  }

 private:
  Checkpoint file_;
};

std::vector<Golden> cases(const std::string& prefix) {
  std::vector<Golden> found;
  for (const char* size : {"1x1", "1x6", "5x7", "6x1", "9x20"})
    found.emplace_back(std::filesystem::path(TESSERA_GOLDEN_DIR) /
                       (prefix + "_" + size + ".safetensors"));
  return found;
}

void zero_missing(TensorView<const float> weights, Tensor& edges) {
  for (int plane = 0; plane < edges.channels(); ++plane)
    for (std::size_t i = 0; i < edges.shape().plane(); ++i)
      if (weights.plane(plane % 4)[i] == 0.0F) edges.view().plane(plane)[i] = 0.0F;
}

}  // namespace

TEST_SUITE("graph/golden") {
  TEST_CASE("weights, Laplacian, incidence and adjoint equal PyTorch's") {
    for (const Golden& golden : cases("operator_graph"))
      for (int g = 0; g < golden.heads(); ++g) {
        CAPTURE(golden.name());
        const double tolerance = golden.number("tolerance");
        const Tensor expected = golden.head("weights", g), x = golden.head("x", g);
        Tensor weights(expected.shape()), y(x.shape());
        Workspace scratch;
        graph::edge_weights(golden.head("features", g), weights, scratch);
        CHECK(test::relative_error(expected, weights) <= tolerance);
        graph::apply_laplacian(weights, x, y);
        CHECK(test::relative_error(golden.head("laplacian", g), y) <= tolerance);
        const Tensor incidence = golden.edges("incidence", g);
        Tensor z(incidence.shape());
        graph::apply_incidence(weights, x, z);
        CHECK(test::relative_error(incidence, z) <= tolerance);
        graph::apply_incidence_transpose(weights, golden.edges("z", g), y);
        CHECK(test::relative_error(golden.head("adjoint", g), y) <= tolerance);
      }
  }

  TEST_CASE("learned conjugate gradient equals PyTorch's, with and without a mask") {
    for (const char* prefix : {"operator_learned_cg", "operator_masked_cg"})
      for (const Golden& golden : cases(prefix)) {
        CAPTURE(golden.name());
        const Tensor free = golden.contains("free") ? golden.planes("free") : Tensor();
        const auto alpha = golden.values("alpha"), beta = golden.values("beta");
        const auto heads = static_cast<std::size_t>(golden.heads());
        for (std::size_t g = 0; g < heads; ++g) {
          const int head = static_cast<int>(g);
          std::vector<graph::CgStep> steps;
          for (std::size_t k = 0; k < alpha.size() / heads; ++k)
            steps.push_back({alpha[k * heads + g], beta[k * heads + g]});
          const Tensor weights = golden.head("weights", head);
          const Tensor diagonal = golden.head("diagonal", head);
          Tensor x = golden.head("x0", head);
          graph::FilterMatrix matrix{weights, 1.0F, diagonal, 0.0F, {}};
          if (golden.contains("free")) matrix.free = free;
          Workspace scratch;
          graph::filter_by_learned_cg(matrix, golden.head("b", head), x, steps, scratch);
          CHECK(test::relative_error(golden.head("x", head), x) <= golden.number("tolerance"));
        }
      }
  }

  TEST_CASE("the edge half of a total variation layer equals PyTorch's") {
    for (const Golden& golden : cases("operator_gtv_layer"))
      for (int g = 0; g < golden.heads(); ++g) {
        CAPTURE(golden.name());
        const double tolerance = golden.number("tolerance");
        const float scale = golden.constant("scale");
        const Tensor weights = golden.head("weights", g), x = golden.head("x", g);
        Tensor t1 = golden.edges("t1", g), t2 = golden.edges("t2", g);
        Tensor difference(t1.shape()), right_side(x.shape());
        for (std::size_t i = 0; i < difference.shape().count(); ++i) {
          const auto shrunk = [&](float t) { return t < 0.0F ? scale * t : -t; };
          difference.data()[i] = 0.5F * (shrunk(t1.data()[i]) - shrunk(t2.data()[i]));
        }
        graph::apply_incidence_transpose(weights, difference, right_side);
        CHECK(test::relative_error(golden.head("rhs", g), right_side) <= tolerance);
        Workspace scratch;
        graph::advance_edges(weights, x, {scale, golden.constant("half_step"), 1.0F}, t1, t2, {},
                             scratch);
        Tensor expected1 = golden.edges("new_t1", g), expected2 = golden.edges("new_t2", g);
        for (Tensor* edges : {&t1, &t2, &expected1, &expected2}) zero_missing(weights, *edges);
        CHECK(test::relative_error(expected1, t1) <= tolerance);
        CHECK(test::relative_error(expected2, t2) <= tolerance);
      }
  }
}
