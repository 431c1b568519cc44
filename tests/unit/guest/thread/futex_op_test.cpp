#include "guest/thread/futex_op.h"

#include <gmock/gmock.h>

namespace mayfly::guest {
namespace {

TEST(FutexOp, DecodesOperandsAsSigned12BitNumbers) {
    const FutexOp op = decode_futex_op(FUTEX_OP(FUTEX_OP_ADD, -3, FUTEX_OP_CMP_GT, -2047));

    EXPECT_EQ(op.operation, static_cast<u32>(FUTEX_OP_ADD));
    EXPECT_EQ(op.operand, -3);
    EXPECT_EQ(op.comparison, static_cast<u32>(FUTEX_OP_CMP_GT));
    EXPECT_EQ(op.comparand, -2047);
}

TEST(FutexOp, TakesTheOperandAsABitNumberWhenAskedTo) {
    const FutexOp op = decode_futex_op(FUTEX_OP(FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT, 31, FUTEX_OP_CMP_EQ, 0));

    EXPECT_EQ(*apply(op, 1), 0x8000'0001u);
}

TEST(FutexOp, AppliesEachOperation) {
    EXPECT_EQ(*apply({FUTEX_OP_SET, 0, 7, 0}, 1), 7u);
    EXPECT_EQ(*apply({FUTEX_OP_ADD, 0, -1, 0}, 0), 0xffff'ffffu);
    EXPECT_EQ(*apply({FUTEX_OP_OR, 0, 6, 0}, 1), 7u);
    EXPECT_EQ(*apply({FUTEX_OP_ANDN, 0, 6, 0}, 7), 1u);
    EXPECT_EQ(*apply({FUTEX_OP_XOR, 0, 6, 0}, 3), 5u);
}

TEST(FutexOp, ComparesAsSigned) {
    EXPECT_TRUE(*compare({0, FUTEX_OP_CMP_LT, 0, 0}, 0xffff'ffffu));
    EXPECT_FALSE(*compare({0, FUTEX_OP_CMP_GE, 0, 0}, 0xffff'ffffu));
    EXPECT_TRUE(*compare({0, FUTEX_OP_CMP_NE, 0, 1}, 2));
}

TEST(FutexOp, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(apply({5, 0, 0, 0}, 0).error().value, ENOSYS);
    EXPECT_EQ(compare({0, 6, 0, 0}, 0).error().value, ENOSYS);
}

}  // namespace
}  // namespace mayfly::guest
