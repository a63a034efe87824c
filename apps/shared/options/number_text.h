// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tessera::cli {

/// "512M", "1G", "2.5G", "1000000": bytes; K, M, G, T are powers of 1024.
/// Errors  InvalidArgument for anything else, zero and less.
std::int64_t bytes_from_text(const std::string& text);

/// "100M", "2G", "500000": a count; K, M, G, T are powers of 1000.  Errors: InvalidArgument.
std::int64_t count_from_text(const std::string& text);

/// A number of threads; of "load:process:save", as other programs have it, the middle one.
/// Errors  InvalidArgument unless from 1 to 4096.
int threads_from_text(const std::string& text);

/// "3/8" as {3, 8}.  Errors: InvalidArgument unless 1 <= K <= N.
std::pair<int, int> shard_from_text(const std::string& text);

/// "#ff8000", "black" or "white" as red, green and blue from 0 to 1.  Errors: InvalidArgument.
std::array<double, 3> colour_from_text(const std::string& text);

/// The name of a file beside the inputs.  Errors: InvalidArgument for "-", which only inputs are.
std::string file_from_text(const std::string& text);

/// "a,b" as {"a", "b"}.  Errors: InvalidArgument for an empty word.
std::vector<std::string> words_from_text(const std::string& text);

/// A decimal number with a point, whatever the locale; all of the text.
/// Errors  InvalidArgument: `expected` this, found that.
double number_from_text(const std::string& text, const std::string& expected = "a number");

/// A standard deviation of noise in 8-bit grey levels, 0 to 255.  Errors  as number_from_text.
double sigma_from_text(const std::string& text,
                       const std::string& expected = "0 to 255 (8-bit grey levels)");

/// A whole number from `lowest` to `highest`.  Errors: InvalidArgument.
int whole_number_from_text(const std::string& text, int lowest, int highest);

/// The seed of a random sequence: a whole number from 0 to 2^64 - 1.  Errors: InvalidArgument.
std::uint64_t seed_from_text(const std::string& text);

/// "2.1,1,1.6": three numbers above 0.  Errors: InvalidArgument.
std::array<double, 3> factors_from_text(const std::string& text);

}  // namespace tessera::cli
