#include "snapshot/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <random>

#include "abi/layout.h"
#include "snapshot/manifest_body.h"
#include "tests/unit/snapshot/temporary_directory.h"

namespace mayfly::snapshot::test {
namespace {

using ::testing::HasSubstr;

Manifest sample() {
    Manifest manifest;
    manifest.kind = Kind::function;
    manifest.abi_version = abi::kVersion;
    manifest.backend = Backend::pvm;
    manifest.cpu_features = {"GenuineIntel", {{1, 0, 0x806f8, 0, 0xfffa3203, 0x178bfbff}, {7, 0, 2, 5, 6, 7}}};
    manifest.memory_bytes = 3 * abi::kPageSize;
    manifest.memory_xxh3 = 0x1122334455667788;
    manifest.cpu = {1, 2, 3, 4, {5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}, 20, 21, 22, 23, 24, 25, 7};
    manifest.extents = {{0, 0, abi::kPageSize}, {8 * abi::kPageSize, abi::kPageSize, 2 * abi::kPageSize}};
    manifest.page_table_frames = {1, 5, 9};
    manifest.working_set = {2, 3, 700};
    manifest.replaced_pages = {4, 900};
    manifest.monotonic_ns = 123456789;
    manifest.ram_bytes = 128ull << 20;
    manifest.windows = {{4096, "/", {1, 2, 3}}, {8192, "/var/task", {4, 5, 6}}};
    manifest.base_digest = Sha256{9, 9, 9};
    manifest.build_id = "0123456789abcdef";
    manifest.created_at = 1'700'000'000;
    return manifest;
}

// The header of `file` with one change, its own checksum made right again.
std::string with_header(const std::string& file, void (*change)(ManifestHeader&)) {
    ManifestHeader header = *decode_header(bytes_of(file));
    change(header);
    const auto bytes = encode_header(header);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) + file.substr(kHeaderBytes);
}

TEST(Manifest, RoundTrips) {
    const auto file = encode_manifest(sample());
    ASSERT_TRUE(file) << file.error().message();

    const auto loaded = decode_manifest(*file);

    ASSERT_TRUE(loaded) << loaded.error().message();
    EXPECT_TRUE(loaded->manifest == sample());
}

TEST(Manifest, EveryFlippedBitIsRefused) {
    const std::string good = *encode_manifest(sample());
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));

        EXPECT_FALSE(decode_manifest(bad)) << "bit " << bit % 8 << " of byte " << bit / 8;
    }
}

TEST(Manifest, EveryTruncationIsRefused) {
    const std::string good = *encode_manifest(sample());
    for (std::size_t bytes = 0; bytes < good.size(); ++bytes)
        EXPECT_FALSE(decode_manifest(good.substr(0, bytes))) << bytes << " bytes";
}

TEST(Manifest, ATailIsRefused) { EXPECT_FALSE(decode_manifest(*encode_manifest(sample()) + "x")); }

TEST(Manifest, AnotherGuestAbiIsIncompatible) {
    const std::string file =
        with_header(*encode_manifest(sample()), [](ManifestHeader& header) { header.abi_version += 1; });

    const auto loaded = decode_manifest(file);

    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::incompatible);
}

TEST(Manifest, AnotherFormatIsIncompatible) {
    const std::string file =
        with_header(*encode_manifest(sample()), [](ManifestHeader& header) { header.format_version += 1; });

    const auto loaded = decode_manifest(file);

    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::incompatible);
}

// hostile: C13
TEST(Manifest, SizesBeyondTheLimitsAreRefusedBeforeAnythingIsDecoded) {
    const std::string file =
        with_header(*encode_manifest(sample()), [](ManifestHeader& header) { header.body_bytes = ~0ull; });

    const auto loaded = decode_manifest(file);

    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::too_large);
}

// Whoever can write digests can write right ones: what is decoded must still make sense.
class SenselessManifest : public ::testing::TestWithParam<void (*)(Manifest&)> {};

TEST_P(SenselessManifest, IsRefusedWithRightDigests) {
    Manifest manifest = sample();
    GetParam()(manifest);
    const std::string good = *encode_manifest(sample());
    const std::string body = *encode_body(manifest);
    ManifestHeader header = *decode_header(bytes_of(good));
    header.kind = manifest.kind;
    header.memory_bytes = manifest.memory_bytes;
    header.body_bytes = body.size();
    header.body_sha256 = *sha256(bytes_of(body));
    const auto bytes = encode_header(header);
    const std::string file = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) + body;

    EXPECT_FALSE(decode_manifest(file));
    EXPECT_FALSE(encode_manifest(manifest) && decode_manifest(*encode_manifest(manifest)));
}

