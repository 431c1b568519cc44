#include "snapshot/verified_memory.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <string>

#include "abi/layout.h"
#include "base/mapping.h"
#include "snapshot/digest.h"
#include "snapshot/durable_file.h"

namespace mayfly::snapshot {
namespace {

// Names this very file in this very state: a write changes size or ctime, a replacement the inode.
std::string stamp_of(const struct stat& status, std::uint64_t xxh3) {
    const auto time = [](const timespec& at) { return std::to_string(at.tv_sec) + "." + std::to_string(at.tv_nsec); };
    return "mayfly-verified 1\ndevice " + std::to_string(status.st_dev) + "\ninode " + std::to_string(status.st_ino) +
           "\nbytes " + std::to_string(status.st_size) + "\nmtime " + time(status.st_mtim) + "\nctime " +
           time(status.st_ctim) + "\nxxh3 " + std::to_string(xxh3) + "\n";
}

// What read(2) brings in lies in the page cache in pieces of 128 KiB at most, and microVMs that map the file take a
// page fault for each page of them (docs/design/0013-large-pages-of-images.md). So it is brought in by faults of a
// mapping first, in pieces of 2 MiB. Only to be faster: read(2) finds what is wrong with the file.
void bring_in_large_pieces(const UniqueFd& fd, std::uint64_t bytes) {
    const auto mapping = Mapping::of(fd, bytes, PROT_READ, MAP_SHARED);
    if (!mapping || ::madvise(mapping->data(), bytes, MADV_HUGEPAGE) != 0) return;
    ::madvise(mapping->data(), bytes, MADV_POPULATE_READ);
}

}  // namespace

Result<UniqueFd> open_verified_memory(const std::filesystem::path& path, std::uint64_t bytes, std::uint64_t xxh3,
                                      MappedBy mapped_by) {
    UniqueFd fd = MF_TRY(open_regular_file(path));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return fail_errno(ErrorCode::io, "stat of " + path.string());
    if (static_cast<std::uint64_t>(status.st_size) != bytes)
        return fail(ErrorCode::corrupt, path.string() + " has " + std::to_string(status.st_size) +
                                            " bytes instead of " + std::to_string(bytes));

    std::filesystem::path stamp_path = path;
    stamp_path += ".verified";
    const std::string stamp = stamp_of(status, xxh3);
    const auto found = read_file(stamp_path, 4096);
    if (found && *found == stamp) return fd;

    if (mapped_by == MappedBy::large_pages && bytes >= abi::kLargePageSize) bring_in_large_pieces(fd, bytes);
    if (MF_TRY(xxh3_of_file(fd.get())) != xxh3)
        return fail(ErrorCode::corrupt, path.string() + " was changed: its checksum is another");
    static_cast<void>(write_file_durably(stamp_path, stamp));  // only saves time the next time
    return fd;
}

}  // namespace mayfly::snapshot
