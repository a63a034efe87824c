// SPDX-License-Identifier: MIT
#include <algorithm>
#include <mutex>
#include <optional>

#include "base/files/file_content.h"
#include "image/byte_source.h"
#include "image/codecs/bmp.h"
#include "image/codecs/decoder_warnings.h"
#include "image/codecs/jpeg_structure.h"
#include "image/codecs/picture_end.h"
#include "image/codecs/png_structure.h"
#include "image/codecs/pnm.h"
#include "image/codecs/tiff_samples.h"
#include "image/codecs/vips_decode.h"
#include "image/container_preview.h"
#include "image/limits.h"
#include "image/message.h"
#include "image/metadata/exif.h"
#include "image/metadata/metadata_read.h"
#include "image/raw/raw_tags.h"
#include "tessera/image_io.h"

namespace tessera {

namespace image {

namespace {

[[noreturn]] void fail_unknown(const ByteSource& source) {
  if (source.size() == 0) fail(ErrorCode::BadImage, source.name(), "is empty");
  fail(ErrorCode::BadImage, source.name(),
       "not a picture that can be read: found " + base::describe_content(source.head()) +
           " (expected PNG, JPEG, TIFF, WebP, GIF, BMP, PNM or PFM)");
}

/// A preview must not pass for the photo.
[[noreturn]] void fail_raw(const ByteSource& source) {
  fail(ErrorCode::BadImage, source.name(),
       "is a camera raw file (develop it first, with nothing else said about what is missing: "
       "interpolate FILE -o photo.tif)");
}

/// Metadata of both, upright; orientation of the pixels as they are stored.
int gather_metadata(const VipsImage* picture,
                    const Preview& seen,
                    int channels,
                    ImageMetadata& metadata,
                    std::vector<std::string>& warnings) {
  metadata = raw_metadata(picture);
  metadata.png_colour = seen.metadata.png_colour;
  if (!seen.metadata.exif.empty()) metadata.exif = seen.metadata.exif;
  if (!seen.metadata.xmp.empty()) metadata.xmp = seen.metadata.xmp;
  if (!seen.metadata.icc.empty()) metadata.icc = seen.metadata.icc;
  if (!seen.states_resolution) metadata.pixels_per_mm_x = metadata.pixels_per_mm_y = 0.0;
  const int found = orientation_of(picture);
  const int orientation = settle_metadata(
      metadata, channels, found > 1 || seen.states_orientation ? found : 0, warnings);
  // Cameras state it in EXIF alone.
  if (const auto stated = seen.states_resolution ? std::nullopt : exif_resolution(metadata.exif)) {
    metadata.pixels_per_mm_x = stated->x;
    metadata.pixels_per_mm_y = stated->y;
  }
  if (!seen.tiff_exif.empty()) metadata.exif = seen.tiff_exif;
  return orientation;
}

/// Takes what libvips warned about while it read: false when it concerns pixels.
bool accept_warnings(FileKind kind, const std::vector<std::string>& said, Image& image) {
  if (kind == FileKind::Tiff) return std::all_of(said.begin(), said.end(), is_harmless_to_tiff);
  if (kind != FileKind::Png) return true;
  if (!std::all_of(said.begin(), said.end(), is_about_png_description)) return false;
  std::string lines;
  for (const std::string& warning : said) lines += warning + "\n";
  if (!said.empty()) image.warnings.push_back("damaged metadata: " + one_line(lines));
  return true;
}

/// What of a file is not read: what was seen of its container, what follows it, and pages.
std::vector<std::string> unread_of(const Preview& seen,
                                   std::uint64_t bytes_after,
                                   const VipsImage* picture) {
  std::vector<std::string> unread = seen.unread;
  if (bytes_after > 0) unread.push_back(trailing_warning(bytes_after));
  const int pages = page_count(picture);
  if (pages > 1) unread.push_back("only the first of " + std::to_string(pages) + " pages is read");
  return unread;
}

/// One attempt. Nothing: libvips refused; what it said is in take_vips_error() and `capture`.
std::optional<Image> decode(const ByteSource& source,
                            const Preview& seen,
                            std::uint64_t bytes_after,
                            const ReadOptions& options,
                            const WarningCapture& capture) {
  const VipsPtr<VipsImage> picture = open_picture(source);
  if (!picture) return std::nullopt;
  const ImageSize layout = layout_of(picture.get(), source.name());
  check_pixels(source.name(), layout.width, layout.height, options);
  check_density(source, layout.width, layout.height);
  ImageMetadata metadata;
  std::vector<std::string> warnings = seen.warnings;
  const int orientation = gather_metadata(picture.get(), seen, layout.channels, metadata, warnings);
  tell_unread(source, unread_of(seen, bytes_after, picture.get()), options, warnings);
  const bool turned = orientation >= 5;
  std::optional<Image> image = decode_pixels(picture.get(), orientation, [&] {
    return Image(turned ? layout.height : layout.width, turned ? layout.width : layout.height,
                 layout.channels, layout.type, has_alpha(picture.get()));
  });
  if (!image) return std::nullopt;
  if (source.kind() == FileKind::Tiff) settle_tiff_alpha(source, *image, warnings);
  image->metadata = std::move(metadata);
  image->warnings = std::move(warnings);
  if (!accept_warnings(source.kind(), capture.warnings(), *image)) return std::nullopt;
  return image;
}

/// What libvips finds beside pixels that it does not read; nothing where it finds no header.
ImageMetadata metadata_of(const ByteSource& source) {
  const VipsPtr<VipsImage> picture = open_picture(source);
  return picture ? raw_metadata(picture.get()) : ImageMetadata{};
}

/// The same pixels without the segments that only describe them, if there are such segments.
std::optional<ByteSource> without_metadata(const ByteSource& source) {
  std::vector<std::byte> bytes;
  if (source.kind() == FileKind::Png) bytes = png_without_metadata(source);
  if (source.kind() == FileKind::Jpeg) bytes = jpeg_without_metadata(source);
  if (bytes.empty() || bytes.size() == source.size()) return std::nullopt;
  return ByteSource::from_memory(std::move(bytes), source.name());
}

/// What libvips said when it refused, in one line.
std::string refusal(const WarningCapture& capture) {
  std::string text = take_vips_error();
  for (const std::string& warning : capture.warnings()) {
    const bool echo = warning.starts_with("error in tile") || warning.starts_with("read gave") ||
                      (!text.empty() && warning.find(text) != warning.npos);
    if (!echo && text.find(warning) == text.npos) text += (text.empty() ? "" : "; ") + warning;
  }
  return text.empty() ? "the decoder gives no reason" : one_line(text);
}

/// After a first failure: its reason, and whether metadata alone were to blame.
Image decode_again(const ByteSource& source,
                   const Preview& seen,
                   std::uint64_t bytes_after,
                   const ReadOptions& options) {
  const std::unique_lock alone(vips_error_lock());
  vips_error_clear();
  std::string reason;
  {
    const WarningCapture capture;
    if (std::optional<Image> image = decode(source, seen, bytes_after, options, capture))
      return std::move(*image);
    reason = refusal(capture);
  }
  if (const std::optional<ByteSource> bare = without_metadata(source)) {
    const WarningCapture capture;
    Preview kept;
    kept.states_resolution = false;
    kept.warnings = seen.warnings;
    kept.unread = seen.unread;
    if (source.kind() == FileKind::Jpeg) kept.metadata = metadata_of(source);
    const ImageMetadata& found = kept.metadata;
    const bool keeps = !(found.exif.empty() && found.icc.empty() && found.xmp.empty());
    if (std::optional<Image> image = decode(*bare, kept, bytes_after, options, capture)) {
      image->warnings.push_back(
          (keeps ? "damage before the picture ignored: " : "damaged metadata dropped: ") + reason);
      return std::move(*image);
    }
    reason = refusal(capture);
  }
  if (source.kind() == FileKind::Tiff) refuse_unsupported_tiff_samples(source);
  const bool unknown = reason.find("not supported") != reason.npos ||
                       reason.find("unhandled critical chunk") != reason.npos;
  fail(ErrorCode::BadImage, source.name(),
       unknown ? std::string(name_of(source.kind())) + " of a kind that is not supported (" +
                     reason + "): convert it first"
               : std::string("damaged or truncated ") + name_of(source.kind()) + ": " + reason);
}

Image read_by_vips(const ByteSource& source, const ReadOptions& options) {
  const Preview seen = preview(source, options);
  const std::uint64_t bytes_after = bytes_after_picture(source);
  start_vips();
  {
    const std::shared_lock together(vips_error_lock());
    const WarningCapture capture;
    if (std::optional<Image> image = decode(source, seen, bytes_after, options, capture))
      return std::move(*image);
  }
  return decode_again(source, seen, bytes_after, options);
}

/// Whether more than half of the samples are above white, as on scales to 255 or 65535.
bool is_mostly_above_white(const Image& image) {
  std::size_t above = 0;
  const std::size_t samples = static_cast<std::size_t>(image.width()) * image.channels();
  for (int y = 0; y < image.height(); ++y) {
    const float* row = image.colour_row<float>(y);
    above += static_cast<std::size_t>(
        std::count_if(row, row + samples, [](float sample) { return sample > 1.0F; }));
  }
  return 2 * above > samples * static_cast<std::size_t>(image.height());
}

Image read_any_scale(const ByteSource& source, const ReadOptions& options) {
  if (is_camera_raw(source)) fail_raw(source);
  switch (source.kind()) {
    case FileKind::Unknown:
      fail_unknown(source);
    case FileKind::Pnm:
    case FileKind::Pfm:
      return read_pnm(source, options);
    case FileKind::Bmp:
      return read_bmp(source, options);
    default:
      return read_by_vips(source, options);
  }
}

Image read_any(const ByteSource& source, const ReadOptions& options) {
  Image image = read_any_scale(source, options);
  if (image.type() == SampleType::F32 && is_mostly_above_white(image))
    image.warnings.push_back(
        "most samples are above 1, which is white for floats (were they to be divided by 255 or "
        "65535 first?)");
  return image;
}

ImageSize size_by_vips(const ByteSource& source, const ReadOptions& options) {
  const Preview seen = preview(source, options);
  start_vips();
  const std::shared_lock together(vips_error_lock());
  const WarningCapture capture;
  VipsPtr<VipsImage> picture = open_picture(source);
  const std::optional<ByteSource> bare = picture ? std::nullopt : without_metadata(source);
  if (bare) picture = open_picture(*bare);
  if (!picture && source.kind() == FileKind::Tiff) refuse_unsupported_tiff_samples(source);
  if (!picture)
    fail(ErrorCode::BadImage, source.name(),
         std::string("damaged ") + name_of(source.kind()) + " header");
  ImageSize size = layout_of(picture.get(), source.name());
  ImageMetadata metadata;
  std::vector<std::string> ignored;
  // What follows is looked for in the whole file: only where it matters.
  const std::uint64_t bytes_after = options.refuse_partial ? bytes_after_picture(source) : 0;
  tell_unread(source, unread_of(seen, bytes_after, picture.get()), options, ignored);
  if (gather_metadata(picture.get(), seen, size.channels, metadata, ignored) >= 5)
    std::swap(size.width, size.height);
  return size;
}

ImageSize size_in_header(const ByteSource& source, const ReadOptions& options) {
  if (is_camera_raw(source)) fail_raw(source);
  if (source.kind() == FileKind::Unknown) fail_unknown(source);
  if (source.kind() == FileKind::Bmp) {
    const BmpHeader header = read_bmp_header(source);
    return {header.width, header.height, header.grey ? 1 : 3, SampleType::U8};
  }
  if (source.kind() == FileKind::Pnm || source.kind() == FileKind::Pfm) {
    const PnmHeader header = read_pnm_header(source);
    std::vector<std::string> ignored;
    tell_unread(source, pnm_unread(source, header), options, ignored);
    return {header.width, header.height, header.channels(), header.type()};
  }
  return size_by_vips(source, options);
}

ImageSize size_of(const ByteSource& source, const ReadOptions& options) {
  const ImageSize size = size_in_header(source, options);
  check_pixels(source.name(), size.width, size.height, options);
  return size;
}

}  // namespace

}  // namespace image

Image read_image(const std::filesystem::path& file, const ReadOptions& options) {
  return image::read_any(image::ByteSource::open_file(file), options);
}

Image read_image_from_descriptor(int descriptor,
                                 const std::string& name,
                                 const ReadOptions& options) {
  return image::read_any(image::ByteSource::from_descriptor(descriptor, name), options);
}

ImageSize read_image_size(const std::filesystem::path& file, const ReadOptions& options) {
  return image::size_of(image::ByteSource::open_file(file), options);
}

}  // namespace tessera
