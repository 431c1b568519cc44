#include "guest/exec/function_bounds.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include <dlfcn.h>
#include <link.h>

// Two functions with nothing but what the assembler puts between them.
asm(".text\n.balign 64\n.global bounds_first\nbounds_first:\n.cfi_startproc\nnop\nret\n.cfi_endproc\n"
    ".balign 64\n.global bounds_second\nbounds_second:\n.cfi_startproc\nnop\nnop\nret\n.cfi_endproc\n.balign 64\n");
extern "C" const char bounds_first[], bounds_second[];

namespace mayfly::guest {
namespace {

class Bytes final : public FileReader {
public:
    explicit Bytes(std::vector<char> content) : content_(std::move(content)) {}

    ErrnoOr<void> read(u64 offset, void* to, usize bytes) override {
        if (offset > content_.size() || bytes > content_.size() - offset) return fail(EIO);
        std::memcpy(to, content_.data() + offset, bytes);
        return {};
    }
    std::vector<char>& content() { return content_; }

private:
    std::vector<char> content_;
};

Bytes this_program() {
    std::ifstream file("/proc/self/exe", std::ios::binary);
    return Bytes(std::vector<char>(std::istreambuf_iterator<char>(file), {}));
}

// Where in this program's file an address of it lies.
u64 offset_of(const void* address) {
    struct Search {
        u64 address, offset;
    } search{reinterpret_cast<u64>(address), 0};
    dl_iterate_phdr(
        [](dl_phdr_info* info, size_t, void* data) {
            auto* wanted = static_cast<Search*>(data);
            for (int i = 0; i < info->dlpi_phnum; ++i) {
                const auto& segment = info->dlpi_phdr[i];
                const u64 start = info->dlpi_addr + segment.p_vaddr;
                if (segment.p_type == PT_LOAD && wanted->address >= start && wanted->address < start + segment.p_filesz)
                    wanted->offset = segment.p_offset + (wanted->address - start);
            }
            return 1;  // the first is the program
        },
        &search);
    return search.offset;
}

TEST(FunctionBounds, NamesTheFunctionAndItsNeighbours) {
    Bytes file = this_program();

    const auto first = find_function(file, offset_of(bounds_first) + 1);
    const auto second = find_function(file, offset_of(bounds_second));

    ASSERT_TRUE(first.has_value() && second.has_value());
    EXPECT_EQ(first->start, offset_of(bounds_first));
    EXPECT_EQ(first->end, first->start + 2);
    EXPECT_EQ(first->next_start, second->start);
    EXPECT_EQ(second->start, offset_of(bounds_second));
    EXPECT_EQ(second->end, second->start + 3);
    EXPECT_EQ(second->previous_end, first->end);
}

TEST(FunctionBounds, BetweenFunctionsIsNone) {
    Bytes file = this_program();

    EXPECT_FALSE(find_function(file, offset_of(bounds_first) + 2).has_value());
    EXPECT_FALSE(find_function(file, 0).has_value());
}

TEST(FunctionBounds, ADamagedFileHasNone) {
    Bytes cut = this_program();
    cut.content().resize(1000);
    EXPECT_FALSE(find_function(cut, 500).has_value());

    Bytes none(std::vector<char>(64, 'x'));
    EXPECT_FALSE(find_function(none, 10).has_value());
}

}  // namespace
}  // namespace mayfly::guest
