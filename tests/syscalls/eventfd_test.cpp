// eventfd: counting, semaphores, limits, readiness.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <thread>

#include "cases.h"

using namespace mayfly::tests;

namespace {

int poll_now(int fd) {
    pollfd one{fd, POLLIN | POLLOUT, 0};
    ::poll(&one, 1, 0);
    return one.revents;
}

long put(int fd, std::uint64_t value) { return ::write(fd, &value, sizeof(value)); }

std::uint64_t get(int fd) {
    std::uint64_t value = 0;
    return ::read(fd, &value, sizeof(value)) == sizeof(value) ? value : ~std::uint64_t{0};
}

}  // namespace

CASE(eventfd_counts_and_is_taken_whole) {
    const int fd = ::eventfd(3, 0);
    SHOW(put(fd, 4));
    SHOW(get(fd));
    SHOW(poll_now(fd));
}

CASE(eventfd_semaphore_gives_one_at_a_time) {
    const int fd = ::eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    SHOW(get(fd));
    SHOW(get(fd));
    std::uint64_t value;
    OUTCOME(::read(fd, &value, sizeof(value)));
}

CASE(eventfd_flags) {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    SHOW(::fcntl(fd, F_GETFD));
    SHOW(::fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
    OUTCOME(::eventfd(0, 2));
    SHOW(::syscall(SYS_eventfd, 5) > 0);
}

CASE(eventfd_empty_is_eagain) {
    const int fd = ::eventfd(0, EFD_NONBLOCK);
    std::uint64_t value;
    OUTCOME(::read(fd, &value, sizeof(value)));
    SHOW(poll_now(fd));
}

CASE(eventfd_sizes) {
    const int fd = ::eventfd(1, EFD_NONBLOCK);
    char small[4];
    OUTCOME(::read(fd, small, sizeof(small)));
    OUTCOME(::write(fd, small, sizeof(small)));
    char large[16];
    SHOW(::read(fd, large, sizeof(large)));
    OUTCOME(::syscall(SYS_write, fd, kUnmapped, 8));
    OUTCOME(::lseek(fd, 0, SEEK_SET));
}

CASE(eventfd_overflow) {
    const int fd = ::eventfd(0, EFD_NONBLOCK);
    SHOW(put(fd, ~std::uint64_t{0} - 1));
    SHOW(poll_now(fd));
    OUTCOME(put(fd, 1));
    OUTCOME(put(fd, ~std::uint64_t{0}));
    SHOW(put(fd, 0));
    SHOW(get(fd) == ~std::uint64_t{0} - 1);
}

CASE(eventfd_reader_waits) {
    const int fd = ::eventfd(0, 0);
    std::thread other([&] {
        ::usleep(20'000);
        put(fd, 9);
    });
    SHOW(get(fd));
    other.join();
}

CASE(eventfd_writer_waits_for_room) {
    const int fd = ::eventfd(0, 0);
    EXPECT(put(fd, ~std::uint64_t{0} - 1) == 8);
    std::uint64_t first = 0;
    std::thread other([&] {
        ::usleep(20'000);
        first = get(fd);
    });
    SHOW(put(fd, 7));
    other.join();
    SHOW(first == ~std::uint64_t{0} - 1);
    SHOW(get(fd));
}
