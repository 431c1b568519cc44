// /dev/invoke: where a language runtime takes events from and puts replies (docs/boundary.md).
#pragma once

#include "guest/fs/file.h"

namespace mayfly::guest {

ErrnoOr<void> register_invoke_device();

}  // namespace mayfly::guest
