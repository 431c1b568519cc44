// The moment a microVM may be captured at, and what must happen after it was.
#pragma once

namespace mayfly::guest {

// Sends the reply, if there is one, and waits for the next event. Whatever the program knows about time
// and randomness may be stale when this returns; what the kernel knows is not.
void wait_for_event();

}  // namespace mayfly::guest
