// The table of system calls. Each subsystem lists its own in a function of its folder
// (fs/syscalls.h, thread/syscalls.h ...); syscall/table.cpp puts the lists together.
//
// A handler is a free function: SysResult sys_name(Thread& self, typed arguments...). Argument types:
// int, unsigned, long, i64/u64/usize, UserAddr, UserPtr<T>, UserString; each takes one register.
#pragma once

#include <array>
#include <string_view>
#include <type_traits>

#include "guest/mm/user.h"
#include "guest/thread/thread.h"

namespace mayfly::guest {

enum class Support : u8 {
    none,     // ENOSYS
    full,     // as Linux, as far as this kernel has the objects concerned
    partial,  // see the note
    ignored,  // answers success and does nothing, or always one errno; see the note
};

// How a trace prints an argument.
enum class ArgKind : u8 { none, signed_number, unsigned_number, address, string };

struct SyscallEntry {
    using Handler = SysResult (*)(Thread& self, const u64* arguments);
    std::string_view name;
    Handler handler = nullptr;
    Support support = Support::none;
    std::string_view note;
    std::array<ArgKind, 6> kinds{};
};

namespace detail {
template <class T>
struct IsUserPtr : std::false_type {};
template <class T>
struct IsUserPtr<UserPtr<T>> : std::true_type {};

template <class T>
T argument(u64 value) {
    if constexpr (std::is_same_v<T, UserString>)
        return UserString{UserAddr{value}};
    else if constexpr (IsUserPtr<T>::value)
        return T{UserAddr{value}};
    else
        return static_cast<T>(value);
}
template <class T>
consteval ArgKind kind() {
    if constexpr (std::is_same_v<T, UserString>)
        return ArgKind::string;
    else if constexpr (IsUserPtr<T>::value || std::is_same_v<T, UserAddr>)
        return ArgKind::address;
    else if constexpr (std::is_signed_v<T>)
        return ArgKind::signed_number;
    else
        return ArgKind::unsigned_number;
}
template <auto Function>
struct Adapter;
template <class... Arguments, SysResult (*Function)(Thread&, Arguments...)>
struct Adapter<Function> {
    static_assert(sizeof...(Arguments) <= 6);
    static SysResult call(Thread& self, [[maybe_unused]] const u64* arguments) {
        return [&]<usize... I>(std::index_sequence<I...>) {
            return Function(self, argument<Arguments>(arguments[I])...);
        }
        (std::index_sequence_for<Arguments...>{});
    }
    static consteval std::array<ArgKind, 6> kinds() { return {kind<Arguments>()...}; }
};
}  // namespace detail

class SyscallTable {
public:
    static constexpr usize kSize = 512;

    template <auto Function>
    consteval void add(usize number, std::string_view name, Support support = Support::full,
                       std::string_view note = "") {
        using Adapter = detail::Adapter<Function>;
        entries_[number] = {name, &Adapter::call, support, note, Adapter::kinds()};
    }
    // A call that is known and deliberately not there: named in traces and in docs/syscalls.md.
    consteval void refuse(usize number, std::string_view name, std::string_view note) {
        entries_[number] = {name, nullptr, Support::none, note, {}};
    }
    const SyscallEntry* find(u64 number) const { return number < kSize ? &entries_[number] : nullptr; }

private:
    std::array<SyscallEntry, kSize> entries_{};
};

extern const SyscallTable kSyscalls;

}  // namespace mayfly::guest
