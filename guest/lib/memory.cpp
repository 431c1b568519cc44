// What the compiler calls by itself. String instructions: without SSE nothing beats them (ERMS).
#include "guest/lib/types.h"

extern "C" {

void* memcpy(void* to, const void* from, std::size_t bytes) {
    void* result = to;
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
    return result;
}

void* memmove(void* to, const void* from, std::size_t bytes) {
    auto* destination = static_cast<unsigned char*>(to);
    const auto* source = static_cast<const unsigned char*>(from);
    if (destination <= source || destination >= source + bytes) return memcpy(to, from, bytes);
    while (bytes > 0) {
        --bytes;
        destination[bytes] = source[bytes];
        asm volatile("" : : : "memory");  // keep it a loop, not a call of memmove
    }
    return to;
}

void* memset(void* to, int value, std::size_t bytes) {
    void* result = to;
    asm volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
    return result;
}

int memcmp(const void* a, const void* b, std::size_t bytes) {
    const auto* left = static_cast<const unsigned char*>(a);
    const auto* right = static_cast<const unsigned char*>(b);
    for (std::size_t i = 0; i < bytes; ++i)
        if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
    return 0;
}

void* memchr(const void* bytes, int value, std::size_t count) {
    const auto* data = static_cast<const unsigned char*>(bytes);
    for (std::size_t i = 0; i < count; ++i)
        if (data[i] == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(data + i);
    return nullptr;
}

std::size_t strlen(const char* text) {
    std::size_t length = 0;
    while (text[length] != '\0') ++length;
    return length;
}

// A pure virtual call or a destructor at exit: neither happens, but the linker wants the names.
void __cxa_pure_virtual() { __builtin_trap(); }
int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }
void* __dso_handle = nullptr;

}  // extern "C"

// Virtual destructors name operator delete; objects are freed by RefCounted::release instead.
void operator delete(void*) noexcept { __builtin_trap(); }
void operator delete(void*, std::size_t) noexcept { __builtin_trap(); }
