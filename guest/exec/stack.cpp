#include "guest/exec/stack.h"

#include <linux/auxvec.h>

#include "guest/arch/cpu.h"
#include "guest/arch/fpu.h"
#include "guest/lib/random.h"

namespace mayfly::guest {
namespace {

constexpr u64 kStackTop = 0x7fff'ffff'e000;
constexpr u64 kStackBytes = 8 << 20;  // RLIMIT_STACK; pages come as they are touched
constexpr u64 kMaxStrings = 2 << 20;  // as Linux: a quarter of the stack

// Writes downwards from the top of the stack.
class StackWriter {
public:
    explicit StackWriter(u64 top) : at_(top) {}

    ErrnoOr<u64> bytes(const void* data, usize size) {
        at_ -= size;
        if (kStackTop - at_ > kMaxStrings) return fail(E2BIG);
        MF_TRY(copy_to_user(UserAddr{at_}, data, size));
        return at_;
    }
    ErrnoOr<u64> string(std::string_view text) {
        const char nul = '\0';
        MF_TRY(bytes(&nul, 1));
        return bytes(text.data(), text.size());
    }
    void align(u64 unit) { at_ = round_down(at_, unit); }
    u64 position() const { return at_; }

private:
    u64 at_;
};

ErrnoOr<void> map_stack(AddressSpace& space) {
    MapRequest request;
    request.address = kStackTop - kStackBytes;
    request.bytes = kStackBytes;
    request.fixed = request.no_reserve = true;
    request.region.protection = {.read = true, .write = true, .execute = false};
    request.region.path = MF_TRY(SharedName::of("[stack]"));
    MF_TRY(space.map(std::move(request)));
    return {};
}

ErrnoOr<void> push_strings(StackWriter& stack, const Vector<String>& strings, Vector<u64>& addresses) {
    for (const String& text : strings) MF_TRY(addresses.push_back(MF_TRY(stack.string(text.view()))));
    return {};
}

class Words {
public:
    ErrnoOr<void> add(u64 word) { return words_.push_back(word); }
    ErrnoOr<void> add(u64 type, u64 value) {
        MF_TRY(add(type));
        return add(value);
    }
    ErrnoOr<void> add_all(const Vector<u64>& words) {
        for (u64 word : words) MF_TRY(add(word));
        return add(0);
    }
    const Vector<u64>& all() const { return words_; }

private:
    Vector<u64> words_;
};

// AT_MINSIGSTKSZ: what a signal frame takes besides the XSAVE area (signal/signal_frame.cpp).
u64 minimum_signal_stack_bytes() { return 1024 + round_up(xsave_bytes(), 64); }

struct Placed {
    u64 path, platform, random;
};

ErrnoOr<void> add_auxiliary_vector(Words& words, const ProgramImage& image, const Placed& placed) {
    constexpr u64 kHardwareCapabilities2 = 2;  // HWCAP2_FSGSBASE
    const std::pair<u64, u64> entries[] = {
        {AT_SYSINFO_EHDR, image.vdso},
        {AT_HWCAP, cpuid(1).edx},
        {AT_PAGESZ, kPageSize},
        {AT_CLKTCK, 100},
        {AT_PHDR, image.program->headers},
        {AT_PHENT, sizeof(Elf64_Phdr)},
        {AT_PHNUM, image.program->header_count},
        {AT_BASE, image.interpreter_base},
        {AT_FLAGS, 0},
        {AT_ENTRY, image.program->entry},
        {AT_UID, 0},
        {AT_EUID, 0},
        {AT_GID, 0},
        {AT_EGID, 0},
        {AT_SECURE, 0},
        {AT_RANDOM, placed.random},
        {AT_HWCAP2, kHardwareCapabilities2},
        {AT_EXECFN, placed.path},
        {AT_PLATFORM, placed.platform},
        {AT_MINSIGSTKSZ, minimum_signal_stack_bytes()},
        {AT_NULL, 0},
    };
    for (const auto& [type, value] : entries) MF_TRY(words.add(type, value));
    return {};
}

}  // namespace

ErrnoOr<u64> build_stack(AddressSpace& space, const Arguments& arguments, const ProgramImage& image) {
    MF_TRY(map_stack(space));
    StackWriter stack(kStackTop - 8);
    Placed placed{};
    placed.path = MF_TRY(stack.string(image.path));
    Vector<u64> environment;
    MF_TRY(push_strings(stack, arguments.envp, environment));
    Vector<u64> argv;
    MF_TRY(push_strings(stack, arguments.argv, argv));
    placed.platform = MF_TRY(stack.string("x86_64"));
    std::byte random[16];
    random_bytes(random);
    stack.align(16);
    placed.random = MF_TRY(stack.bytes(random, sizeof random));

    Words words;
    MF_TRY(words.add(argv.size()));
    MF_TRY(words.add_all(argv));
    MF_TRY(words.add_all(environment));
    MF_TRY(add_auxiliary_vector(words, image, placed));
    const u64 bytes = words.all().size() * sizeof(u64);
    const u64 pointer = round_down(stack.position() - bytes, 16);
    MF_TRY(copy_to_user(UserAddr{pointer}, words.all().data(), bytes));
    return pointer;
}

}  // namespace mayfly::guest
