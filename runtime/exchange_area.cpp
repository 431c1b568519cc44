#include "runtime/exchange_area.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "abi/layout.h"
#include "vmm/log_records.h"

namespace mayfly::runtime {
namespace {

LogStream stream_of(abi::LogStream stream) {
    switch (stream) {
    case abi::LogStream::output: return LogStream::output;
    case abi::LogStream::error: return LogStream::error;
    case abi::LogStream::kernel: return LogStream::kernel;
    case abi::LogStream::trace: return LogStream::trace;
    }
    return LogStream::kernel;
}

}  // namespace

Result<ExchangeArea> ExchangeArea::create() {
    UniqueFd fd{::memfd_create("mayfly-exchange", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!fd) return fail_errno(ErrorCode::unavailable, "memfd_create");
    if (::ftruncate(fd.get(), static_cast<off_t>(abi::kExchangeBytes)) != 0)
        return fail_errno(ErrorCode::unavailable, "making room for events");
    if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return fail_errno(ErrorCode::io, "sealing the exchange area");
    Mapping area = MF_TRY(Mapping::of(fd, abi::kExchangeBytes, PROT_READ | PROT_WRITE, MAP_SHARED));
    return ExchangeArea{std::move(fd), std::move(area)};
}

Result<void> ExchangeArea::write_event(std::string_view event) {
    if (event.size() > abi::kMaxPayloadBytes) return fail(ErrorCode::too_large, "the event is over 6 MiB");
    area_.begin_event();
    area_.copy_in(abi::kEventOffset, std::as_bytes(std::span(event)));
    return {};
}

std::string ExchangeArea::copy_reply(std::uint64_t length) const {
    return area_.copy_text(abi::kReplyOffset, std::min(length, abi::kMaxPayloadBytes));
}

std::vector<LogRecord> ExchangeArea::copy_logs(std::uint64_t length) const {
    if (length == 0) return {};
    const auto copy = area_.copy(abi::kLogOffset, std::min(length, abi::kLogBytes));
    std::vector<LogRecord> logs;
    vmm::for_each_record(copy, [&](abi::LogStream stream, std::span<const std::byte> text) {
        if (text.empty()) return;
        const std::string_view characters(reinterpret_cast<const char*>(text.data()), text.size());
        const bool continues = !logs.empty() && logs.back().stream == stream_of(stream);
        if (continues)
            logs.back().text += characters;
        else
            logs.push_back({stream_of(stream), std::string(characters)});
    });
    return logs;
}

void keep_tail(std::vector<LogRecord>& logs, std::size_t bytes) {
    auto record = logs.rbegin();
    while (record != logs.rend() && record->text.size() <= bytes) {
        bytes -= record->text.size();
        ++record;
    }
    if (record == logs.rend()) return;
    record->text.erase(0, record->text.size() - bytes);
    const auto first = bytes > 0 ? std::prev(record.base()) : record.base();
    logs.erase(logs.begin(), first);
}

}  // namespace mayfly::runtime
