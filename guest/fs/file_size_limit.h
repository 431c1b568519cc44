// RLIMIT_FSIZE: how large the current process may make a file. Beyond it: SIGXFSZ and EFBIG.
#pragma once

#include "guest/mm/user.h"

namespace mayfly::guest {

// Cuts a write at `offset` to what the limit leaves room for.
ErrnoOr<void> cut_to_file_size_limit(IoBuffer& from, u64 offset);
// Of a file that grows without being written.
ErrnoOr<void> check_file_size_limit(u64 size, u64 new_size);

}  // namespace mayfly::guest
