#include "guest/lib/random.h"

#include <cstring>

#include "guest/arch/control.h"
#include "guest/lib/chacha20.h"

namespace mayfly::guest {
namespace {

struct Pool {
    ChaCha20Key key;
    u64 generation = 0;
    bool seeded = false;
};
constinit Pool pool;

// Separates the two uses of the key; a key is used for one reseed and one request at most.
constexpr std::array<u32, 3> kReseedNonce{1, 0, 0};
constexpr std::array<u32, 3> kOutputNonce{2, 0, 0};

// A key that nobody can tell who lacks the old key or the seed: both go in, and neither comes out.
ChaCha20Key mixed(const ChaCha20Key& old, const u8 (&seed)[64]) {
    std::array<u32, 16> words;
    static_assert(sizeof words == sizeof seed);
    std::memcpy(words.data(), seed, sizeof seed);

    ChaCha20Key mixing;
    for (usize i = 0; i < 8; ++i) mixing.words[i] = old.words[i] ^ words[i];
    const ChaCha20Block block = chacha20_block(mixing, 0, kReseedNonce);

    ChaCha20Key result;
    std::memcpy(result.words.data(), block.data(), sizeof result.words);
    for (usize i = 0; i < 8; ++i) result.words[i] ^= words[8 + i];
    return result;
}

}  // namespace

void random_reseed() {
    const abi::ControlPage& page = control();
    if (pool.seeded && pool.generation == page.generation) return;
    pool.key = mixed(pool.key, page.seed);
    pool.generation = page.generation;
    pool.seeded = true;
}

// Key erasure: the first half of the first block becomes the next key before anything is given out,
// so what was given out can't be computed from the pool later.
void random_bytes(std::span<std::byte> out) {
    random_reseed();
    const ChaCha20Key key = pool.key;
    ChaCha20Block block = chacha20_block(key, 0, kOutputNonce);
    std::memcpy(pool.key.words.data(), block.data(), sizeof pool.key.words);

    usize offset = sizeof pool.key.words;
    for (u32 counter = 0; !out.empty();) {
        const usize take = out.size() < block.size() - offset ? out.size() : block.size() - offset;
        std::memcpy(out.data(), block.data() + offset, take);
        out = out.subspan(take);
        if (!out.empty()) block = chacha20_block(key, ++counter, kOutputNonce);
        offset = 0;
    }
}

}  // namespace mayfly::guest
