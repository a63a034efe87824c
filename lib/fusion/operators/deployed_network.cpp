// SPDX-License-Identifier: MIT
#include "fusion/operators/deployed_network.h"

#include "checkpoint/safetensors.h"
#include "model/training_form/training_form.h"

namespace tessera::fusion {

std::unique_ptr<model::Network> deployed_network(const Checkpoint& checkpoint,
                                                 Precision precision) {
  if (!model::TrainingForm::describes(checkpoint))
    return model::make_network(checkpoint, precision);
  const model::FoldedForm folded = model::TrainingForm(checkpoint).folded();
  const auto bytes = checkpoint::safetensors_bytes(folded.tensors, folded.metadata);
  return model::make_network(Checkpoint::from_bytes(bytes, checkpoint.name()), precision);
}

}  // namespace tessera::fusion
