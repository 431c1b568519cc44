// What `mayfly doctor` tells: each thing functions need or use of this machine.
#include <linux/kvm.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "mayfly/mayfly.h"
#include "runtime/control_group.h"
#include "runtime/home.h"
#include "runtime/jail_checks.h"
#include "snapshot/pagemap.h"
#include "vmm/backend.h"
#include "vmm/capabilities.h"
#include "vmm/kvm.h"

namespace mayfly {
namespace {

constexpr rlim_t kWantedFiles = 1024;
constexpr std::uint64_t kWantedMemory = 512ull << 20;
constexpr std::uint64_t kWantedDisk = 1ull << 30;
constexpr std::uint64_t kWantedMappings = 16384;

std::string first_line(const char* path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

bool is_in_path(const std::string& program) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(std::string(path != nullptr ? path : "/usr/bin:/bin") + ":/usr/sbin:/sbin");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    return false;
}

Check processor() {
#if defined(__x86_64__)
    return {"processor", CheckStatus::ok, "x86-64", {}};
#else
    return {"processor", CheckStatus::missing, "not x86-64", "run on an x86-64 machine"};
#endif
}

Check kernel() {
    utsname name{};
    ::uname(&name);
    return {"kernel", CheckStatus::ok, std::string(name.sysname) + " " + name.release, {}};
}

Check backend(const vmm::Kvm& kvm) {
    const auto found = vmm::detect_backend(kvm);
    if (!found) return {"KVM backend", CheckStatus::missing, found.error().message(), "see the kernel's log (dmesg)"};
    const std::string name(vmm::to_string(*found));
    switch (*found) {
    case vmm::Backend::pvm: return {"KVM backend", CheckStatus::ok, name + " (no hardware virtualisation needed)", {}};
    case vmm::Backend::svm: return {"KVM backend", CheckStatus::ok, name + " (AMD)", {}};
    case vmm::Backend::vmx: return {"KVM backend", CheckStatus::ok, name + " (Intel)", {}};
    }
    return {};
}

void add_capabilities(std::vector<Check>& checks, const vmm::Kvm& kvm) {
    for (const vmm::CapabilityReport& report : vmm::probe_capabilities(kvm)) {
        Check check{std::string(report.capability.name), CheckStatus::ok, std::string(report.capability.purpose), {}};
        if (!report.present && report.capability.need == vmm::Need::required) {
            check.status = CheckStatus::missing;
            check.advice = "use a newer kernel: functions can't run without it";
        } else if (!report.present) {
            check.status = CheckStatus::warning;
            check.found = "absent: " + check.found;
            check.advice = "use a newer kernel to have it; functions run without it";
        }
        checks.push_back(std::move(check));
    }
}

// A capability says that KVM knows an operation; only doing it shows that this user may.
Check virtual_machine(const vmm::Kvm& kvm) {
    const auto created = vmm::kvm_call(kvm.fd(), KVM_CREATE_VM, 0ul, "KVM_CREATE_VM");
    if (!created)
        return {"virtual machine", CheckStatus::missing, created.error().message(),
                "see the kernel's log (dmesg): another hypervisor may hold the processor"};
    ::close(*created);
    return {"virtual machine", CheckStatus::ok, "can be created", {}};
}

Check open_files() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    Check check{"open files", CheckStatus::ok, std::to_string(limit.rlim_cur) + " allowed", {}};
    if (limit.rlim_cur < kWantedFiles) {
        check.status = CheckStatus::warning;
        check.advice = "raise it (ulimit -n 1024): each microVM takes about a dozen";
    }
    return check;
}

Check address_space() {
    rlimit limit{};
    ::getrlimit(RLIMIT_AS, &limit);
    if (limit.rlim_cur == RLIM_INFINITY) return {"address space", CheckStatus::ok, "unlimited", {}};
    return {"address space", CheckStatus::warning, std::to_string(limit.rlim_cur >> 20) + " MiB allowed",
            "lift it (ulimit -v unlimited): RAM of microVMs is reserved before it is used"};
}

Check memory() {
    std::ifstream file("/proc/meminfo");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("MemAvailable:")) continue;
        const std::uint64_t bytes = std::strtoull(line.c_str() + line.find(':') + 1, nullptr, 10) * 1024;
        Check check{"memory", CheckStatus::ok, std::to_string(bytes >> 20) + " MiB available", {}};
        if (bytes < kWantedMemory) {
            check.status = CheckStatus::warning;
            check.advice = "free some: an image build and a microVM need about 512 MiB";
        }
        return check;
    }
    return {"memory", CheckStatus::warning, "unknown", "mount /proc"};
}

Check control_groups() {
    const auto groups = runtime::ControlGroups::open(runtime::group_layout());
    const std::string missing = groups->missing();
    if (missing.empty()) return {"control groups", CheckStatus::ok, groups->describe(), {}};
    return {"control groups", CheckStatus::warning, groups->describe() + ", without " + missing,
            "let this user make control groups (systemd-run --user --scope -p Delegate=yes): without them only the "
            "guest kernel bounds a microVM, and --cpu needs --insecure-no-cgroup"};
}

