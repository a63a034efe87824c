// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

/// PATTERN MOSAIC FILE KEY=VALUE...: a synthetic camera raw file of a mosaic that is coded by the
/// sRGB curve. Its camera sees linear sRGB, dimmed to `neutral`. Keys: bits, packed, black (one
/// level or four), white, neutral (three), orientation, margin (top, left, bottom, right), xtrans,
/// linear, defects (row and column of samples to break, at white and at black in turn).
int dng(const std::vector<std::string>& arguments);
