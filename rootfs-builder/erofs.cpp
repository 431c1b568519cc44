#include "rootfs-builder/erofs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "abi/layout.h"
#include "rootfs-builder/files.h"
#include "rootfs-builder/large_pages.h"
#include "rootfs-builder/process.h"
#include "snapshot/digest.h"
#include "snapshot/durable_file.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

// All that would differ from build to build is fixed. README.md explains the layout these give, and
// guest/fs relies on it. The time is 2020-01-01: zip files can't hold 1970.
const std::vector<std::string> kMkfs = {"mkfs.erofs",   "--quiet",
                                        "-d1",          "-x-1",
                                        "-T1577836800", "-U6d61796f-0000-4000-8000-000000000000",
                                        "--all-root",   "-Enoinline_data,force-inode-compact"};

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

// Refuses what an image can't or should not hold, before mkfs.erofs stumbles over it.
Result<void> check(const fs::path& directory, const ErofsOptions& options) {
    struct stat status;
    if (::stat(directory.c_str(), &status) != 0)
        return fail_errno(ErrorCode::not_found, "cannot open the folder " + directory.string());
    if (!S_ISDIR(status.st_mode)) return fail(ErrorCode::usage, directory.string() + " is not a folder");

    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
    return walk(directory, [&](const fs::directory_entry& entry) -> Result<void> {
        const fs::path& path = entry.path();
        if (::lstat(path.c_str(), &status) != 0) return fail_errno(ErrorCode::io, "cannot read " + path.string());
        if (options.skip_byte_code && path.string().find("/__pycache__") != std::string::npos) return {};
        if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode) && !S_ISLNK(status.st_mode))
            return fail(ErrorCode::usage, path.string() + " is neither file, folder nor link: remove it");
        if (!S_ISLNK(status.st_mode) && ::access(path.c_str(), R_OK) != 0)
            return fail_errno(ErrorCode::io, "cannot read " + path.string());
        if (++files > options.max_files)
            return fail(ErrorCode::too_large,
                        directory.string() + " holds more than " + std::to_string(options.max_files) + " files");
        if (S_ISREG(status.st_mode)) bytes += static_cast<std::uint64_t>(status.st_size);
        if (bytes > options.max_bytes)
            return fail(ErrorCode::too_large, directory.string() + " holds more than " + megabytes(options.max_bytes));
        return {};
    });
}

// mkfs.erofs writes files in the order of their names, those of a folder before those of its subfolders: what this one
// has pushes back all that lies in subfolders.
constexpr std::string_view kPadding = ".padding";

Result<void> make_image(const fs::path& directory, const fs::path& image, const ErofsOptions& options) {
    std::error_code ignored;
    fs::remove(image, ignored);
    std::vector<std::string> arguments = kMkfs;
    if (options.skip_byte_code) arguments.push_back("--exclude-regex=(^|/)__pycache__$");
    arguments.push_back(image.string());
    // With a trailing dot a link to the folder is followed; mkfs.erofs would store the link itself.
    arguments.push_back((directory / ".").string());
    MF_TRY(run(
        {.arguments = arguments, .environment = {}, .package = "erofs-utils", .on_line = {}, .stop = options.stop}));
    return {};
}

// Bytes that are missing between the content of the file in the image and the next multiple of 2 MiB.
Result<std::uint64_t> misplacement(const fs::path& image, const fs::path& file) {
    const auto at = MF_TRY(find_content(image, file));
    return at ? (abi::kLargePageSize - *at % abi::kLargePageSize) % abi::kLargePageSize : 0;
}

// An image whose aligned file begins where a large page can. Where padding does not get it there the image is as good
// without: only slower.
Result<void> make_aligned_image(const fs::path& directory, const fs::path& image, const ErofsOptions& options) {
    MF_TRY(make_image(directory, image, options));
    if (options.aligned_file.empty()) return {};
    const fs::path file = directory / options.aligned_file;
    const std::uint64_t missing = MF_TRY(misplacement(image, file));
    if (missing == 0) return {};
    const fs::path padding = directory / kPadding;
    MF_TRY(write_file(padding, std::string(missing, '\0')));
    MF_TRY(make_image(directory, image, options));
    if (MF_TRY(misplacement(image, file)) == 0) return {};
    std::error_code ignored;
    fs::remove(padding, ignored);
    return make_image(directory, image, options);
}

}  // namespace

Result<ErofsReport> build_erofs_from_directory(const fs::path& directory, const fs::path& output,
                                               const ErofsOptions& options) {
    MF_TRY(check(directory, options));
    PendingFile image(MF_TRY(absolute_path(output)));
    MF_TRY(image.check());
    const PendingFile in_small_pieces(image.path());
    MF_TRY(make_aligned_image(MF_TRY(absolute_path(directory)), in_small_pieces.path(), options));
    MF_TRY(copy_in_large_pieces(in_small_pieces.path(), image.path()));

    ErofsReport report;
    const UniqueFd file = MF_TRY(snapshot::open_regular_file(image.path()));
    report.sha256 = snapshot::to_hex(MF_TRY(snapshot::sha256_of_file(file.get())));
    std::error_code error;
    report.bytes = fs::file_size(image.path(), error);
    if (error) return file_error("cannot read", image.path(), error);
    MF_TRY(image.commit());
    return report;
}

}  // namespace mayfly::rootfs