Check overcommit() {
    const std::string mode = first_line("/proc/sys/vm/overcommit_memory");
    if (mode != "2") return {"overcommit", CheckStatus::ok, "vm.overcommit_memory = " + mode, {}};
    return {"overcommit", CheckStatus::warning, "vm.overcommit_memory = 2 (never)",
            "sysctl vm.overcommit_memory=0: RAM of microVMs is reserved before it is used"};
}

Check pages_to_reset() {
    const auto pagemap = snapshot::Pagemap::open();
    if (!pagemap)
        return {"pages to reset", CheckStatus::missing, pagemap.error().message(), "mount /proc in this container"};
    const char* how = pagemap->has_scan() ? "PAGEMAP_SCAN" : "a table; Linux 6.7 has a faster way";
    return {"pages to reset", CheckStatus::ok, std::string("found by ") + how, {}};
}

Check programs_in_memory() {
    const std::string setting = first_line("/proc/sys/vm/memfd_noexec");
    if (setting != "2") return {"programs in memory", CheckStatus::ok, "can be run", {}};
    return {"programs in memory", CheckStatus::missing, "vm.memfd_noexec = 2 (never)",
            "sysctl vm.memfd_noexec=1: the program of a microVM is run from memory"};
}

Check state_folder() {
    const auto path = runtime::Home::default_path();
    if (!path)
        return {"state folder", CheckStatus::missing, path.error().message(), "set MAYFLY_HOME to where it may be"};
    struct stat status {};
    if (::stat(path->c_str(), &status) != 0)
        return {"state folder", CheckStatus::ok, path->string() + ", not made yet", {}};
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) == 0) return {"state folder", CheckStatus::ok, path->string(), {}};
    return {"state folder", CheckStatus::warning, path->string() + ", open to other users",
            "chmod 700 " + path->string() + ": environment variables of functions lie in it"};
}

Check mappings() {
    const std::string found = first_line("/proc/sys/vm/max_map_count");
    Check check{"mappings", CheckStatus::ok, "vm.max_map_count = " + found, {}};
    if (!found.empty() && std::strtoull(found.c_str(), nullptr, 10) < kWantedMappings) {
        check.status = CheckStatus::warning;
        check.advice = "sysctl vm.max_map_count=65530: a snapshot is many mappings";
    }
    return check;
}

Check disk() {
    const auto home = runtime::Home::open({});
    if (!home)
        return {"disk", CheckStatus::missing, home.error().message(),
                "set MAYFLY_HOME to a folder that can be written"};
    struct statvfs status {};
    if (::statvfs(home->path().c_str(), &status) != 0)
        return {"disk", CheckStatus::warning, "unknown", "look whether " + home->path().string() + " can be read"};
    const std::uint64_t bytes = std::uint64_t{status.f_bavail} * status.f_frsize;
    Check check{"disk", CheckStatus::ok, std::to_string(bytes >> 20) + " MiB free for " + home->path().string(), {}};
    if (bytes < kWantedDisk) {
        check.status = CheckStatus::warning;
        check.advice = "free some, or set MAYFLY_HOME: an image build needs about 1 GiB";
    }
    return check;
}

Check tool(const char* program, const char* purpose, const char* package, CheckStatus absent = CheckStatus::warning) {
    if (is_in_path(program)) return {program, CheckStatus::ok, purpose, {}};
    return {program, absent, std::string("absent: ") + purpose,
            std::string("apt-get install ") + package + " (to build images and load functions)"};
}

}  // namespace

std::vector<Check> diagnose() {
    std::vector<Check> checks{processor(), kernel()};
    if (const auto kvm = vmm::Kvm::open(); kvm) {
        checks.push_back({"/dev/kvm", CheckStatus::ok, "can be opened", {}});
        checks.push_back(backend(*kvm));
        checks.push_back(virtual_machine(*kvm));
        add_capabilities(checks, *kvm);
    } else {
        checks.push_back({"/dev/kvm", CheckStatus::missing, "can't be opened", kvm.error().message()});
    }
    const std::vector<Check> jail = runtime::jail_checks();
    checks.insert(checks.end(), jail.begin(), jail.end());
    checks.insert(
        checks.end(),
        {state_folder(), memory(), disk(), open_files(), address_space(), overcommit(), mappings(), pages_to_reset(),
         programs_in_memory(), control_groups(),
         tool("mkfs.erofs", "makes images of functions' code", "erofs-utils", CheckStatus::missing),
         tool("dpkg-deb", "unpacks Debian packages", "dpkg"), tool("apt-get", "fetches Debian packages", "apt"),
         tool("strip", "makes images smaller", "binutils")});
    return checks;
}

}  // namespace mayfly
