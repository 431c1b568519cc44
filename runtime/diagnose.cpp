// Whether functions can run on this host.
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "mayfly/mayfly.h"
#include "runtime/spawner.h"
#include "snapshot/durable_file.h"
#include "snapshot/pagemap.h"
#include "vmm/backend.h"
#include "vmm/capabilities.h"
#include "vmm/kvm.h"

namespace mayfly {
namespace {

Check ok(std::string name, std::string found) { return {std::move(name), CheckStatus::ok, std::move(found), {}}; }
Check warning(std::string name, std::string found, std::string advice) {
    return {std::move(name), CheckStatus::warning, std::move(found), std::move(advice)};
}
Check missing(std::string name, std::string found, std::string advice) {
    return {std::move(name), CheckStatus::missing, std::move(found), std::move(advice)};
}

std::string first_line(const char* path) {
    std::string text = snapshot::read_file(path, 4096).value_or(std::string());
    return text.substr(0, text.find('\n'));
}

Check check_backend(const vmm::Kvm& kvm) {
    const vmm::Backend backend = vmm::detect_backend(kvm);
    const std::string name(vmm::to_string(backend));
    if (backend == vmm::Backend::unknown)
        return warning("KVM backend", name, "Mayfly was tried on PVM, SVM and VMX; tell us what this is");
    if (backend == vmm::Backend::pvm)
        return ok("KVM backend", name + " (no hardware virtualisation: page tables are shadowed)");
    return ok("KVM backend", name);
}

Check check_capability(const vmm::CapabilityReport& report) {
    const std::string name(report.capability.name);
    const std::string purpose(report.capability.purpose);
    if (report.present) return ok(name, purpose);
    if (report.capability.need == vmm::Need::required)
        return missing(name, "absent: " + purpose, "use a newer kernel, or another KVM backend");
    return warning(name, "absent: " + purpose, "nothing must be done: there is another way");
}

void check_kvm(std::vector<Check>& checks) {
    const auto kvm = vmm::Kvm::open();
    if (!kvm) {
        checks.push_back(missing("/dev/kvm", kvm.error().message(),
                                 "load a KVM module (kvm_intel, kvm_amd, kvm_pvm), or let your user open it: "
                                 "sudo usermod -aG kvm $USER, then log in again"));
        return;
    }
    checks.push_back(ok("/dev/kvm", "can be opened"));
    checks.push_back(check_backend(*kvm));
    for (const vmm::CapabilityReport& report : vmm::probe_capabilities(*kvm))
        checks.push_back(check_capability(report));
}

Check check_pagemap() {
    const auto pagemap = snapshot::Pagemap::open();
    if (!pagemap) return missing("/proc/self/pagemap", pagemap.error().message(), "mount /proc in this container");
    if (!pagemap->has_scan())
        return warning("PAGEMAP_SCAN", "absent: resets look at a table instead",
                       "Linux 6.7 or newer makes resets faster");
    return ok("PAGEMAP_SCAN", "finds the pages to reset");
}

Check check_memory_files() {
    const std::string setting = first_line("/proc/sys/vm/memfd_noexec");
    if (setting == "2")
        return missing("vm.memfd_noexec", "2: programs can't be run from memory", "sudo sysctl vm.memfd_noexec=0");
    return ok("vm.memfd_noexec", setting.empty() ? "not known to this kernel" : setting);
}

Check check_open_files() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const std::string found = std::to_string(limit.rlim_cur);
    if (limit.rlim_cur < 256) return warning("open files", found, "ulimit -n 1024: a function needs about ten each");
    return ok("open files", found);
}

Check check_mappings() {
    const std::string found = first_line("/proc/sys/vm/max_map_count");
    if (!found.empty() && std::strtoull(found.c_str(), nullptr, 10) < 16384)
        return warning("vm.max_map_count", found, "sudo sysctl vm.max_map_count=65530: a snapshot is many mappings");
    return ok("vm.max_map_count", found.empty() ? "unknown" : found);
}

Check check_swap() {
    const std::string swaps = snapshot::read_file("/proc/swaps", 1 << 16).value_or(std::string());
    const bool is_on = std::count(swaps.begin(), swaps.end(), '\n') > 1;
    if (is_on) return warning("swap", "on: what functions hold in memory may reach the disk", "sudo swapoff -a");
    return ok("swap", "off");
}

Check check_control_groups() {
    if (::access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0) return ok("control groups", "version 2");
    if (::access("/sys/fs/cgroup/memory", F_OK) == 0) return ok("control groups", "version 1");
    return warning("control groups", "absent",
                   "mount cgroup2: CPU and memory of microVM processes can't be limited without");
}

bool is_in_path(const std::string& program) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    return false;
}

Check check_tool(const std::string& program, const std::string& package) {
    if (is_in_path(program)) return ok(program, "found");
    return warning(program, "not found: images can't be built", "sudo apt-get install " + package);
}

}  // namespace

std::vector<Check> diagnose() {
    std::vector<Check> checks;
    check_kvm(checks);
    checks.push_back(check_pagemap());
    checks.push_back(check_memory_files());
    checks.push_back(check_open_files());
    checks.push_back(check_mappings());
    checks.push_back(check_swap());
    checks.push_back(check_control_groups());
    checks.push_back(check_tool("mkfs.erofs", "erofs-utils"));
    checks.push_back(check_tool("apt-get", "apt"));
    checks.push_back(check_tool("dpkg-deb", "dpkg"));
    return checks;
}

}  // namespace mayfly
