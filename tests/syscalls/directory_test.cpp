// mkdir, rmdir, getdents64, chdir, fchdir, getcwd.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <set>
#include <string>

#include "cases.h"

using namespace mayfly::tests;

namespace {

// Names with the kind of each, sorted: "a/ b".
std::string listing(const char* path) {
    DIR* directory = ::opendir(path);
    if (directory == nullptr) return error_name(errno);
    std::set<std::string> names;
    while (const dirent* entry = ::readdir(directory)) {
        const char* kind = entry->d_type == DT_DIR ? "/" : entry->d_type == DT_LNK ? "@" : "";
        names.insert(std::string{entry->d_name} + kind);
    }
    ::closedir(directory);
    std::string all;
    for (const std::string& name : names) all += name + " ";
    return all;
}

std::string working_directory() {
    char path[4096];
    return ::getcwd(path, sizeof path) != nullptr ? path : error_name(errno);
}

}  // namespace

CASE(mkdir_and_rmdir) {
    OUTCOME(::mkdir("a", 0755));
    OUTCOME(::mkdir("a", 0755));
    OUTCOME(::mkdir("missing/b", 0755));
    OUTCOME(::mkdir("a/b/", 0755));
    OUTCOME(::rmdir("a"));
    OUTCOME(::rmdir("a/b"));
    OUTCOME(::rmdir("a"));
    OUTCOME(::rmdir("a"));
    OUTCOME(::mkdir("", 0755));
    OUTCOME(::syscall(SYS_mkdir, kUnmapped, 0755));
}

CASE(mkdir_mode_and_umask) {
    ::umask(077);
    EXPECT(::mkdir("a", 0777) == 0);
    struct stat info {};
    EXPECT(::stat("a", &info) == 0);
    SHOW(info.st_mode & 07777);
    SHOW(S_ISDIR(info.st_mode));
}

CASE(rmdir_of_other_things) {
    EXPECT(write_file("file", ""));
    OUTCOME(::rmdir("file"));
    OUTCOME(::rmdir("."));
    EXPECT(::mkdir("a", 0755) == 0);
    OUTCOME(::rmdir("a/."));
    OUTCOME(::unlink("a"));
    OUTCOME(::rmdir("/"));
}

CASE(list_entries_with_their_kind) {
    EXPECT(::mkdir("folder", 0755) == 0);
    EXPECT(write_file("file", ""));
    EXPECT(::symlink("file", "link") == 0);
    SHOW(listing("."));
    SHOW(listing("folder"));
    SHOW(listing("file"));
    SHOW(listing("missing"));
}

CASE(list_many_entries) {
    for (int i = 0; i < 500; ++i) EXPECT(write_file(("entry-" + std::to_string(i)).c_str(), ""));
    DIR* directory = ::opendir(".");
    std::set<std::string> names;
    while (const dirent* entry = ::readdir(directory)) names.insert(entry->d_name);
    SHOW(names.size());
    ::rewinddir(directory);
    std::size_t again = 0;
    while (::readdir(directory) != nullptr) ++again;
    SHOW(again);
    ::closedir(directory);
}

CASE(list_while_removing) {
    for (int i = 0; i < 100; ++i) EXPECT(write_file(("entry-" + std::to_string(i)).c_str(), ""));
    DIR* directory = ::opendir(".");
    int removed = 0;
    while (const dirent* entry = ::readdir(directory))
        if (entry->d_name[0] != '.' && ::unlink(entry->d_name) == 0) ++removed;
    ::closedir(directory);
    SHOW(removed);
    SHOW(listing("."));
}

CASE(seek_in_a_directory) {
    for (const char* name : {"a", "b", "c", "d"}) EXPECT(write_file(name, ""));
    DIR* directory = ::opendir(".");
    ::readdir(directory);
    ::readdir(directory);
    const long place = ::telldir(directory);
    const std::string third = ::readdir(directory)->d_name;
    while (::readdir(directory) != nullptr) {
    }
    ::seekdir(directory, place);
    SHOW(third == ::readdir(directory)->d_name);
    ::closedir(directory);
}

CASE(getdents_errors) {
    EXPECT(write_file("file", ""));
    char buffer[512];
    const int file = ::open("file", O_RDONLY);
    OUTCOME(::syscall(SYS_getdents64, file, buffer, sizeof buffer));
    OUTCOME(::syscall(SYS_getdents64, -1, buffer, sizeof buffer));
    const int directory = ::open(".", O_RDONLY | O_DIRECTORY);
    OUTCOME(::syscall(SYS_getdents64, directory, buffer, 4));
    OUTCOME(::syscall(SYS_getdents64, directory, kUnmapped, 512));
}

