// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tessera/export.h"

namespace tessera {

/// How one sample of an image is stored.
enum class SampleType { U8, U16, F32 };

/// Bytes of one sample: 1, 2 or 4.
TESSERA_EXPORT int bytes_per_sample(SampleType type);

/// What an image file says about its pixels; carried unread from input to output.
struct ImageMetadata {
  std::vector<std::byte> icc;  ///< colour profile, byte for byte; empty: none
  std::vector<std::byte>
      exif;  ///< EXIF block from its TIFF header on, thumbnail removed; empty: none
  std::vector<std::byte> xmp;  ///< XMP packet; empty: none
  std::vector<std::byte>
      png_colour;  ///< chunks gAMA, cHRM, sRGB, cICP, mDCV, cLLI of a PNG; they go to PNG only
  double pixels_per_mm_x = 0.0;  ///< resolution, pixels per millimetre; 0: not stated
  double pixels_per_mm_y = 0.0;  ///< likewise, vertically
};

/// Owned bytes, zero at birth; pages that nobody writes cost no memory.
class TESSERA_EXPORT SampleBuffer {
 public:
  SampleBuffer() = default;
  /// Errors  Refused, naming the size, when the system has not that much memory.
  explicit SampleBuffer(std::size_t size);
  SampleBuffer(const SampleBuffer& other);
  /// What is moved from is empty.
  SampleBuffer(SampleBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  SampleBuffer& operator=(SampleBuffer&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  std::byte* data() { return bytes_.get(); }
  const std::byte* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const noexcept;
  };
  std::unique_ptr<std::byte[], Free> bytes_;
  std::size_t size_ = 0;
};

/// A picture as files have it: interleaved colour samples, and an alpha plane of the same type.
/// Pixels are upright: an EXIF orientation has been applied and its tag set to 1.
///
/// Shapes   colour: height x width x channels, channels 1 (grey) or 3 (RGB order), rows contiguous;
///          alpha: height x width, or empty.
/// Units    black 0, white max_value; F32 is never clamped. In a file of floats white is 1: where
///          max_value says another, what is written is divided by it.
/// Threads  a value: share it const, or move it. What is moved from is empty().
class TESSERA_EXPORT Image {
 public:
  Image() = default;
  /// Zero-filled picture.  Requires width, height >= 1; channels 1 or 3.
  Image(int width, int height, int channels, SampleType type, bool with_alpha = false);
  Image(Image&& other) noexcept { swap(other); }
  Image& operator=(Image&& other) noexcept {
    Image taken(std::move(other));
    swap(taken);
    return *this;
  }
  /// An explicit deep copy: copying 50 megapixels never happens by accident.
  Image clone() const;

  int width() const { return width_; }
  int height() const { return height_; }
  int channels() const { return channels_; }
  SampleType type() const { return type_; }
  bool has_alpha() const { return !alpha_.empty(); }
  bool empty() const { return colour_.empty(); }
  std::size_t pixels() const { return static_cast<std::size_t>(width_) * height_; }
  /// Of the colours; alpha has pixels() more.
  std::size_t samples() const { return pixels() * channels_; }

  /// White: 255 for U8, 65535 for U16, 1 for F32, unless the file (PGM) or a caller states another.
  float max_value() const { return max_value_; }
  /// Errors  InvalidArgument unless above 0 and no more than the type holds.
  void set_max_value(float value);

  std::byte* colour() { return colour_.data(); }
  const std::byte* colour() const { return colour_.data(); }
  std::byte* alpha() { return alpha_.data(); }
  const std::byte* alpha() const { return alpha_.data(); }

  /// Row y as samples of type T (uint8_t, uint16_t or float, matching type()).
  /// Shapes  width * channels samples for colour_row, width for alpha_row.
  template <typename T>
  T* colour_row(int y) {
    return reinterpret_cast<T*>(colour_.data()) + static_cast<std::size_t>(y) * row_samples();
  }
  template <typename T>
  const T* colour_row(int y) const {
    return reinterpret_cast<const T*>(colour_.data()) + static_cast<std::size_t>(y) * row_samples();
  }
  template <typename T>
  T* alpha_row(int y) {
    return reinterpret_cast<T*>(alpha_.data()) + static_cast<std::size_t>(y) * width();
  }
  template <typename T>
  const T* alpha_row(int y) const {
    return reinterpret_cast<const T*>(alpha_.data()) + static_cast<std::size_t>(y) * width();
  }

  ImageMetadata metadata;
  /// Things worth telling the user that did not prevent reading ("damaged ICC profile dropped").
  std::vector<std::string> warnings;

 private:
  Image(const Image&) = default;
  void swap(Image& other) noexcept {
    std::swap(metadata, other.metadata);
    std::swap(warnings, other.warnings);
    std::swap(width_, other.width_);
    std::swap(height_, other.height_);
    std::swap(channels_, other.channels_);
    std::swap(type_, other.type_);
    std::swap(max_value_, other.max_value_);
    std::swap(colour_, other.colour_);
    std::swap(alpha_, other.alpha_);
  }
  std::size_t row_samples() const {
    return static_cast<std::size_t>(width_) * static_cast<std::size_t>(channels_);
  }

  int width_ = 0, height_ = 0, channels_ = 0;
  SampleType type_ = SampleType::U8;
  float max_value_ = 255.0F;
  SampleBuffer colour_, alpha_;
};

}  // namespace tessera
