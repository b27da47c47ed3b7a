# SPDX-License-Identifier: GPL-3.0-or-later
#
# The tests with several processes. Open MPI refuses to start as root, and more ranks than processors, unless told
# otherwise; other MPIs do not read these variables.
set(mpi_environment KL_PROGRAM_MPI= KL_MPIRUN=)
if(KLASTER_MPI_FOUND)
  set(mpi_environment
    KL_PROGRAM_MPI=$<TARGET_FILE:klaster-mpi>
    "KL_MPIRUN=${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG}"
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1)
  add_executable(test_ranks_mpi test_ranks.c)
  target_link_libraries(test_ranks_mpi PRIVATE kl_ranks_mpi PkgConfig::CMOCKA)
  foreach(n 1 2 4)
    add_test(NAME test_ranks_mpi_${n}
      COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${n} $<TARGET_FILE:test_ranks_mpi>)
    set_tests_properties(test_ranks_mpi_${n} PROPERTIES ENVIRONMENT "${mpi_environment}" TIMEOUT 120)
  endforeach()
endif()
