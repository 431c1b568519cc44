#include "guest/arch/instruction.h"

namespace mayfly::guest {
namespace {

constexpr usize kLongest = 15;

// What follows an opcode byte. ib, iw: an immediate of 1 or 2 bytes; iz: of 4, of 2 with prefix 66; o: an address.
enum Kind : char {
    kInvalid = '-',
    kPlain = '.',
    kModrm = 'm',
    kModrmByte = 'b',  // ModRM, ib
    kModrmFull = 'z',  // ModRM, iz
    kByte = '1',       // ib
    kWord = '2',       // iw
    kFull = '4',       // iz
    kRegister = 'r',   // iz; 8 bytes with REX.W (B8 to BF)
    kOffset = 'o',     // 8 bytes, 4 with prefix 67 (A0 to A3)
    kEnter = '3',      // iw, ib
    kGroup3 = 'g',     // F6 and F7: an immediate only with ModRM.reg 0 and 1
    kJump1 = 'j',      // transfers of control: to a byte's distance,
    kJump4 = 'J',      //   a far one,
    kTransfer = 't',   //   without operand,
    kTransferWord = 'w',
    kGroup5 = '5',  // FF: calls and jumps for ModRM.reg 2 to 5
};

// Sixteen opcodes a line, from x0 to xf. Prefixes, REX, VEX and EVEX are taken off before.
constexpr char kOneByte[] =
    "mmmm14--mmmm14--"   // 00
    "mmmm14--mmmm14--"   // 10
    "mmmm14--mmmm14--"   // 20
    "mmmm14--mmmm14--"   // 30
    "----------------"   // 40: REX
    "................"   // 50
    "---m----4z1b...."   // 60
    "jjjjjjjjjjjjjjjj"   // 70
    "bz-bmmmmmmmmmmm-"   // 80; 8f is also the prefix of XOP
    "..........-....."   // 90
    "oooo....14......"   // a0
    "11111111rrrrrrrr"   // b0
    "bbwt--bz3.wttj-t"   // c0
    "mmmm---.mmmmmmmm"   // d0
    "jjjj1111JJ-j...."   // e0
    "-t--t.gg......m5";  // f0

constexpr char kTwoByte[] =
    "mmmm-t.t..-t-m.b"   // 00
    "mmmmmmmmmmmmmmmm"   // 10
    "mmmm----mmmmmmmm"   // 20
    "....tt-.--------"   // 30; 38 and 3a lead to further maps
    "mmmmmmmmmmmmmmmm"   // 40
    "mmmmmmmmmmmmmmmm"   // 50
    "mmmmmmmmmmmmmmmm"   // 60
    "bbbbmmm.----mmmm"   // 70
    "JJJJJJJJJJJJJJJJ"   // 80
    "mmmmmmmmmmmmmmmm"   // 90
    "...mbm--..tmbmmm"   // a0
    "mmmmmmmmmmbmmmmm"   // b0
    "mmbmbbbm........"   // c0
    "mmmmmmmmmmmmmmmm"   // d0
    "mmmmmmmmmmmmmmmm"   // e0
    "mmmmmmmmmmmmmmm-";  // f0
static_assert(sizeof kOneByte == 257 && sizeof kTwoByte == 257);

struct Prefixes {
    bool operand_size = false;  // 66
    bool address_size = false;  // 67
    bool repeat = false;        // f3
    bool wide = false;          // REX.W
};

class Decoder {
public:
    explicit Decoder(std::span<const u8> code)
        : code_(code.subspan(0, code.size() < kLongest ? code.size() : kLongest)) {}

    Instruction decode() {
        u8 opcode = take_prefixes();
        const char kind = vector_prefix(opcode) ? take_vector(opcode) : take_opcode(opcode);
        take_operands(kind, opcode);
        if (!valid_) return {};
        return {at_, movable_, nop_};
    }

private:
    u8 take() {
        if (at_ >= code_.size()) {
            valid_ = false;
            return 0;
        }
        return code_[at_++];
    }
    void skip(usize bytes) {
        at_ += bytes;
        if (at_ > code_.size()) valid_ = false;
    }

