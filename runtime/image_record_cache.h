// Records of images by their text. To check and decode one takes a tenth of a millisecond, and an engine opens the same
// few images again and again: for each program it runs and each function it opens.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "runtime/mutex.h"
#include "runtime/records.h"

namespace mayfly::runtime {

// For any thread.
class ImageRecordCache {
public:
    static constexpr std::size_t kMostRecords = 64;

    // What decode_image_record() says of this text.
    Result<ImageRecord> decode(std::string_view text);
    std::size_t size();

private:
    Mutex mutex_;
    std::map<std::string, ImageRecord, std::less<>> records_ MF_GUARDED_BY(mutex_);
};

}  // namespace mayfly::runtime
