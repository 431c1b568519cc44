// membarrier(2). One CPU: whoever runs next has seen all that ran before, so there is nothing to do.
#include <linux/membarrier.h>

#include "guest/thread/process.h"
#include "guest/thread/syscalls.h"

namespace mayfly::guest {
namespace {

constexpr u32 kRegistrations = MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED |
                               MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;
constexpr u32 kCommands = MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED |
                          MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE | kRegistrations;

// What must have been registered before; each is the bit above its command.
constexpr u32 required_registration(u32 command) {
    const bool is_private =
        command == MEMBARRIER_CMD_PRIVATE_EXPEDITED || command == MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE;
    return is_private ? command << 1 : 0;
}
static_assert(required_registration(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);

}  // namespace

SysResult sys_membarrier(Thread& self, int command, unsigned flags, int) {
    const u32 bit = static_cast<u32>(command);
    if (flags != 0) return fail(EINVAL);
    if (bit == MEMBARRIER_CMD_QUERY) return kCommands;
    if ((bit & (bit - 1)) != 0 || (bit & kCommands) == 0) return fail(EINVAL);

    u32& registered = self.process().membarrier_registrations;
    const u32 required = required_registration(bit);
    if ((registered & required) != required) return fail(EPERM);
    registered |= bit & kRegistrations;
    return 0;
}

}  // namespace mayfly::guest
