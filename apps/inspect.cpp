// SPDX-License-Identifier: MIT
#include "tessera/inspect.h"

#include <CLI/CLI.hpp>
#include <string>

#include "cli.h"
#include "inspect_text.h"
#include "models.h"
#include "standard_output.h"
#include "tessera/error.h"
#include "tessera/model.h"

namespace {

constexpr const char* kName = "inspect";

struct Arguments {
  std::string model;
  bool json = false, list_models = false;
};

int inspect(const Arguments& arguments) {
  using namespace tessera;
  if (arguments.list_models) return cli::print_and_close(cli::text_from_models());
  if (arguments.model.empty())
    throw Error(ErrorCode::InvalidArgument, "no model is named (see inspect --help)");
  const ModelFacts facts = inspect_model(find_model(arguments.model));
  return cli::print_and_close(arguments.json ? json_from_facts(facts) + "\n"
                                             : cli::text_from_facts(facts));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Shows what a trained model is, and what it does to a picture.", kName};
  Arguments arguments;
  app.add_option("model", arguments.model, "trained model, by name or by path")->type_name("MODEL");
  app.add_flag("--json", arguments.json, "print JSON instead of tables");
  app.add_flag("--list-models", arguments.list_models, "print name and file of each model found");
  return tessera::cli::run(app, argc, argv, [&] { return inspect(arguments); });
}
