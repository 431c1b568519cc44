// Calls that libc seldom makes, or only in another form; by number where libc has no function.
#include <fcntl.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <cstring>
#include <string>

#include "cases.h"

using namespace mayfly::tests;

namespace {

struct stat status(const char* path) {
    struct stat info {};
    EXPECT(::stat(path, &info) == 0);
    return info;
}

constexpr long kFchmodat2 = 452;

}  // namespace

CASE(getdents_of_old) {
    EXPECT(write_file("file", ""));
    const int fd = ::open(".", O_RDONLY | O_DIRECTORY);
    // struct linux_dirent: ino, off, reclen, name, ..., type in the last byte.
    alignas(8) char buffer[1024];
    const long bytes = ::syscall(SYS_getdents, fd, buffer, sizeof buffer);
    std::string kinds;
    int entries = 0;
    for (long at = 0; at < bytes; ++entries) {
        unsigned short length = 0;
        std::memcpy(&length, buffer + at + 16, 2);
        if (std::strcmp(buffer + at + 18, "file") == 0) kinds = std::to_string(buffer[at + length - 1]);
        at += length;
    }
    SHOW(entries);
    SHOW(kinds);
    EXPECT(::lseek(fd, 0, SEEK_SET) == 0);
    OUTCOME(::syscall(SYS_getdents, fd, kUnmapped, 1024));
}

CASE(utime_and_utimes_and_futimesat) {
    EXPECT(write_file("file", ""));
    const utimbuf seconds{1'000, 2'000};
    OUTCOME(::syscall(SYS_utime, "file", &seconds));
    SHOW(status("file").st_mtim.tv_sec);
    const timeval micros[] = {{3'000, 4}, {5'000, 6}};
    OUTCOME(::syscall(SYS_utimes, "file", micros));
    SHOW(status("file").st_mtim.tv_nsec);
    OUTCOME(::syscall(SYS_futimesat, AT_FDCWD, "file", micros));
    SHOW(status("file").st_atim.tv_sec);
    OUTCOME(::syscall(SYS_utime, "missing", nullptr));
    const timeval bad[] = {{0, 2'000'000}, {0, 0}};
    OUTCOME(::syscall(SYS_utimes, "file", bad));
}

