#include "guest/signal/xstate_frame.h"

#include <asm/sigcontext.h>

#include "guest/arch/fpu.h"
#include "guest/lib/assert.h"

namespace mayfly::guest {
namespace {

constexpr usize kLegacyBytes = sizeof(_fpstate_64);
constexpr usize kHeaderBytes = sizeof(_header);
constexpr u64 kX87AndSse = 3;
constexpr u32 kMxcsrMaskDefault = 0xffbf;  // where the CPU reports none (SDM 1, 11.6.6)

// The registers pass through here, so that a fault on the user's stack can't come in the middle of
// XSAVE, and so that user space can't change what was checked before XRSTOR. Large enough for AMX.
struct alignas(64) Buffer {
    _fpstate_64 legacy;
    _header header;
    u8 extended[12288];
};
constinit Buffer buffer{};
constinit u32 mxcsr_mask = kMxcsrMaskDefault;

usize checked_xsave_bytes() {
    const usize bytes = xsave_bytes();
    MF_ASSERT(bytes <= sizeof buffer);
    return bytes;
}

void load_initial_state() {
    xsave_initialize(&buffer);
    xrstor(&buffer);
}

// Does a full XSAVE area lie there, or only the 512 bytes of FXSAVE?
ErrnoOr<bool> has_extended_state(UserAddr from) {
    const _fpx_sw_bytes& software = buffer.legacy.sw_reserved;
    if (software.magic1 != FP_XSTATE_MAGIC1 || software.xstate_size != checked_xsave_bytes()) return false;
    u32 magic2 = 0;
    MF_TRY(copy_from_user(&magic2, from + software.xstate_size, sizeof magic2));
    return magic2 == FP_XSTATE_MAGIC2;
}

}  // namespace

usize xstate_frame_bytes() { return checked_xsave_bytes() + FP_XSTATE_MAGIC2_SIZE; }

ErrnoOr<void> save_xstate(UserAddr to) {
    const usize bytes = checked_xsave_bytes();
    buffer.header = {};  // XSAVE writes only its first word
    xsave(&buffer);
    if (buffer.legacy.mxcsr_mask != 0) mxcsr_mask = buffer.legacy.mxcsr_mask;
    // Programs that know nothing of XSAVE change the legacy part and expect that to count.
    buffer.header.xfeatures |= kX87AndSse;
    buffer.legacy.sw_reserved = {};
    buffer.legacy.sw_reserved.magic1 = FP_XSTATE_MAGIC1;
    buffer.legacy.sw_reserved.extended_size = static_cast<u32>(bytes + FP_XSTATE_MAGIC2_SIZE);
    buffer.legacy.sw_reserved.xfeatures = xsave_features();
    buffer.legacy.sw_reserved.xstate_size = static_cast<u32>(bytes);

    MF_TRY(copy_to_user(to, &buffer, bytes));
    const u32 magic2 = FP_XSTATE_MAGIC2;
    MF_TRY(copy_to_user(to + bytes, &magic2, sizeof magic2));
    load_initial_state();
    return {};
}

ErrnoOr<void> load_xstate(UserAddr from) {
    if (raw(from) == 0) {
        load_initial_state();
        return {};
    }
    MF_TRY(copy_from_user(&buffer, from, kLegacyBytes));
    u64 features = kX87AndSse;
    if (MF_TRY(has_extended_state(from))) {
        features = buffer.legacy.sw_reserved.xfeatures & xsave_features();
        MF_TRY(copy_from_user(&buffer.header, from + kLegacyBytes, checked_xsave_bytes() - kLegacyBytes));
        features &= buffer.header.xfeatures;
    }
    // XRSTOR raises #GP for reserved bits in the header and in MXCSR.
    buffer.header = {};
    buffer.header.xfeatures = features;
    buffer.legacy.mxcsr &= mxcsr_mask;
    xrstor(&buffer);
    return {};
}

static_assert(kLegacyBytes == 512 && kHeaderBytes == 64);

}  // namespace mayfly::guest
