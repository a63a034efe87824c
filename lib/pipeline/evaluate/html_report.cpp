// SPDX-License-Identifier: MIT
#include "pipeline/evaluate/html_report.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <span>
#include <system_error>

#include "pipeline/evaluate/display_picture.h"
#include "pipeline/evaluate/report_parts.h"
#include "tessera/error.h"
#include "tessera/image_io.h"

namespace tessera::pipeline {
namespace {

/// Pixels on a side of a picture in the report.
constexpr int kLongestSide = 1024;
constexpr int kLossless = 100;

/// A file without a name, in memory.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("report", MFD_CLOEXEC)) {
    if (descriptor_ < 0) fail();
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  int descriptor() const { return descriptor_; }
  std::string content() const {
    const off_t size = lseek(descriptor_, 0, SEEK_END);
    std::string bytes(size < 0 ? 0 : static_cast<std::size_t>(size), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
      const auto count =
          pread(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
      if (count <= 0) fail();
      done += static_cast<std::size_t>(count);
    }
    return bytes;
  }

 private:
  [[noreturn]] static void fail() {
    throw Error(ErrorCode::IoFailure, "picture of the report: cannot hold it in memory (" +
                                          std::generic_category().message(errno) + ")");
  }
  int descriptor_;
};

/// RFC 4648, section 4.
std::string base64(const std::string& bytes) {
  constexpr const char* kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k > bytes.size() ? '=' : kLetters[group >> (18 - 6 * k) & 63U];
  }
  return text;
}

/// JSON that may stand inside a script element.
std::string inside_script(const std::string& json) {
  std::string text;
  for (const char letter : json)
    text += letter == '<' ? std::string("\\u003c") : std::string(1, letter);
  return text;
}

}  // namespace

HtmlReport::HtmlReport(const std::filesystem::path& file, int quality)
    : quality_(quality), file_(file), sink_(file_.descriptor(), file.native()) {
  write(report_head());
}

void HtmlReport::write(const std::string& text) {
  sink_.write_or_throw(std::as_bytes(std::span(text.data(), text.size())));
}

std::string picture_element(const std::string& id, const Image& picture, int quality) {
  const bool lossless = quality >= kLossless;
  WriteOptions options;
  options.strip_icc = options.strip_exif = options.strip_xmp = true;
  options.jpeg_quality = lossless ? options.jpeg_quality : quality;
  options.png_level = 6;
  const MemoryFile file;
  write_image_to_descriptor(file.descriptor(), "a picture of the report",
                            display_picture(picture, kLongestSide),
                            lossless ? FileFormat::Png : FileFormat::Jpeg, options);
  return "<script type=\"text/plain\" id=\"" + id + "\">" +
         (lossless ? "data:image/png;base64," : "data:image/jpeg;base64,") +
         base64(file.content()) + "</script>\n";
}

void HtmlReport::finish(const Evaluation& evaluation) {
  nlohmann::json data = nlohmann::json::parse(json_from_evaluation(evaluation));
  data["pictures"] = {
      {"quality", quality_}, {"longest_side", kLongestSide}, {"difference_gain", kDifferenceGain}};
  write("<script type=\"application/json\" id=\"data\">" + inside_script(data.dump()) +
        "</script>\n");
  write(report_tail());
  file_.commit();
}

}  // namespace tessera::pipeline
