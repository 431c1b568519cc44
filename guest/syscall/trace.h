// --trace-syscalls: a line a call on the log, in strace's manner.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

class Thread;

void trace_entry(Thread& self, u64 number, const u64 (&arguments)[6]);
void trace_exit(Thread& self, u64 number, const SysResult& result);

}  // namespace mayfly::guest
