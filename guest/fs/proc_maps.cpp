// /proc/<pid>/maps and smaps: proc(5).
#include "guest/fs/mount.h"
#include "guest/fs/path.h"
#include "guest/fs/proc_report.h"
#include "guest/thread/process.h"

namespace mayfly::guest {

namespace {

constexpr usize kPathColumn = 73;

// The inode a mapping shows, where its path still leads to it.
Ref<Inode> mapped_inode(const Region& region) {
    if (!region.object || !region.path.view().starts_with('/')) return {};
    auto dentry = resolve(FsContext{}, root_directory(), region.path.view(), true);
    if (!dentry || (*dentry)->inode_ref().get() != region.object.get()) return {};
    return (*dentry)->inode_ref();
}

void write_line(ProcText& out, const Region& region) {
    const auto inode = mapped_inode(region);
    out.hex(region.start, 8).text("-").hex(region.end, 8).text(" ");
    out.text(region.protection.read ? "r" : "-").text(region.protection.write ? "w" : "-");
    out.text(region.protection.execute ? "x" : "-").text(region.shared ? "s" : "p");
    out.text(" ").hex(region.object ? region.offset : 0, 8).text(" ");
    out.hex(0, 2).text(":").hex(inode ? inode->filesystem().minor() : 0, 2).text(" ");
    out.unsigned_number(inode ? inode->number() : 0);
    if (!region.path.empty()) out.text(" ").pad_to(kPathColumn).text(region.path.view());
    out.text("\n");
}

}  // namespace

void write_maps(ProcText& out, ProcSubject subject) {
    Process* process = find_process(subject);
    if (process == nullptr) return;
    for (const Region& region : process->space().regions()) write_line(out, region);
}

void write_smaps(ProcText& out, ProcSubject subject) {
    Process* process = find_process(subject);
    if (process == nullptr) return;
    constexpr usize kWidth = 24;
    for (const Region& region : process->space().regions()) {
        write_line(out, region);
        out.kilobytes("Size:", kWidth, region.bytes());
        out.kilobytes("KernelPageSize:", kWidth, kPageSize).kilobytes("MMUPageSize:", kWidth, kPageSize);
    }
}

}  // namespace mayfly::guest
