// Digests of files and bytes: SHA-256 where content is an address, XXH3 where damage is to be found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace mayfly::snapshot {

using Sha256 = std::array<std::uint8_t, 32>;

Result<Sha256> sha256(std::span<const std::byte> bytes);
Result<Sha256> sha256_of_file(int fd);

std::uint64_t xxh3(std::span<const std::byte> bytes);
Result<std::uint64_t> xxh3_of_file(int fd);

std::string to_hex(const Sha256& digest);
// Nothing unless it is 64 lower-case hexadecimal digits.
std::optional<Sha256> from_hex(std::string_view text);

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace mayfly::snapshot
