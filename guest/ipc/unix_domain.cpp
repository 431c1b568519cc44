#include "guest/ipc/unix_domain.h"

#include <linux/un.h>

#include "guest/fs/at.h"
#include "guest/lib/format.h"
#include "guest/lib/global.h"

namespace mayfly::guest {

namespace {

constexpr usize kPathOffset = offsetof(sockaddr_un, sun_path);

// Keeps a path's inode and the socket bound to it together: the inode has it as its attachment, the
// socket as its name's holder. The inode may outlive the socket, the socket its name.
class BoundPath final : public RefCounted {
public:
    explicit BoundPath(Socket& owner) : socket(&owner) {}
    Socket* socket;
};

constinit Global<List<Socket, &Socket::named_node>> abstract_names;

// Checked to be an AF_UNIX address.
struct UnixName {
    std::string_view text;  // the path, or what follows the NUL of an abstract name
    bool abstract = false;
    bool none = false;  // only the family: bind picks a name
};

ErrnoOr<UnixName> parse(const SocketAddress& address) {
    if (address.size() < kPathOffset || address.size() > sizeof(sockaddr_un)) return fail(EINVAL);
    if (address.family() != AF_UNIX) return fail(EINVAL);
    auto text = address.text_from(kPathOffset);
    if (text.empty()) return UnixName{.text = {}, .none = true};
    if (text[0] == '\0') {
        text.remove_prefix(1);
        return UnixName{.text = text, .abstract = true};
    }
    const usize end = text.find('\0');
    return UnixName{.text = {text.data(), end == text.npos ? text.size() : end}};
}

// Without a trailing NUL that the caller may or may not have counted.
SocketAddress path_address(std::string_view path) {
    struct {
        u16 family = AF_UNIX;
        char path[UNIX_PATH_MAX + 1] = {};
    } address;
    std::memcpy(address.path, path.data(), path.size());
    return SocketAddress::of(address, kPathOffset + path.size() + 1);
}

Socket* find_abstract(const SocketAddress& address, int type) {
    auto& names = abstract_names.get();
    for (Socket* one = names.front(); one != nullptr; one = names.next(*one))
        if (one->bound_name() == address && one->type() == type) return one;
    return nullptr;
}

ErrnoOr<void> bind_abstract(Socket& socket, const SocketAddress& address) {
    if (find_abstract(address, socket.type()) != nullptr) return fail(EADDRINUSE);
    abstract_names->push_back(socket);
    socket.set_name(address);
    return {};
}

ErrnoOr<void> bind_path(Thread& self, Socket& socket, std::string_view path) {
    auto holder = MF_TRY(make_ref<BoundPath>(socket));
    auto made = make_at(self, AT_FDCWD, path, S_IFSOCK | 0777);
    if (!made) return fail(made.error().value == EEXIST ? EADDRINUSE : made.error().value);
    (*made)->inode().attachment = holder;
    socket.name_holder = holder;
    socket.set_name(path_address(path));
    return {};
}

}  // namespace

ErrnoOr<void> UnixDomain::bind(Thread& self, Socket& socket, const SocketAddress& address) const {
    const UnixName name = MF_TRY(parse(address));
    if (name.none) return bind_to_any(socket);
    return name.abstract ? bind_abstract(socket, address) : bind_path(self, socket, name.text);
}

// Five hexadecimal digits, abstract.
ErrnoOr<void> UnixDomain::bind_to_any(Socket& socket) const {
    for (u32 number = 0; number <= 0xfffff; ++number) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        Format(std::span(address.sun_path).subspan(1)).hex(number, 5);
        const auto bound = bind_abstract(socket, SocketAddress::of(address, kPathOffset + 6));
        if (bound || bound.error().value != EADDRINUSE) return bound;
    }
    return fail(ENOSPC);
}

void UnixDomain::release(Socket& socket) const {
    if (socket.name_holder) static_cast<BoundPath*>(socket.name_holder.get())->socket = nullptr;
    socket.named_node.unlink();
}

ErrnoOr<Ref<Socket>> UnixDomain::find(Thread& self, const Socket& from, const SocketAddress& address) const {
    const UnixName name = MF_TRY(parse(address));
    if (name.none) return fail(EINVAL);
    if (name.abstract) {
        Socket* socket = find_abstract(address, from.type());
        if (socket == nullptr) return fail(ECONNREFUSED);
        return Ref<Socket>(socket);
    }
    const auto end = MF_TRY(walk_at(self, AT_FDCWD, name.text, true));
    if (!end.entry) return fail(end.file ? ECONNREFUSED : ENOENT);
    Inode& inode = end.entry->inode();
    if (!S_ISSOCK(inode.mode()) || !inode.attachment) return fail(ECONNREFUSED);
    Socket* socket = static_cast<BoundPath*>(inode.attachment.get())->socket;
    if (socket == nullptr) return fail(ECONNREFUSED);
    return Ref<Socket>(socket);
}

ErrnoOr<void> UnixDomain::check_listen(const Socket& socket) const {
    if (!socket.bound()) return fail(EINVAL);
    return {};
}

SocketAddress UnixDomain::local_name(const Socket& socket, const SocketAddress&) const {
    return socket.bound() ? socket.bound_name() : SocketAddress::of_family(AF_UNIX);
}

}  // namespace mayfly::guest
