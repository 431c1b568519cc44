// What people see: colours and progress on a terminal, plain text elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace mayfly::cli {

// Opens /dev/null in place of each of descriptors 0 to 2 that is closed: else the next file or pipe would
// take its number and be read or written as the standard stream. First thing in main.
void open_standard_streams();

// Writes everything to descriptor 1 or 2, without a buffer between: what the guest said is out before
// this process can die. The first failure on standard output is printed, and ends what goes there.
void write_all(int fd, std::string_view text);
// Standard output lacks something: the command must not end as if it had worked.
bool output_failed();

enum class Style { bold, dim, red, green, yellow };
// The text in that style when fd is a terminal and NO_COLOR is not set; else the text alone.
std::string styled(int fd, Style style, std::string_view text);

// "mayfly: what" on standard error.
void print_error(std::string_view what);
// Prints the error and returns its exit code.
int report(const Error& error);

// One line on standard error that is drawn anew while work goes on; on something other than a
// terminal one line a step.
class ProgressLine {
public:
    ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine() { clear(); }

    void show(std::string_view step, std::string_view detail, std::uint64_t done, std::uint64_t total);
    void clear();

private:
    std::string draw(std::string_view detail, std::uint64_t done, std::uint64_t total) const;

    bool terminal_;
    bool drawn_ = false;
    std::string step_;
    std::chrono::steady_clock::time_point last_{};
};

}  // namespace mayfly::cli
