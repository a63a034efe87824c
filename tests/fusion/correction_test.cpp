// SPDX-License-Identifier: MIT
#include "fusion/correction/correction.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "fusion/alignment/matching.h"
#include "fusion/average.h"
#include "fusion/correction/fitted_layer.h"
#include "fusion/correction/gram.h"
#include "fusion/correction/parent_run.h"
#include "fusion/correction/pixel_sample.h"
#include "fusion/fusion_networks.h"
#include "support/compare.h"

namespace {

using namespace tessera;
using fusion::Correction;
using fusion::Matrix;
using fusion::SpaceTable;
using fusion::TensorMap;

/// Squared distance of two networks' last measured value from one another.
double apart(const test::FusionNetwork& network,
             const TensorMap& a,
             const TensorMap& b,
             const std::vector<fusion::CalibrationSample>& pictures) {
  double sum = 0.0;
  for (const auto& picture : pictures) {
    const Tensor x = test::restored(network, a, picture), y = test::restored(network, b, picture);
    for (std::size_t i = 0; i < x.shape().count(); ++i)
      sum += std::pow(static_cast<double>(x.data()[i]) - y.data()[i], 2);
  }
  return sum;
}

test::FusionNetwork plain(std::uint64_t seed) {
  auto spec = test::small_mixture(model::ObservationKind::Decimation2);
  spec.backbone.feature_graphs.clear();
  spec.image_graph = {};
  return test::mixture(spec, seed);
}

/// The first convolution, which writes the stream.
int first_convolution(const fusion::OperatorGraph& graph) {
  for (int i = 0; i < std::ssize(graph.operators); ++i)
    if (graph.operators[static_cast<std::size_t>(i)].kind == fusion::OperatorKind::Conv) return i;
  return -1;
}

}  // namespace

