// /proc/<pid>/mounts and mountinfo: proc(5).
#include "guest/fs/mount.h"
#include "guest/fs/proc_report.h"

namespace mayfly::guest {

namespace {

void write_path(ProcText& out, const Mount& mount) {
    auto path = mount.root->path(*root_directory());
    // Characters that would end the field are written in octal.
    for (const char c : path ? path->view() : std::string_view("/")) {
        switch (c) {
        case ' ': out.text("\\040"); break;
        case '\t': out.text("\\011"); break;
        case '\n': out.text("\\012"); break;
        case '\\': out.text("\\134"); break;
        default: out.text({&c, 1});
        }
    }
}

std::string_view options(const FileSystem& filesystem) { return filesystem.read_only() ? "ro" : "rw"; }

}  // namespace

void write_mounts(ProcText& out, ProcSubject) {
    for (const Mount& mount : mounts()) {
        const FileSystem& filesystem = *mount.filesystem;
        out.text(filesystem.type()).text(" ");
        write_path(out, mount);
        out.text(" ").text(filesystem.type()).text(" ").text(options(filesystem)).text(",relatime 0 0\n");
    }
}

void write_mountinfo(ProcText& out, ProcSubject) {
    for (const Mount& mount : mounts()) {
        const FileSystem& filesystem = *mount.filesystem;
        out.unsigned_number(mount.id).text(" ").unsigned_number(mount.parent_id).text(" 0:");
        out.unsigned_number(filesystem.minor()).text(" / ");
        write_path(out, mount);
        out.text(" ").text(options(filesystem)).text(",relatime - ").text(filesystem.type()).text(" ");
        out.text(filesystem.type()).text(" ").text(options(filesystem)).text("\n");
    }
}

}  // namespace mayfly::guest
