// SPDX-License-Identifier: MIT
#pragma once

namespace tessera::cli {

/// INT, TERM and HUP remove temporary files and then end the program as they would have; PIPE and
/// XFSZ are ignored, so that a write fails with an error that is reported. What the parent ignores
/// (nohup) stays ignored.
void handle_signals();

}  // namespace tessera::cli
