// The ChaCha20 block function (RFC 8439, section 2.3). Pure.
#pragma once

#include <array>

#include "guest/lib/types.h"

namespace mayfly::guest {

struct ChaCha20Key {
    std::array<u32, 8> words{};
};
using ChaCha20Block = std::array<u8, 64>;

ChaCha20Block chacha20_block(const ChaCha20Key& key, u32 counter, const std::array<u32, 3>& nonce);

}  // namespace mayfly::guest
