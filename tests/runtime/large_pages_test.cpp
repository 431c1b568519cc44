// The base snapshot of the Python image maps the interpreter with large pages: what the guest kernel decided lies in
// the page tables of its memory.
#include <cstring>

#include "abi/layout.h"
#include "snapshot/durable_file.h"
#include "snapshot/layered_ram.h"
#include "snapshot/manifest.h"
#include "tests/runtime/test_engine.h"

namespace mayfly::test {
namespace {

constexpr std::uint64_t kPresent = 1, kWrite = 2, kLarge = 1 << 7;
constexpr std::uint64_t kAddress = 0x000f'ffff'ffff'f000;

std::uint64_t entry(std::span<const std::byte> ram, std::uint64_t table, std::uint64_t index) {
    std::uint64_t value = 0;
    std::memcpy(&value, ram.data() + (table & kAddress) + index * sizeof value, sizeof value);
    return value;
}

// Intel SDM volume 3, 4.5: the entry of the page directory for an address.
std::uint64_t directory_entry(std::span<const std::byte> ram, std::uint64_t cr3, std::uint64_t address) {
    const std::uint64_t third = entry(ram, cr3, address >> 39 & 511);
    const std::uint64_t second = (third & kPresent) != 0 ? entry(ram, third, address >> 30 & 511) : 0;
    return (second & kPresent) != 0 ? entry(ram, second, address >> 21 & 511) : 0;
}

TEST(LargePages, MapTheInterpreterOfTheBaseSnapshot) {
    const OwnHome home;
    const auto folder = home.image() / "base";
    const auto loaded = snapshot::load_manifest(folder / "manifest");
    ASSERT_TRUE(loaded) << loaded.error().message();
    const auto file = snapshot::open_regular_file(folder / "memory");
    ASSERT_TRUE(file) << file.error().message();
    const auto& manifest = loaded->manifest;
    const snapshot::LayerSource layer{file->get(), manifest.extents};
    const auto ram = snapshot::LayeredRam::create(manifest.ram_bytes, manifest.ram_bytes, {&layer, 1});
    ASSERT_TRUE(ram) << ram.error().message();

    // Debian's python3.11 is linked to lie at 4 MiB; its first 4 MiB are text and constants.
    for (const std::uint64_t address : {std::uint64_t{4} << 20, std::uint64_t{6} << 20}) {
        const std::uint64_t found = directory_entry(ram->bytes(), manifest.cpu.cr3, address);
        EXPECT_EQ(found & (kPresent | kLarge | kWrite), kPresent | kLarge) << std::hex << address << ": " << found;
        EXPECT_GE(found & kAddress, abi::kWindowBase);
    }
}

}  // namespace
}  // namespace mayfly::test
