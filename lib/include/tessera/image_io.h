// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "tessera/export.h"
#include "tessera/image.h"

namespace tessera {

/// Limits and switches of one read.
struct ReadOptions {
  std::int64_t max_pixels = 2'000'000'000;  ///< larger pictures are refused before allocation
  bool refuse_partial = false;  ///< refuses a file that holds more than its first picture: pages,
                                ///< frames, further pictures, bytes behind it
};

/// File formats that can be written.
enum class FileFormat { Png, Jpeg, Tiff, Webp, Pnm, Pfm };

/// Compression of TIFF files; all of them keep every sample. Auto: Lzw for 8 bits, where it is five
/// times faster than Deflate for a twelfth more bytes; else Deflate, since Lzw saves nothing there.
enum class TiffCompression { Auto, None, Lzw, Deflate, Zstd };

/// How to encode; never changes which pixels a lossless format holds.
struct WriteOptions {
  int jpeg_quality = 95;  ///< 1..100
  int png_level = 2;      ///< zlib level 0..9; low levels are several times faster
  TiffCompression tiff_compression = TiffCompression::Auto;
  bool strip_icc = false, strip_exif = false, strip_xmp = false;  ///< what is left out
};

// The first picture that is read or written starts libvips for the whole process: without cache and
// threads of its own, silent, and with VIPSHOME set where it is not. What the process has told
// libvips before counts no longer. A process that has written pictures and forks must not write any
// in the child before it calls exec: libvips has threads by then.

/// Reads the picture in `file`, applying its EXIF orientation. Whatever the decoder warns about
/// (truncation, checksums) is refused; damaged ICC, EXIF or XMP only costs a warning, and so do
/// captions that are carried nowhere (IPTC, text of a PNG) and floats that are mostly above white.
/// Errors   NotFound; BadImage naming file and cause; IoFailure; Refused beyond max_pixels.
TESSERA_EXPORT Image read_image(const std::filesystem::path& file, const ReadOptions& options = {});

/// Likewise from a pipe or any open descriptor, read to its end. `name` stands in messages.
TESSERA_EXPORT Image read_image_from_descriptor(int descriptor,
                                                const std::string& name,
                                                const ReadOptions& options = {});

/// Pixels across and down, colour channels without alpha, and the type of the samples.
struct ImageSize {
  int width = 0, height = 0, channels = 0;
  SampleType type = SampleType::U8;
};
/// The size of the picture in `file` from its header alone, without decoding pixels; upright.
/// Errors  as read_image; Refused beyond max_pixels.
TESSERA_EXPORT ImageSize read_image_size(const std::filesystem::path& file,
                                         const ReadOptions& options = {});

/// The format that a file name's suffix asks for (case ignored, locale ignored).
/// Errors   InvalidArgument, listing the known suffixes.
TESSERA_EXPORT FileFormat format_from_suffix(const std::filesystem::path& file);
/// The format named "png", "jpg", "tif", "webp", "pnm"/"ppm"/"pgm", "pfm".  Errors:
/// InvalidArgument.
TESSERA_EXPORT FileFormat format_from_name(const std::string& name);
/// Suffix with dot that a format gets in folder mode: ".png", ".jpg", ".tif", ".webp", ".ppm",
/// ".pfm".
TESSERA_EXPORT std::string suffix_of(FileFormat format);

/// Whether the suffix of a name is one of pictures that can be read (case ignored, locale ignored).
TESSERA_EXPORT bool has_picture_suffix(const std::filesystem::path& file);
/// Whether it is one that cameras give to raw files; likewise.
TESSERA_EXPORT bool has_raw_suffix(const std::filesystem::path& file);

/// Whether what is written to `file` goes into what stands there and replaces no file: the name
/// leads to a descriptor of this process (/dev/stdout, /dev/fd/N, /proc/self/fd/N), or to a pipe,
/// socket or device.
TESSERA_EXPORT bool is_open_or_special(const std::filesystem::path& file);

/// Whether a file can be written there, for those who want to know before the work.
/// Errors   IoFailure as write_image and write_text_file would have it: no such folder, or one that
///          may not be written to, a folder of that name, a symbolic link that leads nowhere.
TESSERA_EXPORT void check_writable(const std::filesystem::path& file);

/// Writes `image` to `file` all or nothing: the file gets its name when it is whole; into what is
/// open or special directly. What the format cannot hold (16 bits or alpha in
/// JPEG, float in PNG ...) is an error, not a quiet loss; metadata without a place costs one entry
/// in the returned warnings, and so do samples that are scaled, as only PNM states a white of its
/// own.
/// Errors   IoFailure with the system's reason; InvalidArgument for what the format cannot hold.
TESSERA_EXPORT std::vector<std::string> write_image(const std::filesystem::path& file,
                                                    const Image& image,
                                                    FileFormat format,
                                                    const WriteOptions& options = {});

/// Likewise to an open descriptor, where it stands. `name` stands in messages.
TESSERA_EXPORT std::vector<std::string> write_image_to_descriptor(int descriptor,
                                                                  const std::string& name,
                                                                  const Image& image,
                                                                  FileFormat format,
                                                                  const WriteOptions& options = {});

/// Writes a report or a list, as whole as a picture.
/// Errors   IoFailure with the system's reason.
TESSERA_EXPORT void write_text_file(const std::filesystem::path& file, const std::string& text);

/// Removes temporary files of writes in progress. Async-signal-safe; for signal handlers.
/// A write that begins within the next second waits for its end: the process is about to go.
TESSERA_EXPORT void remove_temporary_files() noexcept;

}  // namespace tessera
