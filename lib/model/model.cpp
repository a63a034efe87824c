// SPDX-License-Identifier: MIT
#include "tessera/model.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/grey_levels.h"
#include "model/architecture/published_layout.h"
#include "model/network.h"
#include "tessera/checkpoint.h"
#include "tessera/error.h"

namespace tessera {
namespace {

struct TaskName {
  Task task;
  const char* name;
};
constexpr std::array<TaskName, 4> kTaskNames{{{Task::Demosaic, "demosaic"},
                                              {Task::Upscale2, "upscale2"},
                                              {Task::Inpaint, "inpaint"},
                                              {Task::Denoise, "denoise"}}};

Task task_from_metadata(const Checkpoint& checkpoint) {
  const std::string found = checkpoint.metadata("tessera.task");
  for (const TaskName& entry : kTaskNames)
    if (found == entry.name) return entry.task;
  throw Error(ErrorCode::BadCheckpoint,
              printable_name(checkpoint.name()) +
                  ": tessera.task must be demosaic, upscale2, inpaint or denoise, found \"" +
                  found + "\"");
}

/// tessera.sigma_range, a JSON list of two numbers.
std::optional<SigmaRange> sigma_range_from_metadata(const Checkpoint& checkpoint) {
  const std::string text = checkpoint.metadata("tessera.sigma_range");
  if (text.empty()) return {};
  const auto list = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array() || list.size() != 2 || !list[0].is_number() || !list[1].is_number() ||
      list[0] < 0 || list[1] < list[0] || list[1] > base::kWhite8bit)
    throw Error(ErrorCode::BadCheckpoint,
                printable_name(checkpoint.name()) +
                    ": tessera.sigma_range must be [low,high] from 0 to 255, found \"" + text +
                    "\"");
  return SigmaRange{list[0].get<double>(), list[1].get<double>()};
}

Task task_of(model::ObservationKind observation) {
  switch (observation) {
    case model::ObservationKind::Bayer:
    case model::ObservationKind::NoisyBayer:
      return Task::Demosaic;
    case model::ObservationKind::Decimation2:
      return Task::Upscale2;
    case model::ObservationKind::Mask:
      return Task::Inpaint;
    case model::ObservationKind::Noise:
      return Task::Denoise;
  }
  return Task::Denoise;
}

}  // namespace

std::string name_of(Task task) {
  for (const TaskName& entry : kTaskNames)
    if (entry.task == task) return entry.name;
  return "unknown";
}

struct Model::Impl {
  std::filesystem::path file;
  Task task = Task::Denoise;
  std::string title, architecture;
  std::optional<SigmaRange> sigma_range;
  std::shared_ptr<const model::Network> network;
};

Model::Model(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Model Model::load(const std::filesystem::path& file, Precision precision) {
  const Checkpoint checkpoint = Checkpoint::open(file);
  auto impl = std::make_shared<Impl>();
  impl->file = file;
  impl->network = model::make_network(checkpoint, precision);
  if (const auto published = model::published_network(checkpoint)) {
    impl->task = Task::Denoise;
    impl->title = published->title;
    impl->sigma_range = published->sigma;
    return Model(std::move(impl));
  }
  impl->task = task_from_metadata(checkpoint);
  if (task_of(impl->network->observation()) != impl->task)
    throw Error(ErrorCode::BadCheckpoint, printable_name(checkpoint.name()) +
                                              ": tessera.task says " + name_of(impl->task) +
                                              ", but its architecture observes what is for " +
                                              name_of(task_of(impl->network->observation())));
  impl->title = checkpoint.metadata("tessera.title");
  impl->architecture = checkpoint.metadata("tessera.architecture");
  impl->sigma_range = sigma_range_from_metadata(checkpoint);
  return Model(std::move(impl));
}

Model Model::of_network(std::shared_ptr<const model::Network> network, const std::string& title) {
  auto impl = std::make_shared<Impl>();
  impl->task = task_of(network->observation());
  impl->title = title;
  impl->network = std::move(network);
  return Model(std::move(impl));
}

const std::filesystem::path& Model::file() const { return impl_->file; }
Task Model::task() const { return impl_->task; }
int Model::channels() const { return impl_->network->channels(); }
const std::string& Model::title() const { return impl_->title; }
const std::string& Model::architecture() const { return impl_->architecture; }
std::optional<SigmaRange> Model::sigma_range() const { return impl_->sigma_range; }
Precision Model::precision() const { return impl_->network->precision(); }
const model::Network& Model::network() const { return *impl_->network; }

}  // namespace tessera
