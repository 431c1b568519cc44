// KVM's ioctl numbers that <linux/kvm.h> gets wrong in C++: structs that end in a flexible array have
// an empty member there, which has size 1 in C++ and 0 in C, so _IOW(…, struct) encodes another size.
// The kernel knows only the C size, which is the offset of the array.
#pragma once

#include <linux/kvm.h>
#include <sys/ioctl.h>

#include <cstddef>

namespace mayfly::vmm {

inline constexpr unsigned long kGetSupportedCpuid = 0xc008ae05;
inline constexpr unsigned long kSetCpuid2 = 0x4008ae90;
inline constexpr unsigned long kGetMsrs = 0xc008ae88;
inline constexpr unsigned long kSetMsrs = 0x4008ae89;
inline constexpr unsigned long kSetXsave = 0x5000aea5;

static_assert(kGetSupportedCpuid == _IOC(_IOC_READ | _IOC_WRITE, KVMIO, 0x05, 2 * sizeof(__u32)));
static_assert(kSetCpuid2 == _IOC(_IOC_WRITE, KVMIO, 0x90, 2 * sizeof(__u32)));
static_assert(kGetMsrs == _IOC(_IOC_READ | _IOC_WRITE, KVMIO, 0x88, 2 * sizeof(__u32)));
static_assert(kSetMsrs == _IOC(_IOC_WRITE, KVMIO, 0x89, 2 * sizeof(__u32)));
static_assert(kSetXsave == _IOC(_IOC_WRITE, KVMIO, 0xa5, sizeof(kvm_xsave::region)));

}  // namespace mayfly::vmm