INSTANTIATE_TEST_SUITE_P(
    All, SenselessManifest,
    ::testing::Values([](Manifest& m) { m.extents[0].ram_offset = m.ram_bytes; },
                      [](Manifest& m) { m.extents[1].ram_offset = ~0ull - abi::kPageSize + 1; },
                      [](Manifest& m) { m.extents[1].ram_offset = 0; }, [](Manifest& m) { m.extents[1].bytes = 1; },
                      [](Manifest& m) { m.extents[1].bytes = 0; }, [](Manifest& m) { m.extents[1].bytes = ~0ull; },
                      [](Manifest& m) { m.extents[1].file_offset = 0; }, [](Manifest& m) { m.memory_bytes -= 1; },
                      [](Manifest& m) { m.extents.resize(kMaxExtents + 1); }, [](Manifest& m) { m.ram_bytes = 0; },
                      [](Manifest& m) { m.ram_bytes = abi::kMaxRamBytes * 2; },
                      [](Manifest& m) {
                          m.page_table_frames = {5, 1};
                      },
                      [](Manifest& m) { m.page_table_frames = {~0ull}; }, [](Manifest& m) { m.windows.clear(); },
                      [](Manifest& m) { m.windows.resize(9, m.windows[1]); },
                      [](Manifest& m) { m.windows[1].mount_path = "task"; },
                      [](Manifest& m) { m.windows[1].mount_path = "/" + std::string(60, 'x'); },
                      [](Manifest& m) { m.windows[1].bytes = abi::kMaxWindowBytes + 1; },
                      [](Manifest& m) {
                          m.working_set = {5, 5};
                      },
                      [](Manifest& m) {
                          m.working_set = {1, static_cast<std::uint32_t>(m.ram_bytes / abi::kPageSize)};
                      },
                      [](Manifest& m) {
                          for (std::uint32_t page = 0; page <= kMaxWorkingSet; ++page) m.working_set.push_back(page);
                      },
                      [](Manifest& m) {
                          m.replaced_pages = {9, 8};
                      },
                      [](Manifest& m) {
                          m.replaced_pages = {static_cast<std::uint32_t>(m.ram_bytes / abi::kPageSize)};
                      },
                      [](Manifest& m) { m.base_digest.reset(); }, [](Manifest& m) { m.kind = Kind::base; }));

TEST(Manifest, RandomBodiesWithRightDigestsDoNotCrashTheDecoder) {
    std::mt19937_64 random(1);
    const std::string good = *encode_body(sample());
    for (int round = 0; round < 20000; ++round) {
        std::string body = good;
        for (int change = 0; change < 3; ++change) body[random() % body.size()] = static_cast<char>(random());
        Manifest manifest;
        static_cast<void>(decode_body(body, manifest));
    }
}

TEST(CheckCompatible, SaysWhatDiffers) {
    const Manifest manifest = sample();
    CpuFeatures host = manifest.cpu_features;
    host.leaves[1].ebx = 0x77;

    const auto checked = check_compatible(manifest, Backend::pvm, host);

    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::incompatible);
    EXPECT_THAT(checked.error().what, HasSubstr("leaf 0x7.0 ebx is 0x77 here and 0x5 in the snapshot"));
}

// hostile: C20
TEST(CheckCompatible, RefusesAnotherBackendAndVendor) {
    const Manifest manifest = sample();
    CpuFeatures other_vendor = manifest.cpu_features;
    other_vendor.vendor = "AuthenticAMD";

    EXPECT_FALSE(check_compatible(manifest, Backend::svm, manifest.cpu_features));
    EXPECT_FALSE(check_compatible(manifest, Backend::pvm, other_vendor));
    EXPECT_TRUE(check_compatible(manifest, Backend::pvm, manifest.cpu_features));
}

TEST(CpuFeatures, AreOthersWhereTheKernelHasEnabledOtherRegisters) {
    const CpuFeatures host = CpuFeatures::of_host();
    CpuFeatures other = host;
    other.leaves.back().eax ^= 0xe0;  // AVX-512

    EXPECT_THAT(host.difference(other), HasSubstr("XCR0"));
}

TEST(CpuFeatures, AreTheSameOnEveryLook) {
    const CpuFeatures first = CpuFeatures::of_host();

    EXPECT_TRUE(first == CpuFeatures::of_host());
    EXPECT_EQ(first.vendor.size(), 12u);
}

TEST(SaveManifest, LoadsAgainAndNamesTheSameDigest) {
    TemporaryDirectory directory;

    const auto saved = save_manifest(directory / "manifest", sample());

    ASSERT_TRUE(saved) << saved.error().message();
    const auto loaded = load_manifest(directory / "manifest");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->digest, *saved);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(LoadManifest, RefusesWhatIsNoRegularFile) {
    TemporaryDirectory directory;
    ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
    std::filesystem::create_symlink("/etc/passwd", directory / "link");

    EXPECT_FALSE(load_manifest(directory / "fifo"));
    EXPECT_FALSE(load_manifest(directory / "link"));
    EXPECT_FALSE(load_manifest("/dev/zero"));
    EXPECT_FALSE(load_manifest(directory.path()));
    EXPECT_EQ(load_manifest(directory / "absent").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace mayfly::snapshot::test
