#include "guest/ipc/inet_domain.h"

#include <linux/in.h>
#include <linux/in6.h>

#include "guest/ipc/inet_endpoint.h"
#include "guest/lib/global.h"

namespace mayfly::guest {

namespace {

// net.ipv4.ip_local_port_range
constexpr u16 kFirstEphemeral = 32'768;
constexpr u16 kLastEphemeral = 60'999;

// Every socket with a port, of both families: they share the ports.
constinit Global<List<Socket, &Socket::named_node>> bound_sockets;
constinit u16 next_ephemeral = kFirstEphemeral;

Endpoint endpoint_of(const Socket& socket) { return Endpoint::parse(socket.bound_name()).value_or(Endpoint{}); }

bool only_ipv6(const Socket& socket) { return socket.options().get({SOL_IPV6, IPV6_V6ONLY, 0, true}) != 0; }

// Does a packet for `to` belong to a socket bound to `bound`?
bool covers(const Socket& socket, const Endpoint& bound, const Endpoint& to) {
    if (bound.same_ip(to)) return true;
    if (!bound.is_any()) return false;
    if (bound.is_ipv4() == to.is_ipv4()) return true;
    return !bound.is_ipv4() && !only_ipv6(socket);
}

bool overlap(const Socket& a, const Endpoint& name_a, const Socket& b, const Endpoint& name_b) {
    return covers(a, name_a, name_b) || covers(b, name_b, name_a);
}

bool may_share(const Socket& a, const Socket& b) {
    if (a.options().has(SO_REUSEPORT) && b.options().has(SO_REUSEPORT)) return true;
    return a.options().has(SO_REUSEADDR) && b.options().has(SO_REUSEADDR) && !b.listening();
}

// Calls visit for every other socket of the same type and port whose addresses overlap; false when
// visit was, for one.
template <class Visit>
bool all_rivals(const Socket& socket, const Endpoint& name, Visit visit) {
    auto& sockets = bound_sockets.get();
    for (Socket* one = sockets.front(); one != nullptr; one = sockets.next(*one)) {
        if (one == &socket || one->type() != socket.type()) continue;
        const Endpoint other = endpoint_of(*one);
        if (other.port == name.port && overlap(socket, name, *one, other) && !visit(*one)) return false;
    }
    return true;
}

bool is_free(const Socket& socket, const Endpoint& name) {
    return all_rivals(socket, name, [&](const Socket& rival) { return may_share(socket, rival); });
}

ErrnoOr<u16> free_port(const Socket& socket, Endpoint name) {
    for (u32 tries = kLastEphemeral - kFirstEphemeral + 1; tries > 0; --tries) {
        name.port = next_ephemeral;
        next_ephemeral = next_ephemeral == kLastEphemeral ? kFirstEphemeral : static_cast<u16>(next_ephemeral + 1);
        // Not even with a socket that would share: nobody asked for this port.
        if (all_rivals(socket, name, [](const Socket&) { return false; })) return name.port;
    }
    return fail(EADDRINUSE);
}

ErrnoOr<void> bind_endpoint(Socket& socket, Endpoint name) {
    if (name.port == 0)
        name.port = MF_TRY(free_port(socket, name));
    else if (!is_free(socket, name))
        return fail(EADDRINUSE);
    socket.set_name(name.to_address(socket.domain().family()));
    bound_sockets->push_back(socket);
    return {};
}

}  // namespace

ErrnoOr<void> InetDomain::bind(Thread&, Socket& socket, const SocketAddress& address) const {
    const Endpoint name = MF_TRY(Endpoint::parse(address));
    if (address.family() != family_) return fail(EAFNOSUPPORT);
    if (family_ == AF_INET6 && name.is_ipv4() && only_ipv6(socket)) return fail(EINVAL);
    if (!name.is_any() && !name.is_loopback()) return fail(EADDRNOTAVAIL);
    return bind_endpoint(socket, name);
}

ErrnoOr<void> InetDomain::bind_to_any(Socket& socket) const {
    if (socket.bound()) return {};
    return bind_endpoint(socket, Endpoint::any(family_, 0));
}

void InetDomain::release(Socket& socket) const { socket.named_node.unlink(); }

ErrnoOr<Ref<Socket>> InetDomain::find(Thread&, const Socket& from, const SocketAddress& address) const {
    Endpoint to = MF_TRY(Endpoint::parse(address));
    if (address.family() != family_) return fail(EAFNOSUPPORT);
    if (to.is_any()) to = Endpoint::loopback(to.is_ipv4(), to.port);
    if (!to.is_loopback() || (family_ == AF_INET6 && to.is_ipv4() && only_ipv6(from))) return fail(ENETUNREACH);

    Socket* best = nullptr;
    auto& sockets = bound_sockets.get();
    for (Socket* one = sockets.front(); one != nullptr; one = sockets.next(*one)) {
        if (one->type() != from.type() || (one->is_stream() && !one->listening())) continue;
        const Endpoint bound = endpoint_of(*one);
        if (bound.port != to.port || !covers(*one, bound, to)) continue;
        // A socket bound to the address itself comes before one bound to a wildcard.
        if (best == nullptr || bound.same_ip(to)) best = one;
    }
    if (best == nullptr) return fail(ECONNREFUSED);
    return Ref<Socket>(best);
}

ErrnoOr<void> InetDomain::check_listen(const Socket& socket) const {
    const bool free = all_rivals(socket, endpoint_of(socket), [&](const Socket& rival) {
        return !rival.listening() || (socket.options().has(SO_REUSEPORT) && rival.options().has(SO_REUSEPORT));
    });
    if (!free) return fail(EADDRINUSE);
    return {};
}

SocketAddress InetDomain::local_name(const Socket& socket, const SocketAddress& remote) const {
    Endpoint name = socket.bound() ? endpoint_of(socket) : Endpoint::any(family_, 0);
    if (const auto to = Endpoint::parse(remote); to && name.is_any())
        name = Endpoint::loopback(to->is_ipv4(), name.port);
    return name.to_address(family_);
}

SocketAddress InetDomain::translate(const SocketAddress& address) const {
    Endpoint name = Endpoint::parse(address).value_or(Endpoint{});
    if (name.is_any()) name = Endpoint::loopback(name.is_ipv4(), name.port);
    return name.to_address(family_);
}

}  // namespace mayfly::guest
