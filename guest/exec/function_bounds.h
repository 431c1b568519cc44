// Where the functions of an ELF file begin and end, by what it tells those who unwind its stacks: .eh_frame_hdr
// and .eh_frame (Linux Standard Base 5.0, 10.6). Compilers write an entry for every function. Pure.
#pragma once

#include "guest/lib/types.h"

namespace mayfly::guest {

class FileReader {
public:
    // All of [offset, offset + bytes), or an error.
    virtual ErrnoOr<void> read(u64 offset, void* to, usize bytes) = 0;

protected:
    ~FileReader() = default;
};

// Offsets in the file.
struct FunctionBounds {
    u64 start = 0;
    u64 end = 0;
    u64 previous_end = 0;  // where the function before ends; `start` for the first
    u64 next_start = 0;    // where the one behind begins; `end` for the last
};

// The function that the byte at `offset` of the file belongs to; ENOENT where the file does not say.
ErrnoOr<FunctionBounds> find_function(FileReader& file, u64 offset);

}  // namespace mayfly::guest
