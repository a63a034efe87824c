// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

#include "tessera/export.h"

namespace tessera {

/// What went wrong, for callers that must react; the text is for people.
/// The programs turn each code into an exit status (man/tessera.7, EXIT STATUS).
enum class ErrorCode {
  InvalidArgument,  ///< the request itself is wrong: status 2
  NotFound,         ///< a file or folder that does not exist: status 1
  BadImage,         ///< an image that cannot be decoded or does not fit the request: status 1
  IoFailure,        ///< reading or writing failed (permission, full disk): status 1
  BadCheckpoint,    ///< a model is missing, damaged, or does not fit the task: status 3
  NothingToDo,      ///< no input matched: status 4
  Refused,          ///< too large, too little memory, hardware missing: status 6
};

/// The only exception this library throws on purpose. The text says which thing is wrong, what was
/// expected and what was found, in lower case and without a full stop. Exported, so that a catch
/// in an executable meets the type that the shared library threw.
class TESSERA_EXPORT Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& what);
  ~Error() override;
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// A file name (a path will do) fit for one line of text: unchanged, or in single quotes with \n,
/// \t and \xNN when it holds control bytes.
TESSERA_EXPORT std::string printable_name(const std::string& name);

}  // namespace tessera
