# SPDX-License-Identifier: MIT
# A test that no CMakeLists.txt names never runs and looks green. Every *_test.cpp below tests/ must
# be named in its folder's CMakeLists.txt, every *_test.sh likewise, every lib/**/*.cpp in its
# floor's, and every folder that has tests must be a floor of lib/.
# A shell test of programs ends with `finish`, or what stands behind it never runs.
# Usage: cmake -DSOURCE=<root of the tree> -P every_test_is_built.cmake
cmake_minimum_required(VERSION 3.25)

function(check_named folder)
  file(GLOB sources RELATIVE ${SOURCE}/${folder} ${ARGN})
  set(lists "")
  if(EXISTS ${SOURCE}/${folder}/CMakeLists.txt)
    file(READ ${SOURCE}/${folder}/CMakeLists.txt lists)
    string(REGEX REPLACE "#[^\n]*" "" lists "${lists}")
  endif()
  foreach(source IN LISTS sources)
    string(REPLACE "." "\\." pattern ${source})
    get_filename_component(stem ${source} NAME_WE)
    # A list of names without suffix, as a foreach over programs has, also names a shell test.
    if(NOT " ${lists} " MATCHES "[ \n(\"/]${pattern}[ \n)\"]"
       AND NOT (source MATCHES "\\.sh$" AND " ${lists} " MATCHES "[ \n(\"/]${stem}[ \n)\"]"))
      message(SEND_ERROR "${folder}/${source} is not named in ${folder}/CMakeLists.txt")
    endif()
  endforeach()
endfunction()

file(GLOB folders RELATIVE ${SOURCE}/tests ${SOURCE}/tests/*)
foreach(folder IN LISTS folders)
  if(NOT IS_DIRECTORY ${SOURCE}/tests/${folder})
    continue()
  endif()
  check_named(tests/${folder} ${SOURCE}/tests/${folder}/*_test.cpp
    ${SOURCE}/tests/${folder}/*/*_test.cpp
    ${SOURCE}/tests/${folder}/*_test.sh ${SOURCE}/tests/${folder}/*/*_test.sh)
  file(GLOB unit_tests ${SOURCE}/tests/${folder}/*_test.cpp ${SOURCE}/tests/${folder}/*/*_test.cpp)
  file(READ ${SOURCE}/tests/CMakeLists.txt lists)
  if(unit_tests AND NOT "${lists}" MATCHES "[ \n(]${folder}[ \n)]")
    message(SEND_ERROR "tests/${folder} is not named in tests/CMakeLists.txt")
  endif()
endforeach()

file(GLOB folders RELATIVE ${SOURCE}/lib ${SOURCE}/lib/*)
foreach(folder IN LISTS folders)
  if(IS_DIRECTORY ${SOURCE}/lib/${folder} AND NOT folder MATCHES "^(include|cmake)$")
    check_named(lib/${folder} ${SOURCE}/lib/${folder}/*.cpp ${SOURCE}/lib/${folder}/*/*.cpp)
  endif()
endforeach()

# What stands behind `finish` would never run.
file(GLOB scripts ${SOURCE}/tests/cli/*/*_test.sh)
foreach(script IN LISTS scripts)
  file(READ ${script} text)
  if(NOT "${text}" MATCHES "\nfinish\n$" OR "${text}" MATCHES "\nfinish\n.*\nfinish\n$")
    message(SEND_ERROR "${script}: 'finish' is its last line, and no other")
  endif()
endforeach()

# The programs and their parts.
check_named(apps ${SOURCE}/apps/*.cpp ${SOURCE}/apps/*/*.cpp ${SOURCE}/apps/*/*/*.cpp)