CASE(mknodat_and_fchownat) {
    const int fd = ::open(".", O_RDONLY | O_DIRECTORY);
    OUTCOME(::mknodat(fd, "pipe", S_IFIFO | 0600, 0));
    SHOW(S_ISFIFO(status("pipe").st_mode));
    OUTCOME(::fchownat(fd, "pipe", ::getuid(), ::getgid(), 0));
    OUTCOME(::fchownat(fd, "pipe", ::getuid(), ::getgid(), 0x4000'0000));
    OUTCOME(::fchownat(fd, "missing", 0, 0, AT_SYMLINK_NOFOLLOW));
}

CASE(fchmodat2_with_flags) {
    EXPECT(write_file("file", ""));
    EXPECT(::symlink("file", "link") == 0);
    // Linux 6.6 and later: nothing is printed, for an older host does not know it.
    if (::syscall(kFchmodat2, AT_FDCWD, "file", 0600, 0) != 0 && errno == ENOSYS) return;
    EXPECT((status("file").st_mode & 07777) == 0600);
    const int fd = ::open("file", O_RDONLY);
    EXPECT(::syscall(kFchmodat2, fd, "", 0640, AT_EMPTY_PATH) == 0);
    EXPECT((status("file").st_mode & 07777) == 0640);
    EXPECT(::syscall(kFchmodat2, AT_FDCWD, "file", 0600, 0x4000'0000) == -1 && errno == EINVAL);
}

CASE(setting_the_ids_one_has) {
    OUTCOME(::setreuid(::getuid(), ::geteuid()));
    OUTCOME(::setregid(::getgid(), ::getegid()));
    OUTCOME(::setresuid(static_cast<uid_t>(-1), ::geteuid(), static_cast<uid_t>(-1)));
    OUTCOME(::setresgid(static_cast<gid_t>(-1), ::getegid(), static_cast<gid_t>(-1)));
    SHOW(::getpgid(0) == ::getpgrp());
    OUTCOME(::getpgid(999'999'999));
    OUTCOME(::syscall(SYS_setgroups, -1, kUnmapped));
}

CASE(chroot_to_a_folder) {
    EXPECT(::mkdir("root", 0755) == 0 && write_file("root/inside", "found"));
    OUTCOME(::chroot("missing"));
    OUTCOME(::chroot("root/inside"));
    const int outside = ::open("/", O_RDONLY | O_DIRECTORY);
    OUTCOME(::chroot("root"));
    SHOW(read_file("/inside"));
    SHOW(read_file("/../../inside"));
    // Back, by a descriptor that stayed outside.
    EXPECT(::fchdir(outside) == 0 && ::chroot(".") == 0);
    OUTCOME(::access("/proc", F_OK));
}

CASE(round_robin_interval) {
    timespec interval{-1, -1};
    OUTCOME(::sched_rr_get_interval(0, &interval));
    SHOW(interval.tv_sec >= 0 && interval.tv_nsec >= 0);
    OUTCOME(::syscall(SYS_sched_rr_get_interval, -1, &interval));
}

CASE(pselect_with_a_mask) {
    int ends[2];
    EXPECT(::pipe(ends) == 0);
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(ends[0], &readable);
    const timespec little{0, 10'000'000};
    SHOW(::pselect(ends[0] + 1, &readable, nullptr, nullptr, &little, nullptr));
    SHOW(FD_ISSET(ends[0], &readable) != 0);

    static volatile sig_atomic_t handled;
    handled = 0;
    ::signal(SIGUSR1, [](int) { handled = 1; });
    sigset_t blocked, none;
    ::sigemptyset(&none);
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
    EXPECT(::raise(SIGUSR1) == 0);
    SHOW(handled);
    FD_SET(ends[0], &readable);
    OUTCOME(::pselect(ends[0] + 1, &readable, nullptr, nullptr, nullptr, &none));
    SHOW(handled);
    ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
    OUTCOME(::pselect(-1, nullptr, nullptr, nullptr, &little, nullptr));
}

CASE(signals_with_a_siginfo_of_ones_own) {
    static siginfo_t seen;
    struct sigaction action {};
    action.sa_sigaction = [](int, siginfo_t* info, void*) { seen = *info; };
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGUSR1, &action, nullptr);
    siginfo_t info{};
    info.si_code = SI_QUEUE;
    info.si_value.sival_int = 99;
    OUTCOME(::syscall(SYS_rt_sigqueueinfo, ::getpid(), SIGUSR1, &info));
    SHOW(seen.si_value.sival_int);
    info.si_value.sival_int = 100;
    OUTCOME(::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), ::gettid(), SIGUSR1, &info));
    SHOW(seen.si_value.sival_int);
    OUTCOME(::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), ::gettid(), 99, &info));
    OUTCOME(::syscall(SYS_rt_sigqueueinfo, ::getpid(), SIGUSR1, kUnmapped));
}

CASE(robust_list_can_be_asked) {
    void* head = nullptr;
    std::size_t length = 0;
    OUTCOME(::syscall(SYS_get_robust_list, 0, &head, &length));
    SHOW(length);
    SHOW(head != nullptr);
    OUTCOME(::syscall(SYS_get_robust_list, 999'999'999, &head, &length));
}

CASE(memory_barriers) {
    const long commands = ::syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
    SHOW((commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0);
    OUTCOME(::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
    OUTCOME(::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    OUTCOME(::syscall(SYS_membarrier, 0x4000'0000, 0, 0));
}

CASE(rseq_registered_by_libc) {
    // glibc has registered one for this thread: another is refused.
    alignas(32) static char area[32];
    OUTCOME(::syscall(SYS_rseq, area, 32, 0, 0x53053053));
    OUTCOME(::syscall(SYS_rseq, area + 1, 32, 0, 0x53053053));
}
