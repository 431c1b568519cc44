#include "snapshot/digest.h"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace mayfly::snapshot {
namespace {

constexpr std::size_t kChunk = 256 << 10;
constexpr std::string_view kDigits = "0123456789abcdef";

// Hands the file to take(chunk) piece by piece. Read, not mapped: a file that is cut meanwhile gives
// another digest, not a signal.
template <class Take>
Result<void> for_each_chunk(int fd, Take take) {
    std::vector<std::byte> buffer(kChunk);
    std::uint64_t offset = 0;
    for (;;) {
        const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(ErrorCode::io, "reading a file to check it");
        if (got == 0) return {};
        take(std::span<const std::byte>(buffer).first(static_cast<std::size_t>(got)));
        offset += static_cast<std::uint64_t>(got);
    }
}

class Sha256Stream {
public:
    Sha256Stream() : context_(EVP_MD_CTX_new()) {
        good_ = context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
    }
    void add(std::span<const std::byte> bytes) {
        good_ = good_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
    }
    Result<Sha256> finish() {
        Sha256 digest{};
        good_ = good_ && EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1;
        if (!good_) return fail(ErrorCode::internal, "libcrypto can't compute SHA-256");
        return digest;
    }

private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context_;
    bool good_;
};

}  // namespace

Result<Sha256> sha256(std::span<const std::byte> bytes) {
    Sha256Stream stream;
    stream.add(bytes);
    return stream.finish();
}

Result<Sha256> sha256_of_file(int fd) {
    Sha256Stream stream;
    MF_TRY(for_each_chunk(fd, [&](std::span<const std::byte> chunk) { stream.add(chunk); }));
    return stream.finish();
}

std::uint64_t xxh3(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Result<std::uint64_t> xxh3_of_file(int fd) {
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), XXH3_freeState);
    if (state == nullptr || XXH3_64bits_reset(state.get()) != XXH_OK)
        return fail(ErrorCode::internal, "no memory for a checksum");
    MF_TRY(for_each_chunk(
        fd, [&](std::span<const std::byte> chunk) { XXH3_64bits_update(state.get(), chunk.data(), chunk.size()); }));
    return XXH3_64bits_digest(state.get());
}

std::string to_hex(const Sha256& digest) {
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::optional<Sha256> from_hex(std::string_view text) {
    Sha256 digest;
    if (text.size() != 2 * digest.size()) return std::nullopt;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const std::size_t high = kDigits.find(text[2 * i]);
        const std::size_t low = kDigits.find(text[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        digest[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return digest;
}

}  // namespace mayfly::snapshot
