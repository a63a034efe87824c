// SPDX-License-Identifier: MIT
// Any lines as the arguments of denoise and interpolate: a usage error, or options.
#include <string>
#include <vector>

#include "denoise/denoise_arguments.h"
#include "interpolate/interpolate_arguments.h"
#include "tessera/error.h"

namespace {

template <typename Arguments>
void parse(const std::vector<std::string>& words,
           void (*add)(CLI::App&, Arguments&),
           void (*finish)(Arguments&)) {
  CLI::App app("fuzz", "fuzz");
  Arguments arguments;
  add(app, arguments);
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    // Lists of files are not read: a name may be that of anything on this machine.
    arguments.common.files_from.clear();
    arguments.common.files0_from.clear();
    tessera::cli::finish_batch_arguments(arguments.common);
    finish(arguments);
  } catch (const CLI::ParseError&) {
  } catch (const tessera::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < size; ++i)
    if (data[i] == '\n')
      words.emplace_back();
    else
      words.back() += static_cast<char>(data[i]);
  parse<tessera::cli::DenoiseArguments>(words, tessera::cli::add_denoise_options,
                                        tessera::cli::finish_denoise_arguments);
  parse<tessera::cli::InterpolateArguments>(words, tessera::cli::add_interpolate_options,
                                            tessera::cli::finish_interpolate_arguments);
  return 0;
}
