#include "rootfs-builder/base_files.h"

#include "rootfs-builder/files.h"
#include "rootfs-builder/process.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

struct TextFile {
    const char* path;
    const char* text;
};

constexpr TextFile kTextFiles[] = {
    {"etc/passwd",
     "root:x:0:0:root:/root:/bin/sh\n"
     "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"},
    {"etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n"},
    {"etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"},
    {"etc/hostname", "mayfly\n"},
    {"etc/resolv.conf", ""},
    {"etc/nsswitch.conf",
     "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\n"
     "protocols: files\nservices: files\n"},
    {"etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n"},
    {"etc/timezone", "Etc/UTC\n"},
};

// Mount points and what programs expect to exist.
constexpr const char* kFolders[] = {"dev", "proc", "sys", "run", "root",    "tmp",      "home",
                                    "opt", "mnt",  "etc", "usr", "var/tmp", "var/task", "var/log"};

struct Link {
    const char* path;
    const char* target;
    const char* if_absent;  // made only when this is not there
};

constexpr Link kLinks[] = {
    {"etc/localtime", "/usr/share/zoneinfo/Etc/UTC", nullptr},
    {"etc/mtab", "../proc/self/mounts", nullptr},
    {"var/run", "../run", "var/run"},
    {"usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt", "usr/lib/ssl/cert.pem"},
};

bool is_there(const fs::path& path) {
    std::error_code error;
    return fs::exists(fs::symlink_status(path, error));
}

// What update-ca-certificates makes of the package's files: one bundle.
Result<void> add_certificate_bundle(const fs::path& tree) {
    const fs::path certificates = tree / "usr/share/ca-certificates";
    if (!is_there(certificates)) return {};
    std::string bundle;
    const auto append = [&](const fs::directory_entry& entry) -> Result<void> {
        if (entry.path().extension() == ".crt") bundle += MF_TRY(read_file(entry.path()));
        return {};
    };
    MF_TRY(walk(certificates, append));
    return write_file(tree / "etc/ssl/certs/ca-certificates.crt", bundle);
}

Result<void> add_bootstrap(const fs::path& tree, const Recipe& recipe) {
    for (const EmbeddedFile& file : recipe.bootstrap) {
        const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());  // bytes
        MF_TRY(write_file(tree / recipe.bootstrap_path / file.name, text));
    }
    return {};
}

}  // namespace

Result<void> add_base_files(const fs::path& tree, const Recipe& recipe, const StopFlag* stop) {
    for (const char* folder : kFolders) MF_TRY(make_directories(tree / folder));
    for (const TextFile& file : kTextFiles) MF_TRY(write_file(tree / file.path, file.text));
    for (const Link& link : kLinks)
        if (link.if_absent == nullptr || !is_there(tree / link.if_absent))
            MF_TRY(make_link(tree / link.path, link.target));
    std::error_code error;
    for (const char* folder : {"tmp", "var/tmp"})
        fs::permissions(tree / folder, fs::perms::all | fs::perms::sticky_bit, error);

    MF_TRY(add_certificate_bundle(tree));
    MF_TRY(add_bootstrap(tree, recipe));
    if (!recipe.python.empty() && !is_there(tree / "usr/bin/python3"))
        MF_TRY(make_link(tree / "usr/bin/python3", fs::path(recipe.python).filename()));
    // The tree's own ldconfig, a static program, so that the host's version does not matter. When it may
    // not change its root directory, for lack of privileges, it prefixes paths instead.
    MF_TRY(run({.arguments = {(tree / "usr/sbin/ldconfig").string(), "-X", "-r", tree.string()},
                .environment = {},
                .package = "libc-bin",
                .on_line = {},
                .stop = stop}));
    return {};
}

}  // namespace mayfly::rootfs
