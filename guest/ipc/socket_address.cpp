#include "guest/ipc/socket_address.h"

namespace mayfly::guest {

ErrnoOr<SocketAddress> SocketAddress::read(UserAddr user, int bytes) {
    if (bytes < 0 || static_cast<usize>(bytes) > kMax) return fail(EINVAL);
    SocketAddress result;
    result.size_ = static_cast<usize>(bytes);
    MF_TRY(copy_from_user(result.bytes_, user, result.size_));
    return result;
}

ErrnoOr<void> SocketAddress::write(UserAddr user, UserPtr<int> bytes) const {
    const int room = MF_TRY(bytes.get());
    if (room < 0) return fail(EINVAL);
    MF_TRY(copy_to_user(user, bytes_, std::min(size_, static_cast<usize>(room))));
    return bytes.put(static_cast<int>(size_));
}

}  // namespace mayfly::guest
