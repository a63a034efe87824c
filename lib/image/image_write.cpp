// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "base/files/atomic_file.h"
#include "base/files/open_or_special.h"
#include "image/byte_sink.h"
#include "image/codecs/pnm.h"
#include "image/codecs/vips_encode.h"
#include "image/codecs/vips_runtime.h"
#include "image/format_limits.h"
#include "image/message.h"
#include "image/metadata/exif.h"
#include "image/metadata/icc.h"
#include "image/metadata/metadata_write.h"
#include "image/metadata/png_colour.h"
#include "image/sample_types.h"
#include "tessera/error.h"
#include "tessera/image_io.h"

namespace tessera {

namespace image {

namespace {

/// The part of the metadata that the format has a place for; the rest costs one warning.
ImageMetadata fitting_metadata(const Image& image,
                               const FormatLimits& limits,
                               FileFormat format,
                               const WriteOptions& options,
                               std::vector<std::string>& warnings) {
  ImageMetadata kept = image.metadata;
  if (options.strip_icc) kept.icc.clear(), kept.png_colour.clear();
  if (options.strip_exif) kept.exif.clear();
  if (options.strip_xmp) kept.xmp.clear();
  const std::string colours = format == FileFormat::Png ? "" : colours_beyond_srgb(kept);
  if (format != FileFormat::Png) kept.png_colour.clear();
  std::string lost;
  const auto drop = [&](std::vector<std::byte>& part, bool fits, const char* what) {
    if (fits || part.empty()) return;
    part.clear();
    lost += (lost.empty() ? "" : ", ") + std::string(what);
  };
  drop(kept.icc, limits.icc, "the ICC profile");
  drop(kept.exif, limits.exif, "EXIF");
  drop(kept.xmp, limits.xmp, "XMP");
  if (!colours.empty())
    lost += (lost.empty() ? "" : ", ") + ("the PNG colour description (" + colours + ")");
  if (!limits.resolution && states_resolution(kept))
    lost += (lost.empty() ? "" : ", ") + std::string("the resolution");
  if (!lost.empty())
    warnings.push_back(std::string(limits.name) + " has no place for " + lost + ": not written");
  const int channels = limits.grey ? image.channels() : 3;
  if (const std::string damage = kept.icc.empty() ? "" : icc_damage(kept.icc, channels);
      !damage.empty()) {
    kept.icc.clear();
    warnings.push_back("ICC profile not written: " + damage);
  }
  set_exif_size(kept.exif, image.width(), image.height());
  set_xmp_size(kept.xmp, image.width(), image.height());
  return kept;
}

template <typename T>
void stretch(T* samples, std::size_t count, double white, double full) {
  // The product is exact, so that halves are true halves.
  for (std::size_t i = 0; i < count; ++i)
    samples[i] = static_cast<T>(std::min(samples[i] * full / white, full) + 0.5);
}

void stretch(float* samples, std::size_t count, double white, double full) {
  for (std::size_t i = 0; i < count; ++i)
    samples[i] = static_cast<float>(samples[i] * full / white);
}

/// White at full scale: only PNM can state another maximum. Exact: levels stay distinct.
std::optional<Image> at_full_scale(const Image& image, FileFormat format) {
  const float full = white_of(image.type());
  if (format == FileFormat::Pnm || image.max_value() == full) return std::nullopt;
  Image scaled = image.clone();
  const double white = image.max_value();
  const std::size_t plane = image.pixels();
  const std::size_t count = plane * image.channels();
  with_sample_type(image.type(), [&]<typename T>(T) {
    stretch(scaled.colour_row<T>(0), count, white, full);
    if (image.has_alpha()) stretch(scaled.alpha_row<T>(0), plane, white, full);
  });
  scaled.set_max_value(full);
  return scaled;
}

/// PNM states white as a whole number, of one byte or two as its samples have.
void check_white_of_pnm(const std::string& name, const Image& image) {
  const float white = image.max_value();
  if (white == white_of(image.type())) return;
  const bool wide = image.type() == SampleType::U16;
  const bool stated = white == std::floor(white) && white >= (wide ? 256.0F : 1.0F) &&
                      white <= white_of(image.type());
  if (!stated)
    fail(ErrorCode::InvalidArgument, name,
         "PNM of " + std::string(wide ? "16" : "8") + " bits cannot state the white " +
             std::to_string(white) + " (set a whole number from " +
             (wide ? "256 to 65535)" : "1 to 255)"));
  const std::size_t samples = image.samples();
  const bool fits = with_sample_type(image.type(), [&]<typename T>(T) {
    const T* first = image.colour_row<T>(0);
    return static_cast<float>(*std::max_element(first, first + samples)) <= white;
  });
  if (!fits) fail(ErrorCode::InvalidArgument, name, "PNM holds no samples above its white");
}

/// Whether a colour other than black stands under alpha 0.
bool hides_colour(const Image& image) {
  if (!image.has_alpha() || image.type() != SampleType::U8) return false;
  const std::uint8_t* colour = image.colour_row<std::uint8_t>(0);
  const std::uint8_t* alpha = image.alpha_row<std::uint8_t>(0);
  const std::size_t count = image.pixels();
  const auto channels = static_cast<std::size_t>(image.channels());
  for (std::size_t i = 0; i < count; ++i)
    if (alpha[i] == 0 && std::any_of(colour + i * channels, colour + (i + 1) * channels,
                                     [](std::uint8_t sample) { return sample != 0; }))
      return true;
  return false;
}

Image without_alpha(const Image& image) {
  Image bare(image.width(), image.height(), image.channels(), image.type());
  bare.set_max_value(image.max_value());
  const std::size_t count = image.samples();
  std::copy_n(image.colour(), count * static_cast<std::size_t>(bytes_per_sample(image.type())),
              bare.colour());
  return bare;
}

void check_options(FileFormat format, const WriteOptions& options) {
  if (format == FileFormat::Jpeg && (options.jpeg_quality < 1 || options.jpeg_quality > 100))
    throw Error(ErrorCode::InvalidArgument, "jpeg_quality must be from 1 to 100, found " +
                                                std::to_string(options.jpeg_quality));
  if (format == FileFormat::Png && (options.png_level < 0 || options.png_level > 9))
    throw Error(ErrorCode::InvalidArgument,
                "png_level must be from 0 to 9, found " + std::to_string(options.png_level));
}

void encode(const Image& image,
            const ImageMetadata& metadata,
            FileFormat format,
            const WriteOptions& options,
            ByteSink& sink,
            std::vector<std::string>& warnings) {
  if (format == FileFormat::Pnm) return write_pnm(image, sink);
  if (format == FileFormat::Pfm) return write_pfm(image, sink);
  start_vips();
  if (const FormatLimits limits = limits_of(format); !limits.grey && image.channels() == 1)
    warnings.push_back(limits.name + std::string(" has no grey: written as colour"));
  // libwebp could keep them; libvips 8.14 has no switch for that.
  if (format == FileFormat::Webp && hides_colour(image))
    warnings.push_back("WebP loses the colours under alpha 0: they become black (write png)");
  const std::vector<std::string> more = encode_by_vips(image, metadata, format, options, sink);
  warnings.insert(warnings.end(), more.begin(), more.end());
}

/// A picture made fit for its format, then encoded into whatever `open` gives.
template <typename Body>
std::vector<std::string> prepare(const std::string& name,
                                 const Image& image,
                                 FileFormat format,
                                 const WriteOptions& options,
                                 Body&& body) {
  const FormatLimits limits = limits_of(format);
  if (image.empty()) throw Error(ErrorCode::InvalidArgument, name + ": the picture is empty");
  check_options(format, options);
  check_fits(name, size_of(image), format);
  check_alpha_fits(name, image, format);
  std::vector<std::string> warnings;
  const ImageMetadata metadata = fitting_metadata(image, limits, format, options, warnings);
  if (format == FileFormat::Pnm) check_white_of_pnm(name, image);
  std::optional<Image> changed = at_full_scale(image, format);
  if (changed)
    warnings.push_back(
        fmt::format("samples are scaled from 0..{} to 0..{}", image.max_value(),
                    changed->max_value()) +
        (image.type() == SampleType::F32 ? "" : " (PNM states its own white, and keeps them)"));
  if (image.has_alpha() && !limits.alpha) changed = without_alpha(changed ? *changed : image);
  body([&](ByteSink& sink) {
    encode(changed ? *changed : image, metadata, format, options, sink, warnings);
  });
  return warnings;
}

}  // namespace

}  // namespace image

bool is_open_or_special(const std::filesystem::path& file) {
  return base::is_open_or_special(file);
}

void check_writable(const std::filesystem::path& file) { base::check_writable(file); }

std::vector<std::string> write_image(const std::filesystem::path& file,
                                     const Image& image,
                                     FileFormat format,
                                     const WriteOptions& options) {
  return image::prepare(file.native(), image, format, options, [&](const auto& encode_into) {
    base::AtomicFile output(file);
    image::ByteSink sink(output.descriptor(), file.native(), !output.direct());
    encode_into(sink);
    output.commit();
  });
}

std::vector<std::string> write_image_to_descriptor(int descriptor,
                                                   const std::string& name,
                                                   const Image& image,
                                                   FileFormat format,
                                                   const WriteOptions& options) {
  return image::prepare(name, image, format, options, [&](const auto& encode_into) {
    image::ByteSink sink(descriptor, name);
    encode_into(sink);
  });
}

void write_text_file(const std::filesystem::path& file, const std::string& text) {
  base::AtomicFile output(file);
  output.write(text);
  output.commit();
}

void remove_temporary_files() noexcept { base::remove_files_in_progress(); }

}  // namespace tessera
