// Maps the segments of a program or of its interpreter.
#pragma once

#include "guest/exec/elf.h"
#include "guest/fs/dentry.h"
#include "guest/mm/address_space.h"

namespace mayfly::guest {

struct LoadedElf {
    u64 base = 0;  // what was added to the addresses in the file
    u64 entry = 0;
    u64 headers = 0;
    u16 header_count = 0;
    u64 end = 0;
    String interpreter;  // empty for a static program
};

// `preferred_base` is where a position-independent file goes.
ErrnoOr<LoadedElf> load_elf(AddressSpace& space, Dentry& file, std::string_view path, u64 preferred_base);

}  // namespace mayfly::guest
