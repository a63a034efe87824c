# SPDX-License-Identifier: MIT
# What may not stand in a source. Usage: cmake -DSOURCE=<root of the tree> -P forbidden.cmake
# Comments do not count; the SPDX line, names and lengths are checked on whole files.
cmake_minimum_required(VERSION 3.25)

set(checked 0)
foreach(folder IN ITEMS lib apps tests models/train samples man)
  foreach(suffix IN ITEMS h cpp in py cmake sh txt pov)
    file(GLOB_RECURSE found ${SOURCE}/${folder}/*.${suffix})
    list(APPEND sources ${found})
  endforeach()
endforeach()
list(APPEND sources ${SOURCE}/CMakeLists.txt ${SOURCE}/.ci/run)
list(FILTER sources EXCLUDE REGEX "/(__pycache__|images|build[^/]*)/")

# Fails unless `pattern` is absent from the code of `name`, or `name` matches `allowed`.
function(forbid name code pattern allowed reason)
  if(NOT name MATCHES "${allowed}" AND code MATCHES "${pattern}")
    message(SEND_ERROR "${name}: '${CMAKE_MATCH_0}': ${reason}")
  endif()
endfunction()

function(check_code name text)
  string(REGEX REPLACE "//[^\n]*|using namespace std::[a-z_:]*literals" "" code "${text}")
  if(name MATCHES "^lib/")
    forbid(${name} "${code}" "std::j?thread[^_a-z]|std::async|<thread>|<future>|pthread_create"
      "^lib/base/threads/thread_pool\\.cpp$"
      "threads start in lib/base/threads/thread_pool.cpp only")
    forbid(${name} "${code}" "#include <(iostream|print)>|std::(cout|cerr|clog)[^a-z]|[^a-z_]v?f?printf\\(|fmt::print|[^a-z_]f?puts\\(|[(,] *std(out|err) *[,)]"
      "^$" "the library never prints")
    forbid(${name} "${code}" "[^a-z_>.](std::)?(exit|_exit|quick_exit|abort|terminate)\\("
      "^lib/base/assertion" "the library never exits")
    forbid(${name} "${code}" "using namespace" "^$" "names are written out")
  endif()
  if(name MATCHES "^(lib|apps)/")
    forbid(${name} "${code}" "#include <opencv2/" "^lib/(image|classical)/"
      "OpenCV belongs in lib/image and lib/classical")
    forbid(${name} "${code}" "#include <(vips|libraw)/" "^lib/image/"
      "libvips and LibRaw belong in lib/image")
    forbid(${name} "${code}" "#include <(oneapi/)?dnnl" "^lib/nn/" "oneDNN belongs in lib/nn")
    forbid(${name} "${code}" "#include <nlohmann/" "^(lib/(checkpoint|model|pipeline)|apps)/"
      "JSON belongs in lib/checkpoint, lib/model, lib/pipeline and apps")
    forbid(${name} "${code}" "#include <(eigen3/)?Eigen/" "^lib/(fusion|analysis)/"
      "Eigen belongs in lib/fusion and lib/analysis")
    forbid(${name} "${code}" "#include <CLI/" "^apps/" "CLI11 belongs in apps")
    forbid(${name} "${code}" "#include <fmt/" "^(lib|apps)/.*\\.cpp$" "fmt belongs in .cpp files")
  endif()
endfunction()

foreach(source IN LISTS sources)
  math(EXPR checked "${checked} + 1")
  file(RELATIVE_PATH name ${SOURCE} ${source})
  get_filename_component(stem ${source} NAME)
  string(TOLOWER ${stem} stem)
  if(stem MATCHES "(^|[_.-])(utils?|common|misc|helpers?|stuff|v2|new|old|tmp)[_.-]")
    message(SEND_ERROR "${name}: a file is named for its one concept, not '${CMAKE_MATCH_2}'")
  endif()

  file(READ ${source} text)
  # CMake lists split at semicolons and stumble over brackets; neither matters here.
  string(REGEX REPLACE "[][;]" " " text "${text}")
  if(source MATCHES "\\.(h|cpp|in|py|cmake|sh|pov)$|CMakeLists\\.txt$|\\.ci/run$"
     AND NOT source MATCHES "\\.pc\\.in$")
    string(SUBSTRING "${text}" 0 120 head)
    if(NOT head MATCHES "SPDX-License-Identifier: MIT")
      message(SEND_ERROR "${name}: the SPDX line is missing at the top")
    endif()
  endif()
  if(name MATCHES "^(lib|apps|tests|models/train)/")
    string(REGEX REPLACE "[^\n]" "" newlines "${text}")
    string(LENGTH "${newlines}" lines)
    if(lines GREATER 300 AND NOT source MATCHES "\\.txt$")
      message(SEND_ERROR "${name}: ${lines} lines; split it by concept (at most 300)")
    endif()
  endif()
  if(source MATCHES "\\.(h|cpp|in)$")
    check_code(${name} "${text}")
  endif()
endforeach()
message(STATUS "forbidden: ${checked} files read")
