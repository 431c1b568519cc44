#pragma once

namespace mayfly::guest::doubles {

// So many allocations succeed from now on, then all fail; -1: none fails.
void set_allocations_left(long count);

}  // namespace mayfly::guest::doubles
