# SPDX-License-Identifier: MIT
# OpenCV's modules one by one, as targets opencv_<module>. Debian keeps OpenCVConfig.cmake in
# libopencv-dev, which drags in every module of OpenCV; here the headers and libraries of
# libopencv-<module>-dev are enough.
include(FindPackageHandleStandardArgs)

find_path(OpenCV_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4)
# opencv2/opencv_modules.hpp lies in the folder of the architecture.
find_path(OpenCV_MODULES_DIR opencv2/opencv_modules.hpp PATH_SUFFIXES opencv4
  HINTS /usr/include/${CMAKE_LIBRARY_ARCHITECTURE} ${OpenCV_INCLUDE_DIR})
if(OpenCV_INCLUDE_DIR)
  file(STRINGS ${OpenCV_INCLUDE_DIR}/opencv2/core/version.hpp lines
    REGEX "#define CV_VERSION_(MAJOR|MINOR|REVISION) ")
  string(REGEX MATCHALL "[0-9]+" numbers "${lines}")
  list(JOIN numbers "." OpenCV_VERSION)
endif()
foreach(module IN LISTS OpenCV_FIND_COMPONENTS)
  find_library(OpenCV_${module}_LIBRARY opencv_${module})
  if(OpenCV_${module}_LIBRARY AND OpenCV_MODULES_DIR)
    set(OpenCV_${module}_FOUND TRUE)
  endif()
endforeach()
find_package_handle_standard_args(OpenCV
  REQUIRED_VARS OpenCV_INCLUDE_DIR OpenCV_MODULES_DIR
  VERSION_VAR OpenCV_VERSION HANDLE_COMPONENTS)

if(OpenCV_FOUND)
  foreach(module IN LISTS OpenCV_FIND_COMPONENTS)
    if(NOT TARGET opencv_${module})
      add_library(opencv_${module} SHARED IMPORTED)
      set_target_properties(opencv_${module} PROPERTIES
        IMPORTED_LOCATION ${OpenCV_${module}_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES "${OpenCV_INCLUDE_DIR};${OpenCV_MODULES_DIR}")
    endif()
  endforeach()
endif()
