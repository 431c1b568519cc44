#include <string>

#include "runtime/image_record_cache.h"
#include "runtime/records.h"
#include "snapshot/durable_file.h"

namespace mayfly::runtime {
namespace {

constexpr std::size_t kLargestFile = 4u << 20;

template <class Decode>
auto load(const std::filesystem::path& path, Decode decode) -> decltype(decode(std::string_view{})) {
    const std::string text = MF_TRY(snapshot::read_file(path, kLargestFile));
    auto record = decode(std::string_view(text));
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

Result<ImageRecord> load_image_record(const std::filesystem::path& path, ImageRecordCache& cache) {
    return load(path, [&cache](std::string_view text) { return cache.decode(text); });
}

Result<FunctionRecord> load_function_record(const std::filesystem::path& path) {
    return load(path, decode_function_record);
}

}  // namespace mayfly::runtime
