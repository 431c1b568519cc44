// The program's standard streams: output and error become records of the log, input comes from the VMM.
#pragma once

#include "guest/fs/file.h"

namespace mayfly::guest {

// What descriptor 0, 1 or 2 is at the start. Pipes, as programs see them: no terminal, no position.
ErrnoOr<Ref<File>> open_console_stream(int fd);

}  // namespace mayfly::guest
