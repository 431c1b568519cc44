#include "guest/ipc/packet.h"

namespace mayfly::guest {
namespace {

// Of queues that ended; counted by hand, as globals have no destructors here.
constinit Packet* doomed = nullptr;
constinit bool dropping = false;

}  // namespace

// A packet may hold the last reference of a socket, whose queue ends with it, and so on: nested destructors would
// need a kernel stack as deep as the sockets are packed into each other. So only the outermost drops packets.
PacketQueue::~PacketQueue() {
    if (!first_) return;
    last_->next = Owned<Packet>(doomed);
    doomed = first_.leak();
    if (dropping) return;
    dropping = true;
    while (doomed != nullptr) {
        Owned<Packet> packet(doomed);
        doomed = packet->next.leak();
    }
    dropping = false;
}

}  // namespace mayfly::guest
