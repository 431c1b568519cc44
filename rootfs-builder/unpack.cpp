#include "rootfs-builder/unpack.h"

#include "rootfs-builder/alternatives.h"
#include "rootfs-builder/files.h"
#include "rootfs-builder/process.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

// Moves what is in `from` into `to`, folder by folder.
Result<void> merge(const fs::path& from, const fs::path& to) {
    MF_TRY(make_directories(to));
    std::vector<fs::directory_entry> entries;
    std::error_code error;
    for (fs::directory_iterator at(from, error), end; !error && at != end; at.increment(error)) entries.push_back(*at);
    if (error) return file_error("cannot read the folder", from, error);
    for (const fs::directory_entry& entry : entries) {
        const fs::path target = to / entry.path().filename();
        const bool is_folder = entry.symlink_status(error).type() == fs::file_type::directory;
        if (is_folder && fs::is_directory(fs::symlink_status(target, error))) {
            MF_TRY(merge(entry.path(), target));
            continue;
        }
        fs::rename(entry.path(), target, error);
        if (error) return file_error("cannot make", target, error);
    }
    return remove_tree(from);
}

Result<void> unpack(const fs::path& archive, const fs::path& tree, const StopFlag* stop) {
    auto output = run({.arguments = {"dpkg-deb", "--extract", archive.string(), tree.string()},
                       .environment = {},
                       .package = "dpkg",
                       .on_line = {},
                       .stop = stop});
    if (output) return {};
    Error error = std::move(output).error();
    if (error.code == ErrorCode::io) {
        // apt checked it when it was fetched, so the copy in the cache has changed since: fetch it anew.
        std::error_code ignored;
        fs::remove(archive, ignored);
        error.what += " (the package was removed from the cache: build again to fetch it anew)";
    }
    return Unexpected(std::move(error));
}

Result<std::vector<Alternative>> alternatives_of(const fs::path& archive, const fs::path& control,
                                                 const StopFlag* stop) {
    MF_TRY(remove_tree(control));
    MF_TRY(run({.arguments = {"dpkg-deb", "--control", archive.string(), control.string()},
                .environment = {},
                .package = "dpkg",
                .on_line = {},
                .stop = stop}));
    std::error_code error;
    if (!fs::exists(control / "postinst", error)) return std::vector<Alternative>{};
    return parse_alternatives(MF_TRY(read_file(control / "postinst")));
}

}  // namespace

Result<void> merge_usr(const fs::path& tree) {
    for (const char* name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
        const fs::path folder = tree / name;
        std::error_code error;
        const bool there = fs::is_directory(fs::symlink_status(folder, error));
        const bool always = std::string_view(name).find('2') == std::string_view::npos;
        if (!there && !always) continue;
        if (there) MF_TRY(merge(folder, tree / "usr" / name));
        MF_TRY(make_directories(tree / "usr" / name));
        MF_TRY(make_link(folder, fs::path("usr") / name));
    }
    return {};
}

Result<void> unpack_packages(const Apt& apt, const std::vector<Package>& packages, const fs::path& tree,
                             const ProgressCallback& progress, const StopFlag* stop) {
    const fs::path control = tree.string() + ".control";
    std::vector<Alternative> alternatives;
    std::uint64_t done = 0;
    for (const Package& package : packages) {
        report(progress, {"unpack", package.name, done++, packages.size()});
        MF_TRY(unpack(apt.archive(package), tree, stop));
        for (Alternative& alternative : MF_TRY(alternatives_of(apt.archive(package), control, stop)))
            alternatives.push_back(std::move(alternative));
    }
    MF_TRY(remove_tree(control));
    MF_TRY(merge_usr(tree));
    return install_alternatives(alternatives, tree);
}

}  // namespace mayfly::rootfs