TEST_SUITE("fusion/correction") {
  TEST_CASE("least squares finds the weights of a convolution from its results") {
    const Tensor input = test::random_tensor({2, 12, 13}, 1, -1.0F, 1.0F);
    Matrix weights(3, 2 * 9 + 1);
    for (Eigen::Index i = 0; i < weights.size(); ++i)
      weights.data()[i] = 2.0 * base::random_uniform(2, static_cast<std::uint64_t>(i)) - 1.0;
    // The definition, with zeros outside and dilation 2.
    Tensor wanted(3, 12, 13);
    for (int o = 0; o < 3; ++o)
      for (int y = 0; y < 12; ++y)
        for (int x = 0; x < 13; ++x) {
          double sum = weights(o, 18);
          for (int c = 0; c < 2; ++c)
            for (int t = 0; t < 9; ++t) {
              const int yy = y + 2 * (t / 3 - 1), xx = x + 2 * (t % 3 - 1);
              if (yy >= 0 && yy < 12 && xx >= 0 && xx < 13)
                sum += weights(o, c * 9 + t) * input(c, yy, xx);
            }
          wanted(o, y, x) = static_cast<float>(sum);
        }
    fusion::ConvolutionEquations equations(2, 3, 3, 2);
    equations.add(input, wanted, 1);
    const Matrix found = equations.solve(Matrix::Zero(3, 19), 1e-12);
    CHECK((found - weights).cwiseAbs().maxCoeff() < 1e-5);
    CHECK(equations.residual(found) < 1e-10);
    CHECK(equations.residual(Matrix::Zero(3, 19)) > 0.5);
    // A strong pull leaves the prior.
    CHECK((equations.solve(weights * 0.5, 1e9) - weights * 0.5).cwiseAbs().maxCoeff() < 1e-6);
  }

  TEST_CASE("one pixel of each run is taken, from all columns, whatever the width") {
    for (const int width : {32, 64, 128, 131}) {
      const auto plane = static_cast<std::size_t>(width) * 128;
      std::vector<int> taken(static_cast<std::size_t>(width), 0);
      const std::vector<std::size_t> pixels = fusion::pixel_sample(plane, 64);
      CHECK(pixels.size() == (plane + 63) / 64);
      for (std::size_t k = 0; k < pixels.size(); ++k) {
        CHECK(pixels[k] / 64 == k);
        CHECK(pixels[k] < plane);
        ++taken[pixels[k] % static_cast<std::size_t>(width)];
      }
      // A quarter of the columns or less is far from even.
      const auto rare = std::count(taken.begin(), taken.end(), 0);
      CHECK(rare < width / 4);
      CHECK(*std::max_element(taken.begin(), taken.end()) < 12);
    }
  }

  TEST_CASE(
      "pictures that judge and that teach are of every noise level, however many come in turn") {
    for (const std::size_t levels : {1, 2, 3, 4, 5, 6, 8})
      for (std::size_t level = 0; level < levels; ++level) {
        CAPTURE(levels);
        int judging = 0, teaching = 0;
        for (std::size_t p = level; p < 64; p += levels)
          ++(fusion::judges_refit(p) ? judging : teaching);
        CHECK(judging > 0);
        CHECK(teaching > judging);
      }
  }

  TEST_CASE("a network that equals its parents is left as it is, for any number of threads") {
    const auto network = plain(11);
    const auto pictures = test::random_pictures(3, 8, 32);
    for (const Correction method : {Correction::Repair, Correction::Refit}) {
      TensorMap one = network.tensors, two = network.tensors;
      base::ThreadPool single(1), pair(2);
      const std::vector<fusion::WeightedNetwork> parents{{network.tensors, 1.0}};
      const fusion::CorrectionBasis basis{network.graph, network.metadata, pictures};
      fusion::correct(basis, one, parents, method, single);
      fusion::correct(basis, two, parents, method, pair);
      CHECK(apart(network, network.tensors, one, pictures) < 1e-4);
      for (const auto& [name, tensor] : one) CHECK(tensor.values == two.at(name).values);
    }
  }

  TEST_CASE("damage to one layer is repaired by the layers themselves") {
    const auto network = plain(12);
    const auto pictures = test::random_pictures(3, 8, 32);
    TensorMap damaged = network.tensors;
    for (float& value : damaged.at("blocks.0.conv1.weight").values) value *= 0.3F;
    for (float& value : damaged.at("head.bias").values) value += 0.3F;
    const double before = apart(network, network.tensors, damaged, pictures);
    base::ThreadPool pool(2);
    for (const Correction method : {Correction::Repair, Correction::Refit}) {
      TensorMap fused = damaged;
      const auto layers = fusion::correct({network.graph, network.metadata, pictures}, fused,
                                          {{network.tensors, 1.0}}, method, pool);
      CHECK(layers.size() == 7);
      CHECK(apart(network, network.tensors, fused, pictures) < 0.1 * before);
    }
  }

  TEST_CASE("a fitted layer is the layer: what it reads by its weights is what the layer gives") {
    const auto network = test::mixture(test::small_scales(model::ObservationKind::Decimation2), 16);
    const auto pictures = test::random_pictures(3, 1, 32);
    fusion::OperatorRun run(network.graph, network.tensors, network.metadata, pictures);
    base::ThreadPool pool(1);
    std::set<std::string> kinds;
    for (int i = 0; i < std::ssize(network.graph.operators); ++i) {
      run.step(i, pool);
      const auto& op = network.graph.operators[static_cast<std::size_t>(i)];
      if (!fusion::FittedLayer::can_fit(op)) continue;
      CAPTURE(op.prefix);
      const fusion::FittedLayer layer(op, network.graph.channels(op.inputs.front()));
      Matrix weights = layer.weights(network.tensors);
      fusion::ConvolutionEquations equations(layer.inputs(), layer.outputs(), layer.kernel(),
                                             layer.dilation());
      equations.add(layer.input(run.value(op.inputs.front(), 0)),
                    layer.output(run.value(i, 0).clone()), 1);
      CHECK(equations.residual(weights) < 1e-9);
      const Matrix before = weights;
      layer.make_representable(weights);
      CHECK(weights == before);
      TensorMap stored = network.tensors;
      layer.store(Matrix::Zero(weights.rows(), weights.cols()), stored);
      CHECK(layer.weights(stored).isZero(0.0));
      layer.store(weights, stored);
      for (const auto& [name, tensor] : stored)
        CHECK(tensor.values == network.tensors.at(name).values);
      kinds.insert(op.prefix.substr(op.prefix.rfind('.') + 1));
    }
    CHECK(kinds.contains("down"));
    CHECK(kinds.contains("up"));
    CHECK(kinds.contains("conv2"));
  }

  TEST_CASE("layers between scales are corrected, too") {
    const auto network = test::mixture(test::small_scales(model::ObservationKind::Decimation2), 17);
    const auto pictures = test::random_pictures(3, 8, 32);
    base::ThreadPool pool(2);
    for (const char* name : {"inner.down", "inner.up"}) {
      TensorMap fused = network.tensors;
      for (float& value : fused.at(name + std::string(".weight")).values) value *= 0.3F;
      for (const Correction method : {Correction::Repair, Correction::Refit}) {
        TensorMap corrected = fused;
        const auto layers = fusion::correct({network.graph, network.metadata, pictures}, corrected,
                                            {{network.tensors, 1.0}}, method, pool);
        const auto layer = std::find_if(layers.begin(), layers.end(),
                                        [&](const auto& one) { return one.name == name; });
        REQUIRE(layer != layers.end());
        CHECK(layer->before > 0.1);
        CHECK(layer->after < 1e-3);
        CHECK(apart(network, network.tensors, corrected, pictures) <
              0.05 * apart(network, network.tensors, fused, pictures));
      }
    }
  }

  TEST_CASE("a parent that alignment changes is followed as it was") {
    // Two networks of other widths: the maps mix units, so the aligned parent is another network.
    const auto network = test::mixture(test::small_scales(model::ObservationKind::Decimation2), 18);
    auto spec = test::small_scales(model::ObservationKind::Decimation2);
    spec.backbone.width += 3;
    const auto wide = test::mixture(spec, 19);
    const SpaceTable table = test::table_of(wide, network);
    const fusion::Matching found =
        fusion::match_networks({wide.tensors, network.tensors, table}, {}, {});
    const TensorMap aligned = fusion::aligned_tensors(wide.tensors, table, found.maps);
    const auto pictures = test::random_pictures(3, 2, 32);
    const fusion::OriginalNetwork original{wide.runnable(), table, found.maps};
    fusion::ParentRun followed(network.graph, network.metadata, {aligned, 1.0, &original},
                               pictures);
    fusion::ParentRun changed(network.graph, network.metadata, {aligned, 1.0}, pictures);
    fusion::OperatorRun judge(wide.graph, wide.tensors, wide.metadata, pictures);
    base::ThreadPool pool(1);
    for (int i = 0; i < std::ssize(network.graph.operators); ++i) {
      followed.step(i, pool);
      changed.step(i, pool);
      judge.step(i, pool);
    }
    const auto value = [&](const fusion::ParentRun& run, int i) {
      Tensor sum(run.shape(i, 0));
      run.add_to(sum, i, 0, 1.0);
      return sum;
    };
    // What the network gives in the end is not the anchor's business: no channel is mapped.
    const int last = network.graph.outputs.front();
    const Tensor end = value(followed, last), kept = judge.value(last, 0).clone();
    CHECK(end.shape() == kept.shape());
    CHECK(test::max_difference(end, kept) == 0.0);
    CHECK(test::max_difference(value(changed, last), kept) > 1e-3);
    // In between, channels of the stream are means of the wide network's, by the columns of pull.
    const auto head = static_cast<std::size_t>(first_convolution(network.graph));
    const Tensor mapped = value(followed, static_cast<int>(head));
    const Tensor& plain = judge.value(static_cast<int>(head), 0);
    const auto& map = found.maps[static_cast<std::size_t>(table.values[head].front().space)];
    REQUIRE(!map.permutes);
    for (int j = 0; j < mapped.channels(); ++j) {
      double expected = 0.0;
      for (int c = 0; c < plain.channels(); ++c) expected += map.pull(c, j) * plain(c, 5, 7);
      CHECK(mapped(j, 5, 7) == doctest::Approx(expected).epsilon(1e-5));
    }
  }

  TEST_CASE("what a layer that stays as it is gets wrong is made up for by what is added to it") {
    // out = grouped(x) + plain(x): only the plain convolution is refitted, and it can hold both.
    fusion::OperatorGraph graph;
    const int x = graph.input(4, fusion::Packing::Mosaic);
    const int stream = graph.conv(x, 4, "grouped", 1);
    graph.operators.back().groups = 2;
    graph.outputs = {graph.binary(fusion::OperatorKind::Add, stream, graph.conv(x, 4, "plain"))};
    test::RandomTensors random(14);
    random.add_conv("grouped", 2, 4, 1);
    random.add_conv("plain", 4, 4, 3);
    const TensorMap parent = test::tensor_map(random.tensors);
    TensorMap fused = parent;
    for (float& value : fused.at("grouped.weight").values) value *= 0.3F;
    base::ThreadPool pool(2);
    const auto layers = fusion::correct({graph, {}, test::random_pictures(3, 8, 32)}, fused,
                                        {{parent, 1.0}}, Correction::Refit, pool);
    REQUIRE(layers.size() == 1);
    CHECK(layers[0].before > 0.1);
    CHECK(layers[0].after < 1e-3);
    CHECK(layers[0].kept);
  }
}
