// A mounted file system: what its inodes have in common. Lives for ever, nothing is unmounted.
#pragma once

#include <string_view>

#include "guest/lib/ref.h"
#include "guest/lib/types.h"

namespace mayfly::guest {

// What statfs(2) says of it, in blocks of kPageSize.
struct FileSystemStatistics {
    i64 magic = 0;  // <linux/magic.h>
    u64 blocks = 0;
    u64 free_blocks = 0;
    u64 files = 0;
    u64 free_files = 0;
};

class FileSystem : public RefCounted {
public:
    FileSystem(std::string_view type, u32 minor, bool read_only) : type_(type), minor_(minor), read_only_(read_only) {}

    std::string_view type() const { return type_; }  // as /proc/mounts names it
    // st_dev is major 0, this minor, as Linux's file systems without a block device have it.
    u32 minor() const { return minor_; }
    bool read_only() const { return read_only_; }
    virtual FileSystemStatistics statistics() const = 0;

private:
    std::string_view type_;
    u32 minor_;
    bool read_only_;
};

}  // namespace mayfly::guest
