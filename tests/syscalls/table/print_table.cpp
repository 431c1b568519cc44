// Prints docs/syscalls.md, or with --full the names of the calls that claim to be complete, from the
// kernel's own table. The table is linked without the handlers it names: nothing here calls them.
#include "guest/syscall/table.h"

// The kernel's headers take Linux's own, which don't go together with those of libc.
extern "C" int printf(const char* format, ...);
extern "C" int strcmp(const char* left, const char* right);

namespace {

using mayfly::guest::kSyscalls;
using mayfly::guest::Support;
using mayfly::guest::SyscallEntry;
using mayfly::guest::SyscallTable;

const char* word(Support support) {
    switch (support) {
    case Support::none: return "no";
    case Support::full: return "full";
    case Support::partial: return "partial";
    case Support::ignored: return "accepted";
    }
    return "";
}

template <class Visit>
void for_each_named(Visit visit) {
    for (unsigned number = 0; number < SyscallTable::kSize; ++number) {
        const SyscallEntry& entry = *kSyscalls.find(number);
        if (!entry.name.empty()) visit(number, entry);
    }
}

int length(std::string_view text) { return static_cast<int>(text.size()); }

unsigned index(Support support) { return static_cast<unsigned>(support); }

void print_counts() {
    unsigned counts[4] = {};
    for_each_named([&](unsigned, const SyscallEntry& entry) { ++counts[index(entry.support)]; });
    printf("%u are complete, %u partial, %u accepted without effect, %u known and refused.\n\n",
           counts[index(Support::full)], counts[index(Support::partial)], counts[index(Support::ignored)],
           counts[index(Support::none)]);
}

void print_page() {
    printf(
        "# System calls\n\n"
        "Generated from the kernel's table (guest/*/syscalls.h) by `cmake --build build --target syscalls-page`.\n\n"
        "*full*: as Linux, as far as this kernel has the objects concerned. *partial*: see the note. *accepted*: "
        "answers\n"
        "success and does nothing, or always one errno. *no*: ENOSYS, as every call that is not listed. `mayfly exec\n"
        "--trace-syscalls` prints the calls of a program.\n\n");
    print_counts();
    printf("| number | name | support | note |\n|---:|---|---|---|\n");
    for_each_named([](unsigned number, const SyscallEntry& entry) {
        printf("| %u | %.*s | %s | %.*s |\n", number, length(entry.name), entry.name.data(), word(entry.support),
               length(entry.note), entry.note.data());
    });
}

void print_full() {
    for_each_named([](unsigned, const SyscallEntry& entry) {
        if (entry.support == Support::full) printf("%.*s\n", length(entry.name), entry.name.data());
    });
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && strcmp(argv[1], "--full") == 0)
        print_full();
    else
        print_page();
    return 0;
}
