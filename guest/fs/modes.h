// S_IFMT and its kin. Where glibc's headers were seen (<cstring> brings them in, also freestanding),
// <linux/stat.h> leaves these to glibc's <sys/stat.h>, which unit tests on the host use; in the kernel
// they come from <linux/stat.h> all the same, so include this header and not that one.
#pragma once

#if __STDC_HOSTED__
#include <sys/stat.h>
#else
#define __KERNEL__
#include <linux/stat.h>
#undef __KERNEL__
#endif
