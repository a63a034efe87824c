# SPDX-License-Identifier: MIT
# `cpack` in the build folder makes a Debian package of everything that is installed.
file(READ ${PROJECT_SOURCE_DIR}/README.md readme)
string(REGEX MATCH "MIT License.*" licence "${readme}")
file(READ ${PROJECT_SOURCE_DIR}/lib/cmake/compiled_in.txt compiled_in)
file(WRITE ${PROJECT_BINARY_DIR}/package/copyright
  "Tessera ${PROJECT_VERSION}\n\n${licence}\n${compiled_in}")
install(FILES ${PROJECT_BINARY_DIR}/package/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tessera)
set(CPACK_PACKAGE_CONTACT "Tessera authors <tessera@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DESCRIPTION
"Programs and library that demosaic, enlarge, fill and denoise pictures, fuse
trained networks into one, and look inside them.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
# Which packages hold the shared libraries that the programs need; asks dpkg-shlibdeps.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
# Others may link with the library.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
include(CPack)
