// SPDX-License-Identifier: MIT
// Networks layer by layer beside what the machine could do, and programs part by part.
//   roofline [--side 512] [--workers 1] [--inside 2] [--repetitions 5] [--bf16] [--files 0]
//            [--json] CHECKPOINT ...
// The machine's limits are measured in the same run, on as many threads as work: `workers` tiles
// at a time, `inside` threads in each. Columns: ns a picture pixel in the network, and of its
// convolutions alone; their GFLOP/s counted as direct arithmetic; what bounds the layer, and the
// fraction of that bound that the network reaches. --files N: the split of a batch of N pictures
// too.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "bench/layer_times.h"
#include "bench/program_split.h"

namespace {

using namespace tessera;
using bench::LayerTime;
using nlohmann::json;

struct Arguments {
  bench::Setting setting{.inside = 2};
  int files = 0;
  bool bf16 = false, as_json = false;
  std::vector<std::string> checkpoints;
  int threads() const { return setting.workers * setting.inside; }
};

void print_machine(const bench::Machine& machine) {
  std::printf(
      "%d threads: %.0f GFLOP/s fp32, %.0f GFLOP/s bf16; copies %.0f GB/s in L2, %.0f in L3, "
      "%.0f in memory\n",
      machine.threads, 1e-9 * machine.fp32, 1e-9 * machine.bf16, 1e-9 * machine.l2,
      1e-9 * machine.l3, 1e-9 * machine.memory);
}

void print_network(const bench::NetworkTime& time, const bench::Machine& machine) {
  std::printf("\n%s\n%-22s %-24s %8s %8s %8s %7s %-10s %6s  %s\n", time.title.c_str(), "layer",
              "what", "ns", "alone", "GFLOP/s", "bytes", "bound", "reach", "implementation");
  for (const LayerTime& layer : time.layers) {
    const double speed = layer.alone > 0 ? layer.flops / layer.alone : 0.0;
    std::printf("%-22s %-24s %8.2f %8.2f %8.0f %7.1f %-10s %5.0f%%  %s\n", layer.name.c_str(),
                layer.what.c_str(), layer.in_network, layer.alone, speed, layer.bytes,
                layer.bound.c_str(), 100.0 * layer.bound_time / layer.in_network,
                layer.implementation.c_str());
  }
  std::printf(
      "network %.1f ns, convolutions alone %.1f ns, ratio %.2f; convolutions reach %.0f %% of "
      "the fp32 peak\n",
      time.network, time.convolutions(), time.network / time.convolutions(),
      100.0 * time.flops() / time.convolutions() / (1e-9 * machine.fp32));
  std::fflush(stdout);
}

void print_split(const bench::ProgramSplit& split, int files) {
  std::printf(
      "batch of %d: %.3f s: model %.3f, decode %.3f, network %.3f (%.0f %%), encode %.3f, "
      "waiting %.3f\n",
      files, split.wall, split.start, split.decode, split.network,
      100.0 * split.network / split.wall, split.encode, split.waiting);
}

json json_of(const bench::NetworkTime& time) {
  json layers = json::array();
  for (const LayerTime& layer : time.layers)
    layers.push_back({{"name", layer.name},
                      {"what", layer.what},
                      {"ns", layer.in_network},
                      {"alone_ns", layer.alone},
                      {"conv_flops", layer.flops},
                      {"other_flops", layer.other_flops},
                      {"bytes", layer.bytes},
                      {"bound", layer.bound},
                      {"bound_ns", layer.bound_time},
                      {"implementation", layer.implementation}});
  return {{"title", time.title},
          {"network_ns", time.network},
          {"convolutions_ns", time.convolutions()},
          {"conv_flops", time.flops()},
          {"layers", layers}};
}

json json_of(const bench::ProgramSplit& split) {
  return {{"wall_s", split.wall},       {"model_s", split.start},   {"decode_s", split.decode},
          {"network_s", split.network}, {"encode_s", split.encode}, {"waiting_s", split.waiting}};
}

json json_of(const bench::Machine& machine) {
  return {{"threads", machine.threads}, {"fp32_flops", machine.fp32},
          {"bf16_flops", machine.bf16}, {"l2_bytes", machine.l2},
          {"l3_bytes", machine.l3},     {"memory_bytes", machine.memory}};
}

void measure_all(const Arguments& arguments) {
  const bench::Machine machine = bench::measure_machine(arguments.threads());
  json report{{"machine", json_of(machine)}, {"networks", json::array()}};
  if (!arguments.as_json) print_machine(machine);
  for (const std::string& checkpoint : arguments.checkpoints) {
    const auto time = bench::measure_network(checkpoint, arguments.setting, machine);
    report["networks"].push_back(json_of(time));
    if (!arguments.as_json) print_network(time, machine);
    if (arguments.files == 0) continue;
    const auto split = bench::split_program(checkpoint, arguments.files, arguments.setting.side,
                                            arguments.threads(), arguments.setting.precision);
    report["networks"].back()["batch"] = json_of(split);
    if (!arguments.as_json) print_split(split, arguments.files);
  }
  if (arguments.as_json) std::printf("%s\n", report.dump(2).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"Networks and programs beside what the machine could do.", "roofline"};
  app.add_option("--side", arguments.setting.side)->check(CLI::Range(64, 4096));
  app.add_option("--workers", arguments.setting.workers)->check(CLI::Range(1, 256));
  app.add_option("--inside", arguments.setting.inside)->check(CLI::Range(1, 256));
  app.add_option("--repetitions", arguments.setting.repetitions)->check(CLI::Range(1, 1000));
  app.add_option("--files", arguments.files)->check(CLI::Range(0, 10000));
  app.add_flag("--bf16", arguments.bf16);
  app.add_flag("--json", arguments.as_json);
  app.add_option("checkpoints", arguments.checkpoints)->required();
  CLI11_PARSE(app, argc, argv);
  if (arguments.bf16) arguments.setting.precision = Precision::Bf16;
  measure_all(arguments);
  return 0;
}
