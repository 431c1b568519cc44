// The kernel's random pool: a ChaCha20 generator keyed from the control page's seed, and keyed anew
// whenever the generation changes, so that no two clones share a byte.
#pragma once

#include <span>

#include "guest/lib/types.h"

namespace mayfly::guest {

void random_bytes(std::span<std::byte> out);
// Mixes the control page's seed in; called after every resume before any user code runs.
void random_reseed();

}  // namespace mayfly::guest
