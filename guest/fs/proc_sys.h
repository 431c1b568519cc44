// /proc/sys and /proc/cpuinfo.
#pragma once

#include "guest/fs/proc_node.h"

namespace mayfly::guest {

void write_cpuinfo(ProcText& out, ProcSubject subject);
void write_boot_id(ProcText& out, ProcSubject subject);
void write_uuid(ProcText& out, ProcSubject subject);

// A file with a constant text.
template <usize N>
struct ConstantText {
    char text[N];
    constexpr ConstantText(const char (&value)[N]) {
        for (usize i = 0; i < N; ++i) text[i] = value[i];
    }
};
template <ConstantText Text>
void write_constant(ProcText& out, ProcSubject) {
    out.text(Text.text).text("\n");
}

inline constexpr ProcEntry kSysFs[] = {
    {.name = "file-max", .write = write_constant<"9223372036854775807">},
    {.name = "nr_open", .write = write_constant<"1024">},
    {.name = "pipe-max-size", .write = write_constant<"1048576">},
};
inline constexpr ProcEntry kSysKernelRandom[] = {
    {.name = "boot_id", .write = write_boot_id},
    {.name = "entropy_avail", .write = write_constant<"256">},
    {.name = "poolsize", .write = write_constant<"256">},
    {.name = "uuid", .write = write_uuid},
};
inline constexpr ProcEntry kSysKernel[] = {
    {.name = "cap_last_cap", .write = write_constant<"40">},
    {.name = "core_pattern", .write = write_constant<"core">},
    {.name = "domainname", .write = write_constant<"(none)">},
    {.name = "hostname", .write = write_constant<"mayfly">},
    {.name = "ngroups_max", .write = write_constant<"65536">},
    {.name = "osrelease", .write = write_constant<"6.1.0-mayfly">},
    {.name = "ostype", .write = write_constant<"Linux">},
    {.name = "pid_max", .write = write_constant<"4194304">},
    {.name = "random", .children = kSysKernelRandom},
    {.name = "randomize_va_space", .write = write_constant<"0">},
    {.name = "threads-max", .write = write_constant<"512">},
    {.name = "version", .write = write_constant<"#1 Mayfly guest kernel">},
};
inline constexpr ProcEntry kSysNetCore[] = {
    {.name = "somaxconn", .write = write_constant<"4096">},
};
inline constexpr ProcEntry kSysNet[] = {
    {.name = "core", .children = kSysNetCore},
};
inline constexpr ProcEntry kSysVm[] = {
    {.name = "max_map_count", .write = write_constant<"65530">},
    {.name = "mmap_min_addr", .write = write_constant<"65536">},
    {.name = "overcommit_memory", .write = write_constant<"1">},
    {.name = "overcommit_ratio", .write = write_constant<"50">},
    {.name = "swappiness", .write = write_constant<"0">},
};
inline constexpr ProcEntry kSysControl[] = {
    {.name = "fs", .children = kSysFs},
    {.name = "kernel", .children = kSysKernel},
    {.name = "net", .children = kSysNet},
    {.name = "vm", .children = kSysVm},
};

}  // namespace mayfly::guest
