// splice, copy_file_range, sendfile at their edges; holes; openat2, pwritev2, faccessat2.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <string>

#include "cases.h"

using namespace mayfly::tests;

namespace {

std::string read_some(int fd) {
    char bytes[256];
    const ssize_t length = ::read(fd, bytes, sizeof bytes);
    return length < 0 ? outcome(length) : std::string(bytes, static_cast<std::size_t>(length));
}

}  // namespace

CASE(splice_from_a_file_into_a_pipe_and_back) {
    EXPECT(write_file("from", "0123456789"));
    EXPECT(write_file("to", ""));
    int ends[2];
    EXPECT(::pipe(ends) == 0);
    const int from = ::open("from", O_RDONLY);
    const int to = ::open("to", O_WRONLY);
    off_t offset = 2;
    SHOW(::splice(from, &offset, ends[1], nullptr, 4, 0));
    SHOW(offset);
    SHOW(::lseek(from, 0, SEEK_CUR));
    SHOW(::splice(ends[0], nullptr, to, nullptr, 100, 0));
    SHOW(read_file("to"));
    SHOW(::splice(from, nullptr, ends[1], nullptr, 100, 0));
    SHOW(::lseek(from, 0, SEEK_CUR));
    SHOW(::splice(from, nullptr, ends[1], nullptr, 100, 0));
    SHOW(read_some(ends[0]));
}

CASE(splice_needs_a_pipe_and_no_offset_for_it) {
    EXPECT(write_file("from", "0123456789"));
    int ends[2];
    EXPECT(::pipe(ends) == 0);
    const int from = ::open("from", O_RDWR);
    off_t offset = 0;
    OUTCOME(::splice(from, nullptr, from, nullptr, 4, 0));
    OUTCOME(::splice(from, nullptr, ends[1], &offset, 4, 0));
    OUTCOME(::splice(ends[1], nullptr, from, nullptr, 4, 0));
    OUTCOME(::splice(-1, nullptr, ends[1], nullptr, 4, 0));
    SHOW(::splice(from, nullptr, ends[1], nullptr, 0, 0));
}

CASE(copy_file_range_moves_both_positions) {
    EXPECT(write_file("from", "0123456789"));
    EXPECT(write_file("to", "abc"));
    const int from = ::open("from", O_RDONLY);
    const int to = ::open("to", O_RDWR);
    SHOW(::copy_file_range(from, nullptr, to, nullptr, 4, 0));
    SHOW(::lseek(from, 0, SEEK_CUR));
    SHOW(::lseek(to, 0, SEEK_CUR));
    SHOW(::copy_file_range(from, nullptr, to, nullptr, 100, 0));
    SHOW(::copy_file_range(from, nullptr, to, nullptr, 100, 0));
    SHOW(read_file("to"));
    OUTCOME(::copy_file_range(from, nullptr, to, nullptr, 4, 1));
    OUTCOME(::copy_file_range(to, nullptr, from, nullptr, 4, 0));
    int ends[2];
    EXPECT(::pipe(ends) == 0);
    OUTCOME(::copy_file_range(from, nullptr, ends[1], nullptr, 4, 0));
    const int folder = ::open(".", O_RDONLY);
    OUTCOME(::copy_file_range(folder, nullptr, to, nullptr, 4, 0));
}

CASE(copy_file_range_within_one_file) {
    EXPECT(write_file("file", "0123456789"));
    const int fd = ::open("file", O_RDWR);
    off_t from = 0, to = 2, far = 10;
    OUTCOME(::copy_file_range(fd, &from, fd, &to, 4, 0));
    SHOW(::copy_file_range(fd, &from, fd, &far, 4, 0));
    SHOW(read_file("file"));
}

CASE(sendfile_wants_a_file_to_read) {
    EXPECT(write_file("from", "0123456789"));
    int ends[2];
    EXPECT(::pipe(ends) == 0);
    const int from = ::open("from", O_RDONLY);
    const int to = ::open("to", O_RDWR | O_CREAT, 0644);
    OUTCOME(::sendfile(to, ends[0], nullptr, 4));
    off_t offset = 3;
    SHOW(::sendfile(ends[1], from, &offset, 4));
    SHOW(offset);
    SHOW(read_some(ends[0]));
    SHOW(::sendfile(to, from, nullptr, 100));
    SHOW(::sendfile(to, from, nullptr, 100));
    const int append = ::open("to", O_WRONLY | O_APPEND);
    OUTCOME(::sendfile(append, from, nullptr, 4));
    OUTCOME(::sendfile(from, from, nullptr, 4));
}

