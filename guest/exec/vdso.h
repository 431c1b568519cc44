// The vDSO (vdso(7)) in the program's address space.
#pragma once

#include "guest/mm/address_space.h"

namespace mayfly::guest {

// Maps it and returns its address, for AT_SYSINFO_EHDR.
ErrnoOr<u64> map_vdso(AddressSpace& space);

}  // namespace mayfly::guest
