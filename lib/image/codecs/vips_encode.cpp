// SPDX-License-Identifier: MIT
#include "image/codecs/vips_encode.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <mutex>
#include <utility>

#include "image/codecs/tiff_completion.h"
#include "image/codecs/vips_runtime.h"
#include "image/message.h"
#include "image/metadata/metadata_write.h"

namespace tessera::image {

namespace {

using Bytes = std::vector<std::byte>;

/// The stream of an encoder on its way to a sink; its first bytes are held back and edited.
struct Stream {
  static constexpr std::size_t kHeadBytes = 64;

  ByteSink& sink;
  std::function<Bytes(const Bytes&)> edit_head;
  Bytes head;
  bool head_done = false;
  std::exception_ptr failure;  ///< must not pass through the frames of libvips

  /// write(), for libvips.
  bool take(std::span<const std::byte> bytes) noexcept {
    try {
      return write(bytes);
    } catch (...) {
      failure = std::current_exception();
      return false;
    }
  }
  bool write(std::span<const std::byte> bytes) {
    if (head_done) return sink.write(bytes);
    head.insert(head.end(), bytes.begin(), bytes.end());
    return head.size() < kHeadBytes || flush();
  }
  bool flush() {
    if (std::exchange(head_done, true)) return true;
    return sink.write(edit_head ? edit_head(head) : head);
  }
};

gint64 on_write(VipsTargetCustom*, const void* data, gint64 length, gpointer user) {
  const std::span bytes(static_cast<const std::byte*>(data), static_cast<std::size_t>(length));
  return static_cast<Stream*>(user)->take(bytes) ? length : -1;
}
gint64 on_read(VipsTargetCustom*, void* buffer, gint64 length, gpointer user) {
  return ::read(static_cast<Stream*>(user)->sink.descriptor(), buffer,
                static_cast<std::size_t>(length));
}
gint64 on_seek(VipsTargetCustom*, gint64 offset, int whence, gpointer user) {
  return ::lseek(static_cast<Stream*>(user)->sink.descriptor(), offset, whence);
}

VipsPtr<VipsTarget> target_of(Stream& stream) {
  VipsTargetCustom* target = vips_target_custom_new();
  g_signal_connect(target, "write", G_CALLBACK(on_write), &stream);
  if (stream.sink.seekable()) {
    g_signal_connect(target, "read", G_CALLBACK(on_read), &stream);
    g_signal_connect(target, "seek", G_CALLBACK(on_seek), &stream);
  }
  return VipsPtr<VipsTarget>(VIPS_TARGET(target));
}

VipsBandFormat format_of(SampleType type) {
  if (type == SampleType::F32) return VIPS_FORMAT_FLOAT;
  return type == SampleType::U16 ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR;
}

VipsInterpretation space_of(const Image& image) {
  const bool grey = image.channels() == 1;
  if (image.type() == SampleType::U16)
    return grey ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16;
  if (image.type() == SampleType::F32)
    return grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_scRGB;
  return grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
}

VipsPtr<VipsImage> plane_of(const std::byte* data, const Image& image, int bands) {
  const std::size_t size = image.pixels() * bands * bytes_per_sample(image.type());
  return VipsPtr<VipsImage>(vips_image_new_from_memory(data, size, image.width(), image.height(),
                                                       bands, format_of(image.type())));
}

/// The image as libvips sees it; borrows its samples.
VipsPtr<VipsImage> picture_of(const Image& image, const ImageMetadata& metadata) {
  VipsPtr<VipsImage> colour = plane_of(image.colour(), image, image.channels());
  if (colour && image.has_alpha()) {
    const VipsPtr<VipsImage> alpha = plane_of(image.alpha(), image, 1);
    VipsImage* joined = nullptr;
    if (!alpha || vips_bandjoin2(colour.get(), alpha.get(), &joined, nullptr) != 0) return nullptr;
    colour.reset(joined);
  }
  VipsImage* picture = nullptr;
  const bool stated = states_resolution(metadata);
  if (!colour || vips_copy(colour.get(), &picture, "interpretation", space_of(image), "xres",
                           stated ? metadata.pixels_per_mm_x : 1.0, "yres",
                           stated ? metadata.pixels_per_mm_y : 1.0, nullptr) != 0)
    return nullptr;
  return VipsPtr<VipsImage>(picture);
}

/// PNG: signature(8) IHDR(25) and, from libvips, pHYs(21). A resolution that nobody stated goes.
Bytes edit_png_head(const Bytes& head, const ImageMetadata& metadata) {
  constexpr std::size_t kHeader = 33, kResolution = 21;
  const auto at = [&](std::size_t i) { return head.begin() + static_cast<std::ptrdiff_t>(i); };
  Bytes edited(head.begin(), at(kHeader));
  const Bytes chunks = png_chunks(metadata);
  edited.insert(edited.end(), chunks.begin(), chunks.end());
  const bool has_resolution = head.size() >= kHeader + kResolution &&
                              std::memcmp(head.data() + kHeader + 4, "pHYs", 4) == 0;
  const bool drop = has_resolution && !states_resolution(metadata);
  edited.insert(edited.end(), at(drop ? kHeader + kResolution : kHeader), head.end());
  return edited;
}

/// JPEG: our segments follow SOI(2); libvips writes no JFIF header of its own when it strips.
Bytes edit_jpeg_head(Bytes head, const Bytes& segments) {
  head.insert(head.begin() + 2, segments.begin(), segments.end());
  return head;
}

bool save_png(VipsImage* picture, const WriteOptions& options, Stream& stream) {
  return vips_pngsave_target(picture, target_of(stream).get(), "compression", options.png_level,
                             "filter", VIPS_FOREIGN_PNG_FILTER_SUB, "strip", TRUE, nullptr) == 0;
}

bool save_jpeg(VipsImage* picture, const WriteOptions& options, Stream& stream) {
  return vips_jpegsave_target(picture, target_of(stream).get(), "Q", options.jpeg_quality,
                              "optimize_coding", TRUE, "strip", TRUE, nullptr) == 0;
}

void set_blob(VipsImage* picture, const char* field, const Bytes& bytes) {
  if (!bytes.empty()) vips_image_set_blob_copy(picture, field, bytes.data(), bytes.size());
}

VipsForeignTiffCompression compression_of(TiffCompression compression, const VipsImage* picture) {
  switch (compression) {
    case TiffCompression::Auto:
      return picture->BandFmt == VIPS_FORMAT_UCHAR ? VIPS_FOREIGN_TIFF_COMPRESSION_LZW
                                                   : VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE;
    case TiffCompression::None:
      return VIPS_FOREIGN_TIFF_COMPRESSION_NONE;
    case TiffCompression::Lzw:
      return VIPS_FOREIGN_TIFF_COMPRESSION_LZW;
    case TiffCompression::Deflate:
      break;
    case TiffCompression::Zstd:
      return VIPS_FOREIGN_TIFF_COMPRESSION_ZSTD;
  }
  return VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE;
}

/// Bytes of pixels. A classic TIFF ends at 4 GiB, and LZW makes noise up to half as long again.
constexpr std::uint64_t kLargestClassicTiff = 0xA0000000;

bool save_tiff(VipsImage* picture,
               const ImageMetadata& metadata,
               const WriteOptions& options,
               Stream& stream,
               std::vector<std::string>& warnings) {
  set_blob(picture, VIPS_META_ICC_NAME, metadata.icc);
  set_blob(picture, VIPS_META_XMP_NAME, metadata.xmp);
  const VipsForeignTiffPredictor predictor = picture->BandFmt == VIPS_FORMAT_FLOAT
                                                 ? VIPS_FOREIGN_TIFF_PREDICTOR_FLOAT
                                                 : VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL;
  const auto compression = compression_of(options.tiff_compression, picture);
  const gboolean big = VIPS_IMAGE_SIZEOF_IMAGE(picture) > kLargestClassicTiff;
  if (stream.sink.seekable())
    return vips_tiffsave_target(picture, target_of(stream).get(), "compression", compression,
                                "predictor", predictor, "bigtiff", big, nullptr) == 0 &&
           complete_tiff(metadata, stream.sink, warnings);
  void* data = nullptr;
  std::size_t size = 0;
  if (vips_tiffsave_buffer(picture, &data, &size, "compression", compression, "predictor",
                           predictor, "bigtiff", big, nullptr) != 0)
    return false;
  const EncodedPtr owner(data);
  const std::span encoded(static_cast<const std::byte*>(data), size);
  return stream.write(completed_tiff({encoded.begin(), encoded.end()}, metadata, warnings));
}

// What "Q" and "effort" mean for lossless files is time: these take a tenth of that of the defaults
// (24 megapixels 2 s, not 28) for 7 per cent more bytes.
constexpr int kWebpQuality = 20, kWebpEffort = 0;

bool save_webp(VipsImage* picture,
               const ImageMetadata& metadata,
               const WriteOptions& options,
               Stream& stream) {
  void* data = nullptr;
  std::size_t size = 0;
  if (vips_webpsave_buffer(picture, &data, &size, "lossless", TRUE, "Q", kWebpQuality, "effort",
                           kWebpEffort, "strip", TRUE, nullptr) != 0)
    return false;
  const EncodedPtr owner(data);
  const std::span file(static_cast<const std::byte*>(data), size);
  const bool keeps_resolution = states_resolution(metadata) && !options.strip_exif;
  return stream.write(
      webp_with_metadata(file, metadata, picture->Xsize, picture->Ysize, keeps_resolution));
}

/// One attempt. False: the sink failed, or libvips, which has said why in take_vips_error().
bool encode(const Image& image,
            const ImageMetadata& metadata,
            FileFormat format,
            const WriteOptions& options,
            ByteSink& sink,
            std::vector<std::string>& warnings) {
  const WarningCapture capture;
  const VipsPtr<VipsImage> picture = picture_of(image, metadata);
  Stream stream{sink, {}, {}, false, {}};
  bool written = false;
  if (picture && format == FileFormat::Png) {
    stream.edit_head = [&](const Bytes& head) { return edit_png_head(head, metadata); };
    written = save_png(picture.get(), options, stream);
  } else if (picture && format == FileFormat::Jpeg) {
    const Bytes segments = jpeg_segments(metadata, warnings);
    stream.edit_head = [segments](const Bytes& head) { return edit_jpeg_head(head, segments); };
    written = save_jpeg(picture.get(), options, stream);
  } else if (picture && format == FileFormat::Tiff) {
    stream.head_done = true;
    written = save_tiff(picture.get(), metadata, options, stream, warnings);
  } else if (picture && format == FileFormat::Webp) {
    written = save_webp(picture.get(), metadata, options, stream);
  }
  if (stream.failure) std::rethrow_exception(stream.failure);
  return written && stream.flush();
}

/// Why libvips refuses a picture: it is asked again, alone, and what it makes goes nowhere.
std::string refusal(const Image& image,
                    const ImageMetadata& metadata,
                    FileFormat format,
                    const WriteOptions& options) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> nowhere(std::fopen("/dev/null", "wb"),
                                                                std::fclose);
  ByteSink sink(nowhere ? ::fileno(nowhere.get()) : -1, "/dev/null");
  std::vector<std::string> ignored;
  const std::unique_lock alone(vips_error_lock());
  vips_error_clear();
  const bool written = encode(image, metadata, format, options, sink, ignored);
  const std::string reason = take_vips_error();
  return written || reason.empty() ? "the encoder gives no reason" : reason;
}

}  // namespace

std::vector<std::string> encode_by_vips(const Image& image,
                                        const ImageMetadata& metadata,
                                        FileFormat format,
                                        const WriteOptions& options,
                                        ByteSink& sink) {
  std::vector<std::string> warnings;
  {
    const std::shared_lock together(vips_error_lock());
    if (encode(image, metadata, format, options, sink, warnings)) return warnings;
  }
  sink.throw_if_failed();
  fail(ErrorCode::IoFailure, sink.name(),
       "cannot be encoded: " + refusal(image, metadata, format, options));
}

}  // namespace tessera::image
