// What /proc and /sys are made of: tables of names, and inodes made anew whenever one is looked up.
#pragma once

#include <span>

#include "guest/fs/file.h"
#include "guest/fs/proc_text.h"

namespace mayfly::guest {

class Process;
class Thread;

// Whom a file is about; in the files about the whole machine nobody.
struct ProcSubject {
    int pid = 0;
    int tid = 0;
};
// Null once they are gone.
Process* find_process(ProcSubject subject);
Thread* find_thread(ProcSubject subject);

// A name in a directory: a directory of its own, a symlink, or a file whose text is made when it is opened.
struct ProcEntry {
    std::string_view name;
    void (*write)(ProcText& out, ProcSubject subject) = nullptr;
    // What happens to a text written into the file; null: it can't be written.
    ErrnoOr<void> (*accept)(ProcSubject subject, std::string_view text) = nullptr;
    std::string_view link = {};                                    // of a symlink with a constant text
    ErrnoOr<LinkTarget> (*follow)(ProcSubject subject) = nullptr;  // of any other symlink
    std::span<const ProcEntry> children = {};                      // of a directory
    // A directory whose names are numbers that change.
    ErrnoOr<Ref<Inode>> (*find)(FileSystem& filesystem, ProcSubject subject, std::string_view name) = nullptr;
    void (*list)(ProcSubject subject, u64 cursor, DirectorySink& sink) = nullptr;

    bool is_directory() const { return !children.empty() || find != nullptr; }
    bool is_link() const { return !link.empty() || follow != nullptr; }
    u32 mode() const;
};

// An entry as an inode.
ErrnoOr<Ref<Inode>> make_proc_inode(FileSystem& filesystem, const ProcEntry& entry, ProcSubject subject);
u64 proc_inode_number(const ProcEntry& entry, ProcSubject subject);
// A name that is a decimal number without leading zeroes; -1 for all others.
int parse_id(std::string_view name);

class ProcFileSystem final : public FileSystem {
public:
    ProcFileSystem(std::string_view type, u32 minor, i64 magic) : FileSystem(type, minor, false), magic_(magic) {}
    FileSystemStatistics statistics() const override {
        FileSystemStatistics result;
        result.magic = magic_;
        return result;
    }

private:
    i64 magic_;
};

// The tables, each in its file.
extern const ProcEntry kProcessDirectory;  // /proc/<pid>
extern const ProcEntry kTaskDirectory;     // /proc/<pid>/task/<tid>
extern const ProcEntry kMachineDirectory;  // /proc
extern const ProcEntry kSysDirectory;      // /sys

}  // namespace mayfly::guest
