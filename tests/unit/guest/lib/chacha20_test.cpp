#include "guest/lib/chacha20.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

namespace mayfly::guest {
namespace {

std::string hex(const ChaCha20Block& block) {
    std::string text;
    for (u8 byte : block) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

// RFC 8439, section 2.3.2.
TEST(ChaCha20, GivesTheBlockOfTheRfcsExample) {
    const ChaCha20Key key{
        {0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c}};

    const ChaCha20Block block = chacha20_block(key, 1, {0x09000000, 0x4a000000, 0x00000000});

    EXPECT_EQ(hex(block),
              "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
              "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
}

// RFC 8439, appendix A.1, test vectors 1 and 2.
TEST(ChaCha20, GivesTheKeystreamOfTheZeroKey) {
    const ChaCha20Block first = chacha20_block({}, 0, {});
    const ChaCha20Block second = chacha20_block({}, 1, {});

    EXPECT_EQ(hex(first),
              "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
              "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586");
    EXPECT_EQ(hex(second),
              "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
              "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f");
}

// RFC 8439, appendix A.1, test vectors 3 and 5: one bit of the key or of the nonce changes everything.
TEST(ChaCha20, DependsOnEveryBitOfKeyAndNonce) {
    ChaCha20Key key;
    key.words[7] = 0x01000000;

    const ChaCha20Block other_key = chacha20_block(key, 1, {});
    const ChaCha20Block other_nonce = chacha20_block({}, 0, {0, 0, 0x02000000});

    EXPECT_EQ(hex(other_key).substr(0, 32), "3aeb5224ecf849929b9d828db1ced4dd");
    EXPECT_EQ(hex(other_nonce).substr(0, 32), "c2c64d378cd536374ae204b9ef933fcd");
}

}  // namespace
}  // namespace mayfly::guest
