# SPDX-License-Identifier: GPL-3.0-or-later
#
# The pages of src/pages, bundled by esbuild from a lock file into one HTML template each and put into the program. What
# npm installs goes to the build directory. Without Node.js klaster is built without pages, and says so when asked for one.
set(KLASTER_PAGES AUTO CACHE STRING "build the pages in: ON, OFF, or AUTO: where node and npm are found and npm can install")
set(KLASTER_PAGES_BUILT OFF)
set(klaster_pages_dir ${CMAKE_BINARY_DIR}/pages)

# Install once for each lock file. Sets KLASTER_PAGES_BUILT, or a sentence in klaster_pages_why.
function(klaster_install_node_modules)
  find_program(KLASTER_NODE NAMES node nodejs)
  find_program(KLASTER_NPM npm)
  if(NOT KLASTER_NODE OR NOT KLASTER_NPM)
    set(klaster_pages_why "node (18 or later) and npm are needed" PARENT_SCOPE)
    return()
  endif()
  file(SHA256 ${CMAKE_SOURCE_DIR}/src/pages/package-lock.json lock)
  set(stamp ${klaster_pages_dir}/installed-${lock})
  if(NOT EXISTS ${stamp})
    message(STATUS "Installing the libraries of the pages (npm ci)")
    file(REMOVE_RECURSE ${klaster_pages_dir})
    file(COPY src/pages/package.json src/pages/package-lock.json DESTINATION ${klaster_pages_dir})
    # No scripts of packages are run: none is needed.
    execute_process(COMMAND ${KLASTER_NPM} ci --ignore-scripts --no-audit --no-fund --fetch-retries 1
      WORKING_DIRECTORY ${klaster_pages_dir} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said TIMEOUT 300)
    if(failed)
      string(STRIP "${said}" said)
      set(klaster_pages_why "npm could not install: ${said}" PARENT_SCOPE)
      return()
    endif()
    file(TOUCH ${stamp})
  endif()
  set(KLASTER_PAGES_BUILT ON PARENT_SCOPE)
endfunction()

if(KLASTER_PAGES)
  klaster_install_node_modules()
  if(NOT KLASTER_PAGES_BUILT AND KLASTER_PAGES STREQUAL "AUTO")
    message(STATUS "klaster is built without pages: ${klaster_pages_why}")
  elseif(NOT KLASTER_PAGES_BUILT)
    message(FATAL_ERROR "KLASTER_PAGES is ON, but ${klaster_pages_why}")
  endif()
endif()

# All pages of the program in one C source.
file(GLOB_RECURSE klaster_page_sources CONFIGURE_DEPENDS src/pages/*.mjs src/pages/*.js src/pages/*.css src/pages/*.json)
set(klaster_pages_c ${CMAKE_BINARY_DIR}/pages.c)
if(KLASTER_PAGES_BUILT)
  add_custom_command(OUTPUT ${klaster_pages_c}
    COMMAND ${KLASTER_NODE} ${CMAKE_SOURCE_DIR}/src/pages/build.mjs --modules ${klaster_pages_dir}
            --c ${klaster_pages_c} report replay
    DEPENDS ${klaster_page_sources} VERBATIM COMMENT "Bundling the pages")
else()
  file(CONFIGURE OUTPUT ${klaster_pages_c} @ONLY CONTENT [[
/* Built without pages. */
#include "cli/page.h"

const kl_page kl_page_template[KL_N_PAGES] = {{0}};
]])
endif()
