#include "rootfs-builder/byte_code.h"

#include "rootfs-builder/files.h"
#include "rootfs-builder/process.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

// Relative to the tree. A library folder is named as its program.
std::vector<fs::path> library_folders(const fs::path& python) {
    return {"usr/lib" / python.filename(), "usr/lib/python3", "usr/local/lib" / python.filename(), "opt/mayfly/python"};
}

// What packages bring compiled is of the kind that checks time stamps.
Result<void> remove_byte_code(const fs::path& library) {
    std::vector<fs::path> doomed;
    MF_TRY(walk(library, [&](const fs::directory_entry& entry) -> Result<void> {
        if (entry.path().filename() == "__pycache__") doomed.push_back(entry.path());
        return {};
    }));
    for (const fs::path& path : doomed) MF_TRY(remove_tree(path));
    return {};
}

}  // namespace

Result<void> compile_modules(const fs::path& tree, const fs::path& python, const StopFlag* stop) {
    const std::string libraries = (tree / "usr/lib/x86_64-linux-gnu").string();
    // One process and sorted files: what is shared inside a .pyc depends on what was compiled before it.
    // -q -q: a file that can't be compiled (tests have some) is left to fail in the guest as it would.
    std::vector<std::string> arguments{libraries + "/ld-linux-x86-64.so.2",
                                       "--library-path",
                                       libraries,
                                       (tree / python).string(),
                                       "-S",
                                       "-W",
                                       "ignore",
                                       "-m",
                                       "compileall",
                                       "-q",
                                       "-q",
                                       "--invalidation-mode",
                                       "unchecked-hash",
                                       "-s",
                                       tree.string(),
                                       "-p",
                                       "/"};
    bool any = false;
    for (const fs::path& library : library_folders(python)) {
        std::error_code error;
        if (!fs::is_directory(tree / library, error)) continue;
        MF_TRY(remove_byte_code(tree / library));
        arguments.push_back((tree / library).string());
        any = true;
    }
    if (!any) return {};
    auto output = run({.arguments = arguments,
                       .environment = {"PYTHONHOME=" + (tree / "usr").string(), "PYTHONHASHSEED=0",
                                       "PYTHONDONTWRITEBYTECODE=1", "SOURCE_DATE_EPOCH=1577836800"},
                       .package = "",
                       .on_line = {},
                       .stop = stop});
    if (output) return {};
    Error error = std::move(output).error();
    // compileall ends with 1 when a file has a syntax error, and has compiled the others.
    if (error.what.ends_with("with exit status 1")) return {};
    if (error.code == ErrorCode::io)
        error.what = "the image's Python can't be run in " + tree.string() +
                     " (is that file system mounted noexec? put the state folder elsewhere): " + error.what;
    return Unexpected(std::move(error));
}

}  // namespace mayfly::rootfs
