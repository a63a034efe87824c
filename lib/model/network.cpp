// SPDX-License-Identifier: MIT
#include "model/network.h"

#include "checkpoint/weights.h"
#include "model/architecture/architecture.h"
#include "model/architecture/published_layout.h"
#include "model/networks/conv_net.h"
#include "model/networks/glr_net.h"
#include "model/networks/graph_mixture_net.h"
#include "model/networks/gtv_net.h"
#include "model/networks/transformer_net.h"

namespace tessera::model {
namespace {

/// Builds the network of each architecture from its specification.
struct Construct {
  const checkpoint::Weights& weights;
  Precision precision;

  std::unique_ptr<Network> operator()(const GraphMixtureSpec& spec) const {
    return std::make_unique<GraphMixtureNet>(spec, weights, precision);
  }
  std::unique_ptr<Network> operator()(const UnrolledGraphSpec& spec) const {
    if (spec.prior == GraphPrior::Glr) return std::make_unique<GlrNet>(spec, weights);
    return std::make_unique<GtvNet>(spec, weights);
  }
  std::unique_ptr<Network> operator()(const ConvNetSpec& spec) const {
    return std::make_unique<ConvNet>(spec, weights, precision);
  }
  std::unique_ptr<Network> operator()(const TransformerSpec& spec) const {
    return std::make_unique<TransformerNet>(spec, weights);
  }
};

}  // namespace

std::unique_ptr<Network> make_network(const Checkpoint& checkpoint, Precision precision) {
  const Architecture architecture = architecture_of(checkpoint);
  const checkpoint::Weights weights(checkpoint);
  const Precision chosen = precision == Precision::Auto ? Precision::F32 : precision;
  auto network = std::visit(Construct{weights, chosen}, architecture);
  weights.require_all_good();
  return network;
}

}  // namespace tessera::model
