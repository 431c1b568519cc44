// The guest's log as a sequence of records (abi/doorbell.h). The guest is not trusted to write it well.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "abi/doorbell.h"

namespace mayfly::vmm {

using LogVisitor = std::function<void(abi::LogStream, std::span<const std::byte>)>;

// Calls visit for each record of a private copy of the log. A length beyond the end is cut, an unknown
// stream counts as the kernel's.
void for_each_record(std::span<const std::byte> log, const LogVisitor& visit);

// The reason of a panic, made printable: what stands behind abi::kPanicPrefix, else the kernel's last line.
std::string panic_reason(std::span<const std::byte> log);

// Keeps the last `limit` bytes of records, whole ones where they fit, and counts what it drops. Short
// records of one stream become one, so that little of the limit goes to their headers.
class LogKeeper {
public:
    explicit LogKeeper(std::size_t limit) : limit_(limit) {}

    void add(std::span<const std::byte> log);
    bool empty() const { return kept_.empty(); }
    std::span<const std::byte> kept() const { return kept_; }
    std::size_t dropped() const { return dropped_; }

private:
    void add_record(abi::LogStream stream, std::span<const std::byte> text);
    bool joins_last(abi::LogStream stream, std::size_t length) const;
    void drop_oldest();

    std::size_t limit_;
    std::size_t dropped_ = 0;
    std::vector<std::byte> kept_;
    std::size_t last_ = 0;  // where the last record starts, unless kept_ is empty
};

}  // namespace mayfly::vmm
