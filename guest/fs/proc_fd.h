// /proc/<pid>/fd and /proc/<pid>/task: directories whose names are descriptors and threads.
#pragma once

#include "guest/fs/proc_node.h"

namespace mayfly::guest {

ErrnoOr<Ref<Inode>> find_fd_link(FileSystem& filesystem, ProcSubject subject, std::string_view name);
void list_fd_links(ProcSubject subject, u64 cursor, DirectorySink& sink);
ErrnoOr<Ref<Inode>> find_fd_info(FileSystem& filesystem, ProcSubject subject, std::string_view name);
void list_fd_infos(ProcSubject subject, u64 cursor, DirectorySink& sink);
ErrnoOr<Ref<Inode>> find_task(FileSystem& filesystem, ProcSubject subject, std::string_view name);
void list_tasks(ProcSubject subject, u64 cursor, DirectorySink& sink);

}  // namespace mayfly::guest
