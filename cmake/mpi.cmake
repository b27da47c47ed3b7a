# SPDX-License-Identifier: GPL-3.0-or-later
#
# The layer `ranks`: kl_ranks for the program klaster (one process), kl_ranks_mpi for klaster-mpi (where KLASTER_MPI_FOUND).
# No part of the library: a program that uses libklaster does not get MPI with it. The sanitizers find faults in MPI
# itself, so AUTO leaves it out there.
set(KLASTER_MPI_FOUND FALSE)
if(KLASTER_MPI STREQUAL "AUTO" AND NOT KLASTER_SANITIZE)
  find_package(MPI QUIET COMPONENTS C)
  set(KLASTER_MPI_FOUND ${MPI_C_FOUND})
elseif(KLASTER_MPI AND NOT KLASTER_MPI STREQUAL "AUTO")
  find_package(MPI REQUIRED COMPONENTS C)
  set(KLASTER_MPI_FOUND TRUE)
endif()
if(KLASTER_MPI_FOUND)
  find_package(Threads REQUIRED)
  message(STATUS "MPI ${MPI_C_VERSION}: ${MPI_C_LIBRARIES}; klaster-mpi is built, too")
else()
  message(STATUS "MPI: not used; klaster-mpi is not built")
endif()

# klaster_ranks(target library...): the sources are src/ranks/tickets.c and the one that is named.
function(klaster_ranks target source)
  add_library(${target} OBJECT src/ranks/tickets.c src/ranks/${source})
  target_include_directories(${target} PUBLIC include src)
  target_link_libraries(${target} PUBLIC ${ARGN})
endfunction()
klaster_ranks(kl_ranks single.c)
set(objects "$<JOIN:$<TARGET_OBJECTS:kl_ranks>,\t>")
if(KLASTER_MPI_FOUND)
  klaster_ranks(kl_ranks_mpi mpi.c MPI::MPI_C Threads::Threads)
  string(APPEND objects "\t$<JOIN:$<TARGET_OBJECTS:kl_ranks_mpi>,\t>")
endif()
string(APPEND KLASTER_LAYER_TABLE "ranks|kl_status|${objects}\n")
