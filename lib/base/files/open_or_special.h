// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>

namespace tessera::base {

/// The descriptor of this process that a name stands for, links followed: /dev/stdin, /dev/stdout,
/// /dev/stderr, /dev/fd/N, /proc/self/fd/N.
/// Result  empty for every other name. The descriptor need not be open.
std::optional<int> descriptor_named(const std::filesystem::path& name);

/// Whether `name` stands for a descriptor of this process, or for something that is there and
/// neither a regular file nor a folder (pipe, socket, device): read and written where it stands,
/// never replaced.
bool is_open_or_special(const std::filesystem::path& name);

/// Whether `name` is a symbolic link that leads nowhere, or round in a loop, and stands for no
/// descriptor of this process.
bool is_dangling_link(const std::filesystem::path& name);

/// Opens what is open or special, with `flags` of open(2). A descriptor of this process is
/// duplicated: its position and its O_APPEND, which open(2) would begin anew, are kept.
/// Result  a descriptor that the caller closes; -1 with errno set when it cannot be opened.
int open_or_duplicate(const std::filesystem::path& name, int flags);

/// Whether a read or write that failed with `error` is to be tried again: it was interrupted, or
/// the descriptor does not block; then this waits until it is ready for `events` (poll).
bool is_to_be_repeated(int descriptor, int error, short events);

}  // namespace tessera::base
