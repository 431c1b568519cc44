#include "guest/boot/symbols.h"

#include "abi/layout.h"

namespace mayfly::guest {
namespace {

// Sorted by address; addresses are relative to kKernelBase. Made by guest/symbols.cmake.
struct Entry {
    u32 address;
    u32 name;  // offset in kernel_symbol_names, NUL-terminated
};

}  // namespace

extern "C" {
[[gnu::weak]] extern const Entry kernel_symbols[];
[[gnu::weak]] extern const u32 kernel_symbol_count;
[[gnu::weak]] extern const char kernel_symbol_names[];
}

Symbol symbol_at(u64 address) {
    if (kernel_symbols == nullptr || address < abi::kKernelBase) return {};
    const u64 relative = address - abi::kKernelBase;
    u32 low = 0;
    u32 high = kernel_symbol_count;
    while (low < high) {
        const u32 middle = (low + high) / 2;
        if (kernel_symbols[middle].address <= relative)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return {};
    const Entry& entry = kernel_symbols[low - 1];
    return {std::string_view(kernel_symbol_names + entry.name), relative - entry.address};
}

}  // namespace mayfly::guest
