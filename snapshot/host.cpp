#include "snapshot/host.h"

#include <unistd.h>

namespace mayfly::snapshot {

Backend host_backend() {
    const auto is_there = [](const char* path) { return ::access(path, F_OK) == 0; };
    if (!is_there("/dev/kvm")) return Backend::none;
    if (is_there("/sys/module/kvm_pvm")) return Backend::pvm;
    if (is_there("/sys/module/kvm_amd")) return Backend::svm;
    if (is_there("/sys/module/kvm_intel")) return Backend::vmx;
    return Backend::none;
}

std::string_view to_string(Backend backend) {
    switch (backend) {
    case Backend::none: return "none";
    case Backend::pvm: return "pvm";
    case Backend::svm: return "svm";
    case Backend::vmx: return "vmx";
    }
    return "unknown";
}

}  // namespace mayfly::snapshot
