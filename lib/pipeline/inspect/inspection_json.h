// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "analysis/inspection.h"

namespace tessera::pipeline {

/// All numbers of an inspection, without its pictures; what is not a number is null.
nlohmann::json json_from_inspection(const analysis::Inspection& inspection);

}  // namespace tessera::pipeline
