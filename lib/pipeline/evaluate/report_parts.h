// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace tessera::pipeline {

/// The parts of the HTML report that are the same for all: the files of
/// lib/pipeline/evaluate/report/ and Chart.js, put into the library when it is built.

/// From the doctype to the opened body, with the style.
std::string report_head();
/// Scripts, and the closing of the page.
std::string report_tail();

}  // namespace tessera::pipeline
