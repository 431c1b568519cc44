// Advisory locks of whole files, flock(2). Record locks (F_SETLK) belong to processes, and there is one.
#pragma once

namespace mayfly::guest {

class File;

// The open file description ends; its locks with it.
void release_locks(File& file);

}  // namespace mayfly::guest
