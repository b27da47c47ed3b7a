# SPDX-License-Identifier: GPL-3.0-or-later
#
# kl_hdf5: the serial HDF5 and its high-level library. Debian's own name for the serial one is asked first, because
# the plain name `hdf5` changes its meaning when libhdf5-openmpi-dev or libhdf5-mpich-dev is installed. Elsewhere
# CMake's module looks.
add_library(kl_hdf5 INTERFACE)
pkg_check_modules(HDF5_SERIAL QUIET hdf5-serial)
if(HDF5_SERIAL_FOUND)
  find_library(HDF5_SERIAL_C hdf5 HINTS ${HDF5_SERIAL_LIBRARY_DIRS} NO_DEFAULT_PATH REQUIRED)
  find_library(HDF5_SERIAL_HL hdf5_hl HINTS ${HDF5_SERIAL_LIBRARY_DIRS} NO_DEFAULT_PATH REQUIRED)
  target_include_directories(kl_hdf5 SYSTEM INTERFACE ${HDF5_SERIAL_INCLUDE_DIRS})
  target_link_libraries(kl_hdf5 INTERFACE ${HDF5_SERIAL_HL} ${HDF5_SERIAL_C})
  set(KLASTER_HDF5_LIBRARIES ${HDF5_SERIAL_HL} ${HDF5_SERIAL_C})
  set(KLASTER_HDF5_VERSION ${HDF5_SERIAL_VERSION})
else()
  set(HDF5_PREFER_PARALLEL OFF)
  find_package(HDF5 REQUIRED COMPONENTS C HL)
  if(HDF5_IS_PARALLEL)
    message(FATAL_ERROR "found a parallel HDF5 only; klaster needs the serial one")
  endif()
  target_include_directories(kl_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
  target_compile_definitions(kl_hdf5 INTERFACE ${HDF5_C_DEFINITIONS})
  target_link_libraries(kl_hdf5 INTERFACE ${HDF5_C_HL_LIBRARIES} ${HDF5_C_LIBRARIES})
  set(KLASTER_HDF5_LIBRARIES ${HDF5_C_HL_LIBRARIES} ${HDF5_C_LIBRARIES})
  set(KLASTER_HDF5_VERSION ${HDF5_VERSION})
endif()
message(STATUS "HDF5 ${KLASTER_HDF5_VERSION}: ${KLASTER_HDF5_LIBRARIES}")
