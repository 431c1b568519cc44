// Builds the text of a /proc file; grows as needed. When memory runs out, take() says so.
#pragma once

#include <string_view>

#include "guest/lib/format.h"
#include "guest/lib/vector.h"

namespace mayfly::guest {

class ProcText {
public:
    ProcText& text(std::string_view value) {
        if (!failed_ && !text_.reserve(text_.size() + value.size())) failed_ = true;
        if (failed_) return *this;
        for (char c : value) static_cast<void>(text_.push_back(c));
        return *this;
    }
    ProcText& number(i64 value) {
        char digits[24];
        return text(Format(digits).decimal(value).view());
    }
    ProcText& unsigned_number(u64 value) {
        char digits[24];
        return text(Format(digits).unsigned_decimal(value).view());
    }
    ProcText& hex(u64 value, int digits = 1) {
        char space[24];
        return text(Format(space).hex(value, digits).view());
    }
    // Blanks up to that column of the current line.
    ProcText& pad_to(usize column) {
        for (usize width = text_.size() - line_start(); width < column; ++width) text(" ");
        return *this;
    }
    // A line "Name:       value kB", as /proc/meminfo and /proc/<pid>/status have them.
    ProcText& kilobytes(std::string_view name, usize width, u64 bytes) {
        char digits[24];
        const std::string_view value = Format(digits).unsigned_decimal(bytes / 1024).view();
        text(name);
        for (usize i = name.size() + value.size(); i < width; ++i) text(" ");
        return text(value).text(" kB\n");
    }
    ErrnoOr<Vector<char>> take() {
        if (failed_) return fail(ENOMEM);
        return std::move(text_);
    }

private:
    usize line_start() const {
        usize at = text_.size();
        while (at > 0 && text_[at - 1] != '\n') --at;
        return at;
    }

    Vector<char> text_;
    bool failed_ = false;
};

}  // namespace mayfly::guest
