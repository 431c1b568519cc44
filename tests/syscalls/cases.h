// A case is a few system calls and what is seen of them. Each program is run on the host's Linux and
// inside a guest; `compare-runs` fails when the two print different lines or end differently. So a case
// prints what a program could rely on (relations, errno names, contents) and nothing that may differ
// between two runs of one kernel (addresses, pids, times).
#pragma once

#include <cerrno>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace mayfly::tests {

// An address that is not mapped: page 0.
inline void* const kUnmapped = nullptr;
// One that can't be a user address at all: above the lower half.
inline const std::uintptr_t kKernelAddress = 0xffff'ffff'8000'0000;

// "ok" when `result` is not negative, else the name of errno, such as "ENOENT".
std::string outcome(long result);
// The same for functions that return the error number, as the pthread ones do.
std::string error_name(int number);

// Prints "case: what = value".
void show(std::string_view what, std::string_view value);
inline void show(std::string_view what, const char* value) { show(what, std::string_view{value}); }
inline void show(std::string_view what, bool value) { show(what, std::string_view{value ? "true" : "false"}); }
template <std::integral T>
void show(std::string_view what, T value) {
    show(what, std::string_view{std::to_string(value)});
}

// Prints where `condition` was false and marks the case as failed.
void expect(bool condition, std::string_view text, int line);

// A file of the case's own directory (the working directory, empty when a case begins).
bool write_file(const char* path, std::string_view content, int mode = 0644);
std::string read_file(const char* path);

struct Case {
    Case(const char* name, void (*body)(), bool dies);
    const char* name;
    void (*body)();
    bool dies;  // ends the process: run only by name, and its exit status is compared too
};

}  // namespace mayfly::tests

#define MF_CASE(name, dies)                                                     \
    static void case_##name();                                                  \
    static const mayfly::tests::Case register_##name{#name, case_##name, dies}; \
    static void case_##name()

#define CASE(name) MF_CASE(name, false)
// A case that ends the process, by exit or by a signal.
#define DEATH_CASE(name) MF_CASE(name, true)

#define EXPECT(condition) mayfly::tests::expect(static_cast<bool>(condition), #condition, __LINE__)
#define SHOW(value) mayfly::tests::show(#value, (value))
// For a call that sets errno: prints "ok" or errno's name.
#define OUTCOME(call) mayfly::tests::show(#call, mayfly::tests::outcome(static_cast<long>(call)))
