// Repeats the numbers of this folder. When one of these fails, don't just edit the number: the two
// sides of the boundary have changed, so bump abi::kVersion and read docs/boundary.md.
#include "abi/control_page.h"
#include "abi/doorbell.h"
#include "abi/kernel_header.h"
#include "abi/layout.h"

namespace mayfly::abi {

static_assert(kVersion == 3);  // also in guest/arch/header.S and tests/guests/guest.inc
static_assert(kDoorbellPort == 0x4d46 && kTickVector == 0x40);
static_assert(kExchangeBase == 0x4000000000 && kControlBase == 0x4000fff000 && kWindowBase == 0x4001000000);
static_assert(kExchangeBytes == 14 << 20 && kReplyOffset + kMaxPayloadBytes == kExchangeBytes);
static_assert(sizeof(ControlPage) == 808 && sizeof(Mailbox) == 104 && sizeof(KernelHeader) == 72);
// Also in guest/runtimes/python/bootstrap.py, which lies in images.
static_assert(static_cast<int>(EventKind::boot) == 1 && static_cast<int>(EventKind::load) == 2 &&
              static_cast<int>(EventKind::invoke) == 3 && static_cast<int>(EventKind::rehearse) == 4 &&
              static_cast<int>(EventKind::practise) == 5 && static_cast<int>(EventKind::touch) == 6);
static_assert(static_cast<int>(Doorbell::out_of_memory) == 8 && static_cast<int>(Doorbell::plug_ram) == 9 &&
              static_cast<int>(ReplyStatus::none) == 3);

}  // namespace mayfly::abi
