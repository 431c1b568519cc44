// read, write, lseek, pread, pwrite and their vector forms, sendfile.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "cases.h"

using namespace mayfly::tests;

namespace {

int open_with(std::string_view content, int flags = O_RDWR) {
    EXPECT(write_file("file", content));
    return ::open("file", flags);
}

iovec vec(void* base, std::size_t length) { return {base, length}; }

volatile sig_atomic_t alarms = 0;

// A gigabyte of a device, into the same megabyte again and again; alarms come on the way: however fast the processor
// (20 ms of a gigabyte of zeros are too long) or late the call, there is one during it.
ssize_t read_for_long(const char* path) {
    std::string buffer(1 << 20, 'x');
    std::vector<iovec> pieces(1024, iovec{buffer.data(), buffer.size()});
    struct sigaction action {};
    action.sa_handler = [](int) { alarms = alarms + 1; };
    action.sa_flags = SA_RESTART;
    EXPECT(::sigaction(SIGALRM, &action, nullptr) == 0);
    alarms = 0;
    const itimerval often{{0, 2'000}, {0, 2'000}};
    const itimerval never{};
    EXPECT(::setitimer(ITIMER_REAL, &often, nullptr) == 0);
    const ssize_t bytes = ::readv(::open(path, O_RDONLY), pieces.data(), static_cast<int>(pieces.size()));
    EXPECT(::setitimer(ITIMER_REAL, &never, nullptr) == 0);
    return bytes;
}

}  // namespace

CASE(long_reads_end_with_what_they_have_when_a_signal_comes) {
    for (const char* path : {"/dev/urandom", "/dev/zero"}) {
        const ssize_t bytes = read_for_long(path);
        SHOW(bytes > 0 && bytes < 1 << 30);
        SHOW(alarms > 0);
    }
}

CASE(read_up_to_the_end) {
    const int fd = open_with("hello");
    char text[16] = {};
    SHOW(::read(fd, text, 3));
    SHOW(::read(fd, text + 3, 10));
    SHOW(::read(fd, text, 10));
    SHOW(static_cast<const char*>(text));
}

CASE(read_of_nothing) {
    const int fd = open_with("hello");
    SHOW(::read(fd, nullptr, 0));
    SHOW(::lseek(fd, 0, SEEK_CUR));
}

CASE(read_errors) {
    const int fd = open_with("hello", O_WRONLY);
    char byte;
    OUTCOME(::read(fd, &byte, 1));
    OUTCOME(::read(-1, &byte, 1));
    const int readable = ::open("file", O_RDONLY);
    OUTCOME(::syscall(SYS_read, readable, kUnmapped, 5));
    OUTCOME(::syscall(SYS_read, readable, kKernelAddress, 5));
    SHOW(::lseek(readable, 0, SEEK_CUR));
    OUTCOME(::write(readable, "x", 1));
    OUTCOME(::syscall(SYS_write, fd, kUnmapped, 1));
}

