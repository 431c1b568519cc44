// The Protobuf part of a manifest.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "snapshot/manifest.h"

namespace mayfly::snapshot {

Result<std::string> encode_body(const Manifest& manifest);
// Fills in what the header does not hold.
Result<void> decode_body(std::string_view body, Manifest& manifest);

}  // namespace mayfly::snapshot
