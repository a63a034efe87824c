// SPDX-License-Identifier: MIT
#include "tessera/model.h"

#include <array>

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
              checkpoint.name() +
                  ": tessera.task must be demosaic, upscale2, inpaint or denoise, found \"" +
                  found + "\"");
}

}  // namespace

std::string name_of(Task task) {
  for (const TaskName& entry : kTaskNames)
    if (entry.task == task) return entry.name;
  return "unknown";
}

struct Model::Impl {
  Task task;
  std::string title, architecture;
  std::unique_ptr<model::Network> network;
};

Model::Model(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Model Model::load(const std::filesystem::path& file, Precision precision) {
  const Checkpoint checkpoint = Checkpoint::open(file);
  auto impl = std::make_shared<Impl>();
  impl->network = model::make_network(checkpoint, precision);
  impl->task = task_from_metadata(checkpoint);
  impl->title = checkpoint.metadata("tessera.title");
  impl->architecture = checkpoint.metadata("tessera.architecture");
  return Model(std::move(impl));
}

Task Model::task() const { return impl_->task; }
int Model::channels() const { return impl_->network->channels(); }
const std::string& Model::title() const { return impl_->title; }
const std::string& Model::architecture() const { return impl_->architecture; }
const model::Network& Model::network() const { return *impl_->network; }

}  // namespace tessera
