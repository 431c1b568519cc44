#include "guest/fs/fs_context.h"

#include "guest/fs/file.h"
#include "guest/fs/mount.h"
#include "guest/fs/path.h"

namespace mayfly::guest {

Ref<Dentry> FsContext::root() const { return root_ ? root_ : root_directory(); }

Ref<Dentry> FsContext::working_directory() const { return working_directory_ ? working_directory_ : root(); }

ErrnoOr<void> FsContext::change_directory(std::string_view path) {
    auto directory = MF_TRY(resolve(*this, working_directory(), path, true));
    if (!directory->inode().is_directory()) return fail(ENOTDIR);
    working_directory_ = std::move(directory);
    return {};
}

}  // namespace mayfly::guest
