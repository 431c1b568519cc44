#include "vmm/kvm.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace mayfly::vmm {
namespace {

// The group kvm helps only where the device lets a group in.
std::string advice_on_access() {
    struct stat status {};
    constexpr mode_t kGroup = S_IRGRP | S_IWGRP;
    const bool has_group =
        ::stat("/dev/kvm", &status) == 0 && (status.st_mode & kGroup) == kGroup && status.st_gid != 0;
    return has_group ? "add the user to its group (usermod -aG kvm USER) and log in again"
                     : "give it to a group as root (chgrp kvm /dev/kvm; chmod g+rw /dev/kvm) and add the user to that";
}

std::string advice(int error) {
    switch (error) {
    case ENOENT: return "/dev/kvm does not exist: load a KVM module (modprobe kvm_intel, kvm_amd or kvm_pvm)";
    case EACCES:
    case EPERM: return "/dev/kvm may not be opened: " + advice_on_access();
    case EBUSY: return "/dev/kvm is busy: another hypervisor uses the processor's virtualisation";
    default: return "/dev/kvm can't be opened";
    }
}

}  // namespace

Result<int> kvm_call(const UniqueFd& fd, unsigned long request, unsigned long argument, std::string_view name) {
    const int result = ::ioctl(fd.get(), request, argument);
    if (result < 0) return fail_errno(ErrorCode::kvm, std::string(name));
    return result;
}

Result<int> kvm_call(const UniqueFd& fd, unsigned long request, const void* argument, std::string_view name) {
    const int result = ::ioctl(fd.get(), request, argument);
    if (result < 0) return fail_errno(ErrorCode::kvm, std::string(name));
    return result;
}

Result<Kvm> Kvm::open() {
    UniqueFd device{::open("/dev/kvm", O_RDWR | O_CLOEXEC)};
    if (!device) return fail_errno(ErrorCode::unavailable, advice(errno));
    return adopt(std::move(device));
}

Result<Kvm> Kvm::adopt(UniqueFd device) {
    const int version = MF_TRY(kvm_call(device, KVM_GET_API_VERSION, 0ul, "KVM_GET_API_VERSION"));
    if (version != KVM_API_VERSION)
        return fail(ErrorCode::unavailable, "/dev/kvm speaks KVM API " + std::to_string(version) + ", Mayfly needs " +
                                                std::to_string(KVM_API_VERSION));
    const int run_bytes = MF_TRY(kvm_call(device, KVM_GET_VCPU_MMAP_SIZE, 0ul, "KVM_GET_VCPU_MMAP_SIZE"));
    if (run_bytes < static_cast<int>(sizeof(kvm_run))) return fail(ErrorCode::kvm, "KVM's kvm_run area is too small");

    return Kvm{std::move(device), static_cast<std::size_t>(run_bytes)};
}

int Kvm::capability(int number) const {
    const int value = ::ioctl(device_.get(), KVM_CHECK_EXTENSION, number);
    return value < 0 ? 0 : value;
}

}  // namespace mayfly::vmm
