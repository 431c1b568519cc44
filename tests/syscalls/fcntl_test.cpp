// fcntl, dup, flags, locks, ioctl on files.
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include <string>

#include "cases.h"

using namespace mayfly::tests;

namespace {

int open_file(int flags = O_RDWR) {
    EXPECT(write_file("file", "0123456789"));
    return ::open("file", flags);
}

}  // namespace

CASE(dup_gives_the_lowest_number) {
    const int fd = open_file();
    const int copy = ::dup(fd);
    SHOW(copy == fd + 1);
    ::close(fd);
    SHOW(::dup(copy) == fd);
    OUTCOME(::dup(-1));
    OUTCOME(::dup(999));
}

CASE(dup2_replaces) {
    const int fd = open_file();
    const int other = ::open("/dev/null", O_WRONLY);
    SHOW(::dup2(fd, other) == other);
    char byte = 0;
    SHOW(::read(other, &byte, 1));
    SHOW(::dup2(fd, fd) == fd);
    SHOW(::dup2(fd, 50));
    OUTCOME(::dup2(999, 5));
    OUTCOME(::dup2(fd, -1));
    OUTCOME(::dup2(fd, 1 << 30));
}

CASE(dup3_flags) {
    const int fd = open_file();
    SHOW(::dup3(fd, 40, O_CLOEXEC));
    SHOW(::fcntl(40, F_GETFD));
    OUTCOME(::dup3(fd, fd, 0));
    OUTCOME(::dup3(fd, 41, O_APPEND));
}

CASE(close_on_exec_is_of_the_descriptor) {
    const int fd = open_file(O_RDWR | O_CLOEXEC);
    SHOW(::fcntl(fd, F_GETFD));
    const int copy = ::dup(fd);
    SHOW(::fcntl(copy, F_GETFD));
    OUTCOME(::fcntl(copy, F_SETFD, FD_CLOEXEC));
    SHOW(::fcntl(copy, F_GETFD));
    OUTCOME(::fcntl(fd, F_SETFD, 0));
    SHOW(::fcntl(fd, F_GETFD));
    SHOW(::fcntl(copy, F_GETFD));
    OUTCOME(::ioctl(fd, FIOCLEX));
    SHOW(::fcntl(fd, F_GETFD));
    OUTCOME(::ioctl(fd, FIONCLEX));
    SHOW(::fcntl(fd, F_GETFD));
}

CASE(dupfd_starts_at_its_argument) {
    const int fd = open_file();
    SHOW(::fcntl(fd, F_DUPFD, 100));
    SHOW(::fcntl(fd, F_DUPFD_CLOEXEC, 100));
    SHOW(::fcntl(101, F_GETFD));
    OUTCOME(::fcntl(fd, F_DUPFD, -1));
    OUTCOME(::fcntl(fd, F_DUPFD, 1 << 30));
    ::close(100);
    SHOW(::fcntl(fd, F_DUPFD, 90));
}

