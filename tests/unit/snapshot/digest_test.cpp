#include "snapshot/digest.h"

#include <gtest/gtest.h>

#include <fstream>

#include "snapshot/durable_file.h"
#include "tests/unit/snapshot/temporary_directory.h"

namespace mayfly::snapshot {
namespace {

// FIPS 180-2, appendix B.1.
constexpr const char* kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, OfBytes) { EXPECT_EQ(to_hex(sha256(bytes_of("abc")).value()), kOfAbc); }

TEST(Sha256, OfAFile) {
    const test::TemporaryDirectory directory;
    std::ofstream(directory / "abc") << "abc";

    const auto digest = sha256_of_file(open_regular_file(directory / "abc").value().get());

    ASSERT_TRUE(digest);
    EXPECT_EQ(to_hex(*digest), kOfAbc);
}

TEST(Sha256, ReadsWhatItWrites) {
    const Sha256 digest = sha256(bytes_of("abc")).value();

    EXPECT_EQ(from_hex(to_hex(digest)), digest);
    EXPECT_FALSE(from_hex("abc"));
}

}  // namespace
}  // namespace mayfly::snapshot
