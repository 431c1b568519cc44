// The name of a socket: a struct sockaddr of any family.
#pragma once

#include <string_view>

#include "guest/ipc/socket_abi.h"
#include "guest/mm/user.h"

namespace mayfly::guest {

class SocketAddress {
public:
    static constexpr usize kMax = 128;  // sockaddr_storage

    SocketAddress() = default;
    // Of the first `bytes` bytes of `address`.
    template <class T>
    static SocketAddress of(const T& address, usize bytes = sizeof(T)) {
        static_assert(sizeof(T) <= kMax && std::is_trivially_copyable_v<T>);
        SocketAddress result;
        std::memcpy(result.bytes_, &address, bytes);
        result.size_ = bytes;
        return result;
    }
    static SocketAddress of_family(int family) { return of(static_cast<u16>(family)); }
    static ErrnoOr<SocketAddress> read(UserAddr user, int bytes);
    // As getsockname(2) has it: cut to the room that *bytes tells, which then tells the full size.
    ErrnoOr<void> write(UserAddr user, UserPtr<int> bytes) const;

    usize size() const { return size_; }
    bool empty() const { return size_ == 0; }
    int family() const { return size_ >= sizeof(u16) ? as<u16>() : AF_UNSPEC; }
    // Zero-filled where the address is shorter.
    template <class T>
    T as() const {
        static_assert(sizeof(T) <= kMax && std::is_trivially_copyable_v<T>);
        T result;
        std::memcpy(&result, bytes_, sizeof(T));
        return result;
    }
    std::string_view text_from(usize offset) const {
        return offset >= size_ ? std::string_view{} : std::string_view{bytes_ + offset, size_ - offset};
    }
    friend bool operator==(const SocketAddress& a, const SocketAddress& b) { return a.text_from(0) == b.text_from(0); }

private:
    char bytes_[kMax] = {};
    usize size_ = 0;
};

}  // namespace mayfly::guest