CASE(status_flags_are_of_the_open_file) {
    const int fd = open_file(O_RDWR | O_APPEND);
    const int copy = ::dup(fd);
    SHOW((::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
    SHOW((::fcntl(fd, F_GETFL) & O_APPEND) != 0);
    OUTCOME(::fcntl(copy, F_SETFL, O_NONBLOCK));
    SHOW((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    SHOW((::fcntl(fd, F_GETFL) & O_APPEND) != 0);
    SHOW((::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
    int off = 0;
    OUTCOME(::ioctl(fd, FIONBIO, &off));
    SHOW((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
}

CASE(fcntl_arguments) {
    const int fd = open_file();
    OUTCOME(::fcntl(-1, F_GETFD));
    OUTCOME(::fcntl(fd, 9999));
    OUTCOME(::syscall(SYS_fcntl, fd, F_GETLK, kUnmapped));
}

CASE(record_locks_of_one_process_do_not_conflict) {
    const int fd = open_file();
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_len = 5;
    OUTCOME(::fcntl(fd, F_SETLK, &lock));
    OUTCOME(::fcntl(fd, F_SETLKW, &lock));
    OUTCOME(::fcntl(fd, F_GETLK, &lock));
    SHOW(lock.l_type == F_UNLCK);
    OUTCOME(::fcntl(fd, F_SETLK, &lock));
    const int readable = ::open("file", O_RDONLY);
    lock.l_type = F_WRLCK;
    OUTCOME(::fcntl(readable, F_SETLK, &lock));
    lock.l_type = 99;
    OUTCOME(::fcntl(fd, F_SETLK, &lock));
    OUTCOME(::lockf(fd, F_LOCK, 10));
    OUTCOME(::lockf(fd, F_ULOCK, 10));
}

CASE(flock_of_two_open_files_conflicts) {
    const int fd = open_file();
    const int other = ::open("file", O_RDWR);
    OUTCOME(::flock(fd, LOCK_SH));
    OUTCOME(::flock(other, LOCK_SH | LOCK_NB));
    OUTCOME(::flock(other, LOCK_EX | LOCK_NB));
    OUTCOME(::flock(fd, LOCK_UN));
    OUTCOME(::flock(other, LOCK_EX | LOCK_NB));
    OUTCOME(::flock(fd, LOCK_EX | LOCK_NB));
    ::close(other);
    OUTCOME(::flock(fd, LOCK_EX | LOCK_NB));
    OUTCOME(::flock(-1, LOCK_SH));
}

CASE(flock_of_another_kind_gives_up_the_first) {
    const int fd = open_file();
    const int other = ::open("file", O_RDONLY);
    OUTCOME(::flock(fd, LOCK_SH));
    OUTCOME(::flock(other, LOCK_SH));
    OUTCOME(::flock(fd, LOCK_EX | LOCK_NB));
    OUTCOME(::flock(other, LOCK_EX | LOCK_NB));
    OUTCOME(::flock(fd, LOCK_SH | LOCK_NB));
    OUTCOME(::flock(other, LOCK_SH | LOCK_NB));
    OUTCOME(::flock(fd, LOCK_SH | LOCK_NB));
}

CASE(flock_upgraded_by_two_at_once) {
    const int fd = open_file();
    struct Other {
        int fd;
        std::string upgraded;
    } other{::open("file", O_RDONLY), {}};
    OUTCOME(::flock(fd, LOCK_SH));
    OUTCOME(::flock(other.fd, LOCK_SH));
    pthread_t thread;
    const auto upgrade = [](void* argument) -> void* {
        Other& self = *static_cast<Other*>(argument);
        self.upgraded = outcome(::flock(self.fd, LOCK_EX));
        ::flock(self.fd, LOCK_UN);
        return nullptr;
    };
    EXPECT(::pthread_create(&thread, nullptr, upgrade, &other) == 0);
    ::usleep(50'000);
    const std::string mine = outcome(::flock(fd, LOCK_EX));
    OUTCOME(::flock(fd, LOCK_UN));
    ::pthread_join(thread, nullptr);
    SHOW(other.upgraded);
    SHOW(mine);
}

CASE(ioctl_on_a_file) {
    const int fd = open_file();
    termios terminal{};
    OUTCOME(::ioctl(fd, TCGETS, &terminal));
    winsize size{};
    OUTCOME(::ioctl(fd, TIOCGWINSZ, &size));
    SHOW(::isatty(fd));
    int waiting = -1;
    EXPECT(::lseek(fd, 4, SEEK_SET) == 4);
    OUTCOME(::ioctl(fd, FIONREAD, &waiting));
    SHOW(waiting);
    OUTCOME(::ioctl(-1, FIONREAD, &waiting));
    OUTCOME(::ioctl(fd, 0xdead, &waiting));
}

CASE(descriptor_limit) {
    rlimit limit{};
    EXPECT(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    const rlimit low{20, limit.rlim_max};
    OUTCOME(::setrlimit(RLIMIT_NOFILE, &low));
    int last = -1, opened = 0;
    for (int fd; (fd = ::open("/dev/null", O_RDONLY)) >= 0; ++opened) last = fd;
    SHOW(error_name(errno));
    SHOW(opened);
    SHOW(last);
    OUTCOME(::dup(0));
    int ends[2];
    OUTCOME(::pipe(ends));
    const rlimit none{0, limit.rlim_max};
    OUTCOME(::setrlimit(RLIMIT_NOFILE, &none));
    OUTCOME(::open("/dev/null", O_RDONLY));
    OUTCOME(::dup(0));
    OUTCOME(::fcntl(0, F_DUPFD, 5));
    for (int fd = 3; fd <= last; ++fd) ::close(fd);
    OUTCOME(::setrlimit(RLIMIT_NOFILE, &limit));
}

CASE(close_range_closes) {
    const int first = open_file();
    for (int i = 0; i < 5; ++i) ::dup(first);
    OUTCOME(::close_range(static_cast<unsigned>(first) + 1, static_cast<unsigned>(first) + 3, 0));
    SHOW(::fcntl(first, F_GETFD));
    OUTCOME(::fcntl(first + 1, F_GETFD));
    OUTCOME(::fcntl(first + 3, F_GETFD));
    SHOW(::fcntl(first + 4, F_GETFD));
    OUTCOME(::close_range(10, 5, 0));
    OUTCOME(::close_range(static_cast<unsigned>(first), ~0u, 0));
    OUTCOME(::fcntl(first, F_GETFD));
}

CASE(many_descriptors) {
    rlimit limit{};
    EXPECT(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    int opened = 0;
    for (int i = 0; i < 900; ++i) opened += ::open("/dev/null", O_RDONLY) >= 0;
    SHOW(opened);
    for (int fd = 3; fd < 950; ++fd) ::close(fd);
}
