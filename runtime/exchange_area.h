// The parent's view of a microVM's exchange area (abi/layout.h): events in, replies and logs out. The
// guest and its process write to it at any time, so everything is copied out once and bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/shared_memory.h"
#include "base/unique_fd.h"
#include "mayfly/mayfly.h"

namespace mayfly::runtime {

class ExchangeArea {
public:
    // Sealed against a change of its size, which would turn our reads into SIGBUS.
    static Result<ExchangeArea> create();

    int fd() const { return fd_.get(); }
    Result<void> write_event(std::string_view event);
    std::string copy_reply(std::uint64_t length) const;
    std::vector<LogRecord> copy_logs(std::uint64_t length) const;

private:
    ExchangeArea(UniqueFd fd, Mapping area) : fd_(std::move(fd)), area_(std::move(area)) {}

    UniqueFd fd_;
    SharedMemory area_;
};

// Keeps the last `bytes` bytes of text.
void keep_tail(std::vector<LogRecord>& logs, std::size_t bytes);

}  // namespace mayfly::runtime
