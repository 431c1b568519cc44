// What a snapshot says about the host that made it.
#pragma once

#include <cstdint>
#include <string_view>

namespace mayfly::snapshot {

// A snapshot holds state that only makes sense to the backend that made it: which exits, which CPL
// a system call enters.
enum class Backend : std::uint32_t { none = 0, pvm = 1, svm = 2, vmx = 3 };

// By the loaded KVM modules, or where KVM is built in by the CPU's vendor.
Backend host_backend();
std::string_view to_string(Backend backend);

}  // namespace mayfly::snapshot
