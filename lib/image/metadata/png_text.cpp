// SPDX-License-Identifier: MIT
#include "image/metadata/png_text.h"

#include <gio/gio.h>

#include <cstdint>
#include <optional>

#include "image/codecs/vips_runtime.h"

namespace tessera::image {

namespace {

using namespace std::string_view_literals;
using Bytes = std::vector<std::byte>;

// More text than any camera writes; a larger stream is an attack on memory.
constexpr std::size_t kMostText = 16 << 20;

std::optional<Bytes> inflated(std::string_view data) {
  const VipsPtr<GZlibDecompressor> inflater(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
  Bytes text(65536);
  std::size_t used = 0;
  for (;;) {
    gsize taken = 0, made = 0;
    GError* error = nullptr;
    const GConverterResult result = g_converter_convert(
        G_CONVERTER(inflater.get()), data.data(), data.size(), text.data() + used,
        text.size() - used, G_CONVERTER_INPUT_AT_END, &taken, &made, &error);
    g_clear_error(&error);
    if (result == G_CONVERTER_ERROR) return std::nullopt;
    data.remove_prefix(taken);
    used += made;
    if (result == G_CONVERTER_FINISHED) break;
    if (used == text.size()) {
      if (used >= kMostText) return std::nullopt;
      text.resize(used * 2);
    } else if (taken == 0 && made == 0) {
      return std::nullopt;
    }
  }
  text.resize(used);
  return text;
}

Bytes bytes_of(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

/// Cuts off what stands before the next NUL, and the NUL.
std::string_view cut_field(std::string_view& data) {
  const std::size_t end = std::min(data.find('\0'), data.size());
  const std::string_view field = data.substr(0, end);
  data.remove_prefix(std::min(end + 1, data.size()));
  return field;
}

/// The text behind the keyword, decompressed as the chunk type says.
std::optional<Bytes> text_of(std::string_view type, std::string_view data) {
  if (type == "tEXt") return bytes_of(data);
  if (data.empty()) return std::nullopt;
  if (type == "zTXt") return data[0] == 0 ? inflated(data.substr(1)) : std::nullopt;
  if (data.size() < 2) return std::nullopt;
  const bool compressed = data[0] == 1;
  data.remove_prefix(2);
  cut_field(data);  // language
  cut_field(data);  // translated keyword
  return compressed ? inflated(data) : bytes_of(data);
}

int hex_value(std::byte b) {
  const char c = static_cast<char>(b);
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// "\nname\n    length\nhex digits with line breaks": the bytes, when there are as many as stated
/// (libavif writes garbage behind them).
Bytes raw_profile(const Bytes& text) {
  std::size_t at = 0, length = 0;
  const auto skip_line = [&] {
    while (at < text.size() && text[at] != std::byte{'\n'}) ++at;
    ++at;
  };
  skip_line();
  skip_line();
  for (; at < text.size() && text[at] != std::byte{'\n'} && length < kMostText; ++at)
    if (const int digit = hex_value(text[at]); digit >= 0 && digit <= 9)
      length = length * 10 + static_cast<std::size_t>(digit);
  Bytes bytes;
  int high = -1;
  for (; at < text.size() && bytes.size() < length; ++at) {
    const int digit = hex_value(text[at]);
    if (digit < 0) continue;
    if (high >= 0) bytes.push_back(static_cast<std::byte>(high << 4 | digit));
    high = high >= 0 ? -1 : digit;
  }
  return bytes.size() == length ? bytes : Bytes{};
}

void drop_prefix(Bytes& bytes, std::string_view prefix) {
  if (std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())
          .starts_with(prefix))
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(prefix.size()));
}

}  // namespace

PngTextMetadata metadata_from_png_text(std::string_view type, std::span<const std::byte> data) {
  PngTextMetadata found;
  std::string_view rest(reinterpret_cast<const char*>(data.data()), data.size());
  if (rest.size() > kMostText) return found;
  const std::string_view keyword = cut_field(rest);
  const bool packet = keyword == "XML:com.adobe.xmp";
  const bool exif = keyword == "Raw profile type exif" || keyword == "Raw profile type APP1";
  const bool xmp = keyword == "Raw profile type xmp";
  if (!packet && !exif && !xmp) return found;
  const std::optional<Bytes> text = text_of(type, rest);
  if (!text) return found;
  if (packet) found.xmp = *text;
  if (exif) found.exif = raw_profile(*text);
  if (xmp) found.xmp = raw_profile(*text);
  drop_prefix(found.exif, "Exif\0\0"sv);
  return found;
}

}  // namespace tessera::image
