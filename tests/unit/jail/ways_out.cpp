#include "tests/unit/jail/ways_out.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/kvm.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>

#include "base/sanitizer.h"

namespace mayfly::jail {
namespace {

// Raw, so that no wrapper of the C library decides.
template <class... Arguments>
bool works(long number, Arguments... arguments) {
    return ::syscall(number, arguments...) >= 0;
}

bool opens_beside_a_descriptor() {
    for (int fd = 0; fd < 32; ++fd)
        if (works(SYS_openat, fd, "..", O_RDONLY | O_DIRECTORY) || works(SYS_openat, fd, "etc/passwd", O_RDONLY))
            return true;
    return false;
}

bool opens_with_openat2() {
    open_how how{};
    return works(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);
}

bool joins_a_namespace() {
    for (int fd = 0; fd < 32; ++fd)
        if (works(SYS_setns, fd, 0)) return true;
    return works(SYS_setns, static_cast<int>(::syscall(SYS_pidfd_open, ::getppid(), 0)), CLONE_NEWNS);
}

// With sanitizers it is not bounded: their shadow is as large.
bool maps_much_memory() {
    return !kHasSanitizer && works(SYS_mmap, nullptr, 1ul << 30, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

bool takes_ids_back() { return works(SYS_setresuid, 0, 0, 0) || works(SYS_setreuid, 0, 0); }

bool sees_the_network() {
    const int fd = static_cast<int>(::syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0));
    if (fd < 0) return false;
    const std::array<unsigned char, 16> loopback{2, 0, 0, 53, 127, 0, 0, 1};  // sockaddr_in; its loopback is down
    return works(SYS_connect, fd, loopback.data(), loopback.size());
}

bool talks_over_an_abstract_socket() {
    const int fd = static_cast<int>(::syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    address.sun_path[1] = 'm';
    return fd >= 0 && works(SYS_bind, fd, &address, sizeof address);
}

bool gains_a_capability() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const std::array<__user_cap_data_struct, 2> all{{{~0u, ~0u, 0}, {~0u, ~0u, 0}}};
    return works(SYS_capset, &header, all.data());
}

bool raises_a_limit() {
    const rlimit most{1u << 20, 1u << 20};
    return works(SYS_setrlimit, RLIMIT_NOFILE, &most);
}

bool runs_written_memory() {
    void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return works(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC);
}

bool runs_a_file_in_memory() {
    const int fd = static_cast<int>(::syscall(SYS_memfd_create, "x", 0));
    return fd >= 0 && works(SYS_execveat, fd, "", nullptr, nullptr, AT_EMPTY_PATH);
}

bool reads_a_neighbour() {
    std::uint64_t word = 0;
    const iovec to{&word, sizeof word};
    const iovec from{&word, sizeof word};  // all are forked from one zygote: this address is theirs too
    for (pid_t pid = 2; pid < 64; ++pid)
        if (works(SYS_process_vm_readv, pid, &to, 1, &from, 1, 0)) return true;
    return false;
}

bool signals_another() {
    for (pid_t pid = 2; pid < 4096; ++pid)
        if (works(SYS_kill, pid, 0)) return true;
    return works(SYS_kill, -1, 0);
}

bool traces_another() {
    for (pid_t pid = 2; pid < 64; ++pid)
        if (works(SYS_ptrace, PTRACE_ATTACH, pid, 0, 0)) return true;
    return false;
}

bool takes_a_descriptor() {
    for (pid_t pid = 2; pid < 64; ++pid) {
        const int other = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
        if (other >= 0 && works(SYS_pidfd_getfd, other, 3, 0)) return true;
    }
    return false;
}

bool calls_as_32_bit() {
    long result = 20;  // getpid
    __asm__ volatile("int $0x80" : "+a"(result)::"memory", "r8", "r9", "r10", "r11");
    return result > 0;
}

constexpr std::array kWays = {
    WayOut{"open a file", [] { return works(SYS_open, "/etc/passwd", O_RDONLY); }},
    WayOut{"open the root", [] { return works(SYS_open, "/", O_RDONLY | O_DIRECTORY); }},
    WayOut{"open /proc", [] { return works(SYS_open, "/proc/self/mem", O_RDWR); }},
    WayOut{"open /dev/kvm", [] { return works(SYS_open, "/dev/kvm", O_RDWR); }},
    WayOut{"open beside a descriptor", opens_beside_a_descriptor},
    WayOut{"openat2", opens_with_openat2},
    WayOut{"make a file", [] { return works(SYS_open, "/x", O_CREAT | O_WRONLY, 0600); }},
    WayOut{"make an unnamed file", [] { return works(SYS_open, "/", O_TMPFILE | O_RDWR, 0600); }},
    WayOut{"make a directory", [] { return works(SYS_mkdir, "/x", 0700); }},
    WayOut{"make a symbolic link", [] { return works(SYS_symlink, "/etc", "/x"); }},
    WayOut{"make a device", [] { return works(SYS_mknod, "/x", S_IFCHR | 0600, 0x0ae8); }},
    WayOut{"remove a file", [] { return works(SYS_unlink, "/etc/hostname"); }},
    WayOut{"rename a file", [] { return works(SYS_rename, "/etc/hostname", "/etc/x"); }},
    WayOut{"change the mode of the root", [] { return works(SYS_chmod, "/", 0777); }},
    WayOut{"mount", [] { return works(SYS_mount, "none", "/", "tmpfs", 0, nullptr); }},
    WayOut{"mount proc", [] { return works(SYS_mount, "none", "/", "proc", 0, nullptr); }},
    WayOut{"make the root writable",
           [] { return works(SYS_mount, nullptr, "/", nullptr, MS_REMOUNT | MS_BIND, nullptr); }},
    WayOut{"unmount the root", [] { return works(SYS_umount2, "/", MNT_DETACH); }},
    WayOut{"open_tree", [] { return works(SYS_open_tree, AT_FDCWD, "/", 1); }},
    WayOut{"fsopen", [] { return works(SYS_fsopen, "proc", 0); }},
    WayOut{"pivot_root", [] { return works(SYS_pivot_root, ".", "."); }},
    WayOut{"chroot", [] { return works(SYS_chroot, "/"); }},
    WayOut{"join a namespace", joins_a_namespace},
    WayOut{"a new mount namespace", [] { return works(SYS_unshare, CLONE_NEWNS); }},
    WayOut{"a new user namespace", [] { return works(SYS_unshare, CLONE_NEWUSER); }, true},
    WayOut{"a new process", [] { return works(SYS_clone, SIGCHLD, 0, 0, 0, 0); }, true},
    WayOut{"a new thread", [] { return works(SYS_clone3, nullptr, 0); }},
    WayOut{"run a program", [] { return works(SYS_execve, "/bin/sh", nullptr, nullptr); }},
    WayOut{"run a file in memory", runs_a_file_in_memory, true},
    WayOut{"map more memory than a microVM has", maps_much_memory},
    WayOut{"map executable memory",
           [] { return works(SYS_mmap, nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); },
           true},
    WayOut{"run written memory", runs_written_memory, true},
    WayOut{"trace another process", traces_another},
    WayOut{"be traced by the parent", [] { return works(SYS_prctl, PR_SET_PTRACER, -1ul); }, true},
    WayOut{"signal another process", signals_another},
    WayOut{"read a neighbour's memory", reads_a_neighbour},
    WayOut{"take a neighbour's descriptor", takes_a_descriptor},
    WayOut{"reach the network", sees_the_network},
    WayOut{"an abstract socket", talks_over_an_abstract_socket, true},
    WayOut{"a packet socket", [] { return works(SYS_socket, AF_PACKET, SOCK_RAW, 0); }},
    WayOut{"bpf", [] { return works(SYS_bpf, 0, nullptr, 0); }},
    WayOut{"perf_event_open", [] { return works(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
    WayOut{"io_uring",
           [] {
               std::array<std::uint64_t, 16> parameters{};
               return works(SYS_io_uring_setup, 1, parameters.data());
           },
           true},
    WayOut{"userfaultfd", [] { return works(SYS_userfaultfd, 1); }, true},
    WayOut{"a key", [] { return works(SYS_add_key, "user", "x", "y", 1, -2); }, true},
    WayOut{"take ids back", takes_ids_back},
    WayOut{"take a group back", [] { return works(SYS_setresgid, 0, 0, 0); }},
    WayOut{"join groups",
           [] {
               const gid_t root = 0;
               return works(SYS_setgroups, 1, &root);
           }},
    WayOut{"gain a capability", gains_a_capability},
    WayOut{"raise a limit", raises_a_limit},
    WayOut{"load a module", [] { return works(SYS_init_module, nullptr, 0, ""); }},
    WayOut{"start another kernel", [] { return works(SYS_kexec_load, 0, 0, nullptr, 0); }},
    WayOut{"reboot", [] { return works(SYS_reboot, 0xfee1dead, 672274793, 0, nullptr); }},
    WayOut{"swapon", [] { return works(SYS_swapon, "/", 0); }},
    WayOut{"set the host name", [] { return works(SYS_sethostname, "x", 1); }},
    WayOut{"set the time",
           [] {
               const timeval now{};
               return works(SYS_settimeofday, &now, nullptr);
           }},
    WayOut{"reach ports", [] { return works(SYS_iopl, 3) || works(SYS_ioperm, 0x60, 1, 1); }},
    WayOut{"change the LDT",
           [] {
               std::array<char, 16> entry{};
               return works(SYS_modify_ldt, 0, entry.data(), entry.size());
           },
           true},
    WayOut{"change personality", [] { return works(SYS_personality, 0x0400000); }, true},
    WayOut{"shared memory", [] { return works(SYS_shmget, 7, 4096, 01600); }, true},
    WayOut{"open by handle",
           [] {
               std::array<char, 64> handle{};
               return works(SYS_open_by_handle_at, 0, handle.data(), 0);
           }},
    WayOut{"the kernel's log",
           [] {
               std::array<char, 64> text{};
               return works(SYS_syslog, 3, text.data(), text.size());
           }},
    WayOut{"input for a terminal",
           [] {
               char byte = 'x';
               return works(SYS_ioctl, 0, TIOCSTI, &byte);
           }},
    WayOut{"another virtual machine",
           [] {
               for (int fd = 0; fd < 32; ++fd)
                   if (works(SYS_ioctl, fd, KVM_CREATE_VM, 0)) return true;
               return false;
           }},
    WayOut{"a 32-bit system call", calls_as_32_bit, true},
    WayOut{"an x32 system call", [] { return works(SYS_getpid | 0x40000000); }},
};

}  // namespace

std::span<const WayOut> ways_out() { return kWays; }

}  // namespace mayfly::jail
