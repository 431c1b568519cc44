// Anonymous memory: mmap, munmap, mprotect, mremap, madvise, brk, with the patterns of ld.so, malloc,
// V8 and the JVM.
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "cases.h"

using namespace mayfly::tests;

namespace {

constexpr std::size_t kPage = 4096;

char* map(std::size_t length, int protection = PROT_READ | PROT_WRITE, int flags = 0, void* at = nullptr) {
    void* address = ::mmap(at, length, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return address == MAP_FAILED ? nullptr : static_cast<char*>(address);
}

std::string mapped(void* result) { return result == MAP_FAILED ? error_name(errno) : "ok"; }

sigjmp_buf escape;
siginfo_t last_fault;

void note_fault(int, siginfo_t* info, void*) {
    last_fault = *info;
    siglongjmp(escape, 1);
}

std::string fault_kind() {
    if (last_fault.si_signo == SIGSEGV) return last_fault.si_code == SEGV_MAPERR ? "SEGV_MAPERR" : "SEGV_ACCERR";
    return last_fault.si_code == BUS_ADRERR ? "BUS_ADRERR" : "bus";
}

// What an access does: "ok", or the signal's code, with "elsewhere" if it names another address.
template <class Access>
std::string touch(volatile char* address, Access access) {
    struct sigaction action {};
    action.sa_sigaction = note_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    ::sigaction(SIGSEGV, &action, nullptr);
    ::sigaction(SIGBUS, &action, nullptr);
    if (sigsetjmp(escape, 1) == 0) {
        access(address);
        return "ok";
    }
    return fault_kind() + (last_fault.si_addr == address ? "" : " elsewhere");
}

std::string reading(char* address) {
    return touch(address, [](volatile char* at) { static_cast<void>(*at); });
}
std::string writing(char* address) {
    return touch(address, [](volatile char* at) { *at = 1; });
}

bool is_resident(char* page) {
    unsigned char state = 0;
    return ::mincore(page, kPage, &state) == 0 && (state & 1) != 0;
}

}  // namespace

CASE(new_memory_is_zero) {
    char* memory = map(64 * kPage);
    EXPECT(memory != nullptr);
    bool zero = true;
    for (std::size_t i = 0; i < 64 * kPage; ++i) zero = zero && memory[i] == 0;
    SHOW(zero);
    std::memset(memory, 7, 64 * kPage);
    SHOW(memory[64 * kPage - 1]);
    OUTCOME(::munmap(memory, 64 * kPage));
    SHOW(reading(memory));
}

CASE(mmap_arguments_that_are_refused) {
    SHOW(mapped(::mmap(nullptr, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
    SHOW(mapped(::mmap(nullptr, kPage, PROT_READ, MAP_ANONYMOUS, -1, 0)));
    SHOW(mapped(::mmap(nullptr, kPage, PROT_READ, MAP_PRIVATE, -1, 0)));
    SHOW(mapped(::mmap(nullptr, ~0ul, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
    SHOW(mapped(::mmap(reinterpret_cast<void*>(kPage * 1024 + 1), kPage, PROT_READ,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)));
    SHOW(mapped(::mmap(reinterpret_cast<void*>(kKernelAddress), kPage, PROT_READ,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)));
}

CASE(munmap_arguments) {
    char* memory = map(4 * kPage);
    OUTCOME(::munmap(memory + 1, kPage));
    OUTCOME(::munmap(memory, 0));
    OUTCOME(::munmap(memory, kPage));
    OUTCOME(::munmap(memory, kPage));
    OUTCOME(::munmap(memory, 4 * kPage));
    OUTCOME(::munmap(reinterpret_cast<void*>(kKernelAddress), kPage));
}

CASE(a_hint_is_only_a_hint) {
    char* first = map(kPage);
    char* second = map(kPage, PROT_READ | PROT_WRITE, 0, first);
    SHOW(second != nullptr && second != first);
    char* odd = map(kPage, PROT_READ | PROT_WRITE, 0, reinterpret_cast<void*>(0x2c35'8344'0123));
    SHOW(odd != nullptr && reinterpret_cast<std::uintptr_t>(odd) % kPage == 0);
}

CASE(fixed_replaces_what_was_there) {
    char* memory = map(4 * kPage);
    std::memset(memory, 5, 4 * kPage);
    char* middle = map(2 * kPage, PROT_READ | PROT_WRITE, MAP_FIXED, memory + kPage);
    SHOW(middle == memory + kPage);
    SHOW(memory[0]);
    SHOW(memory[kPage]);
    SHOW(memory[3 * kPage - 1]);
    SHOW(memory[3 * kPage]);
}

CASE(fixed_noreplace) {
    char* memory = map(kPage);
    SHOW(mapped(::mmap(memory, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)));
    EXPECT(::munmap(memory, kPage) == 0);
    SHOW(mapped(::mmap(memory, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)));
}

CASE(reserve_then_commit_as_the_jvm_does) {
    char* heap = map(256 << 20, PROT_NONE, MAP_NORESERVE);
    EXPECT(heap != nullptr);
    SHOW(reading(heap));
    EXPECT(map(2 << 20, PROT_READ | PROT_WRITE, MAP_FIXED, heap + (64 << 20)) != nullptr);
    SHOW(writing(heap + (64 << 20)));
    SHOW(writing(heap + (66 << 20) - 1));
    SHOW(writing(heap + (66 << 20)));
    EXPECT(map(2 << 20, PROT_NONE, MAP_FIXED | MAP_NORESERVE, heap + (64 << 20)) != nullptr);
    SHOW(reading(heap + (64 << 20)));
    EXPECT(map(2 << 20, PROT_READ | PROT_WRITE, MAP_FIXED, heap + (64 << 20)) != nullptr);
    SHOW(heap[64 << 20]);
}

CASE(arena_trimmed_and_grown_as_malloc_does) {
    char* arena = map(128 << 20, PROT_NONE, MAP_NORESERVE);
    OUTCOME(::munmap(arena, 32 << 20));
    OUTCOME(::munmap(arena + (96 << 20), 32 << 20));
    char* heap = arena + (32 << 20);
    for (std::size_t page = 0; page < 300; ++page) {
        EXPECT(::mprotect(heap + page * kPage, kPage, PROT_READ | PROT_WRITE) == 0);
        heap[page * kPage] = static_cast<char>(page);
    }
    SHOW(heap[299 * kPage] == static_cast<char>(299));
    SHOW(reading(heap + 300 * kPage));
    SHOW(reading(arena));
}

CASE(huge_reservation) {
    char* memory = map(10'737'479'680, PROT_NONE, MAP_NORESERVE);
    SHOW(memory != nullptr);
    OUTCOME(::mprotect(memory + 5'000'003'584, 65'536, PROT_READ | PROT_WRITE));
    SHOW(writing(memory + 5'000'003'584));
    OUTCOME(::munmap(memory, 10'737'479'680));
}

CASE(chunks_aligned_as_v8_does) {
    bool aligned = true;
    for (int i = 0; i < 50; ++i) {
        char* memory = map(520'192, PROT_NONE, MAP_NORESERVE);
        const std::uintptr_t start = (reinterpret_cast<std::uintptr_t>(memory) + 262'143) & ~262'143ul;
        char* chunk = reinterpret_cast<char*>(start);
        if (chunk != memory) EXPECT(::munmap(memory, static_cast<std::size_t>(chunk - memory)) == 0);
        char* end = memory + 520'192;
        if (end != chunk + 262'144)
            EXPECT(::munmap(chunk + 262'144, static_cast<std::size_t>(end - chunk) - 262'144) == 0);
        EXPECT(::mprotect(chunk, 262'144, PROT_READ | PROT_WRITE) == 0);
        chunk[262'143] = 1;
        aligned = aligned && start % 262'144 == 0;
    }
    SHOW(aligned);
}

CASE(mprotect_changes_what_an_access_does) {
    char* memory = map(3 * kPage);
    memory[kPage] = 42;
    OUTCOME(::mprotect(memory + kPage, kPage, PROT_READ));
    SHOW(memory[kPage]);
    SHOW(writing(memory + kPage));
    SHOW(writing(memory));
    OUTCOME(::mprotect(memory + kPage, kPage, PROT_NONE));
    SHOW(reading(memory + kPage));
    OUTCOME(::mprotect(memory + kPage, kPage, PROT_READ | PROT_WRITE));
    SHOW(memory[kPage]);
    SHOW(writing(memory + kPage));
}

CASE(mprotect_errors) {
    char* memory = map(3 * kPage);
    OUTCOME(::mprotect(memory + 1, kPage, PROT_READ));
    OUTCOME(::mprotect(memory, 0, PROT_READ));
    EXPECT(::munmap(memory + kPage, kPage) == 0);
    OUTCOME(::mprotect(memory, 3 * kPage, PROT_READ));
    OUTCOME(::mprotect(memory + kPage, kPage, PROT_READ));
    OUTCOME(::mprotect(memory, kPage, 0x100));
}

CASE(protection_toggled_many_times) {
    char* memory = map(64 * kPage);
    for (int i = 0; i < 200; ++i) {
        EXPECT(::mprotect(memory, 64 * kPage, PROT_NONE) == 0);
        EXPECT(::mprotect(memory, 64 * kPage, PROT_READ | PROT_WRITE) == 0);
        memory[static_cast<std::size_t>(i % 64) * kPage] = static_cast<char>(i);
    }
    SHOW(static_cast<int>(static_cast<unsigned char>(memory[63 * kPage])));
}

CASE(write_only_memory_can_be_written) {
    char* memory = map(kPage, PROT_WRITE);
    SHOW(writing(memory));
}

CASE(code_written_and_run) {
    // mov eax, 42; ret
    const unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3};
    char* memory = map(kPage, PROT_READ | PROT_WRITE | PROT_EXEC);
    std::memcpy(memory, code, sizeof code);
    int (*function)() = nullptr;
    std::memcpy(&function, &memory, sizeof function);
    SHOW(function());
    memory[1] = 43;
    SHOW(function());
    OUTCOME(::mprotect(memory, kPage, PROT_READ | PROT_EXEC));
    SHOW(function());
    SHOW(writing(memory));
}

CASE(guard_page_below_a_stack) {
    char* stack = map(16 * kPage, PROT_NONE, MAP_STACK);
    OUTCOME(::mprotect(stack + kPage, 15 * kPage, PROT_READ | PROT_WRITE));
    SHOW(writing(stack + kPage));
    SHOW(writing(stack + kPage - 1));
}

CASE(null_is_never_mapped) {
    char* null = nullptr;
    // The compiler must not see that it is null.
    asm volatile("" : "+r"(null));
    SHOW(reading(null));
    SHOW(writing(null + 8));
}

CASE(dontneed_makes_zero) {
    char* memory = map(4 * kPage);
    std::memset(memory, 9, 4 * kPage);
    OUTCOME(::madvise(memory + kPage, 2 * kPage, MADV_DONTNEED));
    SHOW(memory[0]);
    SHOW(memory[kPage]);
    SHOW(memory[3 * kPage - 1]);
    SHOW(memory[3 * kPage]);
    memory[kPage] = 3;
    SHOW(memory[kPage]);
}

CASE(dontneed_keeps_what_is_shared) {
    constexpr int kBoth = PROT_READ | PROT_WRITE;
    auto* shared = static_cast<char*>(::mmap(nullptr, 2 * kPage, kBoth, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    shared[0] = 5;
    shared[kPage] = 6;
    OUTCOME(::madvise(shared, 2 * kPage, MADV_DONTNEED));
    SHOW(shared[0]);
    SHOW(shared[kPage]);
    char* memory = map(3 * kPage);
    std::memset(memory, 9, 3 * kPage);
    SHOW(::mmap(memory + kPage, kPage, kBoth, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == memory + kPage);
    memory[kPage] = 7;
    OUTCOME(::madvise(memory, 3 * kPage, MADV_DONTNEED));
    SHOW(memory[0]);
    SHOW(memory[kPage]);
    SHOW(memory[2 * kPage]);
}

CASE(madvise_kinds_and_errors) {
    char* memory = map(4 * kPage);
    for (const int advice : {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTFORK, MADV_DOFORK})
        show("advice " + std::to_string(advice), outcome(::madvise(memory, 4 * kPage, advice)));
    OUTCOME(::madvise(memory + 1, kPage, MADV_DONTNEED));
    OUTCOME(::madvise(memory, kPage, 9999));
    OUTCOME(::madvise(memory, 0, MADV_DONTNEED));
    EXPECT(::munmap(memory + kPage, kPage) == 0);
    OUTCOME(::madvise(memory, 4 * kPage, MADV_DONTNEED));
}

CASE(ranges_that_leave_user_space) {
    auto* kernel = reinterpret_cast<void*>(kKernelAddress);
    char* memory = map(kPage);
    OUTCOME(::mprotect(kernel, kPage, PROT_READ));
    OUTCOME(::mprotect(memory, ~0ul - 2 * kPage, PROT_READ));
    for (const int advice : {MADV_NORMAL, MADV_DONTNEED}) {
        OUTCOME(::madvise(kernel, kPage, advice));
        OUTCOME(::madvise(memory, ~0ul, advice));
        OUTCOME(::madvise(memory, ~0ul - 2 * kPage, advice));
    }
    OUTCOME(::msync(memory, ~0ul - 2 * kPage, MS_SYNC));
}

CASE(mremap_grows_and_keeps_the_content) {
    char* memory = map(2 * kPage);
    memory[0] = 1;
    memory[2 * kPage - 1] = 2;
    char* blocker = map(kPage, PROT_READ, MAP_FIXED, memory + 2 * kPage);
    EXPECT(blocker != nullptr);
    SHOW(mapped(::mremap(memory, 2 * kPage, 8 * kPage, 0)));
    auto* moved = static_cast<char*>(::mremap(memory, 2 * kPage, 8 * kPage, MREMAP_MAYMOVE));
    SHOW(mapped(moved));
    SHOW(moved[0]);
    SHOW(moved[2 * kPage - 1]);
    SHOW(moved[8 * kPage - 1]);
    SHOW(reading(memory));
}

CASE(mremap_shrinks_in_place) {
    char* memory = map(65 * kPage);
    memory[0] = 1;
    auto* same = static_cast<char*>(::mremap(memory, 65 * kPage, kPage, MREMAP_MAYMOVE));
    SHOW(same == memory);
    SHOW(same[0]);
    SHOW(reading(memory + kPage));
}

CASE(mremap_to_a_fixed_place) {
    char* memory = map(2 * kPage);
    char* target = map(2 * kPage);
    memory[kPage] = 7;
    target[kPage] = 8;
    auto* moved = static_cast<char*>(::mremap(memory, 2 * kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, target));
    SHOW(moved == target);
    SHOW(target[kPage]);
    SHOW(reading(memory));
}

CASE(mremap_errors) {
    char* memory = map(2 * kPage);
    SHOW(mapped(::mremap(memory + 1, kPage, kPage, 0)));
    SHOW(mapped(::mremap(memory, kPage, 0, 0)));
    SHOW(mapped(::mremap(memory, kPage, 2 * kPage, 0x80)));
    EXPECT(::munmap(memory, 2 * kPage) == 0);
    SHOW(mapped(::mremap(memory, kPage, 2 * kPage, MREMAP_MAYMOVE)));
}

CASE(mremap_grows_to_what_there_can_be_only) {
    constexpr std::size_t kFarTooMuch = 1ul << 45;
    char* memory = map(2 * kPage);
    SHOW(mapped(::mremap(memory, 2 * kPage, kFarTooMuch, MREMAP_MAYMOVE)));
    // Below the highest mappings there is room to grow in place.
    char* low = map(kPage, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE, reinterpret_cast<void*>(1ul << 40));
    EXPECT(low != nullptr);
    SHOW(mapped(::mremap(low, kPage, kFarTooMuch, 0)));
    SHOW(mapped(::mremap(low, kPage, kFarTooMuch, MREMAP_MAYMOVE | MREMAP_FIXED, low + (1ul << 40))));
    SHOW(low[0]);
    // Memory that was only reserved may be large.
    char* reserved = map(kPage, PROT_NONE);
    SHOW(mapped(::mremap(reserved, kPage, 1ul << 40, MREMAP_MAYMOVE)));
}

CASE(realloc_of_large_blocks) {
    char* block = static_cast<char*>(std::malloc(1 << 20));
    std::memset(block, 3, 1 << 20);
    block = static_cast<char*>(std::realloc(block, 32 << 20));
    SHOW(block[(1 << 20) - 1]);
    block[(32 << 20) - 1] = 4;
    block = static_cast<char*>(std::realloc(block, 2 << 20));
    SHOW(block[0]);
    std::free(block);
}

CASE(large_memory_touched_sparsely) {
    char* memory = map(64 << 20);
    for (std::size_t at = 0; at < (64u << 20); at += 1 << 20) memory[at] = static_cast<char>(at >> 20);
    int wrong = 0;
    for (std::size_t at = 0; at < (64u << 20); at += 1 << 20)
        wrong += memory[at] != static_cast<char>(at >> 20) || memory[at + 1] != 0;
    SHOW(wrong);
}

// As OpenBLAS, which retries for ever when it is refused.
CASE(one_buffer_of_a_size_nobody_fills) {
    constexpr std::size_t kBuffer = 512ul << 20;
    char* memory = map(kBuffer);
    EXPECT(memory != nullptr);
    memory[0] = 1;
    memory[kBuffer - 1] = 2;
    SHOW(memory[kBuffer / 2]);
    SHOW(map(1ul << 45) == nullptr);
}

CASE(many_mappings) {
    char* memory[400];
    for (auto& one : memory) {
        one = map(kPage);
        one[0] = 1;
    }
    for (int i = 0; i < 400; i += 2) EXPECT(::munmap(memory[i], kPage) == 0);
    int alive = 0;
    for (int i = 1; i < 400; i += 2) alive += memory[i][0];
    SHOW(alive);
}

CASE(anonymous_shared_memory) {
    auto* memory =
        static_cast<char*>(::mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    SHOW(mapped(memory));
    SHOW(memory[kPage]);
    memory[kPage] = 5;
    SHOW(memory[kPage]);
    OUTCOME(::munmap(memory, 2 * kPage));
}

CASE(mincore_tells_what_is_there) {
    char* memory = map(2 * kPage);
    memory[0] = 1;
    SHOW(is_resident(memory));
    unsigned char state[2];
    OUTCOME(::mincore(memory + 1, kPage, state));
    OUTCOME(::syscall(SYS_mincore, memory, kPage, kUnmapped));
    EXPECT(::munmap(memory, 2 * kPage) == 0);
    OUTCOME(::mincore(memory, kPage, state));
}

CASE(mlock_and_munlock) {
    char* memory = map(2 * kPage);
    OUTCOME(::mlock(memory, kPage));
    OUTCOME(::munlock(memory, kPage));
}

CASE(brk_grows_and_shrinks) {
    auto* start = static_cast<char*>(::sbrk(0));
    EXPECT(::brk(start + 10 * kPage) == 0);
    start[10 * kPage - 1] = 6;
    SHOW(start[10 * kPage - 1]);
    SHOW(::sbrk(0) == start + 10 * kPage);
    EXPECT(::brk(start) == 0);
    EXPECT(::brk(start + 10 * kPage) == 0);
    SHOW(start[10 * kPage - 1]);
    EXPECT(::brk(start) == 0);
    // The call itself returns the break as it is when it can't do what was asked.
    SHOW(static_cast<std::uintptr_t>(::syscall(SYS_brk, kUnmapped)) == reinterpret_cast<std::uintptr_t>(start));
    SHOW(static_cast<std::uintptr_t>(::syscall(SYS_brk, kKernelAddress)) == reinterpret_cast<std::uintptr_t>(start));
}

CASE(writing_system_call_into_read_only_memory) {
    char* memory = map(kPage, PROT_READ);
    OUTCOME(::syscall(SYS_getcwd, memory, kPage));
    char* none = map(kPage, PROT_NONE);
    OUTCOME(::syscall(SYS_getcwd, none, kPage));
    OUTCOME(::syscall(SYS_chdir, none));
}