CASE(list_a_removed_directory) {
    EXPECT(::mkdir("gone", 0755) == 0);
    const int fd = ::open("gone", O_RDONLY | O_DIRECTORY);
    EXPECT(::rmdir("gone") == 0);
    char buffer[512];
    OUTCOME(::openat(fd, "new", O_WRONLY | O_CREAT, 0644));
    struct stat info {};
    OUTCOME(::fstat(fd, &info));
    ::syscall(SYS_getdents64, fd, buffer, sizeof buffer);
}

CASE(chdir_and_getcwd) {
    const std::string start = working_directory();
    EXPECT(::mkdir("a", 0755) == 0 && ::mkdir("a/b", 0755) == 0);
    OUTCOME(::chdir("a/b"));
    SHOW(working_directory() == start + "/a/b");
    OUTCOME(::chdir(".."));
    SHOW(working_directory() == start + "/a");
    OUTCOME(::chdir("missing"));
    EXPECT(write_file("file", ""));
    OUTCOME(::chdir("file"));
    OUTCOME(::chdir("/"));
    SHOW(working_directory());
    OUTCOME(::chdir("/../.."));
    SHOW(working_directory());
}

CASE(getcwd_with_little_room) {
    char path[2];
    OUTCOME(::syscall(SYS_getcwd, path, 1));
    OUTCOME(::syscall(SYS_getcwd, kUnmapped, 4096));
    EXPECT(::chdir("/") == 0);
    SHOW(::syscall(SYS_getcwd, path, 2));
}

CASE(getcwd_of_a_removed_directory) {
    EXPECT(::mkdir("a", 0755) == 0 && ::chdir("a") == 0 && ::rmdir("../a") == 0);
    SHOW(working_directory());
    OUTCOME(::open("file", O_WRONLY | O_CREAT, 0644));
}

CASE(fchdir_to_a_descriptor) {
    const std::string start = working_directory();
    EXPECT(::mkdir("a", 0755) == 0);
    const int fd = ::open("a", O_RDONLY | O_DIRECTORY);
    OUTCOME(::fchdir(fd));
    SHOW(working_directory() == start + "/a");
    EXPECT(write_file("file", ""));
    const int file = ::open("file", O_RDONLY);
    OUTCOME(::fchdir(file));
    OUTCOME(::fchdir(-1));
}

CASE(getcwd_through_a_symlink_and_after_a_rename) {
    const std::string start = working_directory();
    EXPECT(::mkdir("a", 0755) == 0 && ::symlink("a", "link") == 0);
    OUTCOME(::chdir("link"));
    SHOW(working_directory() == start + "/a");
    EXPECT(::rename("../a", "../b") == 0);
    SHOW(working_directory() == start + "/b");
}

CASE(mkdirat_and_unlinkat) {
    EXPECT(::mkdir("a", 0755) == 0);
    const int fd = ::open("a", O_RDONLY | O_DIRECTORY);
    OUTCOME(::mkdirat(fd, "b", 0755));
    EXPECT(write_file("a/file", ""));
    OUTCOME(::unlinkat(fd, "b", 0));
    OUTCOME(::unlinkat(fd, "file", AT_REMOVEDIR));
    OUTCOME(::unlinkat(fd, "b", AT_REMOVEDIR));
    OUTCOME(::unlinkat(fd, "file", 0));
    OUTCOME(::unlinkat(fd, "file", 0));
    OUTCOME(::unlinkat(fd, "file", 0x4000'0000));
    SHOW(listing("a"));
}

CASE(link_count_of_directories) {
    // Some file systems count 1 always: what may be relied on is that it is never 0 while it lives.
    EXPECT(::mkdir("a", 0755) == 0);
    struct stat info {};
    EXPECT(::stat("a", &info) == 0);
    SHOW(info.st_nlink > 0);
    const int fd = ::open("a", O_RDONLY);
    EXPECT(::rmdir("a") == 0 && ::fstat(fd, &info) == 0);
    SHOW(info.st_nlink == 0 || info.st_nlink == 1);
}

CASE(root_is_readable) {
    const std::string root = listing("/");
    for (const char* name : {"dev/ ", "etc/ ", "proc/ ", "tmp/ ", "usr/ "})
        show(name, root.find(name) != std::string::npos);
}
