# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `cmake --install` puts where: the program, both libraries, headers with their .def tables, scenarios, documents,
# klaster.pc and the CMake package (klaster::klaster is the shared library, klaster::static the other one).
include(CMakePackageConfigHelpers)

set(klaster_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/klaster)
install(TARGETS klaster)
if(KLASTER_MPI_FOUND)
  install(TARGETS klaster-mpi)
endif()
install(TARGETS klaster_shared EXPORT klasterTargets)
install(TARGETS klaster_static EXPORT klasterStaticTargets)
install(DIRECTORY include/klaster DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
install(FILES ${CMAKE_BINARY_DIR}/include/klaster/version.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/klaster)
install(DIRECTORY scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/klaster)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)

# klaster.pc finds its prefix from its own place, so that the tree can be moved.
file(RELATIVE_PATH klaster_prefix_from_pc ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
list(JOIN KLASTER_HDF5_LIBRARIES " " klaster_hdf5_flags)
configure_file(cmake/klaster.pc.in klaster.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/klaster.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

configure_package_config_file(cmake/klasterConfig.cmake.in klasterConfig.cmake
  INSTALL_DESTINATION ${klaster_package_dir})
write_basic_package_version_file(klasterConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/klasterConfig.cmake ${CMAKE_BINARY_DIR}/klasterConfigVersion.cmake
  DESTINATION ${klaster_package_dir})
install(EXPORT klasterTargets NAMESPACE klaster:: DESTINATION ${klaster_package_dir})
install(EXPORT klasterStaticTargets NAMESPACE klaster:: DESTINATION ${klaster_package_dir})
