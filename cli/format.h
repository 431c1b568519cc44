// Quantities and tables for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mayfly/mayfly.h"

namespace mayfly::cli {

std::string human_bytes(std::uint64_t bytes);              // "512 B", "21.4 MiB"
std::string human_nanoseconds(std::uint64_t nanoseconds);  // "142 µs", "1.30 ms"
std::string human_date(std::int64_t seconds);              // "2026-11-23 06:41", local time

// Left-aligned columns, the head in bold; ends with a newline.
class Table {
public:
    explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

// "name: value" lines, the names padded to one width.
std::string properties(const std::vector<std::pair<std::string, std::string>>& entries);

std::string joined(const std::vector<std::string>& parts, std::string_view separator);

// The outcome and what the invocation used, in a few lines.
std::string receipt_text(const Invocation& invocation);

}  // namespace mayfly::cli
