// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

class LibRaw;

namespace tessera::image {

/// What a camera says about a shot; empty or 0: it says nothing.
struct ShotFacts {
  std::string description, make, model, lens, artist;
  std::string time;       ///< "2026:11:25 10:20:30", local
  double exposure = 0.0;  ///< seconds
  double f_number = 0.0;
  double focal_length = 0;  ///< millimetres
  int iso = 0;
};

/// What LibRaw found in the file that it has opened.
ShotFacts shot_facts(const LibRaw& libraw);

/// An EXIF block of these facts, of an upright picture.
/// Source  CIPA DC-008 (Exif 2.32), section 4.6.
std::vector<std::byte> exif_from_facts(const ShotFacts& facts);

}  // namespace tessera::image
