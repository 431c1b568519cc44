#include "rootfs-builder/strip.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "rootfs-builder/files.h"
#include "rootfs-builder/process.h"

namespace fs = std::filesystem;

namespace mayfly::rootfs {
namespace {

bool has_strippable_section(Elf* elf) {
    std::size_t names = 0;
    if (elf_getshdrstrndx(elf, &names) != 0) return false;
    for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr) return false;
        if (header.sh_type == SHT_SYMTAB) return true;
        const char* name = elf_strptr(elf, names, header.sh_name);
        if (name != nullptr && std::string_view(name).starts_with(".debug_")) return true;
    }
    return false;
}

}  // namespace

bool is_unstripped_elf(const fs::path& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file || elf_version(EV_CURRENT) == EV_NONE) return false;
    const std::unique_ptr<Elf, int (*)(Elf*)> elf(elf_begin(file.get(), ELF_C_READ_MMAP, nullptr), elf_end);
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF) return false;
    GElf_Ehdr header;
    if (gelf_getehdr(elf.get(), &header) == nullptr) return false;
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN) return false;
    return has_strippable_section(elf.get());
}

Result<void> strip_tree(const fs::path& root, const StopFlag* stop) {
    std::vector<std::string> files;
    MF_TRY(walk(root, [&](const fs::directory_entry& entry) -> Result<void> {
        std::error_code error;
        if (entry.symlink_status(error).type() == fs::file_type::regular && is_unstripped_elf(entry.path()))
            files.push_back(entry.path().string());
        return {};
    }));
    if (files.empty()) return {};
    std::vector<std::string> arguments{"strip", "--strip-unneeded", "--enable-deterministic-archives", "--"};
    arguments.insert(arguments.end(), files.begin(), files.end());
    MF_TRY(run({.arguments = arguments, .environment = {}, .package = "binutils", .on_line = {}, .stop = stop}));
    return {};
}

}  // namespace mayfly::rootfs
