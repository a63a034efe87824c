// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "inspect/inspect_arguments.h"
#include "inspect/inspect_text.h"
#include "inspect/inspection_folder.h"
#include "inspect/inspection_text.h"
#include "shared/cli.h"
#include "shared/models.h"
#include "shared/output/standard_output.h"
#include "tessera/image_io.h"
#include "tessera/model.h"

namespace tessera::cli {
namespace {

std::optional<Image> read_if_named(const std::string& file) {
  if (file.empty()) return std::nullopt;
  return read_image(file);
}

Image read_picture(const std::string& file) {
  return file == "-" ? read_image_from_descriptor(STDIN_FILENO, "stdin") : read_image(file);
}

int inspect_on_picture(const CLI::App& app,
                       const InspectArguments& arguments,
                       const std::filesystem::path& file) {
  const Model network = Model::load(file, Precision::F32);
  if (app.count("--cfa") > 0 && network.task() != Task::Demosaic)
    throw Error(ErrorCode::InvalidArgument, "--cfa is for demosaicking models; this is none");
  if (!arguments.output.empty()) check_folder(arguments.output, arguments.overwrite);
  const Image picture = read_picture(arguments.picture);
  const std::optional<Image> mask = read_if_named(arguments.mask);
  const std::optional<Image> reference = read_if_named(arguments.reference);
  PictureInspection inspection;
  try {
    inspection = inspect_picture(network, picture, mask ? &*mask : nullptr,
                                 reference ? &*reference : nullptr, arguments.options);
  } catch (const ReferenceMismatch& error) {
    throw Error(error.code(), arguments.reference + ": " + error.what());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::BadImage) throw;
    const std::string with = mask ? " (mask " + arguments.mask + ")" : "";
    throw Error(error.code(), arguments.picture + ": " + error.what() + with);
  }
  const std::string title = fmt::format("{} on {}", network.title(), arguments.picture);
  if (!arguments.output.empty())
    write_folder(arguments.output, title, inspection, arguments.html,
                 {arguments.picture, arguments.mask, arguments.reference, file});
  if (arguments.json) return print_and_close(inspection.json + "\n");
  return print_and_close(text_from_inspection(nlohmann::json::parse(inspection.json)));
}

int inspect(const CLI::App& app, const InspectArguments& arguments) {
  if (arguments.list_models) return print_and_close(text_from_models());
  finish_inspect_arguments(app, arguments);
  refuse_misleading_name(arguments.output, "a folder", "/");
  // The model comes before any picture: without it nothing can be done.
  const auto file = find_model(arguments.model);
  if (!arguments.picture.empty()) return inspect_on_picture(app, arguments, file);
  const ModelFacts facts = inspect_model(file);
  return print_and_close(arguments.json ? json_from_facts(facts) + "\n" : text_from_facts(facts));
}

}  // namespace
}  // namespace tessera::cli

int main(int argc, char** argv) {
  CLI::App app{"Shows what a trained model is, and what it does to a picture.", "inspect"};
  tessera::cli::InspectArguments arguments;
  tessera::cli::add_inspect_options(app, arguments);
  return tessera::cli::run(app, argc, argv, [&] { return tessera::cli::inspect(app, arguments); });
}
