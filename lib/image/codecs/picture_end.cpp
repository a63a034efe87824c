// SPDX-License-Identifier: MIT
#include "image/codecs/picture_end.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "image/message.h"

namespace tessera::image {

namespace {

/// Bytes by offset, read in blocks: cheap where offsets grow.
class ForwardBytes {
 public:
  explicit ForwardBytes(const ByteSource& source) : source_(source), block_(kBlock) {}

  /// -1 outside the file.
  int at(std::uint64_t offset) {
    if (offset < begin_ || offset - begin_ >= count_) load(offset);
    return count_ == 0 ? -1 : std::to_integer<int>(block_[offset - begin_]);
  }
  /// Offset of the first such byte at or after `offset`, or the size of the file.
  std::uint64_t find(std::byte wanted, std::uint64_t offset) {
    while (at(offset) >= 0) {
      const auto first = block_.begin() + static_cast<std::ptrdiff_t>(offset - begin_);
      const auto end = block_.begin() + static_cast<std::ptrdiff_t>(count_);
      const auto found = std::find(first, end, wanted);
      if (found != end) return offset + static_cast<std::uint64_t>(found - first);
      offset = begin_ + count_;
    }
    return source_.size();
  }
  bool has(std::uint64_t offset, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i)
      if (at(offset + i) != static_cast<unsigned char>(text[i])) return false;
    return true;
  }

 private:
  static constexpr std::size_t kBlock = 65'536;

  void load(std::uint64_t offset) {
    begin_ = offset;
    count_ = source_.read_at(offset, block_);
  }

  const ByteSource& source_;
  std::vector<std::byte> block_;
  std::uint64_t begin_ = 0;
  std::size_t count_ = 0;
};

/// Behind EOI, the first one after a scan. Nothing for a picture that is followed by others.
std::optional<std::uint64_t> end_of_jpeg(const ByteSource& source, ForwardBytes& bytes) {
  bool scanned = false;
  std::uint64_t offset = 2;
  while (offset + 1 < source.size()) {
    offset = bytes.find(std::byte{0xFF}, offset);
    const int marker = bytes.at(offset + 1);
    if (marker == 0xFF) {
      ++offset;
      continue;
    }
    if (marker == 0xD9 && scanned) return offset + 2;
    // Stuffed bytes of a scan, and markers without a length.
    const bool alone = marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD9);
    const int high = bytes.at(offset + 2), low = bytes.at(offset + 3);
    if (!alone && low < 0) return std::nullopt;
    if (marker == 0xE2 && bytes.has(offset + 4, {"MPF\0", 4})) return std::nullopt;
    if (marker == 0xDA) scanned = true;
    offset += alone ? 2 : 2 + static_cast<std::uint64_t>(std::max(high << 8 | low, 2));
  }
  return std::nullopt;
}

/// "RIFF" size(4) of what follows, padded to even.
std::optional<std::uint64_t> end_of_webp(ForwardBytes& bytes) {
  std::uint64_t size = 0;
  for (std::uint64_t i = 4; i-- > 0;)
    size = size << 8 | static_cast<std::uint64_t>(bytes.at(4 + i) & 0xFF);
  return 8 + size + size % 2;
}

/// Bytes of a colour table by the flags of its descriptor.
std::uint64_t colour_table_bytes(int flags) {
  return (flags & 0x80) != 0 ? std::uint64_t{3} << ((flags & 7) + 1) : 0;
}

/// Header(13), colour table, then blocks of chained parts: 21 extension, 2C image, 3B the end.
std::optional<std::uint64_t> end_of_gif(ForwardBytes& bytes) {
  std::uint64_t offset = 13 + colour_table_bytes(bytes.at(10));
  for (;;) {
    const int block = bytes.at(offset);
    if (block == 0x3B) return offset + 1;
    if (block == 0x2C)
      offset += 11 + colour_table_bytes(bytes.at(offset + 9));
    else if (block == 0x21)
      offset += 2;
    else
      return std::nullopt;
    int part = bytes.at(offset);
    for (; part > 0; part = bytes.at(offset)) offset += 1 + static_cast<std::uint64_t>(part);
    if (part < 0) return std::nullopt;
    ++offset;
  }
}

}  // namespace

std::uint64_t bytes_after_picture(const ByteSource& source) {
  ForwardBytes bytes(source);
  std::optional<std::uint64_t> end;
  if (source.kind() == FileKind::Jpeg) end = end_of_jpeg(source, bytes);
  if (source.kind() == FileKind::Webp) end = end_of_webp(bytes);
  if (source.kind() == FileKind::Gif) end = end_of_gif(bytes);
  if (!end || *end >= source.size()) return 0;
  for (std::uint64_t at = *end; at < source.size(); ++at)
    if (bytes.at(at) != 0 && bytes.at(at) != 0xFF) return source.size() - *end;
  return 0;
}

std::string trailing_warning(std::uint64_t bytes) {
  return std::to_string(bytes) + " bytes after the picture are ignored";
}

void tell_unread(const ByteSource& source,
                 const std::vector<std::string>& unread,
                 const ReadOptions& options,
                 std::vector<std::string>& warnings) {
  if (unread.empty()) return;
  if (options.refuse_partial)
    fail(ErrorCode::BadImage, source.name(),
         unread.front() + ": replaced in place, the rest would be lost (-o writes another file)");
  warnings.insert(warnings.end(), unread.begin(), unread.end());
}

}  // namespace tessera::image
