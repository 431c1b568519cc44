#include "bench/report/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string_view>
#include <vector>

#include "commit.h"
#include "mayfly/mayfly.h"

namespace mayfly::bench {
namespace {

std::string first_line(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// The value of the first "key : value" line of /proc/cpuinfo.
std::string cpuinfo(std::string_view key) {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(key)) continue;
        const auto value = line.find(": ");
        if (value != std::string::npos) return line.substr(value + 2);
    }
    return {};
}

std::string kernel() {
    utsname name{};
    if (::uname(&name) != 0) return {};
    return std::string(name.sysname) + " " + name.release;
}

// Mitigations slow exits and system calls, so two machines compare only with equal ones.
std::string mitigations() {
    std::vector<std::string> active;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/sys/devices/system/cpu/vulnerabilities", error))
        if (first_line(entry.path()).starts_with("Mitigation")) active.push_back(entry.path().filename());
    std::sort(active.begin(), active.end());
    std::string joined;
    for (const std::string& name : active) joined += (joined.empty() ? "" : ", ") + name;
    return joined.empty() ? "none" : joined;
}

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), length};
}

std::uint64_t memory_bytes() {
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long page = ::sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) : 0;
}

}  // namespace

Machine this_machine() {
    Machine machine;
    machine.cpu = cpuinfo("model name");
    machine.cores = static_cast<unsigned>(std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L));
    machine.memory_bytes = memory_bytes();
    machine.kernel = kernel();
    machine.kvm_backend = kvm_backend();
    const bool is_virtual = (" " + cpuinfo("flags") + " ").find(" hypervisor ") != std::string::npos;
    machine.virtualization = is_virtual ? "virtual machine" : "bare metal";
    machine.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    machine.mitigations = mitigations();
    std::array<double, 1> load{};
    if (::getloadavg(load.data(), 1) == 1) machine.load = load[0];
    machine.date = utc_now();
    machine.version = version();
    machine.commit = MAYFLY_COMMIT;
    return machine;
}

MachineUse::MachineUse() : before_(ticks()) {}

// The first line of /proc/stat (proc(5)): user nice system idle iowait irq softirq steal; guest time is
// part of user.
MachineUse::Ticks MachineUse::ticks() {
    std::ifstream file("/proc/stat");
    std::string name;
    std::array<double, 8> fields{};
    file >> name;
    for (double& field : fields) file >> field;
    return {std::accumulate(fields.begin(), fields.end(), 0.0), fields[3] + fields[4], fields[7]};
}

void MachineUse::add_to(Machine& machine) const {
    const Ticks after = ticks();
    machine.elapsed_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const double total = after.total - before_.total;
    if (total <= 0) return;
    machine.busy_percent = 100 * (1 - (after.idle - before_.idle) / total);
    machine.steal_percent = 100 * (after.steal - before_.steal) / total;
}

}  // namespace mayfly::bench
