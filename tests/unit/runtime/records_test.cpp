#include "runtime/records.h"
#include "runtime/image_record_cache.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/state_file.h"
#include "tests/unit/snapshot/temporary_directory.h"

namespace mayfly::runtime {
namespace {

FunctionRecord sample() {
    FunctionRecord record;
    record.info.name = "hello";
    record.info.image = "python3.11";
    record.info.handler = "app.handler";
    record.info.memory_mb = 256;
    record.info.timeout = std::chrono::milliseconds(4500);
    record.info.environment = {{"KEY", "value"}, {"BYTES", "\xff\xfe"}};
    record.info.mode = Mode::stateful;
    record.info.code_bytes = 8192;
    record.info.code_digest = std::string(64, 'a');
    record.info.snapshot_bytes = 1 << 20;
    record.info.created_at = 1'700'000'000;
    record.info.updated_at = 1'700'000'001;
    record.code_xxh3 = ~0ull;
    return record;
}

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(FunctionRecord, RoundTrips) {
    snapshot::test::TemporaryDirectory directory;
    ASSERT_TRUE(save_record(directory / "function.json", sample()));

    const auto loaded = load_function_record(directory / "function.json");

    ASSERT_TRUE(loaded) << loaded.error().message();
    EXPECT_EQ(loaded->info.handler, "app.handler");
    EXPECT_EQ(loaded->info.timeout, std::chrono::milliseconds(4500));
    EXPECT_EQ(loaded->info.mode, Mode::stateful);
    EXPECT_EQ(loaded->info.environment.at("KEY"), "value");
    EXPECT_EQ(loaded->code_xxh3, ~0ull);
}

TEST(ImageRecordCache, GivesWhatTheTextSays) {
    ImageRecordCache cache;
    for (const char* name : {"one", "other", "one"}) {
        ImageRecord record;
        record.info.name = name;
        record.file_xxh3 = 7;
        const auto decoded = cache.decode(encode_record(record));
        ASSERT_TRUE(decoded) << decoded.error().message();
        EXPECT_EQ(decoded->info.name, name);
        EXPECT_EQ(decoded->file_xxh3, 7u);
    }
    EXPECT_EQ(cache.size(), 2u);
}

TEST(ImageRecordCache, KeepsNothingOfWhatIsDamaged) {
    ImageRecordCache cache;
    std::string text = encode_record(ImageRecord{});
    text[text.size() / 2] ^= 1;

    const auto decoded = cache.decode(text);

    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, ErrorCode::corrupt);
    EXPECT_EQ(cache.size(), 0u);
}

TEST(ImageRecordCache, IsBounded) {
    ImageRecordCache cache;
    for (std::size_t count = 0; count < 3 * ImageRecordCache::kMostRecords; ++count) {
        ImageRecord record;
        record.file_xxh3 = count;
        ASSERT_TRUE(cache.decode(encode_record(record)));
    }
    EXPECT_LE(cache.size(), ImageRecordCache::kMostRecords);
}

TEST(FunctionRecord, OfAnotherFormatIsIncompatible) {
    snapshot::test::TemporaryDirectory directory;
    nlohmann::json json = *decode_state(encode_record(sample()));
    json["format"] = 2;
    std::ofstream(directory / "function.json") << encode_state(json);

    const auto loaded = load_function_record(directory / "function.json");

    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::incompatible);
}

TEST(FunctionRecord, AnyChangedValueIsRefused) {
    snapshot::test::TemporaryDirectory directory;
    ASSERT_TRUE(save_record(directory / "function.json", sample()));
    std::string text = read(directory / "function.json");
    text.replace(text.find("256"), 3, "512");
    std::ofstream(directory / "function.json") << text;

    const auto loaded = load_function_record(directory / "function.json");

    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::corrupt);
}

TEST(FunctionRecord, EveryTruncationIsRefused) {
    snapshot::test::TemporaryDirectory directory;
    ASSERT_TRUE(save_record(directory / "function.json", sample()));
    const std::string text = read(directory / "function.json");
    for (std::size_t bytes = 0; bytes + 2 < text.size(); ++bytes) {
        std::ofstream(directory / "cut.json") << text.substr(0, bytes);

        EXPECT_FALSE(load_function_record(directory / "cut.json")) << bytes << " bytes";
    }
}

// hostile: C16 C17
TEST(FunctionRecord, NumbersThatDoNotFitAreRefused) {
    const nlohmann::json good = *decode_state(encode_record(sample()));
    for (const char* field : {"memory_mb", "timeout_ms", "code_bytes", "snapshot_bytes", "load_ns", "code_xxh3"})
        for (const nlohmann::json& number : {nlohmann::json(-1e30), nlohmann::json(1e300), nlohmann::json(0.5)}) {
            nlohmann::json bad = good;
            bad[field] = number;

            EXPECT_FALSE(decode_function_record(encode_state(bad))) << field << " " << number;
        }
    nlohmann::json bad = good;
    bad["memory_mb"] = 1ull << 32;
    EXPECT_FALSE(decode_function_record(encode_state(bad)));
    bad["memory_mb"] = -1;
    EXPECT_FALSE(decode_function_record(encode_state(bad)));
}

// hostile: C16
TEST(FunctionRecord, DeepNestingIsRefusedBeforeItIsRead) {
    for (const std::size_t levels : {9u, 1'000'000u}) {
        const std::string text =
            "{\"checksum\": \"1\", \"a\": " + std::string(levels, '[') + std::string(levels, ']') + "}";

        EXPECT_EQ(decode_function_record(text).error().code, ErrorCode::corrupt) << levels;
    }
}

// hostile: C2 C16
TEST(FunctionRecord, EveryFlippedBitIsRefused) {
    FunctionRecord record = sample();
    record.info.training_event = "{\"escaped\": \"\x1b\"}";
    snapshot::test::TemporaryDirectory directory;
    ASSERT_TRUE(save_record(directory / "function.json", record));
    std::string text = read(directory / "function.json");
    ASSERT_TRUE(decode_function_record(text));
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(decode_function_record(text)) << "bit " << bit % 8 << " of byte " << bit / 8;
        text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    }
}

TEST(FunctionRecord, AWholeFileOfAnotherKindIsRefused) {
    snapshot::test::TemporaryDirectory directory;
    ASSERT_TRUE(save_record(directory / "image.json", ImageRecord{}));

    EXPECT_FALSE(load_function_record(directory / "image.json"));
}

}  // namespace
}  // namespace mayfly::runtime
