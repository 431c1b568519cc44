// /proc besides processes: what is said of the whole machine.
#include "guest/fs/proc_sys.h"
#include "guest/fs/tmpfs_space.h"
#include "guest/mm/frames.h"
#include "guest/thread/process.h"
#include "guest/thread/scheduler.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {

namespace {

constexpr u64 kTicksPerSecond = 100;

void write_meminfo(ProcText& out, ProcSubject) {
    constexpr usize kWidth = 24;
    const u64 total = total_frames() * kPageSize;
    const u64 free = free_frames() * kPageSize;
    const u64 shared = TmpfsSpace::used_pages() * kPageSize;
    out.kilobytes("MemTotal:", kWidth, total).kilobytes("MemFree:", kWidth, free);
    out.kilobytes("MemAvailable:", kWidth, free).kilobytes("Buffers:", kWidth, 0);
    out.kilobytes("Cached:", kWidth, shared).kilobytes("SwapCached:", kWidth, 0);
    out.kilobytes("Active:", kWidth, total - free).kilobytes("Inactive:", kWidth, 0);
    out.kilobytes("SwapTotal:", kWidth, 0).kilobytes("SwapFree:", kWidth, 0);
    out.kilobytes("Dirty:", kWidth, 0).kilobytes("Writeback:", kWidth, 0);
    out.kilobytes("AnonPages:", kWidth, total - free - shared).kilobytes("Mapped:", kWidth, 0);
    out.kilobytes("Shmem:", kWidth, shared).kilobytes("Slab:", kWidth, 0);
    out.kilobytes("CommitLimit:", kWidth, total).kilobytes("Committed_AS:", kWidth, total - free);
    out.text("HugePages_Total:       0\nHugePages_Free:        0\nHugepagesize:       2048 kB\n");
}

// A decimal number with that many digits behind the point.
void fixed(ProcText& out, u64 value, u64 unit, int digits) {
    out.unsigned_number(value / unit).text(".");
    u64 rest = value % unit;
    for (int i = 0; i < digits; ++i) {
        rest *= 10;
        out.unsigned_number(rest / unit);
        rest %= unit;
    }
}

void write_uptime(ProcText& out, ProcSubject) {
    const u64 up = monotonic_ns();
    const u64 busy = cpu_time_ns(current().process());
    fixed(out, up, kNsPerSecond, 2);
    out.text(" ");
    fixed(out, up > busy ? up - busy : 0, kNsPerSecond, 2);
    out.text("\n");
}

void write_loadavg(ProcText& out, ProcSubject) {
    const Process& process = current().process();
    out.text("0.00 0.00 0.00 ").unsigned_number(runnable_threads()).text("/");
    out.unsigned_number(process.thread_count()).text(" ").number(process.pid()).text("\n");
}

void write_stat(ProcText& out, ProcSubject) {
    const u64 ticks = cpu_time_ns(current().process()) * kTicksPerSecond / kNsPerSecond;
    const u64 up = monotonic_ns() * kTicksPerSecond / kNsPerSecond;
    for (const std::string_view name : {"cpu  ", "cpu0 "}) {
        out.text(name).unsigned_number(ticks).text(" 0 0 ").unsigned_number(up > ticks ? up - ticks : 0);
        out.text(" 0 0 0 0 0 0\n");
    }
    out.text("intr 0\nctxt 0\nbtime ").unsigned_number((realtime_ns() - monotonic_ns()) / kNsPerSecond);
    out.text("\nprocesses 1\nprocs_running ").unsigned_number(runnable_threads());
    out.text("\nprocs_blocked 0\nsoftirq 0\n");
}

void write_version(ProcText& out, ProcSubject) { out.text("Linux version 6.1.0-mayfly (mayfly) #1 SMP\n"); }

void write_filesystems(ProcText& out, ProcSubject) {
    out.text("nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\n\terofs\n");
}

void write_boot_command_line(ProcText& out, ProcSubject) { out.text("mayfly\n"); }
void write_nothing(ProcText&, ProcSubject) {}
void write_cgroups(ProcText& out, ProcSubject) { out.text("#subsys_name\thierarchy\tnum_cgroups\tenabled\n"); }
void write_swaps(ProcText& out, ProcSubject) { out.text("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"); }
void write_devices(ProcText& out, ProcSubject) {
    out.text("Character devices:\n  1 mem\n  5 /dev/tty\n240 mayfly\n\nBlock devices:\n");
}

void write_network_devices(ProcText& out, ProcSubject) {
    out.text(
        "Inter-|   Receive                                                |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|"
        "bytes    packets errs drop fifo colls carrier compressed\n"
        "    lo:       0       0    0    0    0     0          0         0"
        "        0       0    0    0    0     0       0          0\n");
}

ErrnoOr<LinkTarget> follow_self(ProcSubject) {
    char digits[16];
    LinkTarget target;
    target.text = MF_TRY(String::of(Format(digits).decimal(current().process().pid()).view()));
    return target;
}

ErrnoOr<LinkTarget> follow_thread_self(ProcSubject) {
    char space[40];
    Format path(space);
    path.decimal(current().process().pid()).text("/task/").decimal(current().tid());
    LinkTarget target;
    target.text = MF_TRY(String::of(path.view()));
    return target;
}

constexpr ProcEntry kNetwork[] = {
    {.name = "dev", .write = write_network_devices},
    {.name = "if_inet6", .write = write_nothing},
};

ErrnoOr<Ref<Inode>> find_pid(FileSystem& filesystem, ProcSubject, std::string_view name) {
    const ProcSubject subject{.pid = parse_id(name)};
    if (subject.pid <= 0 || find_process(subject) == nullptr) return fail(ENOENT);
    return make_proc_inode(filesystem, kProcessDirectory, subject);
}

void list_pids(ProcSubject, u64 cursor, DirectorySink& sink);

constexpr ProcEntry kEntries[] = {
    {.name = "cgroups", .write = write_cgroups},    {.name = "cmdline", .write = write_boot_command_line},
    {.name = "cpuinfo", .write = write_cpuinfo},    {.name = "devices", .write = write_devices},
    {.name = "diskstats", .write = write_nothing},  {.name = "filesystems", .write = write_filesystems},
    {.name = "loadavg", .write = write_loadavg},    {.name = "meminfo", .write = write_meminfo},
    {.name = "mounts", .link = "self/mounts"},      {.name = "net", .children = kNetwork},
    {.name = "partitions", .write = write_nothing}, {.name = "self", .follow = follow_self},
    {.name = "stat", .write = write_stat},          {.name = "swaps", .write = write_swaps},
    {.name = "sys", .children = kSysControl},       {.name = "thread-self", .follow = follow_thread_self},
    {.name = "uptime", .write = write_uptime},      {.name = "version", .write = write_version},
};

// The numbers follow the names.
void list_pids(ProcSubject, u64 cursor, DirectorySink& sink) {
    if (cursor > std::size(kEntries)) return;
    const ProcSubject subject{.pid = current().process().pid()};
    char digits[16];
    const std::string_view name = Format(digits).decimal(subject.pid).view();
    sink.add(name, proc_inode_number(kProcessDirectory, subject), S_IFDIR, cursor + 1);
}

}  // namespace

constinit const ProcEntry kMachineDirectory{.name = "proc", .children = kEntries, .find = find_pid, .list = list_pids};

}  // namespace mayfly::guest
