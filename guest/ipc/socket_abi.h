// The constants and structs of socket(2) and its kin. They are Linux's, but its UAPI headers leave
// them to libc, whose headers are not for kernels.
#pragma once

#include <asm/socket.h>

#include "guest/lib/types.h"

namespace mayfly::guest {

inline constexpr int AF_UNSPEC = 0, AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10;

inline constexpr int SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_SEQPACKET = 5;
inline constexpr int kSocketTypeMask = 0xf;
inline constexpr int SOCK_CLOEXEC = 02000000, SOCK_NONBLOCK = 04000;

inline constexpr int MSG_OOB = 0x1, MSG_PEEK = 0x2, MSG_DONTROUTE = 0x4, MSG_CTRUNC = 0x8, MSG_TRUNC = 0x20,
                     MSG_DONTWAIT = 0x40, MSG_EOR = 0x80, MSG_WAITALL = 0x100, MSG_ERRQUEUE = 0x2000,
                     MSG_NOSIGNAL = 0x4000, MSG_WAITFORONE = 0x10000, MSG_CMSG_CLOEXEC = 0x40000000;

inline constexpr int SHUT_RD = 0, SHUT_WR = 1, SHUT_RDWR = 2;

inline constexpr int SOL_IP = 0, SOL_TCP = 6, SOL_UDP = 17, SOL_IPV6 = 41;
inline constexpr int SCM_RIGHTS = 1, SCM_CREDENTIALS = 2;
inline constexpr usize SCM_MAX_FD = 253;
inline constexpr int SOMAXCONN = 4096;

struct UserMessageHeader {  // struct msghdr
    u64 name;
    i32 name_bytes;
    u32 padding1;
    u64 pieces;
    u64 piece_count;
    u64 control;
    u64 control_bytes;
    u32 flags;
    u32 padding2;
};
static_assert(sizeof(UserMessageHeader) == 56);

struct UserMultipleHeader {  // struct mmsghdr
    UserMessageHeader header;
    u32 bytes;
    u32 padding;
};
static_assert(sizeof(UserMultipleHeader) == 64);

struct ControlHeader {  // struct cmsghdr
    u64 bytes;
    i32 level;
    i32 type;
};
static_assert(sizeof(ControlHeader) == 16);

struct PeerCredentials {  // struct ucred
    i32 pid = 0;
    u32 uid = 0;
    u32 gid = 0;
};
static_assert(sizeof(PeerCredentials) == 12);

struct Linger {  // struct linger
    i32 on = 0;
    i32 seconds = 0;
};

}  // namespace mayfly::guest
