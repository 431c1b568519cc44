// stat and its relatives, access, statfs, chmod, chown, utimensat, umask.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <string>

#include "cases.h"

using namespace mayfly::tests;

namespace {

struct stat status(const char* path) {
    struct stat info {};
    EXPECT(::stat(path, &info) == 0);
    return info;
}

std::string kind(mode_t mode) {
    if (S_ISREG(mode)) return "file";
    if (S_ISDIR(mode)) return "directory";
    if (S_ISLNK(mode)) return "link";
    if (S_ISCHR(mode)) return "character device";
    if (S_ISFIFO(mode)) return "pipe";
    return "other";
}

std::string seconds(const timespec& time) { return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec); }

}  // namespace

CASE(stat_of_a_file) {
    EXPECT(write_file("file", "12345", 0640));
    const struct stat info = status("file");
    SHOW(kind(info.st_mode));
    SHOW(info.st_mode & 07777);
    SHOW(info.st_size);
    SHOW(info.st_nlink);
    SHOW(info.st_uid == ::geteuid());
    SHOW(info.st_blksize > 0);
    SHOW(info.st_ino != 0);
}

CASE(stat_and_lstat_of_a_symlink) {
    EXPECT(write_file("file", "") && ::symlink("file", "link") == 0);
    struct stat info {};
    OUTCOME(::stat("link", &info));
    SHOW(kind(info.st_mode));
    OUTCOME(::lstat("link", &info));
    SHOW(kind(info.st_mode));
    OUTCOME(::fstatat(AT_FDCWD, "link", &info, AT_SYMLINK_NOFOLLOW));
    SHOW(kind(info.st_mode));
}

