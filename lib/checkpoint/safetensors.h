// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/checkpoint.h"

/// The safetensors file format, and nothing about networks.
///
///     file     = length  header  data
///     length   = 8 bytes, unsigned little-endian: bytes of the header, at most 100,000,000
///     header   = one JSON object (UTF-8, first byte '{', may end in spaces), no key twice:
///                { "__metadata__": { text: text, ... },            optional
///                  name: { "dtype": type, "shape": [n, ...], "data_offsets": [begin, end] }, ... }
///     data     = the tensors, little-endian, row-major; begin and end count from its first byte
///
/// The ranges [begin, end) follow one another without gap or overlap from 0 to the end of the file,
/// and each is as long as its shape and type demand. A shape [] is one value; a 0 in a shape is
/// none.
/// Source  github.com/huggingface/safetensors, README, "Format"; limits as in its Rust reader.
namespace tessera::checkpoint {

inline constexpr std::size_t kLengthBytes = 8;
inline constexpr std::size_t kLargestHeader = 100'000'000;
/// Levels of JSON that a text of the metadata may hold. Readers that copy what they parsed do it
/// level by level on the stack, so hostile texts are refused here, where all come by. A recipe of
/// fuse takes three for each generation of parents.
inline constexpr int kDeepestMetadata = 100;

/// Where one tensor lies.
struct TensorEntry {
  std::string data_type;            ///< as the file says: "F32", "I64", ...
  std::vector<std::int64_t> shape;  ///< none negative
  std::size_t begin = 0, end = 0;   ///< bytes from the start of the data
};

/// What a header says, checked against the size of the file.
struct SafetensorsHeader {
  std::map<std::string, TensorEntry> tensors;
  std::map<std::string, std::string> metadata;
};

/// Bytes of the header that the first eight bytes of a file announce. `start`: those and, as far as
/// there are, as many as tell what a file of another kind is (base::kContentBytes).
/// Errors  BadCheckpoint beginning with `file`, unless the header fits into file_bytes and the
/// limit.
std::size_t header_bytes(std::span<const std::byte> start,
                         std::uint64_t file_bytes,
                         const std::string& file);

/// Reads the JSON text and checks every rule above.
/// Errors  BadCheckpoint beginning with `file` and naming the tensor and the broken rule.
SafetensorsHeader parse_header(std::string_view json,
                               std::uint64_t data_bytes,
                               const std::string& file);

/// Bits of one value of a safetensors data type; 0 for a name that is none.
int bits_of_data_type(std::string_view data_type);

/// Whether tensors of this data type are read and written, and which those are.
bool has_numbers(std::string_view data_type);
inline constexpr const char* kNumberTypes = "F32, F16, BF16 or I64";

/// Gives floats the values that they have when they are read back; those that are not finite in
/// their type stay, to be refused where they are written.
void round_as_stored(NamedTensor& tensor);

/// The whole file as bytes.  Errors  InvalidArgument as write_checkpoint.
std::vector<std::byte> safetensors_bytes(std::span<const NamedTensor> tensors,
                                         const std::map<std::string, std::string>& metadata);

/// Throws BadCheckpoint: the file's name, fit for a message, and the problem.
[[noreturn]] void refuse_checkpoint(const std::string& file, const std::string& problem);

/// Levels of brackets and braces in a JSON text, those in its strings aside.
int levels_of_json(std::string_view text);

/// A name from a file, fit for a one-line message: quoted, control characters as '?', cut when
/// long.
std::string display_name(std::string_view name);
/// "(48, 3, 3, 3)".
std::string text_of_shape(std::span<const std::int64_t> shape);

}  // namespace tessera::checkpoint
