#include "rootfs-builder/large_pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <span>
#include <vector>

#include "base/file_size.h"
#include "base/mapping.h"
#include "rootfs-builder/files.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

constexpr std::size_t kBlockBytes = 4096;
constexpr std::size_t kPieceBytes = 8 << 20;

Result<Mapping> map_file(const fs::path& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return errno_error("cannot open", path);
    const std::uint64_t bytes = MF_TRY(file_size(file.get(), path.string()));
    if (bytes == 0) return fail(ErrorCode::usage, path.string() + " is empty");
    return Mapping::of(file, bytes, PROT_READ, MAP_PRIVATE);
}

// How much of the piece could be read: all of it, but at the end.
Result<std::size_t> fill(const UniqueFd& file, std::span<char> piece, const fs::path& path) {
    std::size_t filled = 0;
    while (filled < piece.size()) {
        const ssize_t count = ::read(file.get(), piece.data() + filled, piece.size() - filled);
        if (count < 0) return errno_error("cannot read", path);
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    return filled;
}

}  // namespace

Result<std::optional<std::uint64_t>> find_content(const fs::path& image, const fs::path& file) {
    const Mapping whole = MF_TRY(map_file(image));
    const Mapping part = MF_TRY(map_file(file));
    for (std::size_t at = 0; at < whole.size() && part.size() <= whole.size() - at; at += kBlockBytes)
        if (std::memcmp(whole.data() + at, part.data(), part.size()) == 0) return std::optional<std::uint64_t>{at};
    return std::optional<std::uint64_t>{};
}

Result<void> copy_in_large_pieces(const fs::path& from, const fs::path& to) {
    const UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
    if (!source) return errno_error("cannot open", from);
    const UniqueFd target(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!target) return errno_error("cannot make", to);
    // From memory that is there: of what must be brought in first, the kernel writes a page at a time.
    std::vector<char> piece(kPieceBytes);
    while (const std::size_t bytes = MF_TRY(fill(source, piece, from))) {
        for (std::size_t done = 0; done < bytes;) {
            const ssize_t count = ::write(target.get(), piece.data() + done, bytes - done);
            if (count < 0) return errno_error("cannot write", to);
            done += static_cast<std::size_t>(count);
        }
    }
    return {};
}

}  // namespace mayfly::rootfs
