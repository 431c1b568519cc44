// The guest's reader of ELF files: headers, segments, and the unwind table that tells functions apart.
// hostile: D11
#include <cstring>
#include <vector>

#include "fuzz/target.h"
#include "guest/exec/elf.h"
#include "guest/exec/function_bounds.h"

using namespace mayfly;
using namespace mayfly::guest;

namespace {

class Bytes final : public FileReader {
public:
    explicit Bytes(std::span<const std::byte> content) : content_(content) {}
    ErrnoOr<void> read(u64 offset, void* to, usize bytes) override {
        if (offset > content_.size() || bytes > content_.size() - offset) return fail(EIO);
        if (bytes > 0) std::memcpy(to, content_.data() + offset, bytes);
        return {};
    }

private:
    std::span<const std::byte> content_;
};

void check_layout(const Elf64_Ehdr& header, std::span<const std::byte> file) {
    std::vector<Elf64_Phdr> segments(header.e_phnum);
    if (!Bytes(file).read(header.e_phoff, segments.data(), segments.size() * sizeof(Elf64_Phdr))) return;
    const auto layout = parse_segments(header, segments);
    if (!layout) return;
    MF_REQUIRE(layout->lowest < layout->end);
    MF_REQUIRE(layout->end <= 0xffff'0000'0000);
    MF_REQUIRE(layout->interpreter_bytes <= 4096);
}

}  // namespace

MF_FUZZ_TARGET(input) {
    const u64 offset = input.take<std::uint32_t>();
    const auto file = input.rest();
    if (const auto header = parse_elf_header(file)) check_layout(*header, file);
    Bytes reader(file);
    static_cast<void>(find_function(reader, offset));
}
