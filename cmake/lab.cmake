# SPDX-License-Identifier: GPL-3.0-or-later
#
# The browser laboratory: the core's own sources compiled to WebAssembly, and the page around it (src/pages/lab) as one HTML
# file, <build>/laboratory.html. The flags are those that keep the bits: what the module computes equals the program, bit for
# bit (tests/lab). Not -msimd128: 1.8 times as fast, but clang 14 then moves loads behind stores to the same place
# (docs/laboratory.md).
set(KLASTER_LAB AUTO CACHE STRING "build the browser laboratory: ON, OFF, or AUTO: where emcc is found and pages are built")
set(KLASTER_LAB_BUILT OFF)
if(KLASTER_LAB)
  find_program(KLASTER_EMCC emcc)
  if(KLASTER_EMCC AND KLASTER_PAGES_BUILT)
    set(KLASTER_LAB_BUILT ON)
  elseif(KLASTER_LAB STREQUAL "AUTO")
    message(STATUS "klaster is built without the browser laboratory: emcc (emscripten) and the pages are needed")
  else()
    message(FATAL_ERROR "KLASTER_LAB is ON, but emcc (emscripten) or what the pages need was not found")
  endif()
endif()
if(NOT KLASTER_LAB_BUILT)
  return()
endif()

# Random123 refuses processors that it does not know. Threefry is portable C, so it is told of one that it knows and has no
# special code for. Its directory is named here: /usr/include itself is the C library of another machine.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/lab/include/Random123/threefry.h @ONLY CONTENT [[
/* Made by cmake/lab.cmake. */
#define __riscv 1
#include "@RANDOM123_INCLUDE_DIR@/Random123/threefry.h"
#undef __riscv
]])

# Layers that need no library but C's, and of the layers above what draws inputs and plays worlds.
file(GLOB klaster_lab_sources CONFIGURE_DEPENDS src/status/*.c src/num/*.c src/params/*.c src/core/*.c src/design/*.c src/lab/*.c)
list(APPEND klaster_lab_sources src/study/draw.c src/study/draws.c src/study/dist.c src/engine/play.c src/engine/baseline.c)
list(TRANSFORM klaster_lab_sources PREPEND ${CMAKE_SOURCE_DIR}/ REGEX "^src/")
file(GLOB klaster_lab_headers CONFIGURE_DEPENDS include/klaster/* src/num/*.h src/rng/*.h src/core/*.h src/design/*.h
  src/study/*.h src/engine/*.h src/lab/*.h src/design/*.def)

# What the page may call: all that lab.h declares, and memory.
file(STRINGS src/lab/lab.h lines REGEX "kl_lab_[a-z_]+\\(")
set(exports _malloc _free _kl_status_text)
foreach(line IN LISTS lines)
  if(line MATCHES "^[A-Za-z].*[ *](kl_lab_[a-z_]+)\\(")
    list(APPEND exports _${CMAKE_MATCH_1})
  endif()
endforeach()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS src/lab/lab.h)
list(JOIN exports "," exports)

set(klaster_lab_wasm ${CMAKE_BINARY_DIR}/klaster-lab.wasm)
add_custom_command(OUTPUT ${klaster_lab_wasm}
  # Debian's emscripten finds its libraries itself, and its JavaScript where Debian puts it.
  COMMAND ${CMAKE_COMMAND} -E env --unset=EM_CACHE NODE_PATH=/usr/share/nodejs ${KLASTER_EMCC} -std=c11 -O3
          -ffp-contract=off -fno-math-errno -fno-trapping-math -DKL_NO_CLONES
          -Wall -Wextra -Wpedantic -Werror -Wno-pass-failed
          -I${CMAKE_SOURCE_DIR}/include -I${CMAKE_BINARY_DIR}/include -I${CMAKE_SOURCE_DIR}/src
          -isystem ${CMAKE_BINARY_DIR}/lab/include ${klaster_lab_sources}
          --no-entry -sSTANDALONE_WASM -sALLOW_MEMORY_GROWTH -sEXPORTED_FUNCTIONS=${exports} -o ${klaster_lab_wasm}
  DEPENDS ${klaster_lab_sources} ${klaster_lab_headers} ${CMAKE_BINARY_DIR}/lab/include/Random123/threefry.h
  VERBATIM COMMENT "Compiling the core to WebAssembly")
add_custom_target(klaster_lab_wasm DEPENDS ${klaster_lab_wasm})

# The page, with what it plays: the module, the paper's study with nothing left unsaid, and the table of parameters.
set(klaster_laboratory ${CMAKE_BINARY_DIR}/laboratory.html)
add_custom_command(OUTPUT ${klaster_laboratory}
  COMMAND ${KLASTER_NODE} ${CMAKE_SOURCE_DIR}/src/pages/lab/data.mjs $<TARGET_FILE:klaster> ${klaster_lab_wasm}
          ${CMAKE_BINARY_DIR}/lab/data.json
  COMMAND ${KLASTER_NODE} ${CMAKE_SOURCE_DIR}/src/pages/build.mjs --modules ${klaster_pages_dir}
          --html ${klaster_laboratory} --data ${CMAKE_BINARY_DIR}/lab/data.json lab
  DEPENDS klaster ${klaster_lab_wasm} ${klaster_page_sources} ${CMAKE_SOURCE_DIR}/scenarios/paper.yaml
  VERBATIM COMMENT "Making the browser laboratory")
add_custom_target(laboratory ALL DEPENDS ${klaster_laboratory})
add_dependencies(laboratory klaster_lab_wasm) # one emcc, not two at a time