CASE(stat_errors) {
    struct stat info {};
    OUTCOME(::stat("missing", &info));
    OUTCOME(::stat("", &info));
    OUTCOME(::fstat(-1, &info));
    EXPECT(write_file("file", ""));
    OUTCOME(::stat("file/x", &info));
    OUTCOME(::syscall(SYS_stat, "file", kUnmapped));
    OUTCOME(::syscall(SYS_stat, kUnmapped, &info));
    OUTCOME(::fstatat(AT_FDCWD, "file", &info, 0x4000'0000));
}

CASE(fstatat_with_an_empty_path) {
    EXPECT(write_file("file", "123"));
    const int fd = ::open("file", O_RDONLY);
    struct stat info {};
    OUTCOME(::fstatat(fd, "", &info, AT_EMPTY_PATH));
    SHOW(info.st_size);
    OUTCOME(::fstatat(fd, "", &info, 0));
    OUTCOME(::fstatat(AT_FDCWD, "", &info, AT_EMPTY_PATH));
    SHOW(kind(info.st_mode));
}

CASE(statx_fields) {
    EXPECT(write_file("file", "1234", 0600));
    struct statx info {};
    OUTCOME(::statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &info));
    SHOW((info.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
    SHOW(info.stx_size);
    SHOW(info.stx_mode & 07777);
    SHOW(info.stx_nlink);
    SHOW(info.stx_ino == status("file").st_ino);
    OUTCOME(::statx(AT_FDCWD, "file", AT_STATX_SYNC_AS_STAT, STATX_ALL, &info));
    OUTCOME(::statx(AT_FDCWD, "missing", 0, STATX_ALL, &info));
    OUTCOME(::statx(AT_FDCWD, "file", 0x4000'0000, STATX_ALL, &info));
    OUTCOME(::syscall(SYS_statx, AT_FDCWD, "file", 0, STATX_ALL, kUnmapped));
}

CASE(access_checks) {
    EXPECT(write_file("file", "", 0644));
    OUTCOME(::access("file", F_OK));
    OUTCOME(::access("file", R_OK | W_OK));
    OUTCOME(::access("missing", F_OK));
    OUTCOME(::access("file", 99));
    OUTCOME(::access("file/x", F_OK));
    OUTCOME(::faccessat(AT_FDCWD, "file", R_OK, AT_EACCESS));
    OUTCOME(::faccessat(AT_FDCWD, "file", R_OK, AT_SYMLINK_NOFOLLOW));
    EXPECT(::symlink("missing", "link") == 0);
    OUTCOME(::access("link", F_OK));
    OUTCOME(::faccessat(AT_FDCWD, "link", F_OK, AT_SYMLINK_NOFOLLOW));
}

CASE(execute_permission_of_root_needs_one_bit) {
    EXPECT(write_file("file", "", 0644));
    OUTCOME(::access("file", X_OK));
    EXPECT(::chmod("file", 0755) == 0);
    OUTCOME(::access("file", X_OK));
}

CASE(chmod_changes_only_the_permission_bits) {
    EXPECT(write_file("file", ""));
    OUTCOME(::chmod("file", 0400));
    SHOW(status("file").st_mode & 07777);
    OUTCOME(::chmod("file", 04755));
    SHOW(status("file").st_mode & 07777);
    SHOW(kind(status("file").st_mode));
    const int fd = ::open("file", O_RDONLY);
    OUTCOME(::fchmod(fd, 0644));
    SHOW(status("file").st_mode & 07777);
    OUTCOME(::fchmodat(AT_FDCWD, "file", 0600, 0));
    SHOW(status("file").st_mode & 07777);
    OUTCOME(::chmod("missing", 0644));
    OUTCOME(::fchmod(-1, 0644));
}

CASE(umask_is_returned_and_kept) {
    ::umask(0);
    SHOW(::umask(027));
    SHOW(::umask(01777));
    SHOW(::umask(022));
}

CASE(chown_to_oneself) {
    EXPECT(write_file("file", ""));
    OUTCOME(::chown("file", ::getuid(), ::getgid()));
    OUTCOME(::chown("file", static_cast<uid_t>(-1), static_cast<gid_t>(-1)));
    OUTCOME(::lchown("file", ::getuid(), static_cast<gid_t>(-1)));
    const int fd = ::open("file", O_RDONLY);
    OUTCOME(::fchown(fd, ::getuid(), ::getgid()));
    OUTCOME(::chown("missing", 0, 0));
    OUTCOME(::fchown(-1, 0, 0));
}

CASE(utimensat_sets_both_times) {
    EXPECT(write_file("file", ""));
    const timespec times[] = {{1'000'000'000, 123'456'789}, {1'100'000'000, 987'654'321}};
    OUTCOME(::utimensat(AT_FDCWD, "file", times, 0));
    SHOW(seconds(status("file").st_atim));
    SHOW(seconds(status("file").st_mtim));
    const timespec only_modified[] = {{0, UTIME_OMIT}, {1'200'000'000, 5}};
    OUTCOME(::utimensat(AT_FDCWD, "file", only_modified, 0));
    SHOW(seconds(status("file").st_atim));
    SHOW(seconds(status("file").st_mtim));
    const timespec bad[] = {{0, 2'000'000'000}, {0, 0}};
    OUTCOME(::utimensat(AT_FDCWD, "file", bad, 0));
    OUTCOME(::utimensat(AT_FDCWD, "missing", times, 0));
    OUTCOME(::futimens(-1, times));
}

CASE(utimensat_now) {
    EXPECT(write_file("file", ""));
    const timespec past[] = {{1'000, 0}, {1'000, 0}};
    EXPECT(::utimensat(AT_FDCWD, "file", past, 0) == 0);
    OUTCOME(::utimensat(AT_FDCWD, "file", nullptr, 0));
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    SHOW(now.tv_sec - status("file").st_mtim.tv_sec <= 2);
    const timespec explicit_now[] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
    EXPECT(::utimensat(AT_FDCWD, "file", past, 0) == 0);
    OUTCOME(::utimensat(AT_FDCWD, "file", explicit_now, 0));
    SHOW(now.tv_sec - status("file").st_atim.tv_sec <= 2);
    SHOW(status("file").st_mtim.tv_sec);
}

CASE(writing_moves_the_modification_time) {
    EXPECT(write_file("file", "a"));
    const timespec past[] = {{1'000, 0}, {1'000, 0}};
    EXPECT(::utimensat(AT_FDCWD, "file", past, 0) == 0);
    const int fd = ::open("file", O_WRONLY);
    SHOW(status("file").st_mtim.tv_sec);
    EXPECT(::write(fd, "b", 1) == 1);
    SHOW(status("file").st_mtim.tv_sec > 1'000'000);
    EXPECT(::utimensat(AT_FDCWD, "file", past, 0) == 0);
    EXPECT(::ftruncate(fd, 0) == 0);
    SHOW(status("file").st_mtim.tv_sec > 1'000'000);
}

CASE(a_new_entry_moves_the_directory_time) {
    EXPECT(::mkdir("folder", 0755) == 0);
    const timespec past[] = {{1'000, 0}, {1'000, 0}};
    EXPECT(::utimensat(AT_FDCWD, "folder", past, 0) == 0);
    EXPECT(write_file("folder/file", ""));
    SHOW(status("folder").st_mtim.tv_sec > 1'000'000);
    EXPECT(::utimensat(AT_FDCWD, "folder", past, 0) == 0);
    EXPECT(::unlink("folder/file") == 0);
    SHOW(status("folder").st_mtim.tv_sec > 1'000'000);
}

CASE(times_before_the_epoch_and_far_ahead) {
    EXPECT(write_file("file", ""));
    const timespec times[] = {{-1'000, 0}, {4'000'000'000, 0}};
    OUTCOME(::utimensat(AT_FDCWD, "file", times, 0));
    SHOW(status("file").st_atim.tv_sec);
    SHOW(status("file").st_mtim.tv_sec);
}

CASE(statfs_of_a_writable_place) {
    struct statfs info {};
    OUTCOME(::statfs(".", &info));
    SHOW(info.f_bsize > 0);
    SHOW(info.f_namelen);
    SHOW(info.f_blocks >= info.f_bfree);
    OUTCOME(::statfs("missing", &info));
    const int fd = ::open(".", O_RDONLY);
    OUTCOME(::fstatfs(fd, &info));
    OUTCOME(::fstatfs(-1, &info));
    struct statvfs portable {};
    OUTCOME(::statvfs(".", &portable));
    SHOW((portable.f_flag & ST_RDONLY) != 0);
}

CASE(kinds_of_devices_and_folders) {
    SHOW(kind(status("/dev/null").st_mode));
    SHOW(kind(status("/dev/urandom").st_mode));
    SHOW(kind(status("/proc").st_mode));
    SHOW(kind(status("/proc/self/maps").st_mode));
    SHOW(status("/tmp").st_mode & 07777);
}

CASE(pipe_in_the_file_system) {
    OUTCOME(::mknod("pipe", S_IFIFO | 0600, 0));
    SHOW(kind(status("pipe").st_mode));
    OUTCOME(::mknod("pipe", S_IFIFO | 0600, 0));
    OUTCOME(::mknod("plain", S_IFREG | 0600, 0));
    SHOW(status("plain").st_size);
}
