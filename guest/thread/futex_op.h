// The operation FUTEX_WAKE_OP encodes in its last argument (futex(2)). Pure.
#pragma once

#include <linux/futex.h>

#include "guest/lib/types.h"

namespace mayfly::guest {

struct FutexOp {
    u32 operation;
    u32 comparison;
    i32 operand;
    i32 comparand;
};

constexpr i32 sign_extend_12(u32 value) { return static_cast<i32>(value << 20) >> 20; }

constexpr FutexOp decode_futex_op(u32 encoded) {
    FutexOp op{(encoded >> 28) & 7, (encoded >> 24) & 15, sign_extend_12((encoded >> 12) & 0xfff),
               sign_extend_12(encoded & 0xfff)};
    const bool is_shift = ((encoded >> 28) & FUTEX_OP_OPARG_SHIFT) != 0;
    if (is_shift) op.operand = static_cast<i32>(1u << (static_cast<u32>(op.operand) & 31));
    return op;
}

// The word's new value. ENOSYS for an unknown operation.
inline ErrnoOr<u32> apply(const FutexOp& op, u32 old) {
    const u32 operand = static_cast<u32>(op.operand);
    switch (op.operation) {
    case FUTEX_OP_SET: return operand;
    case FUTEX_OP_ADD: return old + operand;
    case FUTEX_OP_OR: return old | operand;
    case FUTEX_OP_ANDN: return old & ~operand;
    case FUTEX_OP_XOR: return old ^ operand;
    default: return fail(ENOSYS);
    }
}

inline ErrnoOr<bool> compare(const FutexOp& op, u32 old) {
    const i32 value = static_cast<i32>(old);
    switch (op.comparison) {
    case FUTEX_OP_CMP_EQ: return value == op.comparand;
    case FUTEX_OP_CMP_NE: return value != op.comparand;
    case FUTEX_OP_CMP_LT: return value < op.comparand;
    case FUTEX_OP_CMP_LE: return value <= op.comparand;
    case FUTEX_OP_CMP_GT: return value > op.comparand;
    case FUTEX_OP_CMP_GE: return value >= op.comparand;
    default: return fail(ENOSYS);
    }
}

}  // namespace mayfly::guest
