// SPDX-License-Identifier: MIT
#include "image/codecs/vips_decode.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "image/message.h"

namespace tessera::image {

namespace {

// Pixels of one request to libvips: large enough for its overhead to vanish, small beside a
// picture.
constexpr int kStripRows = 128;
constexpr std::int64_t kStripBytes = 4 << 20;

VipsPtr<VipsSource> vips_source_of(const ByteSource& source) {
  if (source.descriptor() < 0)
    return VipsPtr<VipsSource>(
        vips_source_new_from_memory(source.memory().data(), source.memory().size()));
  ::lseek(source.descriptor(), 0, SEEK_SET);
  return VipsPtr<VipsSource>(vips_source_new_from_descriptor(source.descriptor()));
}

/// Where pixel (x, y) of a file goes: origin + x * dx + y * dy, counted in pixels.
struct Placement {
  std::ptrdiff_t origin = 0, dx = 1, dy = 0;
};

/// EXIF orientations: 2 mirrored, 3 upside down, 4 both, 5 to 8 with x and y exchanged before.
Placement placement_of(int orientation, int width, int height) {
  const bool turned = orientation >= 5;
  const std::ptrdiff_t row = turned ? height : width;
  const bool mirror_x =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirror_y =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const std::ptrdiff_t along_x = turned ? row : 1, along_y = turned ? 1 : row;
  return {(mirror_x ? (width - 1) * along_x : 0) + (mirror_y ? (height - 1) * along_y : 0),
          mirror_x ? -along_x : along_x, mirror_y ? -along_y : along_y};
}

template <typename Stored, typename T>
void place_row(const Stored* row, int width, int y, const Placement& place, Image& image) {
  const int channels = image.channels();
  T* colour = image.colour_row<T>(0);
  T* alpha = image.has_alpha() ? image.alpha_row<T>(0) : nullptr;
  if constexpr (std::is_same_v<Stored, T>) {
    if (place.dx == 1 && alpha == nullptr) {
      std::memcpy(colour + (place.origin + y * place.dy) * channels, row,
                  sizeof(T) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels));
      return;
    }
  }
  for (int x = 0; x < width; ++x) {
    const std::ptrdiff_t pixel = place.origin + x * place.dx + y * place.dy;
    for (int c = 0; c < channels; ++c) colour[pixel * channels + c] = static_cast<T>(*row++);
    if (alpha != nullptr) alpha[pixel] = static_cast<T>(*row++);
  }
}

void place_any_row(const void* row,
                   VipsBandFormat format,
                   int width,
                   int y,
                   const Placement& place,
                   Image& image) {
  switch (format) {
    case VIPS_FORMAT_UCHAR:
      return place_row<std::uint8_t, std::uint8_t>(static_cast<const std::uint8_t*>(row), width, y,
                                                   place, image);
    case VIPS_FORMAT_USHORT:
      return place_row<std::uint16_t, std::uint16_t>(static_cast<const std::uint16_t*>(row), width,
                                                     y, place, image);
    case VIPS_FORMAT_FLOAT:
      return place_row<float, float>(static_cast<const float*>(row), width, y, place, image);
    default:
      return place_row<double, float>(static_cast<const double*>(row), width, y, place, image);
  }
}

std::vector<std::byte> blob(const VipsImage* picture, const char* field) {
  const void* data = nullptr;
  std::size_t size = 0;
  if (vips_image_get_typeof(picture, field) == 0 ||
      vips_image_get_blob(picture, field, &data, &size) != 0)
    return {};
  const auto* bytes = static_cast<const std::byte*>(data);
  return {bytes, bytes + size};
}

void drop_prefix(std::vector<std::byte>& bytes, std::string_view prefix) {
  if (bytes.size() >= prefix.size() && std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0)
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(prefix.size()));
}

int integer_field(const VipsImage* picture, const char* field, int otherwise) {
  int value = otherwise;
  if (vips_image_get_typeof(picture, field) == 0 || vips_image_get_int(picture, field, &value) != 0)
    return otherwise;
  return value;
}

}  // namespace

VipsPtr<VipsImage> open_picture(const ByteSource& source) {
  const VipsPtr<VipsSource> input = vips_source_of(source);
  VipsImage* picture = nullptr;
  if (!input) return nullptr;
  const auto load = [&](auto loader) {
    return loader(input.get(), &picture, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                  VIPS_FAIL_ON_WARNING, nullptr);
  };
  switch (source.kind()) {
    case FileKind::Png:
      load(vips_pngload_source);
      break;
    case FileKind::Jpeg:
      load(vips_jpegload_source);
      break;
    case FileKind::Tiff:
      load(vips_tiffload_source);
      break;
    case FileKind::Webp:
      load(vips_webpload_source);
      break;
    default:
      load(vips_gifload_source);
  }
  return VipsPtr<VipsImage>(picture);
}

