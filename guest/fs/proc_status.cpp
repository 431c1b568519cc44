// /proc/<pid>/stat, statm, status and limits: proc(5).
#include <linux/resource.h>

#include <array>

#include "guest/fs/proc_report.h"
#include "guest/thread/process.h"
#include "guest/thread/scheduler.h"
#include "guest/time/clock.h"

namespace mayfly::guest {

namespace {

constexpr u64 kNsPerTick = 10'000'000;  // AT_CLKTCK is 100

struct Memory {
    u64 size = 0, peak_size = 0, resident = 0, peak_resident = 0, text = 0, data = 0, stack = 0;
};

Memory memory_of(Process& process) {
    Memory result;
    result.peak_size = process.space().peak_mapped_bytes();
    result.resident = process.space().resident_pages() * kPageSize;
    result.peak_resident = process.space().peak_resident_pages() * kPageSize;
    for (const Region& region : process.space().regions()) {
        result.size += region.bytes();
        if (region.protection.execute) result.text += region.bytes();
        if (region.protection.write && !region.shared) result.data += region.bytes();
        if (region.path.view() == "[stack]") result.stack += region.bytes();
    }
    return result;
}

struct MemoryLine {
    std::string_view name;
    u64 bytes;
};
constexpr usize kNumberWidth = 8;

std::array<MemoryLine, 15> memory_lines(const Memory& memory) {
    return {{{"VmPeak:\t", memory.peak_size},
             {"VmSize:\t", memory.size},
             {"VmLck:\t", 0},
             {"VmPin:\t", 0},
             {"VmHWM:\t", memory.peak_resident},
             {"VmRSS:\t", memory.resident},
             {"RssAnon:\t", memory.resident},
             {"RssFile:\t", 0},
             {"RssShmem:\t", 0},
             {"VmData:\t", memory.data},
             {"VmStk:\t", memory.stack},
             {"VmExe:\t", memory.text},
             {"VmLib:\t", 0},
             {"VmPTE:\t", 0},
             {"VmSwap:\t", 0}}};
}

char state_of(const Thread& thread) {
    switch (thread.state) {
    case Thread::State::runnable: return 'R';
    case Thread::State::blocked: return 'S';
    default: return 'Z';
    }
}

std::string_view state_name(char state) {
    switch (state) {
    case 'R': return "R (running)";
    case 'S': return "S (sleeping)";
    default: return "Z (zombie)";
    }
}

struct Handled {
    u64 ignored = 0, caught = 0;
};

Handled handled_signals(Process& process) {
    Handled result;
    for (int i = 0; i < kSignals; ++i) {
        const u64 handler = process.signals().action[i].handler;
        if (handler == 1) result.ignored |= u64{1} << i;
        if (handler > 1) result.caught |= u64{1} << i;
    }
    return result;
}

void ids(ProcText& out, std::string_view name, const IdSet& set) {
    out.text(name).text("\t").unsigned_number(set.real).text("\t").unsigned_number(set.effective);
    out.text("\t").unsigned_number(set.saved).text("\t").unsigned_number(set.effective).text("\n");
}

void mask(ProcText& out, std::string_view name, u64 bits) { out.text(name).text("\t").hex(bits, 16).text("\n"); }

void limit(ProcText& out, std::string_view name, const ResourceLimit& value, std::string_view unit) {
    const auto number = [&out](u64 one) {
        if (one == RLIM64_INFINITY)
            out.text("unlimited");
        else
            out.unsigned_number(one);
    };
    out.text(name).pad_to(26);
    number(value.soft);
    out.pad_to(47);
    number(value.hard);
    out.pad_to(68).text(unit).pad_to(78).text("\n");
}

}  // namespace

void write_process_stat(ProcText& out, ProcSubject subject) {
    Process* process = find_process(subject);
    const Thread* thread = find_thread(subject);
    if (process == nullptr || thread == nullptr) return;
    const Memory memory = memory_of(*process);
    const Handled handled = handled_signals(*process);
    const u64 cpu_ns = subject.tid != 0 ? cpu_time_ns(*thread) : cpu_time_ns(*process);
    char state[2] = {state_of(*thread), 0};
    const auto next = [&out](u64 value) { out.text(" ").unsigned_number(value); };
    out.number(thread->tid()).text(" (").text(thread->name).text(") ").text(state);
    next(0);  // ppid
    next(static_cast<u64>(process->group));
    next(static_cast<u64>(process->session));
    next(0);                              // tty_nr
    out.text(" -1");                      // tpgid
    for (int i = 0; i < 5; ++i) next(0);  // flags, minflt, cminflt, majflt, cmajflt
    next(cpu_ns / kNsPerTick);            // utime
    for (int i = 0; i < 3; ++i) next(0);  // stime, cutime, cstime
    next(20);                             // priority
    out.text(" ").number(process->nice);
    next(process->thread_count());
    next(0);  // itrealvalue
    next(0);  // starttime
    next(memory.size);
    next(memory.resident / kPageSize);
    next(process->limits[RLIMIT_RSS].soft);
    for (int i = 0; i < 5; ++i) next(0);  // startcode, endcode, startstack, kstkesp, kstkeip
    next(thread->signals().pending.set().bits() & 0x7fffffff);
    next(thread->signals().mask.bits() & 0x7fffffff);
    next(handled.ignored & 0x7fffffff);
    next(handled.caught & 0x7fffffff);
    for (int i = 0; i < 3; ++i) next(0);  // wchan, nswap, cnswap
    next(17);                             // exit_signal
    for (int i = 0; i < 6; ++i) next(0);  // processor ... cguest_time
    next(0);                              // start_data
    next(0);                              // end_data
    next(process->space().brk_start());
    for (int i = 0; i < 5; ++i) next(0);  // arg_start ... exit_code
    out.text("\n");
}

void write_statm(ProcText& out, ProcSubject subject) {
    Process* process = find_process(subject);
    if (process == nullptr) return;
    const Memory memory = memory_of(*process);
    out.unsigned_number(memory.size / kPageSize).text(" ").unsigned_number(memory.resident / kPageSize).text(" 0 ");
    out.unsigned_number(memory.text / kPageSize).text(" 0 ").unsigned_number(memory.data / kPageSize).text(" 0\n");
}

void write_status(ProcText& out, ProcSubject subject) {
    Process* process = find_process(subject);
    const Thread* thread = find_thread(subject);
    if (process == nullptr || thread == nullptr) return;
    const Memory memory = memory_of(*process);
    const Handled handled = handled_signals(*process);
    char octal[4] = {};
    for (int i = 0; i < 3; ++i) octal[i] = static_cast<char>('0' + ((process->file_mode_mask >> (6 - 3 * i)) & 7));
    out.text("Name:\t").text(thread->name).text("\nUmask:\t0").text(octal);
    out.text("\nState:\t").text(state_name(state_of(*thread)));
    out.text("\nTgid:\t").number(process->pid()).text("\nNgid:\t0\nPid:\t").number(thread->tid());
    out.text("\nPPid:\t0\nTracerPid:\t0\n");
    ids(out, "Uid:", process->credentials.user);
    ids(out, "Gid:", process->credentials.group);
    out.text("FDSize:\t256\nGroups:\t");
    for (const u32 group : process->credentials.groups) out.unsigned_number(group).text(" ");
    out.text("\n");
    for (const auto& [name, bytes] : memory_lines(memory)) out.kilobytes(name, name.size() + kNumberWidth, bytes);
    out.text("CoreDumping:\t0\nThreads:\t").unsigned_number(process->thread_count()).text("\nSigQ:\t0/1024\n");
    mask(out, "SigPnd:", thread->signals().pending.set().bits());
    mask(out, "ShdPnd:", process->signals().pending.set().bits());
    mask(out, "SigBlk:", thread->signals().mask.bits());
    mask(out, "SigIgn:", handled.ignored);
    mask(out, "SigCgt:", handled.caught);
    // Nobody has any (thread/capabilities.cpp).
    for (const std::string_view set : {"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"}) mask(out, set, 0);
    out.text("NoNewPrivs:\t").text(process->no_new_privileges ? "1" : "0").text("\nSeccomp:\t0\n");
    out.text("Cpus_allowed:\t1\nCpus_allowed_list:\t0\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
    out.text("voluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n");
}

void write_limits(ProcText& out, ProcSubject subject) {
    const Process* process = find_process(subject);
    if (process == nullptr) return;
    const ResourceLimits& limits = process->limits;
    out.text("Limit                     Soft Limit           Hard Limit           Units     \n");
    limit(out, "Max cpu time", limits[RLIMIT_CPU], "seconds");
    limit(out, "Max file size", limits[RLIMIT_FSIZE], "bytes");
    limit(out, "Max data size", limits[RLIMIT_DATA], "bytes");
    limit(out, "Max stack size", limits[RLIMIT_STACK], "bytes");
    limit(out, "Max core file size", limits[RLIMIT_CORE], "bytes");
    limit(out, "Max resident set", limits[RLIMIT_RSS], "bytes");
    limit(out, "Max processes", limits[RLIMIT_NPROC], "processes");
    limit(out, "Max open files", limits[RLIMIT_NOFILE], "files");
    limit(out, "Max locked memory", limits[RLIMIT_MEMLOCK], "bytes");
    limit(out, "Max address space", limits[RLIMIT_AS], "bytes");
    limit(out, "Max file locks", limits[RLIMIT_LOCKS], "locks");
    limit(out, "Max pending signals", limits[RLIMIT_SIGPENDING], "signals");
    limit(out, "Max msgqueue size", limits[RLIMIT_MSGQUEUE], "bytes");
    limit(out, "Max nice priority", limits[RLIMIT_NICE], "");
    limit(out, "Max realtime priority", limits[RLIMIT_RTPRIO], "");
    limit(out, "Max realtime timeout", limits[RLIMIT_RTTIME], "us");
}

}  // namespace mayfly::guest
