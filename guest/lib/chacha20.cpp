#include "guest/lib/chacha20.h"

#include <bit>
#include <cstring>

namespace mayfly::guest {
namespace {

using State = std::array<u32, 16>;

void quarter_round(State& s, usize a, usize b, usize c, usize d) {
    s[a] += s[b];
    s[d] = std::rotl(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = std::rotl(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = std::rotl(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = std::rotl(s[b] ^ s[c], 7);
}

void double_round(State& s) {
    quarter_round(s, 0, 4, 8, 12);
    quarter_round(s, 1, 5, 9, 13);
    quarter_round(s, 2, 6, 10, 14);
    quarter_round(s, 3, 7, 11, 15);
    quarter_round(s, 0, 5, 10, 15);
    quarter_round(s, 1, 6, 11, 12);
    quarter_round(s, 2, 7, 8, 13);
    quarter_round(s, 3, 4, 9, 14);
}

}  // namespace

ChaCha20Block chacha20_block(const ChaCha20Key& key, u32 counter, const std::array<u32, 3>& nonce) {
    State initial{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};  // "expand 32-byte k"
    for (usize i = 0; i < 8; ++i) initial[4 + i] = key.words[i];
    initial[12] = counter;
    for (usize i = 0; i < 3; ++i) initial[13 + i] = nonce[i];

    State state = initial;
    for (int i = 0; i < 10; ++i) double_round(state);
    for (usize i = 0; i < 16; ++i) state[i] += initial[i];

    ChaCha20Block block;
    static_assert(std::endian::native == std::endian::little && sizeof block == sizeof state);
    std::memcpy(block.data(), state.data(), sizeof block);
    return block;
}

}  // namespace mayfly::guest
