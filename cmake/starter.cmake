# SPDX-License-Identifier: GPL-3.0-or-later
# Put the bytes of a file into a C source: what `klaster init` writes is built in.
function(klaster_embed_starter file source)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "((0x..,){20})" "\\1\n    " bytes "${bytes}")
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[
/* Made from @file@. */
#include "cli/starter.h"

const unsigned char kl_starter[] = {
    @bytes@
};
const size_t kl_starter_size = sizeof kl_starter;
]])
endfunction()
