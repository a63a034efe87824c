// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <functional>

#include "tessera/error.h"

namespace tessera::test {

/// The code of the Error that `work` throws; the test fails when it throws none.
inline ErrorCode code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("no error");
  return ErrorCode::IoFailure;
}

}  // namespace tessera::test
