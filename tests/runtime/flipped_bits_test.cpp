// No flipped bit of a snapshot or image gets by: every one of the metadata, and a sample of what it vouches for. The
// sample is small unless MAYFLY_FLIPPED_BITS says how large it is to be (`make test-long`: a million).
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>

#include "runtime/records.h"
#include "snapshot/digest.h"
#include "snapshot/manifest.h"
#include "snapshot/verified_memory.h"
#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void flip(std::string& bytes, std::size_t bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
}

// How many bits of all bodies together.
std::size_t sample() {
    constexpr std::size_t kStandard = 400;
    const char* value = std::getenv("MAYFLY_FLIPPED_BITS");
    return value == nullptr ? kStandard : std::strtoull(value, nullptr, 10);
}

class FlippedBits : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        home_ = std::make_unique<OwnHome>();
        const auto created = home_->open().create_function(options_of("echo"));
        ASSERT_TRUE(created) << created.error().message();
    }
    static void TearDownTestSuite() { home_.reset(); }
    void SetUp() override { ASSERT_TRUE(fs::exists(home_->function("test") / "manifest")); }

    static void expect_each_refused(const fs::path& path, const std::function<bool(const std::string&)>& accepts) {
        std::string bytes = read(path);
        ASSERT_TRUE(accepts(bytes)) << path;
        std::size_t accepted = 0;
        for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
            flip(bytes, bit);
            accepted += accepts(bytes) ? 1 : 0;
            flip(bytes, bit);
        }
        EXPECT_EQ(accepted, 0u) << path << " of " << bytes.size() * 8;
    }

    // What checks the file reads it to its end and compares one number.
    static void expect_sample_refused(const fs::path& path, std::uint64_t xxh3, std::size_t count) {
        std::string bytes = read(path);
        ASSERT_EQ(snapshot::xxh3(snapshot::bytes_of(bytes)), xxh3) << path;
        std::mt19937_64 random(1);
        std::size_t accepted = 0;
        for (std::size_t round = 0; round < count; ++round) {
            const std::size_t bit = random() % (bytes.size() * 8);
            flip(bytes, bit);
            accepted += snapshot::xxh3(snapshot::bytes_of(bytes)) == xxh3 ? 1 : 0;
            flip(bytes, bit);
        }
        EXPECT_EQ(accepted, 0u) << path << " of " << count;
    }

    // The same through what opens a file, which remembers that it was found good before.
    static void expect_opening_refused(const fs::path& path, std::uint64_t xxh3) {
        std::string bytes = read(path);
        const fs::path copy = home_->path() / "copy";
        std::mt19937_64 random(2);
        std::ofstream(copy, std::ios::binary) << bytes;
        EXPECT_TRUE(snapshot::open_verified_memory(copy, bytes.size(), xxh3)) << path;
        for (int round = 0; round < 5; ++round) {
            const std::size_t bit = random() % (bytes.size() * 8);
            flip(bytes, bit);
            std::ofstream(copy, std::ios::binary) << bytes;
            const auto opened = snapshot::open_verified_memory(copy, bytes.size(), xxh3);
            EXPECT_FALSE(opened) << path << " bit " << bit;
            flip(bytes, bit);
        }
        fs::remove(copy);
    }

    struct Body {
        fs::path path;
        std::uint64_t xxh3;
    };
    static std::vector<Body> bodies() {
        const fs::path function = home_->function("test");
        const fs::path base = home_->image() / "base";
        return {{function / "memory", snapshot::load_manifest(function / "manifest")->manifest.memory_xxh3},
                {function / "code.erofs", runtime::load_function_record(function / "function.json")->code_xxh3},
                {base / "memory", snapshot::load_manifest(base / "manifest")->manifest.memory_xxh3},
                {home_->image() / "image.erofs", runtime::load_image_record(home_->image() / "image.json")->file_xxh3}};
    }

    static inline std::unique_ptr<OwnHome> home_;
};

// hostile: C2 C9
TEST_F(FlippedBits, OfManifestsAreAllRefused) {
    const auto accepts = [](const std::string& file) { return snapshot::decode_manifest(file).has_value(); };

    expect_each_refused(home_->function("test") / "manifest", accepts);
    expect_each_refused(home_->image() / "base" / "manifest", accepts);
}

// hostile: C2
TEST_F(FlippedBits, OfRecordsAreAllRefused) {
    expect_each_refused(home_->function("test") / "function.json",
                        [](const std::string& file) { return runtime::decode_function_record(file).has_value(); });
    expect_each_refused(home_->image() / "image.json",
                        [](const std::string& file) { return runtime::decode_image_record(file).has_value(); });
}

// hostile: C2 D14
TEST_F(FlippedBits, OfBodiesAreRefused) {
    for (const Body& body : bodies()) expect_sample_refused(body.path, body.xxh3, sample() / bodies().size());
}

// hostile: C2 C12
TEST_F(FlippedBits, OfBodiesAreRefusedAlsoWhenTheFileWasGoodBefore) {
    for (const Body& body : bodies()) expect_opening_refused(body.path, body.xxh3);
}

}  // namespace
}  // namespace mayfly::test
