// SPDX-License-Identifier: MIT
#include "image/codecs/vips_encode.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/threads/thread_pool.h"
#include "image/codecs/vips_runtime.h"
#include "image/image_files.h"

namespace tessera {

TEST_SUITE("image/vips_encode") {
  TEST_CASE("a failure tells its own reason, not what was said to another thread before") {
    image::start_vips();
    const Image too_wide(16'384, 1, 3, SampleType::U8);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    std::string alone, after_another;
    for (std::string* said : {&alone, &after_another}) {
      image::ByteSink sink(nowhere, "x");
      const auto failure = test::failure_of(
          [&] { image::encode_by_vips(too_wide, {}, FileFormat::Webp, {}, sink); });
      REQUIRE(failure);
      *said = failure->text;
      vips_error("jpegload", "another file is damaged");
    }
    ::close(nowhere);
    vips_error_clear();
    CHECK(after_another == alone);
  }
  TEST_CASE("threads write side by side, and every failure keeps its own reason") {
    image::start_vips();
    // Wider than either format holds, which write_image would not have passed on.
    const Image for_webp(16'384, 1, 3, SampleType::U8), for_jpeg(65'501, 1, 3, SampleType::U8);
    const Image good = test::smooth_image(9, 7, 3);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    std::vector<std::string> said(240);
    base::ThreadPool pool(4);
    pool.for_each(static_cast<int>(said.size()), [&](int index, int) {
      const Image& picture = index % 3 == 0 ? good : index % 3 == 1 ? for_webp : for_jpeg;
      const FileFormat format = index % 3 == 1 ? FileFormat::Webp : FileFormat::Jpeg;
      image::ByteSink sink(nowhere, "x");
      const auto failure =
          test::failure_of([&] { image::encode_by_vips(picture, {}, format, {}, sink); });
      said[static_cast<std::size_t>(index)] = failure ? failure->text : "";
    });
    ::close(nowhere);
    for (std::size_t i = 0; i < said.size(); i += 3) {
      CHECK(said[i].empty());
      CHECK(said[i + 1] == said[1]);
      CHECK(said[i + 2] == said[2]);
    }
    CHECK(said[1] != said[2]);
    CHECK(said[1].find("x: cannot be encoded: ") == 0);
    CHECK(said[2].find("65500") != std::string::npos);
  }
}

}  // namespace tessera
