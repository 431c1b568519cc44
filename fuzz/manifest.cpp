// The manifest of a snapshot. The first byte says how much of the file is made right again after the mutation:
// nothing, the header's checksum, or every digest, so that the fuzzer gets behind each check.
// hostile: C1 C3 C4 C5 C6 C7 C8 C9 A28
#include <array>
#include <cstring>

#include "abi/layout.h"
#include "fuzz/target.h"
#include "snapshot/manifest.h"
#include "snapshot/manifest_body.h"

using namespace mayfly;

namespace {

std::string as_it_is(fuzz::Input& input) { return std::string(input.text()); }

std::string_view characters(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // any object may be seen as chars
}

snapshot::ManifestHeader take_header(fuzz::Input& input) {
    static_assert(sizeof(snapshot::ManifestHeader) == snapshot::kHeaderBytes);
    return input.take<snapshot::ManifestHeader>();
}

std::string with_header(const snapshot::ManifestHeader& header, std::string_view body) {
    const auto bytes = snapshot::encode_header(header);
    return std::string(characters(bytes)) + std::string(body);
}

std::string with_right_header_checksum(fuzz::Input& input) {
    const auto header = take_header(input);
    return with_header(header, input.text());
}

// A header of this build around any body; what the body and the header both say agrees.
std::string with_right_digests(fuzz::Input& input) {
    snapshot::ManifestHeader header;
    header.abi_version = abi::kVersion;
    header.kind = (input.take<std::uint8_t>() & 1) != 0 ? snapshot::Kind::base : snapshot::Kind::function;
    header.backend = snapshot::Backend{input.take<std::uint8_t>()};
    header.memory_bytes = std::uint64_t{input.take<std::uint16_t>()} * abi::kPageSize;
    header.body_bytes = input.rest().size();
    header.body_sha256 = *snapshot::sha256(input.rest());
    snapshot::Manifest decoded;
    if (snapshot::decode_body(input.text(), decoded)) header.cpu_digest = *decoded.cpu_features.digest();
    return with_header(header, input.text());
}

void check(const snapshot::Manifest& manifest) {
    MF_REQUIRE(manifest.ram_bytes <= abi::kMaxRamBytes);
    for (const snapshot::Extent& extent : manifest.extents) {
        MF_REQUIRE(extent.ram_offset + extent.bytes <= manifest.ram_bytes);
        MF_REQUIRE(extent.file_offset + extent.bytes <= manifest.memory_bytes);
    }
    // What was accepted is written the same way again.
    const auto encoded = snapshot::encode_manifest(manifest);
    MF_REQUIRE(encoded.has_value());
    const auto again = snapshot::decode_manifest(*encoded);
    MF_REQUIRE(again.has_value() && again->manifest == manifest);
}

}  // namespace

MF_FUZZ_TARGET(input) {
    using Maker = std::string (*)(fuzz::Input&);
    constexpr std::array<Maker, 4> kMakers{as_it_is, with_right_header_checksum, with_right_digests,
                                           with_right_digests};
    const std::string file = kMakers[input.take<std::uint8_t>() % kMakers.size()](input);
    const auto loaded = snapshot::decode_manifest(file);
    if (!loaded) {
        MF_REQUIRE(!loaded.error().what.empty());
        return;
    }
    check(loaded->manifest);
    static_cast<void>(snapshot::check_compatible(loaded->manifest, snapshot::Backend::pvm, {"GenuineIntel", {}}));
}
