// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "image/byte_sink.h"
#include "image/byte_source.h"
#include "tessera/image_io.h"

namespace tessera::image {

// PBM, PGM, PPM (P1 to P6) and PFM (Pf, PF) are read and written here and not by libvips, which
// forgets the maximum of the samples and allocates before it compares a header with its file.

/// Header of a PNM or PFM file.
struct PnmHeader {
  char letter = '5';  ///< '1' to '6', 'f' grey float, 'F' colour float
  int width = 0, height = 0;
  int max_value = 1;       ///< of PGM and PPM
  bool big_endian = true;  ///< of the samples
  std::uint64_t data = 0;  ///< offset of the first sample
  int channels() const { return letter == '3' || letter == '6' || letter == 'F' ? 3 : 1; }
  bool is_ascii() const { return letter >= '1' && letter <= '3'; }
  bool is_bitmap() const { return letter == '1' || letter == '4'; }
  bool is_float() const { return letter == 'f' || letter == 'F'; }
  SampleType type() const;
};

/// Errors  BadImage naming the field that is wrong.
PnmHeader read_pnm_header(const ByteSource& source);
/// What of the file is not read; nothing in text forms, where that is not known before reading.
std::vector<std::string> pnm_unread(const ByteSource& source, const PnmHeader& header);
/// Errors  BadImage; Refused beyond max_pixels. Nothing is allocated for more samples than the file
/// has.
Image read_pnm(const ByteSource& source, const ReadOptions& options);

/// P5 or P6 with the image's own maximum.  Requires U8 or U16 without alpha.
void write_pnm(const Image& image, ByteSink& sink);
/// Pf or PF, little-endian, rows bottom up.  Requires F32 without alpha.
void write_pfm(const Image& image, ByteSink& sink);

}  // namespace tessera::image
