// getsockopt(2) and setsockopt(2): values that are kept, of which few change what a socket does.
#pragma once

#include "guest/ipc/socket_abi.h"
#include "guest/lib/vector.h"
#include "guest/mm/user.h"
#include "guest/time/timespec.h"

namespace mayfly::guest {

// An option whose value is one int. `boolean`: any value but 0 is 1.
struct IntegerOption {
    int level;
    int name;
    int initial;
    bool boolean;
};

// Null where the option is not known for sockets of that family and type.
const IntegerOption* find_integer_option(int family, int type, int level, int name);

class SocketOptions {
public:
    SocketOptions(int send, int receive) : send_buffer(send), receive_buffer(receive) {}

    int get(const IntegerOption& option) const;
    ErrnoOr<void> set(const IntegerOption& option, int value);
    // Of a SOL_SOCKET option; 0 unless set.
    bool has(int name) const { return get({SOL_SOCKET, name, 0, true}) != 0; }
    ErrnoOr<void> copy_from(const SocketOptions& other);

    // As getsockopt shows them: twice what was asked for (socket(7)).
    int send_buffer;
    int receive_buffer;
    u64 send_timeout_ns = kForever;
    u64 receive_timeout_ns = kForever;
    Linger linger;

private:
    struct Value {
        int level;
        int name;
        int value;
    };
    Vector<Value> values_;
};

}  // namespace mayfly::guest
