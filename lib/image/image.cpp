// SPDX-License-Identifier: MIT
#include "tessera/image.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "base/assertion.h"
#include "base/memory_refusal.h"
#include "image/sample_types.h"
#include "tessera/error.h"

namespace tessera {

int bytes_per_sample(SampleType type) {
  switch (type) {
    case SampleType::U8:
      return 1;
    case SampleType::U16:
      return 2;
    case SampleType::F32:
      return 4;
  }
  return 0;
}

SampleBuffer::SampleBuffer(std::size_t size) : size_(size) {
  if (size == 0) return;
  bytes_.reset(static_cast<std::byte*>(std::calloc(size, 1)));
  if (!bytes_)
    throw base::MemoryRefusal("not enough memory for " + std::to_string(size) +
                              " bytes of pixels (use a smaller picture)");
}

SampleBuffer::SampleBuffer(const SampleBuffer& other) : SampleBuffer(other.size_) {
  if (size_ > 0) std::memcpy(bytes_.get(), other.bytes_.get(), size_);
}

void SampleBuffer::Free::operator()(std::byte* bytes) const noexcept { std::free(bytes); }

Image::Image(int width, int height, int channels, SampleType type, bool with_alpha)
    : width_(width),
      height_(height),
      channels_(channels),
      type_(type),
      max_value_(image::white_of(type)) {
  TESSERA_ASSERT(width >= 1 && height >= 1 && (channels == 1 || channels == 3));
  const std::size_t plane = static_cast<std::size_t>(width) * height * bytes_per_sample(type);
  colour_ = SampleBuffer(plane * channels);
  if (with_alpha) alpha_ = SampleBuffer(plane);
}

void Image::set_max_value(float value) {
  const bool holds =
      type_ == SampleType::F32 ? std::isfinite(value) : value <= image::white_of(type_);
  if (!(value > 0.0F && holds))
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("a white of {}: expected more than 0 and what a sample holds", value));
  max_value_ = value;
}

Image Image::clone() const { return Image(*this); }

}  // namespace tessera