    // Returns the first byte that is none.
    u8 take_prefixes() {
        for (;;) {
            const u8 byte = take();
            switch (byte) {
            case 0x66: prefixes_.operand_size = true; continue;
            case 0x67: prefixes_.address_size = true; continue;
            case 0xf3: prefixes_.repeat = true; continue;
            case 0x26:
            case 0x2e:
            case 0x36:
            case 0x3e:
            case 0x64:
            case 0x65:
            case 0xf0:
            case 0xf2: continue;
            default: break;
            }
            if ((byte & 0xf0) != 0x40) return byte;
            prefixes_.wide = (byte & 8) != 0;
            return take();
        }
    }

    static bool vector_prefix(u8 byte) { return byte == 0xc4 || byte == 0xc5 || byte == 0x62; }

    // VEX in two or three bytes, EVEX in four (SDM 2A, 2.3.5 and 2.7.1): a map of opcodes, then the opcode.
    char take_vector(u8 prefix) {
        u8 map = 1;
        if (prefix == 0xc4) map = take() & 0x1f;
        if (prefix == 0x62) map = take() & 0x07;
        skip(prefix == 0x62 ? 2 : 1);
        const u8 opcode = take();
        if (map == 3) return kModrmByte;
        if (map == 1) return prefix == 0x62 && (opcode & 0xfc) == 0x78 ? char{kModrm} : kTwoByte[opcode];
        return map == 2 || map == 5 || map == 6 ? kModrm : kInvalid;
    }

    char take_opcode(u8& opcode) {
        if (opcode != 0x0f) {
            nop_ = opcode == 0x90 || opcode == 0xcc;
            return kOneByte[opcode];
        }
        opcode = take();
        if (opcode == 0x38) {
            take();
            return kModrm;
        }
        if (opcode == 0x3a) {
            take();
            return kModrmByte;
        }
        nop_ = opcode == 0x1f;
        return opcode == 0xb8 && !prefixes_.repeat ? char{kInvalid} : kTwoByte[opcode];
    }

    // Returns ModRM.reg.
    u8 take_modrm() {
        const u8 modrm = take();
        const u8 mode = modrm >> 6;
        const u8 base = modrm & 7;
        if (mode == 3) return modrm >> 3 & 7;
        if (base == 4 && (take() & 7) == 5 && mode == 0) skip(4);
        if (base == 5 && mode == 0) {
            movable_ = false;  // relative to RIP
            skip(4);
        }
        if (mode == 1) skip(1);
        if (mode == 2) skip(4);
        return modrm >> 3 & 7;
    }

    usize full_bytes() const { return prefixes_.operand_size && !prefixes_.wide ? 2 : 4; }

    void transfer(usize operand_bytes) {
        movable_ = false;
        skip(operand_bytes);
    }

    void take_operands(char kind, u8 opcode) {
        switch (kind) {
        case kPlain: return;
        case kModrm: take_modrm(); return;
        case kModrmByte: take_modrm(); return skip(1);
        case kModrmFull: take_modrm(); return skip(full_bytes());
        case kByte: return skip(1);
        case kWord: return skip(2);
        case kFull: return skip(full_bytes());
        case kRegister: return skip(prefixes_.wide ? 8 : full_bytes());
        case kOffset: return skip(prefixes_.address_size ? 4 : 8);
        case kEnter: return skip(3);
        case kGroup3:
            if (take_modrm() < 2) skip(opcode == 0xf6 ? 1 : full_bytes());
            return;
        case kJump1: return transfer(1);
        case kJump4: return transfer(4);
        case kTransfer: return transfer(0);
        case kTransferWord: return transfer(2);
        case kGroup5: {
            const u8 operation = take_modrm();
            if (operation >= 2 && operation <= 5) movable_ = false;
            return;
        }
        default: valid_ = false;
        }
    }

    std::span<const u8> code_;
    usize at_ = 0;
    Prefixes prefixes_;
    bool valid_ = true;
    bool movable_ = true;
    bool nop_ = false;
};

}  // namespace

Instruction decode_instruction(std::span<const u8> code) { return Decoder(code).decode(); }

}  // namespace mayfly::guest
