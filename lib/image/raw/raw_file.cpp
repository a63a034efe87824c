// SPDX-License-Identifier: MIT
#include "image/raw/raw_file.h"

#include <libraw/libraw.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "base/memory_refusal.h"
#include "image/limits.h"
#include "image/message.h"
#include "image/raw/raw_exif.h"

namespace tessera::image {

namespace {

/// LibRaw with a file opened in it. Its object is too large for a stack.
struct OpenRaw {
  std::vector<std::byte> bytes;  ///< LibRaw reads from them as long as it lives
  RawTags tags;
  std::unique_ptr<LibRaw> libraw;
};

[[noreturn]] void refuse(const ByteSource& source, const std::string& cause) {
  fail(ErrorCode::BadImage, source.name(), cause);
}

/// Turns what LibRaw returns into an error of ours.
void check(const ByteSource& source, int code) {
  if (code == LIBRAW_SUCCESS) return;
  if (code == LIBRAW_FILE_UNSUPPORTED || code == LIBRAW_REQUEST_FOR_NONEXISTENT_IMAGE)
    refuse(source, std::string("a camera raw file that LibRaw ") + LibRaw::version() +
                       " cannot read (convert it to DNG first)");
  if (code == LIBRAW_UNSUFFICIENT_MEMORY || code == LIBRAW_TOO_BIG)
    throw base::MemoryRefusal(printable_name(source.name()) +
                              ": not enough memory for the raw samples");
  refuse(source, std::string("damaged or truncated camera raw file: ") +
                     one_line(LibRaw::strerror(code)) + " (copy it again)");
}

/// Refuses what is no Bayer mosaic, by name.
void check_sensor(const ByteSource& source, LibRaw& libraw) {
  const libraw_iparams_t& facts = libraw.imgdata.idata;
  const std::string convert = " (develop it with the camera maker's program)";
  if (facts.is_foveon != 0) refuse(source, "a Foveon sensor measures all colours" + convert);
  if (facts.filters == LIBRAW_XTRANS)
    refuse(source,
           "an X-Trans sensor has no Bayer filter; its 6x6 pattern is not supported" + convert);
  if (facts.filters == 0 && facts.colors == 1)
    refuse(source, "a monochrome sensor: no colour is missing" + convert);
  if (facts.filters == 0 || libraw.is_sraw() != 0)
    refuse(source,
           "it is demosaicked already (linear DNG or small raw): nothing is missing" + convert);
  const std::string colours = facts.cdesc;
  if (facts.colors != 3 || colours.rfind("RGB", 0) != 0)
    refuse(source, "a sensor of the colours " + colours + " is not supported, only RGB" + convert);
  if (facts.filters < 1000)
    refuse(source, "the colour filter has no 2x2 pattern and is not supported" + convert);
  if (libraw.is_fuji_rotated() != 0)
    refuse(source, "a sensor turned by 45 degrees (Super CCD) is not supported" + convert);
  if (libraw.imgdata.color.phase_one_data.format != 0)
    refuse(source, "Phase One raw files are not supported (convert it to DNG first)");
  if (libraw.is_floating_point() != 0)
    refuse(source, "raw samples in floating point are not supported" + convert);
}

OpenRaw open(const ByteSource& source, const ReadOptions& options) {
  const std::string_view head(reinterpret_cast<const char*>(source.head().data()),
                              source.head().size());
  if (head.starts_with("FOVb"))
    refuse(source,
           "a Foveon sensor measures all colours (develop it with the camera maker's program)");
  OpenRaw raw{source.read_all(), {}, nullptr};
  if (source.kind() == FileKind::Tiff) raw.tags = raw_tags(source);
  // LibRaw does not miss the last few bytes.
  if (raw.tags.dng && raw.tags.end > source.size()) source.fail_truncated();
  // Without the two flags LibRaw tells damage on stderr.
  raw.libraw = std::make_unique<LibRaw>(LIBRAW_OPIONS_NO_DATAERR_CALLBACK |
                                        LIBRAW_OPIONS_NO_MEMERR_CALLBACK);
  check(source, raw.libraw->open_buffer(raw.bytes.data(), raw.bytes.size()));
  check_sensor(source, *raw.libraw);
  check_pixels(source.name(), raw.libraw->imgdata.sizes.raw_width,
               raw.libraw->imgdata.sizes.raw_height, options);
  return raw;
}

/// The pixels that see light. LibRaw moves odd corners of a DNG's active area to even ones.
RawTags::Area active_area(const OpenRaw& raw) {
  const libraw_image_sizes_t& sizes = raw.libraw->imgdata.sizes;
  const RawTags::Area seen{sizes.top_margin, sizes.left_margin, sizes.top_margin + sizes.height,
                           sizes.left_margin + sizes.width};
  if (!raw.tags.dng || !raw.tags.active) return seen;
  const RawTags::Area& stated = *raw.tags.active;
  const bool inside = stated.bottom <= sizes.raw_height && stated.right <= sizes.raw_width;
  return inside ? stated : seen;
}

/// LibRaw's number of the colour (3 is the second green) at (y, x) of the active area.
int colour_number(const OpenRaw& raw, const RawTags::Area& area, int y, int x) {
  const libraw_image_sizes_t& sizes = raw.libraw->imgdata.sizes;
  // LibRaw counts from its own corner; its table repeats every 8 rows.
  const int row = (area.top + y - sizes.top_margin) & 7;
  const int column = (area.left + x - sizes.left_margin) & 7;
  return raw.libraw->FC(row, column);
}

Image mosaic_of(const OpenRaw& raw, const RawTags::Area& area) {
  Image mosaic(area.right - area.left, area.bottom - area.top, 1, SampleType::U16);
  const std::size_t pitch = raw.libraw->imgdata.sizes.raw_pitch / sizeof(std::uint16_t);
  for (int y = 0; y < mosaic.height(); ++y)
    std::copy_n(raw.libraw->imgdata.rawdata.raw_image +
                    static_cast<std::size_t>(area.top + y) * pitch + area.left,
                mosaic.width(), mosaic.colour_row<std::uint16_t>(y));
  return mosaic;
}

/// LibRaw's three parts of black as one table: a level for all, for each colour, for each place.
BlackLevels black_of(const OpenRaw& raw, const RawTags::Area& area) {
  const libraw_colordata_t& colour = raw.libraw->imgdata.color;
  const bool table = colour.cblack[4] > 0 && colour.cblack[5] > 0 &&
                     colour.cblack[4] * colour.cblack[5] <= LIBRAW_CBLACK_SIZE - 6;
  const int rows = table ? static_cast<int>(colour.cblack[4]) : 1;
  const int columns = table ? static_cast<int>(colour.cblack[5]) : 1;
  BlackLevels black{std::lcm(2, rows), std::lcm(2, columns), {}};
  for (int y = 0; y < black.rows; ++y)
    for (int x = 0; x < black.columns; ++x) {
      const unsigned here = table ? colour.cblack[6 + (y % rows) * columns + x % columns] : 0;
      black.levels.push_back(
          static_cast<float>(colour.black + colour.cblack[colour_number(raw, area, y, x)] + here));
    }
  return black;
}

/// Where the sensor saturates: as the file says, else as LibRaw knows the camera.
float white_of(const OpenRaw& raw) {
  const libraw_colordata_t& colour = raw.libraw->imgdata.color;
  auto white = static_cast<float>(colour.maximum);
  if (raw.tags.dng) return white;
  for (const long stated : colour.linear_max)
    if (stated > 0) white = std::min(white, static_cast<float>(stated));
  return white;
}

void take_white_balance(const OpenRaw& raw, const RawTags::Area& area, RawPhoto& photo) {
  const libraw_colordata_t& colour = raw.libraw->imgdata.color;
  const auto usable = [](const float* multipliers) {
    return std::all_of(multipliers, multipliers + 3,
                       [](float m) { return std::isfinite(m) && m > 0.0F; });
  };
  const float* multipliers = usable(colour.cam_mul) ? colour.cam_mul : colour.pre_mul;
  if (!usable(colour.cam_mul))
    photo.warnings.push_back(usable(colour.pre_mul)
                                 ? "no white balance in the file: that of daylight is used"
                                 : "no white balance in the file: colours are as measured");
  for (int i = 0; i < 4; ++i) {
    int number = colour_number(raw, area, i / 2, i % 2);
    if (number == 3 && !(multipliers[3] > 0.0F)) number = 1;
    photo.as_shot[static_cast<std::size_t>(i)] =
        usable(multipliers) ? static_cast<double>(multipliers[number]) : 1.0;
  }
}

void take_matrix(const OpenRaw& raw, RawPhoto& photo) {
  const libraw_colordata_t& colour = raw.libraw->imgdata.color;
  const bool known = raw.libraw->imgdata.rawdata.ioparams.raw_color == 0;
  if (!known)
    photo.warnings.push_back("no colour matrix for this camera: its colours are taken for sRGB");
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      photo.srgb_from_camera[i][j] =
          known ? static_cast<double>(colour.rgb_cam[i][j]) : (i == j ? 1.0 : 0.0);
}

/// EXIF's number for dcraw's: bit 2 exchanges rows and columns, bit 1 turns rows, bit 0 columns
/// round.
int orientation_from_flip(int flip) {
  constexpr std::array kOrientations{1, 2, 4, 3, 5, 8, 6, 7};
  return flip >= 0 && flip < 8 ? kOrientations[static_cast<std::size_t>(flip)] : 1;
}

ImageSize upright_size(const OpenRaw& raw) {
  const RawTags::Area area = active_area(raw);
  ImageSize size{area.right - area.left, area.bottom - area.top, 1, SampleType::U16};
  if (orientation_from_flip(raw.libraw->imgdata.sizes.flip) >= 5)
    std::swap(size.width, size.height);
  return size;
}

}  // namespace

RawPhoto read_raw(const ByteSource& source,
                  const ReadOptions& options,
                  const std::function<void(const ImageSize&)>& check_size) {
  const OpenRaw raw = open(source, options);
  if (check_size) check_size(upright_size(raw));
  const libraw_data_t& data = raw.libraw->imgdata;
  check(source, raw.libraw->unpack());
  if (raw.libraw->error_count() > 0)
    refuse(source,
           "damaged or truncated camera raw file: " + std::to_string(raw.libraw->error_count()) +
               " errors in its samples (copy it again)");
  if (data.rawdata.raw_image == nullptr)
    refuse(source, "a camera raw file without a mosaic is not supported");

  const RawTags::Area area = active_area(raw);
  RawPhoto photo;
  photo.mosaic = mosaic_of(raw, area);
  photo.black = black_of(raw, area);
  photo.white = white_of(raw);
  photo.orientation = orientation_from_flip(data.sizes.flip);
  photo.noise = raw.tags.noise;
  for (int i = 0; i < 4; ++i) {
    const int number = colour_number(raw, area, i / 2, i % 2);
    photo.filter[static_cast<std::size_t>(i)] = number == 3 ? 1 : number;
  }
  const float highest_black =
      *std::max_element(photo.black.levels.begin(), photo.black.levels.end());
  if (photo.white <= highest_black)
    refuse(source, "its black level " + std::to_string(std::lround(highest_black)) +
                       " is not below its white level " + std::to_string(std::lround(photo.white)));
  take_white_balance(raw, area, photo);
  take_matrix(raw, photo);
  if (std::abs(data.sizes.pixel_aspect - 1.0) > 0.01)
    photo.warnings.push_back("the sensor's pixels are not square: the picture is not stretched");
  photo.metadata.exif = exif_from_facts(shot_facts(*raw.libraw));
  return photo;
}

ImageSize raw_size(const ByteSource& source, const ReadOptions& options) {
  return upright_size(open(source, options));
}

}  // namespace tessera::image
