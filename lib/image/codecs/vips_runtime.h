// SPDX-License-Identifier: MIT
#pragma once

#include <vips/vips.h>

#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

namespace tessera::image {

/// Starts libvips once: one thread, no operation cache, no plug-in loaders (they cost 80 ms and are
/// never used), nothing printed.  Errors  IoFailure when it does not start.
/// Threads  any.
void start_vips();

struct Unref {
  void operator()(void* object) const noexcept { g_object_unref(object); }
};
/// Owner of one reference to an object of libvips.
template <typename T>
using VipsPtr = std::unique_ptr<T, Unref>;

struct Free {
  void operator()(void* bytes) const noexcept { g_free(bytes); }
};
/// Owner of a file that libvips encoded into memory.
using EncodedPtr = std::unique_ptr<void, Free>;

/// Collects what libvips warns about on this thread while it lives.
class WarningCapture {
 public:
  WarningCapture();
  ~WarningCapture();
  WarningCapture(const WarningCapture&) = delete;
  WarningCapture& operator=(const WarningCapture&) = delete;
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  std::vector<std::string> warnings_;
  std::vector<std::string>* previous_;
};

/// libvips has one error text for all threads. Work holds this lock shared; who wants to read an
/// error that is certainly its own repeats the work holding it alone.
std::shared_mutex& vips_error_lock();

/// The error text so far as one line, and forgets it.
std::string take_vips_error();

}  // namespace tessera::image
