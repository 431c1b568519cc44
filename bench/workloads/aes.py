"""AES-128 in counter mode, in pure Python: tables, integers and byte arrays (FIPS 197)."""

import random


def _times_two(value):
    return (value << 1 ^ 0x11B if value & 0x80 else value << 1) & 0xFF


def _make_sbox():
    box = [0] * 256
    p = q = 1
    while True:
        p = p ^ _times_two(p)
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        rotated = q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^ (q << 4 | q >> 4)
        box[p] = (rotated ^ 0x63) & 0xFF
        if p == 1:
            break
    box[0] = 0x63
    return box


SBOX = _make_sbox()
SHIFTED = [0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11]


def expand_key(key):
    words = [list(key[i : i + 4]) for i in range(0, 16, 4)]
    constant = 1
    while len(words) < 44:
        word = list(words[-1])
        if len(words) % 4 == 0:
            word = [SBOX[byte] for byte in word[1:] + word[:1]]
            word[0] ^= constant
            constant = _times_two(constant)
        words.append([a ^ b for a, b in zip(word, words[-4])])
    return [sum(words[i : i + 4], []) for i in range(0, 44, 4)]


def encrypt_block(block, keys):
    state = [a ^ b for a, b in zip(block, keys[0])]
    for number in range(1, 11):
        state = [SBOX[state[i]] for i in SHIFTED]
        if number < 10:
            mixed = []
            for column in range(0, 16, 4):
                a, b, c, d = state[column : column + 4]
                every = a ^ b ^ c ^ d
                mixed += [
                    a ^ every ^ _times_two(a ^ b),
                    b ^ every ^ _times_two(b ^ c),
                    c ^ every ^ _times_two(c ^ d),
                    d ^ every ^ _times_two(d ^ a),
                ]
            state = mixed
        state = [a ^ b for a, b in zip(state, keys[number])]
    return bytes(state)


def make_event(seed):
    generator = random.Random(seed)
    return {"key": generator.randbytes(16).hex(), "text": generator.randbytes(4096).hex()}


def handler(event, context):
    keys = expand_key(bytes.fromhex(event["key"]))
    text = bytes.fromhex(event["text"])
    out = bytearray()
    for start in range(0, len(text), 16):
        pad = encrypt_block((start // 16).to_bytes(16, "big"), keys)
        out += bytes(a ^ b for a, b in zip(text[start : start + 16], pad))
    # FIPS 197, appendix B: the reply says so itself when the cipher is wrong.
    known = encrypt_block(
        bytes.fromhex("3243f6a8885a308d313198a2e0370734"),
        expand_key(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")),
    )
    return {"cipher": out.hex(), "is_aes": known.hex() == "3925841d02dc09fbdc118597196a0b32"}