CASE(holes_are_found) {
    const int fd = ::open("file", O_RDWR | O_CREAT, 0644);
    EXPECT(::ftruncate(fd, 1 << 20) == 0);
    EXPECT(::pwrite(fd, "x", 1, 512 << 10) == 1);
    SHOW(::lseek(fd, 0, SEEK_HOLE));
    SHOW(::lseek(fd, 512 << 10, SEEK_DATA));
    SHOW(::lseek(fd, 0, SEEK_DATA));
    SHOW(::lseek(fd, 512 << 10, SEEK_HOLE));
    OUTCOME(::lseek(fd, 1 << 20, SEEK_DATA));
    OUTCOME(::lseek(fd, 1 << 20, SEEK_HOLE));
    OUTCOME(::lseek(fd, 600 << 10, SEEK_DATA));
    OUTCOME(::lseek(fd, -1, SEEK_DATA));
}

CASE(openat2_checks_its_argument) {
    EXPECT(write_file("file", "text"));
    open_how how{};
    how.flags = O_RDONLY;
    const long fd = ::syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof how);
    OUTCOME(fd);
    SHOW(read_some(static_cast<int>(fd)));
    OUTCOME(::syscall(SYS_openat2, AT_FDCWD, "file", &how, 8));
    OUTCOME(::syscall(SYS_openat2, AT_FDCWD, "missing", &how, sizeof how));
    how.mode = 0644;
    OUTCOME(::syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof how));
    how.flags = O_RDONLY | (1ull << 40);
    OUTCOME(::syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof how));
}

CASE(pwritev2_appends_where_told) {
    EXPECT(write_file("file", "0123"));
    const int fd = ::open("file", O_RDWR);
    char text[] = "ab";
    const iovec piece{text, 2};
    SHOW(::pwritev2(fd, &piece, 1, 0, RWF_APPEND));
    SHOW(read_file("file"));
    SHOW(::pwritev2(fd, &piece, 1, 1, RWF_DSYNC));
    SHOW(read_file("file"));
    SHOW(::pwritev2(fd, &piece, 1, -1, 0));
    SHOW(::lseek(fd, 0, SEEK_CUR));
    OUTCOME(::pwritev2(fd, &piece, 1, 0, 1 << 20));
    OUTCOME(::pwritev2(fd, &piece, 1, -2, 0));
}

CASE(faccessat2_flags) {
    EXPECT(write_file("file", "", 0600));
    EXPECT(::symlink("missing", "dangling") == 0);
    OUTCOME(::syscall(SYS_faccessat2, AT_FDCWD, "file", R_OK | W_OK, AT_EACCESS));
    OUTCOME(::syscall(SYS_faccessat2, AT_FDCWD, "file", X_OK, AT_EACCESS));
    OUTCOME(::syscall(SYS_faccessat2, AT_FDCWD, "dangling", F_OK, 0));
    OUTCOME(::syscall(SYS_faccessat2, AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
    OUTCOME(::syscall(SYS_faccessat2, AT_FDCWD, "file", 8, 0));
    OUTCOME(::syscall(SYS_faccessat2, AT_FDCWD, "file", F_OK, 1));
    const int fd = ::open("file", O_RDONLY);
    OUTCOME(::syscall(SYS_faccessat2, fd, "", F_OK, AT_EMPTY_PATH));
}

CASE(proc_fd_leads_to_the_open_file) {
    EXPECT(write_file("file", "text"));
    const int fd = ::open("file", O_RDONLY);
    EXPECT(::unlink("file") == 0);
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const int again = ::open(link.c_str(), O_RDONLY);
    OUTCOME(again);
    SHOW(read_some(again));
    SHOW(read_some(fd));
    char target[256];
    const ssize_t length = ::readlink(link.c_str(), target, sizeof target);
    SHOW(std::string(target, static_cast<std::size_t>(length)).ends_with("/file (deleted)"));
    struct stat by_link {
    }, by_fd{};
    EXPECT(::stat(link.c_str(), &by_link) == 0 && ::fstat(fd, &by_fd) == 0);
    SHOW(by_link.st_ino == by_fd.st_ino);
    SHOW(by_fd.st_nlink);
    EXPECT(::lstat(link.c_str(), &by_link) == 0);
    SHOW(S_ISLNK(by_link.st_mode));
}

CASE(names_with_slashes_behind_them) {
    EXPECT(::mkdir("folder", 0755) == 0 && write_file("file", ""));
    EXPECT(::symlink("folder", "link") == 0);
    OUTCOME(::mkdir("new/", 0755));
    OUTCOME(::rmdir("new///"));
    OUTCOME(::rmdir("link/"));
    OUTCOME(::unlink("file/"));
    OUTCOME(::unlink("link/"));
    OUTCOME(::rename("file/", "other"));
    OUTCOME(::rename("file", "other/"));
    OUTCOME(::rename("folder/", "moved/"));
    OUTCOME(::link("file", "twin/"));
    OUTCOME(::symlink("file", "another/"));
    OUTCOME(::open("created/", O_CREAT | O_WRONLY, 0644));
    OUTCOME(::mknod("node/", S_IFREG | 0644, 0));
    OUTCOME(::access("link/", F_OK));
}