ImageSize layout_of(const VipsImage* picture, const std::string& name) {
  const VipsInterpretation space = vips_image_get_interpretation(picture);
  const bool known = space == VIPS_INTERPRETATION_B_W || space == VIPS_INTERPRETATION_GREY16 ||
                     space == VIPS_INTERPRETATION_sRGB || space == VIPS_INTERPRETATION_RGB ||
                     space == VIPS_INTERPRETATION_RGB16 || space == VIPS_INTERPRETATION_scRGB ||
                     space == VIPS_INTERPRETATION_MULTIBAND;
  if (!known || vips_image_get_coding(picture) != VIPS_CODING_NONE)
    fail(ErrorCode::BadImage, name,
         std::string("colour space '") + vips_enum_nick(VIPS_TYPE_INTERPRETATION, space) +
             "' is not supported (convert it to RGB or grey)");
  const int bands = vips_image_get_bands(picture);
  if (bands < 1 || bands > 4)
    fail(ErrorCode::BadImage, name, "has " + std::to_string(bands) + " channels, expected 1 to 4");
  ImageSize layout{vips_image_get_width(picture), vips_image_get_height(picture),
                   bands >= 3 ? 3 : 1, SampleType::U8};
  switch (vips_image_get_format(picture)) {
    case VIPS_FORMAT_UCHAR:
      return layout;
    case VIPS_FORMAT_USHORT:
      layout.type = SampleType::U16;
      return layout;
    case VIPS_FORMAT_FLOAT:
    case VIPS_FORMAT_DOUBLE:
      layout.type = SampleType::F32;
      return layout;
    default:
      fail(ErrorCode::BadImage, name,
           std::string("samples of type '") +
               vips_enum_nick(VIPS_TYPE_BAND_FORMAT, vips_image_get_format(picture)) +
               "' are not supported (convert them to 8 or 16 bits without sign, or to float)");
  }
}

bool has_alpha(const VipsImage* picture) { return vips_image_get_bands(picture) % 2 == 0; }

std::optional<Image> decode_pixels(VipsImage* picture,
                                   int orientation,
                                   const std::function<Image()>& blank) {
  const int width = vips_image_get_width(picture), height = vips_image_get_height(picture);
  const Placement place = placement_of(orientation, width, height);
  const VipsPtr<VipsRegion> region(vips_region_new(picture));
  if (!region) return std::nullopt;
  const std::int64_t row_bytes = static_cast<std::int64_t>(VIPS_IMAGE_SIZEOF_LINE(picture));
  const int rows =
      static_cast<int>(std::clamp<std::int64_t>(kStripBytes / row_bytes, 1, kStripRows));
  std::optional<Image> image;
  for (int top = 0; top < height; top += rows) {
    const VipsRect strip{0, top, width, std::min(rows, height - top)};
    if (vips_region_prepare(region.get(), &strip) != 0) return std::nullopt;
    if (!image) image = blank();
    for (int y = top; y < top + strip.height; ++y)
      place_any_row(VIPS_REGION_ADDR(region.get(), 0, y), picture->BandFmt, width, y, place,
                    *image);
  }
  return image;
}

int orientation_of(const VipsImage* picture) {
  const int value = integer_field(picture, VIPS_META_ORIENTATION, 1);
  return value >= 1 && value <= 8 ? value : 1;
}

ImageMetadata raw_metadata(const VipsImage* picture) {
  using namespace std::string_view_literals;
  ImageMetadata metadata;
  metadata.icc = blob(picture, VIPS_META_ICC_NAME);
  metadata.exif = blob(picture, VIPS_META_EXIF_NAME);
  metadata.xmp = blob(picture, VIPS_META_XMP_NAME);
  drop_prefix(metadata.exif, "Exif\0\0"sv);
  drop_prefix(metadata.xmp, "http://ns.adobe.com/xap/1.0/\0"sv);
  metadata.pixels_per_mm_x = vips_image_get_xres(picture);
  metadata.pixels_per_mm_y = vips_image_get_yres(picture);
  return metadata;
}

int page_count(const VipsImage* picture) {
  return std::max(1, integer_field(picture, VIPS_META_N_PAGES, 1));
}

}  // namespace tessera::image
