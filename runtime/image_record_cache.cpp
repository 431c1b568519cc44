#include "runtime/image_record_cache.h"

namespace mayfly::runtime {

Result<ImageRecord> ImageRecordCache::decode(std::string_view text) {
    const MutexLock lock(mutex_);
    if (const auto known = records_.find(text); known != records_.end()) return known->second;
    ImageRecord record = MF_TRY(decode_image_record(text));
    if (records_.size() == kMostRecords) records_.clear();
    records_.emplace(text, record);
    return record;
}

std::size_t ImageRecordCache::size() {
    const MutexLock lock(mutex_);
    return records_.size();
}

}  // namespace mayfly::runtime
