#include <string>

#include "runtime/records.h"
#include "snapshot/durable_file.h"

namespace mayfly::runtime {
namespace {

constexpr std::size_t kLargestFile = 4u << 20;

template <class Record>
Result<Record> load(const std::filesystem::path& path, Result<Record> (*decode)(std::string_view)) {
    const std::string text = MF_TRY(snapshot::read_file(path, kLargestFile));
    auto record = decode(text);
    if (!record) record.error().what = path.string() + " " + record.error().what;
    return record;
}

}  // namespace

Result<void> save_record(const std::filesystem::path& path, const ImageRecord& record) {
    return snapshot::write_file_durably(path, encode_record(record));
}

Result<void> save_record(const std::filesystem::path& path, const FunctionRecord& record) {
    return snapshot::write_file_durably(path, encode_record(record));
}

Result<ImageRecord> load_image_record(const std::filesystem::path& path) { return load(path, decode_image_record); }

Result<FunctionRecord> load_function_record(const std::filesystem::path& path) {
    return load(path, decode_function_record);
}

}  // namespace mayfly::runtime
