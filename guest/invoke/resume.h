// The moment a microVM may be captured at, and what must happen before and after it was.
#pragma once

namespace mayfly::guest {

// Called when the program has written its reply. What it does from then on is no part of the event.
void reply_given();

// Sends the reply, if there is one, and waits for the next event. Whatever the program knows about time
// and randomness may be stale when this returns; what the kernel knows is not.
void wait_for_event();

}  // namespace mayfly::guest
