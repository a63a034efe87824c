# SPDX-License-Identifier: MIT
# How the tests are built:  cmake -C tests/dev.cmake -S . -B build-dev -G Ninja
# Optimised with debug information, warnings are errors, ccache when the machine has it.
# Sanitizers:               cmake -C tests/dev.cmake -DTESSERA_SANITIZE=address,undefined ...
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1" CACHE STRING "")
set(TESSERA_WERROR ON CACHE BOOL "")
set(TESSERA_BUILD_TESTS ON CACHE BOOL "")
set(TESSERA_SANITIZE "" CACHE STRING "Sanitizers for everything, e.g. address,undefined")
find_program(ccache_program ccache)
if(ccache_program)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache_program} CACHE STRING "")
endif()
