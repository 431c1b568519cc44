// The program's standard streams: output and error become records of the log, input comes from the VMM.
#pragma once

#include "guest/fs/file.h"

namespace mayfly::guest {

// What descriptor 0, 1 or 2 is at the start. Pipes, as programs see them: no terminal, no position.
ErrnoOr<Ref<File>> open_console_stream(int fd);

// For the scheduler: does a thread poll standard input, which had nothing for it? Then the CPU may not
// idle past input, and who polls is told that there may be some.
bool console_input_is_watched();
void console_input_may_be_ready();

}  // namespace mayfly::guest
