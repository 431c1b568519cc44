// image.json and function.json: what is told about images and functions, and what finds damage in them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "mayfly/mayfly.h"

namespace mayfly::runtime {

class ImageRecordCache;

struct ImageRecord {
    ImageInfo info;               // without what the base snapshot's manifest says, path and functions
    std::uint64_t file_xxh3 = 0;  // of image.erofs
};

struct FunctionRecord {
    FunctionInfo info;            // without load_logs
    std::uint64_t code_xxh3 = 0;  // of code.erofs
};

Result<void> save_record(const std::filesystem::path& path, const ImageRecord& record);
Result<void> save_record(const std::filesystem::path& path, const FunctionRecord& record);
Result<ImageRecord> load_image_record(const std::filesystem::path& path);
Result<ImageRecord> load_image_record(const std::filesystem::path& path, ImageRecordCache& cache);
Result<FunctionRecord> load_function_record(const std::filesystem::path& path);

// The text of such a file, and what one says. An error says what is wrong with "the file ...".
std::string encode_record(const ImageRecord& record);
std::string encode_record(const FunctionRecord& record);
Result<ImageRecord> decode_image_record(std::string_view text);
Result<FunctionRecord> decode_function_record(std::string_view text);

// A file of an image or function is absent, cut or changed.
inline bool is_damage(const Error& error) {
    return error.code == ErrorCode::corrupt || error.code == ErrorCode::not_found;
}

}  // namespace mayfly::runtime
