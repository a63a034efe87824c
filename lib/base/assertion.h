// SPDX-License-Identifier: MIT
#pragma once

#include <cassert>

/// Our own mistakes; active in debug and test builds, never for wrong input (throw Error for that).
#define TESSERA_ASSERT(condition) assert(condition)
