# SPDX-License-Identifier: GPL-3.0-or-later
#
# Manual pages, printed by the program from its own tables, and completion for bash, zsh and fish, which asks the program. Where
# the program cannot be run here (another processor), there are no pages.
set(KLASTER_MAN ON CACHE BOOL "make the manual pages")
set(klaster_commands run check params summary replay export show compare decide sensitivity calibrate discover claims
  synergy report verify diff merge init version help)
if(KLASTER_MAN AND NOT CMAKE_CROSSCOMPILING)
  set(klaster_man_dir ${CMAKE_BINARY_DIR}/man)
  file(MAKE_DIRECTORY ${klaster_man_dir})
  set(klaster_man_pages ${klaster_man_dir}/klaster.1 ${klaster_man_dir}/klaster-study.5)
  set(klaster_man_lines COMMAND klaster help --man > klaster.1 COMMAND klaster help --man study > klaster-study.5)
  foreach(name IN LISTS klaster_commands)
    list(APPEND klaster_man_pages ${klaster_man_dir}/klaster-${name}.1)
    list(APPEND klaster_man_lines COMMAND klaster help --man ${name} > klaster-${name}.1)
  endforeach()
  add_custom_command(OUTPUT ${klaster_man_pages} ${klaster_man_lines} DEPENDS klaster
    WORKING_DIRECTORY ${klaster_man_dir} COMMENT "Writing the manual pages")
  add_custom_target(klaster_man ALL DEPENDS ${klaster_man_pages})
  foreach(page IN LISTS klaster_man_pages)
    string(REGEX MATCH "[0-9]$" section ${page})
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
  endforeach()
endif()
install(FILES src/shell/klaster.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME klaster)
install(FILES src/shell/klaster.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME klaster-mpi)
install(FILES src/shell/klaster.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _klaster)
install(FILES src/shell/klaster.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES src/shell/klaster.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME klaster-mpi.fish)
