// SPDX-License-Identifier: MIT
#include "image/codecs/vips_runtime.h"

#include <cstdlib>
#include <mutex>
#include <new>
#include <optional>
#include <sstream>

#include "image/message.h"

namespace tessera::image {

namespace {

thread_local std::vector<std::string>* capturing = nullptr;

// Called by C, which no exception may pass: without memory for it a warning is lost.
void collect(const gchar*, GLogLevelFlags, const gchar* message, gpointer) noexcept {
  if (capturing == nullptr || message == nullptr) return;
  try {
    capturing->push_back(one_line(message));
  } catch (const std::bad_alloc&) {
  }
}

/// While it lives, libvips looks for its plug-ins below a folder that cannot exist. (libvips sets
/// this variable itself while it starts.)
class NoPlugins {
 public:
  NoPlugins() {
    if (const char* value = std::getenv(kVariable)) old_ = value;
    ::setenv(kVariable, "/dev/null", 1);
  }
  ~NoPlugins() {
    if (old_)
      ::setenv(kVariable, old_->c_str(), 1);
    else
      ::unsetenv(kVariable);
  }

 private:
  static constexpr const char* kVariable = "VIPSHOME";
  std::optional<std::string> old_;
};

bool start() {
  const NoPlugins no_plugins;
  for (const char* domain : {"VIPS", "GLib-GObject"})
    g_log_set_handler(domain, G_LOG_LEVEL_MASK, collect, nullptr);
  if (vips_init("tessera") != 0) return false;
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  return true;
}

}  // namespace

void start_vips() {
  static const bool started = start();
  if (!started) throw Error(ErrorCode::IoFailure, "libvips does not start: " + take_vips_error());
}

WarningCapture::WarningCapture() : previous_(capturing) { capturing = &warnings_; }
WarningCapture::~WarningCapture() { capturing = previous_; }

std::shared_mutex& vips_error_lock() {
  static std::shared_mutex lock;
  return lock;
}

std::string take_vips_error() {
  std::string lines;
  std::istringstream text(vips_error_buffer());
  for (std::string line; std::getline(text, line);) {
    // "domain: what": the domain is a name of libvips and says nothing to a user.
    const std::size_t colon = line.find(": ");
    const bool domain = colon != line.npos && line.find(' ') > colon;
    lines += (domain ? line.substr(colon + 2) : line) + "\n";
  }
  vips_error_clear();
  return one_line(lines);
}

}  // namespace tessera::image
