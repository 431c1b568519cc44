// open, openat, creat, close: flags, modes, errors.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "cases.h"

using namespace mayfly::tests;

CASE(open_missing_file) { OUTCOME(::open("missing", O_RDONLY)); }

CASE(open_creates_with_the_umask_applied) {
    ::umask(027);
    const int fd = ::open("new", O_WRONLY | O_CREAT, 0666);
    EXPECT(fd >= 0);
    struct stat info {};
    EXPECT(::fstat(fd, &info) == 0);
    SHOW(info.st_mode & 07777);
    SHOW(info.st_size);
    ::close(fd);
}

CASE(open_exclusive_refuses_an_existing_file) {
    EXPECT(write_file("there", "x"));
    OUTCOME(::open("there", O_WRONLY | O_CREAT | O_EXCL, 0644));
    SHOW(read_file("there"));
}

CASE(open_exclusive_does_not_follow_a_symlink) {
    EXPECT(::symlink("target", "link") == 0);
    OUTCOME(::open("link", O_WRONLY | O_CREAT | O_EXCL, 0644));
    OUTCOME(::access("target", F_OK));
}

CASE(open_create_through_a_dangling_symlink) {
    EXPECT(::symlink("target", "link") == 0);
    const int fd = ::open("link", O_WRONLY | O_CREAT, 0644);
    OUTCOME(fd);
    OUTCOME(::access("target", F_OK));
    ::close(fd);
}

CASE(open_truncates) {
    EXPECT(write_file("file", "some text"));
    const int fd = ::open("file", O_WRONLY | O_TRUNC);
    EXPECT(fd >= 0);
    ::close(fd);
    SHOW(read_file("file").size());
}

CASE(open_append_writes_at_the_end_after_a_seek) {
    EXPECT(write_file("file", "one"));
    const int fd = ::open("file", O_WRONLY | O_APPEND);
    EXPECT(::lseek(fd, 0, SEEK_SET) == 0);
    SHOW(::write(fd, "two", 3));
    SHOW(::lseek(fd, 0, SEEK_CUR));
    ::close(fd);
    SHOW(read_file("file"));
}

CASE(open_directory_for_writing) {
    EXPECT(::mkdir("folder", 0755) == 0);
    OUTCOME(::open("folder", O_WRONLY));
    OUTCOME(::open("folder", O_RDWR));
    OUTCOME(::open("folder", O_RDONLY | O_CREAT, 0644));
    const int fd = ::open("folder", O_RDONLY | O_DIRECTORY);
    EXPECT(fd >= 0);
    char byte;
    OUTCOME(::read(fd, &byte, 1));
    ::close(fd);
}

CASE(open_o_directory_on_a_file) {
    EXPECT(write_file("file", ""));
    OUTCOME(::open("file", O_RDONLY | O_DIRECTORY));
    OUTCOME(::open("file/", O_RDONLY));
    OUTCOME(::open("file/below", O_RDONLY));
}

CASE(open_nofollow_on_a_symlink) {
    EXPECT(write_file("file", ""));
    EXPECT(::symlink("file", "link") == 0);
    OUTCOME(::open("link", O_RDONLY | O_NOFOLLOW));
    OUTCOME(::open("link", O_RDONLY));
}

CASE(open_symlink_loop) {
    EXPECT(::symlink("b", "a") == 0 && ::symlink("a", "b") == 0);
    OUTCOME(::open("a", O_RDONLY));
}

CASE(open_name_too_long) {
    const std::string component(256, 'x');
    const std::string longest(255, 'x');
    OUTCOME(::open(component.c_str(), O_RDONLY));
    OUTCOME(::open(longest.c_str(), O_RDONLY));
    std::string path;
    while (path.size() < 4100) path += "./";
    OUTCOME(::open((path + "x").c_str(), O_RDONLY));
}

CASE(open_bad_pointers_and_empty_path) {
    OUTCOME(::syscall(SYS_openat, AT_FDCWD, kUnmapped, O_RDONLY, 0));
    OUTCOME(::syscall(SYS_openat, AT_FDCWD, kKernelAddress, O_RDONLY, 0));
    OUTCOME(::open("", O_RDONLY));
}

CASE(openat_is_relative_to_the_directory) {
    EXPECT(::mkdir("folder", 0755) == 0);
    EXPECT(write_file("folder/file", "inside"));
    const int directory = ::open("folder", O_RDONLY | O_DIRECTORY);
    const int fd = ::openat(directory, "file", O_RDONLY);
    OUTCOME(fd);
    ::close(fd);
    ::close(directory);
    OUTCOME(::openat(directory, "file", O_RDONLY));
    EXPECT(write_file("plain", ""));
    const int plain = ::open("plain", O_RDONLY);
    OUTCOME(::openat(plain, "file", O_RDONLY));
    OUTCOME(::openat(plain, "/etc", O_RDONLY));
    ::close(plain);
}

CASE(open_takes_the_lowest_free_descriptor) {
    EXPECT(write_file("file", ""));
    const int first = ::open("file", O_RDONLY);
    const int second = ::open("file", O_RDONLY);
    const int third = ::open("file", O_RDONLY);
    EXPECT(second == first + 1 && third == second + 1);
    ::close(second);
    const int again = ::open("file", O_RDONLY);
    SHOW(again == second);
    ::close(first);
    ::close(again);
    ::close(third);
}

CASE(close_twice) {
    EXPECT(write_file("file", ""));
    const int fd = ::open("file", O_RDONLY);
    OUTCOME(::close(fd));
    OUTCOME(::close(fd));
    OUTCOME(::close(-1));
    OUTCOME(::close(1 << 30));
}

CASE(open_path_descriptor_only_names) {
    EXPECT(write_file("file", "text"));
    const int fd = ::open("file", O_PATH);
    OUTCOME(fd);
    char byte;
    OUTCOME(::read(fd, &byte, 1));
    struct stat info {};
    OUTCOME(::fstat(fd, &info));
    SHOW(info.st_size);
    ::close(fd);
}

CASE(open_unlinked_file_lives_until_closed) {
    const int fd = ::open("file", O_RDWR | O_CREAT, 0644);
    EXPECT(::unlink("file") == 0);
    SHOW(::write(fd, "alive", 5));
    char text[6] = {};
    SHOW(::pread(fd, text, 5, 0));
    SHOW(static_cast<const char*>(text));
    struct stat info {};
    EXPECT(::fstat(fd, &info) == 0);
    SHOW(info.st_nlink);
    ::close(fd);
}

CASE(open_tmpfile_has_no_name) {
    const int fd = ::open(".", O_TMPFILE | O_RDWR, 0600);
    OUTCOME(fd);
    OUTCOME(::write(fd, "x", 1));
    struct stat info {};
    EXPECT(::fstat(fd, &info) == 0);
    SHOW(info.st_nlink);
    ::close(fd);
}

CASE(creat_truncates_and_opens_for_writing) {
    EXPECT(write_file("file", "long content"));
    const int fd = ::creat("file", 0600);
    EXPECT(fd >= 0);
    char byte;
    OUTCOME(::read(fd, &byte, 1));
    OUTCOME(::write(fd, "s", 1));
    ::close(fd);
    SHOW(read_file("file"));
}

CASE(open_dot_and_dotdot) {
    EXPECT(::mkdir("a", 0755) == 0 && ::mkdir("a/b", 0755) == 0);
    EXPECT(write_file("top", "top"));
    SHOW(read_file("a/b/../../top"));
    SHOW(read_file("./a/.././/top"));
    OUTCOME(::open("a/missing/../../top", O_RDONLY));
    OUTCOME(::open("/../../..", O_RDONLY));
}
