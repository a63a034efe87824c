// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace tessera::cli {

/// Writes `text` to stdout and closes it, so that a full disk behind it is noticed.
/// Result  exit status: 0, or 141 when the reader has gone.  Errors  IoFailure: a full disk.
int print_and_close(const std::string& text);

/// Writes `text` to `file`, or as print_and_close when the name is empty.
/// Result  as print_and_close.  Errors  IoFailure.
int print_to(const std::string& file, const std::string& text);

/// Whether `file` can be written as far as can be known without writing it, so that a long run does
/// not end in vain. Nothing to check: an empty name, and what is open or special.
/// Errors  IoFailure: its folder is missing or not writable, it is a folder.
///         InvalidArgument: it is "-", which would become a file of this name.
void check_writable(const std::string& file);

/// As check_writable, for a report or a list.
/// Errors  also InvalidArgument: the file is there and no text, or is called like a picture; a
///         picture named by mistake is lost otherwise.
void check_text_file(const std::string& file);

/// The suffix of a file's name with its dot, in small letters whatever the locale.
std::string suffix_in_small_letters(const std::string& file);

/// For what is not written as a picture: `what` it is, and the `suffix` that suits it ("/" for a
/// folder, which may be there under any name).
/// Errors  InvalidArgument: by its suffix the name is that of a picture, or, for a checkpoint, of a
///         network in another format, and no pipe or device.
void refuse_misleading_name(const std::string& file,
                            const std::string& what,
                            const std::string& suffix);

/// Whether stdout is a pipe or socket whose reader has gone.
bool standard_output_is_closed();

/// Gives descriptors 0 to 2 that the parent closed to streams that fail, so that no file opened
/// later takes their numbers and receives messages.
void reserve_standard_streams();

}  // namespace tessera::cli
