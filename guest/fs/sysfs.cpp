// /sys: the processors, huge pages and limits that language runtimes ask for.
#include "guest/fs/proc_sys.h"
#include "guest/mm/frames.h"

namespace mayfly::guest {

namespace {

void write_memory_limit(ProcText& out, ProcSubject) { out.unsigned_number(total_frames() * kPageSize).text("\n"); }
void write_memory_used(ProcText& out, ProcSubject) {
    out.unsigned_number((total_frames() - free_frames()) * kPageSize).text("\n");
}
void write_memory_peak(ProcText& out, ProcSubject) { out.unsigned_number(peak_frames() * kPageSize).text("\n"); }

constexpr ProcEntry kTopology[] = {
    {.name = "core_id", .write = write_constant<"0">},
    {.name = "core_siblings", .write = write_constant<"1">},
    {.name = "core_siblings_list", .write = write_constant<"0">},
    {.name = "physical_package_id", .write = write_constant<"0">},
    {.name = "thread_siblings", .write = write_constant<"1">},
    {.name = "thread_siblings_list", .write = write_constant<"0">},
};
constexpr ProcEntry kCpu0[] = {
    {.name = "online", .write = write_constant<"1">},
    {.name = "topology", .children = kTopology},
};
constexpr ProcEntry kCpu[] = {
    {.name = "cpu0", .children = kCpu0},
    {.name = "kernel_max", .write = write_constant<"0">},
    {.name = "offline", .write = write_constant<"">},
    {.name = "online", .write = write_constant<"0">},
    {.name = "possible", .write = write_constant<"0">},
    {.name = "present", .write = write_constant<"0">},
};
constexpr ProcEntry kNode0[] = {
    {.name = "cpulist", .write = write_constant<"0">},
    {.name = "cpumap", .write = write_constant<"1">},
};
constexpr ProcEntry kNode[] = {
    {.name = "node0", .children = kNode0},
    {.name = "online", .write = write_constant<"0">},
    {.name = "possible", .write = write_constant<"0">},
};
constexpr ProcEntry kSystem[] = {
    {.name = "cpu", .children = kCpu},
    {.name = "node", .children = kNode},
};
constexpr ProcEntry kDevices[] = {
    {.name = "system", .children = kSystem},
};

// cgroup v2 as a container sees it: the limits of the microVM, nothing to change.
constexpr ProcEntry kCgroup[] = {
    {.name = "cgroup.controllers", .write = write_constant<"cpu memory pids">},
    {.name = "cgroup.procs", .write = write_constant<"1">},
    {.name = "cpu.max", .write = write_constant<"100000 100000">},
    {.name = "cpu.weight", .write = write_constant<"100">},
    {.name = "memory.current", .write = write_memory_used},
    {.name = "memory.high", .write = write_constant<"max">},
    {.name = "memory.max", .write = write_memory_limit},
    {.name = "memory.peak", .write = write_memory_peak},
    {.name = "memory.swap.current", .write = write_constant<"0">},
    {.name = "memory.swap.max", .write = write_constant<"0">},
    {.name = "pids.max", .write = write_constant<"512">},
};
constexpr ProcEntry kFs[] = {
    {.name = "cgroup", .children = kCgroup},
};

constexpr ProcEntry kHugePages2M[] = {
    {.name = "free_hugepages", .write = write_constant<"0">},
    {.name = "nr_hugepages", .write = write_constant<"0">},
};
constexpr ProcEntry kHugePages[] = {
    {.name = "hugepages-2048kB", .children = kHugePages2M},
};
constexpr ProcEntry kTransparentHugePage[] = {
    {.name = "defrag", .write = write_constant<"always defer defer+madvise madvise [never]">},
    {.name = "enabled", .write = write_constant<"always madvise [never]">},
    {.name = "hpage_pmd_size", .write = write_constant<"2097152">},
    {.name = "shmem_enabled", .write = write_constant<"always within_size advise [never] deny force">},
};
constexpr ProcEntry kMm[] = {
    {.name = "hugepages", .children = kHugePages},
    {.name = "transparent_hugepage", .children = kTransparentHugePage},
};
constexpr ProcEntry kKernel[] = {
    {.name = "mm", .children = kMm},
};

constexpr ProcEntry kEntries[] = {
    {.name = "devices", .children = kDevices},
    {.name = "fs", .children = kFs},
    {.name = "kernel", .children = kKernel},
};

}  // namespace

constinit const ProcEntry kSysDirectory{.name = "sys", .children = kEntries};

}  // namespace mayfly::guest
