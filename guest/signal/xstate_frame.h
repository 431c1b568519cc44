// The x87, SSE and AVX registers in a signal frame: an XSAVE area in the standard format, with Linux's
// own words in its reserved bytes (<asm/sigcontext.h>, struct _fpx_sw_bytes).
#pragma once

#include "guest/mm/user.h"

namespace mayfly::guest {

// Bytes of the whole, with the closing magic number; it begins on a multiple of 64.
usize xstate_frame_bytes();
// Saves the registers there, then puts them into their initial state for the handler.
ErrnoOr<void> save_xstate(UserAddr to);
// Loads the registers from there; the initial state from null.
ErrnoOr<void> load_xstate(UserAddr from);

}  // namespace mayfly::guest
