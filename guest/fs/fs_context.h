// Where a process's paths begin: its root and its working directory.
#pragma once

#include "guest/fs/dentry.h"

namespace mayfly::guest {

class FsContext {
public:
    // The root of everything until chroot(2) and chdir(2) say otherwise.
    Ref<Dentry> root() const;
    Ref<Dentry> working_directory() const;
    void set_root(Ref<Dentry> directory) { root_ = std::move(directory); }
    void set_working_directory(Ref<Dentry> directory) { working_directory_ = std::move(directory); }

    ErrnoOr<void> change_directory(std::string_view path);

private:
    Ref<Dentry> root_;
    Ref<Dentry> working_directory_;
};

}  // namespace mayfly::guest
