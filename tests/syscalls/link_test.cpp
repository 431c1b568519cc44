// link, symlink, readlink, rename, unlink and their *at forms.
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "cases.h"

using namespace mayfly::tests;

namespace {

struct stat status(const char* path) {
    struct stat info {};
    EXPECT(::lstat(path, &info) == 0);
    return info;
}

std::string target(const char* path) {
    char text[4096];
    const ssize_t length = ::readlink(path, text, sizeof text);
    return length < 0 ? error_name(errno) : std::string(text, static_cast<std::size_t>(length));
}

bool exists(const char* path) { return ::access(path, F_OK) == 0; }

}  // namespace

CASE(hard_links_share_the_file) {
    EXPECT(write_file("a", "text"));
    OUTCOME(::link("a", "b"));
    SHOW(status("a").st_ino == status("b").st_ino);
    SHOW(status("b").st_nlink);
    EXPECT(write_file("b", "changed"));
    SHOW(read_file("a"));
    OUTCOME(::unlink("a"));
    SHOW(status("b").st_nlink);
    SHOW(read_file("b"));
}

CASE(link_errors) {
    EXPECT(write_file("a", "") && write_file("b", "") && ::mkdir("folder", 0755) == 0);
    OUTCOME(::link("a", "b"));
    OUTCOME(::link("missing", "c"));
    OUTCOME(::link("folder", "c"));
    OUTCOME(::link("a", "missing/c"));
    OUTCOME(::link("a", ""));
    OUTCOME(::linkat(AT_FDCWD, "a", AT_FDCWD, "c", 0x4000'0000));
}

CASE(symlinks) {
    OUTCOME(::symlink("somewhere/else", "link"));
    SHOW(target("link"));
    SHOW(status("link").st_size);
    SHOW(S_ISLNK(status("link").st_mode));
    OUTCOME(::symlink("x", "link"));
    OUTCOME(::symlink("", "empty"));
    EXPECT(write_file("file", ""));
    SHOW(target("file"));
    SHOW(target("missing"));
    OUTCOME(::unlink("link"));
    SHOW(target("link"));
}

CASE(readlink_cuts_and_refuses) {
    EXPECT(::symlink("0123456789", "link") == 0);
    char text[4] = {};
    SHOW(::readlink("link", text, 3));
    SHOW(static_cast<const char*>(text));
    OUTCOME(::syscall(SYS_readlink, "link", text, 0));
    OUTCOME(::syscall(SYS_readlink, "link", kUnmapped, 3));
}

CASE(relative_symlinks_start_at_their_directory) {
    EXPECT(::mkdir("a", 0755) == 0 && ::mkdir("a/b", 0755) == 0);
    EXPECT(write_file("a/file", "found"));
    EXPECT(::symlink("../file", "a/b/link") == 0);
    EXPECT(::symlink("a/b", "short") == 0);
    SHOW(read_file("a/b/link"));
    SHOW(read_file("short/link"));
    SHOW(read_file("short/../file"));
}

CASE(chain_of_forty_symlinks) {
    EXPECT(write_file("link-0", "end"));
    for (int i = 1; i <= 41; ++i)
        EXPECT(::symlink(("link-" + std::to_string(i - 1)).c_str(), ("link-" + std::to_string(i)).c_str()) == 0);
    OUTCOME(::open("link-40", O_RDONLY));
    OUTCOME(::open("link-41", O_RDONLY));
}

CASE(rename_replaces) {
    EXPECT(write_file("a", "new") && write_file("b", "old"));
    const ino_t number = status("a").st_ino;
    OUTCOME(::rename("a", "b"));
    SHOW(read_file("b"));
    SHOW(exists("a"));
    SHOW(status("b").st_ino == number);
}

CASE(rename_errors) {
    EXPECT(write_file("file", "") && ::mkdir("a", 0755) == 0 && ::mkdir("full", 0755) == 0);
    EXPECT(write_file("full/file", "") && ::mkdir("empty", 0755) == 0);
    OUTCOME(::rename("missing", "x"));
    OUTCOME(::rename("file", "a"));
    OUTCOME(::rename("a", "file"));
    OUTCOME(::rename("a", "full"));
    OUTCOME(::rename("a", "a/b"));
    OUTCOME(::rename("a", "empty"));
    SHOW(exists("a"));
    OUTCOME(::rename("full", "missing/x"));
    OUTCOME(::rename(".", "x"));
}

CASE(rename_onto_itself_and_onto_its_link) {
    EXPECT(write_file("a", "text") && ::link("a", "b") == 0);
    OUTCOME(::rename("a", "a"));
    OUTCOME(::rename("a", "b"));
    SHOW(exists("a") && exists("b"));
}

CASE(rename_a_directory_with_content) {
    EXPECT(::mkdir("a", 0755) == 0 && ::mkdir("other", 0755) == 0 && write_file("a/file", "inside"));
    OUTCOME(::rename("a", "other/b"));
    SHOW(read_file("other/b/file"));
    SHOW(read_file("other/b/../b/file"));
}

CASE(renameat2_flags) {
    EXPECT(write_file("a", "A") && write_file("b", "B"));
    OUTCOME(::renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE));
    OUTCOME(::renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE));
    OUTCOME(::renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_EXCHANGE));
    SHOW(read_file("b"));
    SHOW(read_file("c"));
    OUTCOME(::renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_EXCHANGE | RENAME_NOREPLACE));
    OUTCOME(::renameat2(AT_FDCWD, "b", AT_FDCWD, "missing", RENAME_EXCHANGE));
}

CASE(unlink_errors) {
    EXPECT(::mkdir("folder", 0755) == 0);
    OUTCOME(::unlink("missing"));
    OUTCOME(::unlink("folder"));
    OUTCOME(::unlink(""));
    OUTCOME(::syscall(SYS_unlink, kUnmapped));
    EXPECT(write_file("file", ""));
    OUTCOME(::unlink("file/"));
    OUTCOME(::unlink("file"));
}

CASE(unlink_removes_the_symlink_and_not_its_target) {
    EXPECT(write_file("file", "stays") && ::symlink("file", "link") == 0);
    OUTCOME(::unlink("link"));
    SHOW(read_file("file"));
}

CASE(linkat_of_a_symlink) {
    EXPECT(write_file("file", "") && ::symlink("file", "link") == 0);
    OUTCOME(::linkat(AT_FDCWD, "link", AT_FDCWD, "as-is", 0));
    OUTCOME(::linkat(AT_FDCWD, "link", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
    SHOW(S_ISLNK(status("as-is").st_mode));
    SHOW(S_ISREG(status("followed").st_mode));
}

CASE(at_forms_take_a_directory) {
    EXPECT(::mkdir("a", 0755) == 0 && ::mkdir("b", 0755) == 0 && write_file("a/file", "moved"));
    const int a = ::open("a", O_RDONLY | O_DIRECTORY);
    const int b = ::open("b", O_RDONLY | O_DIRECTORY);
    OUTCOME(::renameat(a, "file", b, "there"));
    SHOW(read_file("b/there"));
    OUTCOME(::symlinkat("there", b, "link"));
    char text[16] = {};
    SHOW(::readlinkat(b, "link", text, sizeof text));
    SHOW(static_cast<const char*>(text));
    OUTCOME(::renameat(-1, "file", b, "x"));
}
