// Reads that could go on for ever: as many bytes as were asked for, unless a signal comes first.
#pragma once

#include "guest/mm/user.h"

namespace mayfly::guest {

ErrnoOr<usize> give_zeroes(IoBuffer& to);
ErrnoOr<usize> give_random(IoBuffer& to);

}  // namespace mayfly::guest
