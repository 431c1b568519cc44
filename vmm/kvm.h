// The KVM device: opened here or received from the parent. Whether it can do what microVMs need is asked
// once by who opens it (vmm/capabilities.h).
#pragma once

#include <cstddef>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::vmm {

// One KVM ioctl. A failure becomes an Error that names it.
Result<int> kvm_call(const UniqueFd& fd, unsigned long request, unsigned long argument, std::string_view name);
Result<int> kvm_call(const UniqueFd& fd, unsigned long request, const void* argument, std::string_view name);

class Kvm {
public:
    // Opens /dev/kvm. The error says what the user can do about it.
    static Result<Kvm> open();
    // Takes a descriptor of /dev/kvm that somebody else opened.
    static Result<Kvm> adopt(UniqueFd device);

    const UniqueFd& fd() const { return device_; }
    // KVM_CHECK_EXTENSION: 0 when absent.
    int capability(int number) const;
    // Bytes of the kvm_run area of a vCPU.
    std::size_t run_bytes() const { return run_bytes_; }

private:
    Kvm(UniqueFd device, std::size_t run_bytes) : device_(std::move(device)), run_bytes_(run_bytes) {}

    UniqueFd device_;
    std::size_t run_bytes_;
};

}  // namespace mayfly::vmm
