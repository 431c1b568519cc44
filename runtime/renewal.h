// What was made by another build, on another CPU or over another base is made anew when it is opened.
#pragma once

#include <string>
#include <string_view>

#include "runtime/engine_impl.h"

namespace mayfly::runtime {

// Several commands may find that at once: one makes it anew, the others wait and take what it made. A second
// base snapshot would not fit what was loaded over the first. open() gives a Result, which is incompatible
// when renew(), called under the name's lock for changes, has to help.
template <class Open, class Renew>
auto open_or_renew(const Engine::Impl& engine, std::string_view kind, std::string_view name, const Open& open,
                   const Renew& renew) -> decltype(open()) {
    const auto is_settled = [](const auto& opened) { return opened || opened.error().code != ErrorCode::incompatible; };
    auto opened = open();
    if (is_settled(opened)) return opened;
    const NameLock lock = MF_TRY(engine.home().wait_for_change(kind, name, engine.interrupted()));
    opened = open();
    if (is_settled(opened)) return opened;
    engine.log(LogLevel::info, "making the snapshot of " + std::string(kind) + " '" + std::string(name) +
                                   "' anew: " + opened.error().message());
    MF_TRY(renew());
    return open();
}

}  // namespace mayfly::runtime
