// Data from one descriptor to another without passing through the program: sendfile, copy_file_range,
// splice.
#pragma once

#include "guest/fs/file.h"
#include "guest/thread/thread.h"

namespace mayfly::guest {

SysResult sys_sendfile(Thread& self, int out_fd, int in_fd, UserPtr<i64> offset, u64 count);
SysResult sys_copy_file_range(Thread& self, int in_fd, UserPtr<i64> in_offset, int out_fd, UserPtr<i64> out_offset,
                              u64 count, unsigned flags);
SysResult sys_splice(Thread& self, int in_fd, UserPtr<i64> in_offset, int out_fd, UserPtr<i64> out_offset, u64 count,
                     unsigned flags);

}  // namespace mayfly::guest
