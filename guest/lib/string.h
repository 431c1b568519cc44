// An owned byte string (paths, names). Construction can fail, so it is by of().
#pragma once

#include <string_view>

#include "guest/lib/vector.h"

namespace mayfly::guest {

class String {
public:
    String() = default;
    static ErrnoOr<String> of(std::string_view text) {
        String result;
        MF_TRY(result.append(text));
        return result;
    }
    ErrnoOr<void> append(std::string_view text) {
        MF_TRY(bytes_.reserve(bytes_.size() + text.size()));
        for (char c : text) MF_TRY(bytes_.push_back(c));
        return {};
    }
    ErrnoOr<String> copy() const { return of(view()); }
    std::string_view view() const { return {bytes_.data(), bytes_.size()}; }
    usize size() const { return bytes_.size(); }
    bool empty() const { return bytes_.empty(); }

private:
    Vector<char> bytes_;
};

}  // namespace mayfly::guest
