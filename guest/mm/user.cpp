#include "guest/mm/user.h"

namespace mayfly::guest {

// entry.S: a fault inside these goes on at their end (arch/exception.cpp).
extern "C" {
usize user_copy(void* to, const void* from, usize bytes);  // bytes not copied
usize user_fill(void* to, int byte, usize bytes);          // bytes not filled
i64 user_load_u32(const u32* address);                     // -1 after a fault
i64 user_exchange_u32(u32* address, u32 value);
i64 user_compare_exchange_u32(u32* address, u32 expected, u32 desired);
i64 user_find_nul(const char* text, usize max);
}

namespace {

// Valid because the program's memory is mapped in this address space; access faults are caught.
void* pointer(UserAddr address) { return reinterpret_cast<void*>(raw(address)); }

ErrnoOr<u32> word_result(UserAddr address, auto operation) {
    if (raw(address) % sizeof(u32) != 0) return fail(EINVAL);
    if (!user_range_ok(address, sizeof(u32))) return fail(EFAULT);
    const i64 result = operation(static_cast<u32*>(pointer(address)));
    if (result < 0) return fail(EFAULT);
    return static_cast<u32>(result);
}

}  // namespace

ErrnoOr<usize> copy_from_user_some(void* to, UserAddr from, usize bytes) {
    if (!user_range_ok(from, bytes)) return fail(EFAULT);
    const usize copied = bytes - user_copy(to, pointer(from), bytes);
    if (copied == 0 && bytes > 0) return fail(EFAULT);
    return copied;
}

ErrnoOr<usize> copy_to_user_some(UserAddr to, const void* from, usize bytes) {
    if (!user_range_ok(to, bytes)) return fail(EFAULT);
    const usize copied = bytes - user_copy(pointer(to), from, bytes);
    if (copied == 0 && bytes > 0) return fail(EFAULT);
    return copied;
}

ErrnoOr<void> copy_from_user(void* to, UserAddr from, usize bytes) {
    if (MF_TRY(copy_from_user_some(to, from, bytes)) != bytes) return fail(EFAULT);
    return {};
}

ErrnoOr<void> copy_to_user(UserAddr to, const void* from, usize bytes) {
    if (MF_TRY(copy_to_user_some(to, from, bytes)) != bytes) return fail(EFAULT);
    return {};
}

ErrnoOr<void> clear_user(UserAddr to, usize bytes) {
    if (!user_range_ok(to, bytes)) return fail(EFAULT);
    if (user_fill(pointer(to), 0, bytes) != 0) return fail(EFAULT);
    return {};
}

ErrnoOr<String> copy_string_from_user(UserAddr from, usize max) {
    if (raw(from) >= kUserEnd) return fail(EFAULT);
    const u64 room = kUserEnd - raw(from);
    const usize limit = max + 1 < room ? max + 1 : room;
    const i64 length = user_find_nul(static_cast<const char*>(pointer(from)), limit);
    if (length < 0) return fail(EFAULT);
    if (static_cast<usize>(length) > max) return fail(ENAMETOOLONG);
    return String::of({static_cast<const char*>(pointer(from)), static_cast<usize>(length)});
}

ErrnoOr<u32> load_user_u32(UserAddr address) {
    return word_result(address, [](u32* word) { return user_load_u32(word); });
}

ErrnoOr<u32> exchange_user_u32(UserAddr address, u32 value) {
    return word_result(address, [&](u32* word) { return user_exchange_u32(word, value); });
}

ErrnoOr<u32> compare_exchange_user_u32(UserAddr address, u32 expected, u32 desired) {
    return word_result(address, [&](u32* word) { return user_compare_exchange_u32(word, expected, desired); });
}

}  // namespace mayfly::guest
