// truncate, ftruncate, fallocate, holes.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "cases.h"

using namespace mayfly::tests;

namespace {

bool all_zero(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c == '\0'; });
}

volatile sig_atomic_t signals = 0;

// Large enough for what the case itself prints.
constexpr long kLimit = 1 << 20;

// No file may become larger than this from now on; counts SIGXFSZ.
void limit_files() {
    struct sigaction action {};
    action.sa_handler = [](int) { signals = signals + 1; };
    EXPECT(::sigaction(SIGXFSZ, &action, nullptr) == 0);
    signals = 0;
    const rlimit limit{kLimit, RLIM_INFINITY};
    EXPECT(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

void lift_limit() {
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    EXPECT(::setrlimit(RLIMIT_FSIZE, &none) == 0);
}

}  // namespace

CASE(file_size_limit_cuts_writes) {
    const int fd = ::open("file", O_RDWR | O_CREAT, 0644);
    limit_files();
    SHOW(::pwrite(fd, "0123456", 7, kLimit - 10));
    EXPECT(::lseek(fd, 0, SEEK_END) == kLimit - 3);
    iovec pieces[2] = {{const_cast<char*>("78"), 2}, {const_cast<char*>("9abc"), 4}};
    SHOW(::writev(fd, pieces, 2));
    SHOW(static_cast<int>(signals));
    OUTCOME(::write(fd, "x", 1));
    SHOW(static_cast<int>(signals));
    OUTCOME(::write(fd, "x", 0));
    OUTCOME(::pwrite(fd, "x", 1, kLimit));
    SHOW(::pwrite(fd, "xyz", 3, kLimit - 2));
    SHOW(static_cast<int>(signals));
    lift_limit();
    SHOW(read_file("file").substr(kLimit - 10));
}

CASE(file_size_limit_of_growing) {
    const int fd = ::open("file", O_RDWR | O_CREAT, 0644);
    EXPECT(::ftruncate(fd, 2 * kLimit) == 0);
    limit_files();
    OUTCOME(::ftruncate(fd, 2 * kLimit + 1));
    OUTCOME(::truncate("file", kLimit + 50));
    OUTCOME(::ftruncate(fd, kLimit + 60));
    OUTCOME(::ftruncate(fd, kLimit));
    OUTCOME(::fallocate(fd, 0, kLimit - 5, 5));
    OUTCOME(::fallocate(fd, 0, kLimit - 5, 6));
    SHOW(static_cast<int>(signals));
    lift_limit();
    SHOW(::lseek(fd, 0, SEEK_END) == kLimit);
}

DEATH_CASE(file_size_limit_kills) {
    const rlimit limit{kLimit, kLimit};
    EXPECT(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    const int fd = ::open("file", O_WRONLY | O_CREAT, 0644);
    OUTCOME(::pwrite(fd, "y", 1, kLimit));
}

CASE(truncate_cuts_and_extends) {
    EXPECT(write_file("file", "0123456789"));
    OUTCOME(::truncate("file", 4));
    SHOW(read_file("file"));
    OUTCOME(::truncate("file", 6));
    SHOW(read_file("file") == std::string("0123\0\0", 6));
    OUTCOME(::truncate("file", 0));
    SHOW(read_file("file").size());
}

CASE(what_was_cut_off_never_comes_back) {
    EXPECT(write_file("file", std::string(10'000, 'x')));
    EXPECT(::truncate("file", 5) == 0 && ::truncate("file", 10'000) == 0);
    const std::string content = read_file("file");
    SHOW(content.size());
    SHOW(all_zero(content.substr(5)));
}

CASE(truncate_errors) {
    EXPECT(write_file("file", "x") && ::mkdir("folder", 0755) == 0);
    OUTCOME(::truncate("missing", 0));
    OUTCOME(::truncate("folder", 0));
    OUTCOME(::truncate("file", -1));
    const int fd = ::open("file", O_RDONLY);
    OUTCOME(::ftruncate(fd, 0));
    OUTCOME(::ftruncate(-1, 0));
    const int writable = ::open("file", O_WRONLY);
    OUTCOME(::ftruncate(writable, -1));
    SHOW(read_file("file"));
}

CASE(position_stays_after_a_truncate) {
    const int fd = ::open("file", O_RDWR | O_CREAT, 0644);
    SHOW(::write(fd, "0123456789", 10));
    EXPECT(::ftruncate(fd, 3) == 0);
    SHOW(::lseek(fd, 0, SEEK_CUR));
    SHOW(::write(fd, "x", 1));
    SHOW(read_file("file") == std::string("012\0\0\0\0\0\0\0x", 11));
}

CASE(holes_read_as_zeroes) {
    const int fd = ::open("file", O_RDWR | O_CREAT, 0644);
    EXPECT(::pwrite(fd, "end", 3, 1 << 20) == 3);
    struct stat info {};
    EXPECT(::fstat(fd, &info) == 0);
    SHOW(info.st_size);
    SHOW(info.st_blocks * 512 < (1 << 20));
    std::string content(1 << 20, 'x');
    SHOW(::pread(fd, content.data(), content.size(), 0));
    SHOW(all_zero(content));
}

CASE(a_very_long_sparse_file) {
    const int fd = ::open("file", O_RDWR | O_CREAT, 0644);
    OUTCOME(::ftruncate(fd, 1ll << 33));
    char byte = 'x';
    SHOW(::pread(fd, &byte, 1, (1ll << 33) - 1));
    SHOW(byte == 0);
    SHOW(::pread(fd, &byte, 1, 1ll << 33));
}

CASE(fallocate_extends) {
    const int fd = ::open("file", O_RDWR | O_CREAT, 0644);
    SHOW(error_name(::posix_fallocate(fd, 0, 10'000)));
    struct stat info {};
    EXPECT(::fstat(fd, &info) == 0);
    SHOW(info.st_size);
    OUTCOME(::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 20'000));
    EXPECT(::fstat(fd, &info) == 0);
    SHOW(info.st_size);
    OUTCOME(::fallocate(fd, 0, -1, 10));
    OUTCOME(::fallocate(fd, 0, 0, 0));
    OUTCOME(::fallocate(-1, 0, 0, 10));
}

CASE(punching_a_hole_zeroes) {
    const int fd = ::open("file", O_RDWR | O_CREAT, 0644);
    const std::string content(16'384, 'x');
    EXPECT(::write(fd, content.data(), content.size()) == 16'384);
    OUTCOME(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096));
    const std::string after = read_file("file");
    SHOW(after.size());
    SHOW(all_zero(after.substr(4096, 4096)));
    SHOW(after.substr(0, 4096) == content.substr(0, 4096) && after.substr(8192) == content.substr(8192));
}
