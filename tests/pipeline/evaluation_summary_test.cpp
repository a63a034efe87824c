// SPDX-License-Identifier: MIT
#include "pipeline/evaluate/evaluation_summary.h"

#include <doctest/doctest.h>

#include <string>

namespace tessera {

TEST_SUITE("pipeline/evaluation_summary") {
  TEST_CASE("times of pictures add up, of their peaks of memory the highest counts") {
    Evaluation evaluation;
    MethodScores& method = evaluation.methods.emplace_back();
    for (const int cost : {5, 7, 2}) {
      MeasuredPicture& picture = method.pictures.emplace_back();
      picture.scores = PictureScores{};
      picture.cost = {.seconds = 1.0 * cost, .processor_seconds = 2.0 * cost, .peak_memory = cost};
    }
    pipeline::summarise(evaluation);
    CHECK(evaluation.methods[0].cost.seconds == 14.0);
    CHECK(evaluation.methods[0].cost.processor_seconds == 28.0);
    CHECK(evaluation.methods[0].cost.peak_memory == 7);
  }
}

TEST_SUITE("pipeline/evaluation_json") {
  TEST_CASE("the worst pixel is told of the original and of the result apart") {
    Evaluation evaluation;
    MeasuredPicture& picture = evaluation.methods.emplace_back().pictures.emplace_back();
    picture.scores = PictureScores{.worst = {1, 2, 0, 0.25, 0.75}};
    const std::string json = json_from_evaluation(evaluation);
    for (const char* part : {"\"x\": 1", "\"y\": 2", "\"reference\": 0.25", "\"restored\": 0.75"})
      CHECK(json.find(part) != std::string::npos);
  }
}

}  // namespace tessera