CASE(read_into_memory_that_ends) {
    // The last byte of a page before a hole: what fits is read, or nothing is.
    auto* page = static_cast<char*>(::mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT(::munmap(page + 4096, 4096) == 0);
    const int fd = open_with("hello");
    SHOW(::read(fd, page + 4091, 5));
    SHOW(std::string(page + 4091, 5));
}

CASE(write_extends_and_overwrites) {
    const int fd = open_with("hello");
    SHOW(::write(fd, "J", 1));
    SHOW(::lseek(fd, 0, SEEK_END));
    SHOW(::write(fd, " world", 6));
    SHOW(read_file("file"));
    SHOW(::write(fd, nullptr, 0));
}

CASE(write_large_and_read_back) {
    std::string big(1 << 20, '\0');
    for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>((i * 7 + i / 4096) & 0xff);
    EXPECT(write_file("big", big));
    SHOW(read_file("big") == big);
}

CASE(lseek_positions) {
    const int fd = open_with("0123456789");
    SHOW(::lseek(fd, 4, SEEK_SET));
    SHOW(::lseek(fd, 3, SEEK_CUR));
    SHOW(::lseek(fd, -2, SEEK_END));
    SHOW(::lseek(fd, 100, SEEK_END));
    char byte;
    SHOW(::read(fd, &byte, 1));
    OUTCOME(::lseek(fd, -1, SEEK_SET));
    OUTCOME(::lseek(fd, -1000, SEEK_CUR));
    OUTCOME(::lseek(fd, 0, 99));
    OUTCOME(::lseek(-1, 0, SEEK_SET));
    SHOW(::lseek(fd, 0, SEEK_CUR));
}

CASE(write_past_the_end_leaves_zeroes) {
    const int fd = open_with("ab");
    SHOW(::lseek(fd, 5, SEEK_SET));
    SHOW(::write(fd, "c", 1));
    const std::string content = read_file("file");
    SHOW(content.size());
    SHOW(content == std::string("ab\0\0\0c", 6));
}

CASE(pread_and_pwrite_leave_the_position) {
    const int fd = open_with("0123456789");
    char text[4] = {};
    SHOW(::pread(fd, text, 3, 5));
    SHOW(static_cast<const char*>(text));
    SHOW(::pwrite(fd, "XY", 2, 8));
    SHOW(::lseek(fd, 0, SEEK_CUR));
    SHOW(read_file("file"));
    SHOW(::pread(fd, text, 3, 100));
    OUTCOME(::pread(fd, text, 3, -1));
    OUTCOME(::pwrite(fd, text, 3, -1));
}

CASE(pwrite_to_an_append_descriptor_appends) {
    const int fd = open_with("abc", O_WRONLY | O_APPEND);
    SHOW(::pwrite(fd, "d", 1, 0));
    SHOW(read_file("file"));
}

CASE(readv_and_writev) {
    const int fd = open_with("");
    char first[] = "one ", second[] = "two ", third[] = "three";
    iovec out[] = {vec(first, 4), vec(nullptr, 0), vec(second, 4), vec(third, 5)};
    SHOW(::writev(fd, out, 4));
    SHOW(read_file("file"));
    SHOW(::lseek(fd, 0, SEEK_SET));
    char a[3] = {}, b[20] = {};
    iovec in[] = {vec(a, 2), vec(b, 19)};
    SHOW(::readv(fd, in, 2));
    SHOW(static_cast<const char*>(a));
    SHOW(static_cast<const char*>(b));
}

CASE(vectors_that_are_refused) {
    const int fd = open_with("abc");
    char byte = 'x';
    iovec one = vec(&byte, 1);
    OUTCOME(::syscall(SYS_readv, fd, kUnmapped, 1));
    OUTCOME(::syscall(SYS_writev, fd, &one, -1));
    OUTCOME(::syscall(SYS_writev, fd, &one, 1025));
    SHOW(::writev(fd, &one, 0));
    iovec huge[] = {vec(&byte, static_cast<std::size_t>(-1))};
    OUTCOME(::writev(fd, huge, 1));
    iovec bad[] = {vec(nullptr, 4)};
    OUTCOME(::writev(fd, bad, 1));
    SHOW(read_file("file"));
}

CASE(preadv_and_pwritev) {
    const int fd = open_with("0123456789");
    char a[3] = {}, b[4] = {};
    iovec in[] = {vec(a, 2), vec(b, 3)};
    SHOW(::preadv(fd, in, 2, 4));
    SHOW(static_cast<const char*>(a));
    SHOW(static_cast<const char*>(b));
    char x[] = "XX";
    iovec out = vec(x, 2);
    SHOW(::pwritev(fd, &out, 1, 1));
    SHOW(read_file("file"));
    SHOW(::lseek(fd, 0, SEEK_CUR));
    OUTCOME(::preadv(fd, in, 2, -1));
}

CASE(preadv2_without_flags_at_the_position) {
    const int fd = open_with("0123456789");
    char a[4] = {};
    iovec in = vec(a, 3);
    SHOW(::preadv2(fd, &in, 1, -1, 0));
    SHOW(static_cast<const char*>(a));
    SHOW(::lseek(fd, 0, SEEK_CUR));
}

CASE(shared_position_of_a_duplicate) {
    const int fd = open_with("0123456789");
    const int copy = ::dup(fd);
    const int other = ::open("file", O_RDONLY);
    SHOW(::lseek(fd, 6, SEEK_SET));
    SHOW(::lseek(copy, 0, SEEK_CUR));
    SHOW(::lseek(other, 0, SEEK_CUR));
}

CASE(sendfile_between_files) {
    const int from = open_with("some content");
    const int to = ::open("copy", O_WRONLY | O_CREAT, 0644);
    off_t offset = 5;
    SHOW(::sendfile(to, from, &offset, 4));
    SHOW(offset);
    SHOW(::lseek(from, 0, SEEK_CUR));
    SHOW(::sendfile(to, from, nullptr, 100));
    SHOW(::lseek(from, 0, SEEK_CUR));
    SHOW(::sendfile(to, from, nullptr, 100));
    SHOW(read_file("copy"));
    OUTCOME(::sendfile(-1, from, nullptr, 1));
}

CASE(devices) {
    char text[8] = "xxxxxxx";
    const int null = ::open("/dev/null", O_RDWR);
    SHOW(::read(null, text, 4));
    SHOW(::write(null, text, 4));
    const int zero = ::open("/dev/zero", O_RDWR);
    SHOW(::read(zero, text, 4));
    SHOW(std::string(text, 7) == std::string("\0\0\0\0xxx", 7));
    SHOW(::write(zero, text, 3));
    const int full = ::open("/dev/full", O_RDWR);
    OUTCOME(::write(full, text, 1));
    SHOW(::read(full, text, 2));
    char a[32] = {}, b[32] = {};
    const int random = ::open("/dev/urandom", O_RDONLY);
    SHOW(::read(random, a, sizeof a));
    SHOW(::read(random, b, sizeof b));
    SHOW(std::memcmp(a, b, sizeof a) != 0);
}

CASE(fsync_and_friends) {
    const int fd = open_with("abc");
    OUTCOME(::fsync(fd));
    OUTCOME(::fdatasync(fd));
    OUTCOME(::fsync(-1));
    OUTCOME(::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
    ::sync();
}

CASE(copy_file_range_copies) {
    const int from = open_with("0123456789");
    const int to = ::open("copy", O_RDWR | O_CREAT, 0644);
    off_t in = 2, out = 1;
    SHOW(::copy_file_range(from, &in, to, &out, 4, 0));
    SHOW(in);
    SHOW(out);
    SHOW(read_file("copy") == std::string("\0002345", 5));
    SHOW(::copy_file_range(from, nullptr, to, nullptr, 3, 0));
    OUTCOME(::copy_file_range(from, nullptr, to, nullptr, 3, 1));
}
