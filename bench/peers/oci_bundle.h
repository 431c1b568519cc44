// An OCI bundle for the runc and crun peers.
#pragma once

#include <string>

#include "base/error.h"
#include "bench/lab/temporary_folder.h"

namespace mayfly::bench {

// Namespaces, capabilities and mounts as `runc spec` proposes; the root is made of the host's
// read-only /usr and /etc. Returns the bundle's path.
Result<std::string> make_oci_bundle(const TemporaryFolder& folder, const std::string& python);

}  // namespace mayfly::bench
