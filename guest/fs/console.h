// The program's standard streams: output and error become records of the log, input comes from the VMM.
#pragma once

#include "guest/fs/file.h"

namespace mayfly::guest {

// What descriptor 0, 1 or 2 is at the start. Pipes, as programs see them: no terminal, no position.
ErrnoOr<Ref<File>> open_console_stream(int fd);

// For the scheduler: does a thread wait for standard input, which had nothing for it? Then the CPU may not
// idle past input.
bool console_input_is_watched();
// Wakes those who wait for it if there is some, or its end.
void look_for_console_input();

}  // namespace mayfly::guest
