// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "base/files/file_content.h"

namespace tessera::image {

/// What the first bytes of a file say it is; names and suffixes are never believed. Raw: formats of
/// cameras that begin in their own way; many others begin as TIFF (raw_tags.h).
enum class FileKind { Png, Jpeg, Tiff, Webp, Gif, Bmp, Pnm, Pfm, Raw, Unknown };

/// Bytes of the beginning that kind_of wants to see.
inline constexpr std::size_t kKindBytes = base::kContentBytes;

FileKind kind_of(std::span<const std::byte> head);
/// "PNG", "JPEG", ...
const char* name_of(FileKind kind);

}  // namespace tessera::image
