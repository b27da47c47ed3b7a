# SPDX-License-Identifier: GPL-3.0-or-later
#
# The version script of the shared library, made from the public headers: a function is exported exactly when a public
# header declares it. Layers call each other by kl_ names, too; those stay inside.

# Write the version script `map`. Comments are taken out before names are sought.
function(klaster_write_exports map)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/include/klaster/*.h)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers})
  set(names)
  foreach(header IN LISTS headers)
    file(READ ${header} text)
    string(REGEX REPLACE "/\\*([^*]|\\*+[^*/])*\\*+/" "" text "${text}")
    # a header's inline functions and macro lines export nothing
    string(REGEX REPLACE "static inline[^(]*\\(" "" text "${text}")
    string(REGEX MATCHALL "[ *]kl_[a-z0-9_]+\\(" found "${text}")
    foreach(name IN LISTS found)
      string(REGEX REPLACE "[ *(]" "" name "${name}")
      list(APPEND names ${name})
    endforeach()
  endforeach()
  list(SORT names)
  list(REMOVE_DUPLICATES names)
  list(JOIN names ";\n    " lines)
  file(CONFIGURE OUTPUT ${map} CONTENT "{\n  global:\n    @lines@;\n  local:\n    *;\n};\n" @ONLY)
endfunction()
