#include "vmm/log_records.h"

#include <algorithm>
#include <cstring>

namespace mayfly::vmm {
namespace {

constexpr std::size_t kRecordAlignment = 8;

constexpr std::size_t padded(std::size_t bytes) { return (bytes + kRecordAlignment - 1) & ~(kRecordAlignment - 1); }

abi::LogStream known(abi::LogStream stream) {
    const auto number = static_cast<std::uint32_t>(stream);
    const bool is_known = number >= static_cast<std::uint32_t>(abi::LogStream::output) &&
                          number <= static_cast<std::uint32_t>(abi::LogStream::trace);
    return is_known ? stream : abi::LogStream::kernel;
}

}  // namespace

void for_each_record(std::span<const std::byte> log, const LogVisitor& visit) {
    while (log.size() >= sizeof(abi::LogRecord)) {
        abi::LogRecord record;
        std::memcpy(&record, log.data(), sizeof record);
        log = log.subspan(sizeof record);
        const std::size_t length = std::min<std::size_t>(record.length, log.size());
        visit(known(record.stream), log.first(length));
        log = log.subspan(std::min(padded(length), log.size()));
    }
}

std::string panic_reason(std::span<const std::byte> log) {
    std::string line;
    bool has_prefix = false;
    for_each_record(log, [&](abi::LogStream stream, std::span<const std::byte> text) {
        if (stream != abi::LogStream::kernel || text.empty()) return;
        std::string_view words(reinterpret_cast<const char*>(text.data()), text.size());  // bytes as characters
        const bool says_why = words.starts_with(abi::kPanicPrefix);
        if (has_prefix && !says_why) return;  // the registers and the backtrace
        if (says_why) words.remove_prefix(abi::kPanicPrefix.size());
        has_prefix = has_prefix || says_why;
        line = words;
    });
    while (!line.empty() && line.back() == '\n') line.pop_back();
    constexpr std::size_t kLongest = 400;
    if (line.size() > kLongest) line.erase(0, line.size() - kLongest);
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
    return line;
}

void LogKeeper::add(std::span<const std::byte> log) {
    for_each_record(log, [this](abi::LogStream stream, std::span<const std::byte> text) { add_record(stream, text); });
    drop_oldest();
}

void LogKeeper::add_record(abi::LogStream stream, std::span<const std::byte> text) {
    constexpr std::size_t kHeader = sizeof(abi::LogRecord);
    const std::size_t room = limit_ > kHeader ? (limit_ - kHeader) & ~(kRecordAlignment - 1) : 0;
    const std::size_t length = std::min(text.size(), room);
    dropped_ += text.size() - length;
    if (length == 0) return;

    abi::LogRecord record{stream, 0};
    if (joins_last(stream, length)) {
        std::memcpy(&record, kept_.data() + last_, kHeader);
    } else {
        last_ = kept_.size();
    }
    const auto end = text.last(length);
    kept_.resize(last_ + kHeader + record.length);  // without the padding
    kept_.insert(kept_.end(), end.begin(), end.end());
    kept_.resize(padded(kept_.size()));
    record.length += static_cast<std::uint32_t>(length);
    std::memcpy(kept_.data() + last_, &record, kHeader);
}

// Joined records are dropped together: they stay short beside the limit.
bool LogKeeper::joins_last(abi::LogStream stream, std::size_t length) const {
    constexpr std::size_t kLongest = 4096;
    if (kept_.empty()) return false;
    abi::LogRecord last;
    std::memcpy(&last, kept_.data() + last_, sizeof last);
    return last.stream == stream && last.length + length <= std::min(kLongest, limit_ / 16);
}

void LogKeeper::drop_oldest() {
    std::size_t start = 0;
    while (kept_.size() - start > limit_) {
        abi::LogRecord record;
        std::memcpy(&record, kept_.data() + start, sizeof record);
        dropped_ += record.length;
        start += padded(sizeof record + record.length);
    }
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(start));
    last_ -= std::min(last_, start);
}

}  // namespace mayfly::vmm
