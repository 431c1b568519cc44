// Image windows that the VMM added at a resume.
#pragma once

namespace mayfly::guest {

// Makes the kernel see the windows of the control page (the VMM's boot page tables have those it
// booted with).
void map_new_windows();

}  // namespace mayfly::guest
