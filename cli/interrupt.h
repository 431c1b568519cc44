// Ctrl-C, SIGTERM and SIGHUP: what runs is ended and cleaned up, then the command exits with 130.
// A signal that is ignored already stays ignored, as nohup wants it.
#pragma once

#include <functional>

namespace mayfly::cli {

// Starts listening. Call once, before anything that can take long.
void listen_for_interrupts();

// What ends the work under way; called from another thread, from this one when the signal came before, or from both.
// Nothing, when the work is over: then none is being called any more, and what it owns may end.
void on_interrupt(std::function<void()> stop);

bool interrupted();

// Waits until fd has something to read, an end included, or an interrupt came: then false.
bool wait_for_input(int fd);

}  // namespace mayfly::cli
