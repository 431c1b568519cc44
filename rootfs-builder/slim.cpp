#include "rootfs-builder/slim.h"

#include <algorithm>

#include "rootfs-builder/files.h"
#include "rootfs-builder/strip.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

Result<void> remove_all(const fs::path& tree, std::initializer_list<const char*> paths) {
    for (const char* path : paths) MF_TRY(remove_tree(tree / path));
    return {};
}

// Removes what `unwanted` says; a folder goes with all that is in it.
template <class Predicate>
Result<void> remove_if(const fs::path& root, const Predicate& unwanted) {
    std::error_code error;
    if (!fs::is_directory(fs::symlink_status(root, error))) return {};
    std::vector<fs::path> doomed;
    MF_TRY(walk(root, [&](const fs::directory_entry& entry) -> Result<void> {
        if (unwanted(entry)) doomed.push_back(entry.path());
        return {};
    }));
    for (const fs::path& path : doomed) MF_TRY(remove_tree(path));
    return {};
}

bool is_folder(const fs::directory_entry& entry) {
    std::error_code error;
    return entry.symlink_status(error).type() == fs::file_type::directory;
}

bool requested(const SlimContext& context, std::string_view package) {
    return std::find(context.requested.begin(), context.requested.end(), package) != context.requested.end();
}

// Copyright files stay: an image may be passed on.
Result<void> documentation(const SlimContext& context) {
    MF_TRY(remove_if(context.tree / "usr/share/doc", [](const fs::directory_entry& entry) {
        return !is_folder(entry) && entry.path().filename() != "copyright";
    }));
    return remove_all(context.tree, {"usr/share/man", "usr/share/info", "usr/share/gtk-doc", "usr/share/doc-base",
                                     "usr/share/pixmaps", "usr/share/icons", "usr/share/applications",
                                     "usr/share/bash-completion", "usr/share/zsh", "usr/share/fish"});
}

// C.UTF-8 stays, and so do the conversions that Python's own codecs don't need but programs expect.
Result<void> locales(const SlimContext& context) {
    MF_TRY(remove_all(context.tree,
                      {"usr/share/locale", "usr/share/i18n", "usr/share/zoneinfo/posix", "usr/share/zoneinfo/right"}));
    constexpr std::string_view kKept[] = {"gconv-modules", "gconv-modules.cache", "gconv-modules.d",
                                          "UTF-16.so",     "UTF-32.so",           "UNICODE.so",
                                          "ISO8859-1.so",  "ISO8859-15.so",       "CP1252.so"};
    return remove_if(context.tree / "usr/lib/x86_64-linux-gnu/gconv", [&](const fs::directory_entry& entry) {
        return entry.path().parent_path().filename() == "gconv" &&
               std::find(std::begin(kKept), std::end(kKept), entry.path().filename().string()) == std::end(kKept);
    });
}

Result<void> package_metadata(const SlimContext& context) {
    return remove_all(
        context.tree,
        {"usr/share/lintian", "usr/share/bug",  "usr/share/debconf",   "usr/share/perl5",    "usr/share/debhelper",
         "usr/share/binfmts", "usr/share/menu", "usr/lib/systemd",     "usr/lib/tmpfiles.d", "usr/lib/sysusers.d",
         "etc/apt",           "etc/dpkg",       "etc/cron.d",          "etc/cron.daily",     "etc/init.d",
         "etc/logrotate.d",   "etc/default",    "etc/ca-certificates", "etc/kernel",         "var/lib/dpkg",
         "var/cache"});
}

// The bundle in /etc/ssl/certs is what programs read.
Result<void> installation_tools(const SlimContext& context) {
    if (!requested(context, "openssl"))
        MF_TRY(remove_all(context.tree, {"usr/bin/openssl", "usr/bin/c_rehash", "usr/lib/ssl/misc"}));
    if (!requested(context, "ca-certificates"))
        MF_TRY(remove_all(context.tree, {"usr/sbin/update-ca-certificates", "usr/share/ca-certificates"}));
    if (!requested(context, "libc-bin"))
        MF_TRY(remove_all(context.tree, {"usr/sbin/ldconfig", "usr/sbin/iconvconfig", "usr/bin/ldd", "usr/bin/iconv",
                                         "usr/bin/pldd", "usr/bin/tzselect", "usr/bin/zdump", "usr/bin/catchsegv",
                                         "usr/bin/localedef", "usr/sbin/zic"}));
    return remove_all(context.tree,
                      {"usr/bin/py3clean", "usr/bin/py3compile", "usr/bin/py3versions", "usr/share/python3"});
}

// Tests of the standard library and of modules; the library itself never imports them.
Result<void> python_tests(const SlimContext& context) {
    const fs::path library = context.tree / "usr/lib/python3.11";
    if (!requested(context, "libpython3.11-testsuite"))
        for (const char* path : {"test", "lib2to3/tests", "distutils/tests", "unittest/test", "tkinter/test",
                                 "idlelib/idle_test", "ctypes/test", "sqlite3/test"})
            MF_TRY(remove_tree(library / path));
    return remove_if(context.tree / "usr/lib/python3/dist-packages", [](const fs::directory_entry& entry) {
        return is_folder(entry) && entry.path().filename() == "tests";
    });
}

Result<void> headers_and_static_libraries(const SlimContext& context) {
    MF_TRY(remove_all(context.tree, {"usr/include", "usr/lib/pkgconfig", "usr/lib/x86_64-linux-gnu/pkgconfig",
                                     "usr/lib/x86_64-linux-gnu/cmake", "usr/share/pkgconfig", "usr/share/aclocal",
                                     "usr/lib/python3/dist-packages/numpy/core/include", "usr/lib/debug"}));
    return remove_if(context.tree / "usr/lib", [](const fs::directory_entry& entry) {
        const fs::path extension = entry.path().extension();
        return extension == ".a" || extension == ".la" || extension == ".o";
    });
}

Result<void> symbols(const SlimContext& context) { return strip_tree(context.tree / "usr", context.stop); }

}  // namespace

std::vector<SlimStep> slim_steps() {
    return {{"documentation", documentation},
            {"locales", locales},
            {"package metadata", package_metadata},
            {"installation tools", installation_tools},
            {"tests of Python", python_tests},
            {"headers, static libraries", headers_and_static_libraries},
            {"symbols", symbols}};
}

}  // namespace mayfly::rootfs
