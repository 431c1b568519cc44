// TCP and UDP over the loopback: ports, connections and their ends, datagrams, both IP versions.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "cases.h"

using namespace mayfly::tests;

namespace {

struct Name {
    sockaddr_storage bytes{};
    socklen_t size = sizeof(bytes);

    sockaddr* get() { return reinterpret_cast<sockaddr*>(&bytes); }
    sockaddr_in& v4() { return *reinterpret_cast<sockaddr_in*>(&bytes); }
    sockaddr_in6& v6() { return *reinterpret_cast<sockaddr_in6*>(&bytes); }
    int port() { return ntohs(bytes.ss_family == AF_INET ? v4().sin_port : v6().sin6_port); }
    std::string ip() {
        char text[INET6_ADDRSTRLEN] = "";
        if (bytes.ss_family == AF_INET) ::inet_ntop(AF_INET, &v4().sin_addr, text, sizeof(text));
        if (bytes.ss_family == AF_INET6) ::inet_ntop(AF_INET6, &v6().sin6_addr, text, sizeof(text));
        return text;
    }
};

Name at(const char* ip, int port) {
    Name name;
    const bool v6 = ::strchr(ip, ':') != nullptr;
    name.size = v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    name.bytes.ss_family = v6 ? AF_INET6 : AF_INET;
    if (v6) {
        name.v6().sin6_port = htons(static_cast<std::uint16_t>(port));
        ::inet_pton(AF_INET6, ip, &name.v6().sin6_addr);
    } else {
        name.v4().sin_port = htons(static_cast<std::uint16_t>(port));
        ::inet_pton(AF_INET, ip, &name.v4().sin_addr);
    }
    return name;
}

Name local(int fd) {
    Name name;
    EXPECT(::getsockname(fd, name.get(), &name.size) == 0);
    return name;
}

int bind_to(int fd, Name name) { return ::bind(fd, name.get(), name.size); }
int connect_to(int fd, Name name) { return ::connect(fd, name.get(), name.size); }

int listener(const char* ip = "127.0.0.1") {
    const int fd = ::socket(::strchr(ip, ':') != nullptr ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    EXPECT(bind_to(fd, at(ip, 0)) == 0);
    EXPECT(::listen(fd, 5) == 0);
    return fd;
}

struct Connection {
    Connection() {
        server = listener();
        client = ::socket(AF_INET, SOCK_STREAM, 0);
        EXPECT(connect_to(client, local(server)) == 0);
        accepted = ::accept(server, nullptr, nullptr);
        EXPECT(accepted >= 0);
    }
    int server, client, accepted;
};

int option(int fd, int level, int name) {
    int value = -1;
    socklen_t bytes = sizeof(value);
    return ::getsockopt(fd, level, name, &value, &bytes) == 0 ? value : -2;
}

int set(int fd, int level, int name, int value) { return ::setsockopt(fd, level, name, &value, sizeof(value)); }

int poll_for(int fd, short events, int timeout_ms) {
    pollfd one{fd, events, 0};
    ::poll(&one, 1, timeout_ms);
    return one.revents;
}

constexpr short kAll = POLLIN | POLLOUT | POLLRDHUP | POLLPRI;

std::string receive(int fd, int flags = 0) {
    char buffer[64];
    const ssize_t bytes = ::recv(fd, buffer, sizeof(buffer), flags);
    return bytes < 0 ? outcome(bytes) : std::string(buffer, static_cast<std::size_t>(bytes));
}

}  // namespace

CASE(tcp_connect_accept_and_names) {
    const int server = listener();
    SHOW(local(server).ip());
    SHOW(local(server).port() > 1023);
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    SHOW(local(client).ip());
    SHOW(local(client).port());
    OUTCOME(connect_to(client, local(server)));
    Name from;
    const int accepted = ::accept(server, from.get(), &from.size);
    SHOW(from.ip());
    SHOW(from.size);
    SHOW(from.port() == local(client).port());
    SHOW(local(accepted).port() == local(server).port());
    Name peer;
    EXPECT(::getpeername(client, peer.get(), &peer.size) == 0);
    SHOW(peer.port() == local(server).port());
    SHOW(::write(client, "hello", 5));
    SHOW(receive(accepted));
}

CASE(tcp_wildcard_listener_is_reached_by_loopback) {
    const int server = listener("0.0.0.0");
    SHOW(local(server).ip());
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    OUTCOME(connect_to(client, at("127.0.0.5", local(server).port())));
    const int accepted = ::accept(server, nullptr, nullptr);
    SHOW(local(accepted).ip());
    const int other = ::socket(AF_INET, SOCK_STREAM, 0);
    OUTCOME(connect_to(other, at("0.0.0.0", local(server).port())));
}

CASE(tcp_refused) {
    const int server = listener();
    const Name name = local(server);
    ::close(server);
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    OUTCOME(connect_to(client, name));
    const int impatient = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    OUTCOME(connect_to(impatient, name));
    SHOW((poll_for(impatient, kAll, 1000) & (POLLERR | POLLHUP)) == (POLLERR | POLLHUP));
    SHOW(option(impatient, SOL_SOCKET, SO_ERROR) == ECONNREFUSED);
    SHOW(option(impatient, SOL_SOCKET, SO_ERROR));
}

CASE(tcp_connect_without_waiting) {
    const int server = listener();
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    OUTCOME(connect_to(client, local(server)));
    SHOW(poll_for(client, POLLOUT, 1000));
    SHOW(option(client, SOL_SOCKET, SO_ERROR));
    OUTCOME(connect_to(client, local(server)));
    OUTCOME(connect_to(client, local(server)));
}

CASE(tcp_half_close) {
    Connection tcp;
    EXPECT(::write(tcp.client, "last", 4) == 4);
    OUTCOME(::shutdown(tcp.client, SHUT_WR));
    SHOW(receive(tcp.accepted));
    SHOW(receive(tcp.accepted));
    SHOW(poll_for(tcp.accepted, kAll, 0));
    SHOW(::write(tcp.accepted, "answer", 6));
    SHOW(receive(tcp.client));
    OUTCOME(::send(tcp.client, "x", 1, MSG_NOSIGNAL));
}

CASE(tcp_close_with_unread_data_resets) {
    Connection tcp;
    EXPECT(::write(tcp.client, "unread", 6) == 6);
    EXPECT(poll_for(tcp.accepted, POLLIN, 1000) == POLLIN);
    ::close(tcp.accepted);
    poll_for(tcp.client, POLLIN, 1000);
    SHOW(receive(tcp.client));
    OUTCOME(::send(tcp.client, "x", 1, MSG_NOSIGNAL));
}

CASE(tcp_write_after_the_peer_closed) {
    Connection tcp;
    ::close(tcp.accepted);
    EXPECT((poll_for(tcp.client, POLLIN, 1000) & POLLIN) != 0);
    SHOW(receive(tcp.client));
    SHOW(::send(tcp.client, "lost", 4, MSG_NOSIGNAL));
    poll_for(tcp.client, 0, 1000);  // the reset comes
    OUTCOME(::send(tcp.client, "x", 1, MSG_NOSIGNAL));
    SHOW(receive(tcp.client));
}

CASE(tcp_readiness) {
    const int server = listener();
    SHOW(poll_for(server, kAll, 0));
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    SHOW(poll_for(client, kAll, 0));
    EXPECT(connect_to(client, local(server)) == 0);
    SHOW(poll_for(server, kAll, 1000));
    SHOW(poll_for(client, kAll, 0));
    const int accepted = ::accept(server, nullptr, nullptr);
    EXPECT(::write(accepted, "x", 1) == 1);
    SHOW(poll_for(client, POLLIN, 1000));
    int bytes = 0;
    EXPECT(::ioctl(client, FIONREAD, &bytes) == 0);
    SHOW(bytes);
}

CASE(tcp_urgent_byte) {
    Connection tcp;
    SHOW(::send(tcp.client, "ab", 2, MSG_OOB));
    SHOW((poll_for(tcp.accepted, POLLPRI, 1000) & POLLPRI) != 0);
    char byte = 0;
    SHOW(::recv(tcp.accepted, &byte, 1, MSG_OOB));
    SHOW(std::string(1, byte));
    OUTCOME(::recv(tcp.accepted, &byte, 1, MSG_OOB));
    SHOW(receive(tcp.accepted));
}

CASE(tcp_large_transfer) {
    Connection tcp;
    const std::string data(3'000'000, 'm');
    std::thread writer([&] {
        SHOW(::send(tcp.client, data.data(), data.size(), 0));
        ::close(tcp.client);
    });
    std::string got;
    char buffer[50'000];
    for (ssize_t bytes; (bytes = ::recv(tcp.accepted, buffer, sizeof(buffer), 0)) > 0;)
        got.append(buffer, static_cast<std::size_t>(bytes));
    writer.join();
    SHOW(got == data);
}

CASE(tcp_ports_in_use) {
    const int server = listener();
    const int other = ::socket(AF_INET, SOCK_STREAM, 0);
    OUTCOME(bind_to(other, local(server)));
    OUTCOME(bind_to(other, at("0.0.0.0", local(server).port())));
    OUTCOME(bind_to(other, at("127.0.0.2", local(server).port())));
    OUTCOME(bind_to(other, at("127.0.0.1", 0)));
    const int reusing = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT(set(reusing, SOL_SOCKET, SO_REUSEADDR, 1) == 0);
    OUTCOME(bind_to(reusing, local(server)));
    ::close(server);
    const int again = ::socket(AF_INET, SOCK_STREAM, 0);
    OUTCOME(bind_to(again, at("127.0.0.1", 0)));
}

CASE(tcp_reuse_port_is_shared) {
    const int one = ::socket(AF_INET, SOCK_STREAM, 0);
    const int two = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT(set(one, SOL_SOCKET, SO_REUSEPORT, 1) == 0);
    EXPECT(set(two, SOL_SOCKET, SO_REUSEPORT, 1) == 0);
    EXPECT(bind_to(one, at("127.0.0.1", 0)) == 0);
    OUTCOME(bind_to(two, local(one)));
    OUTCOME(::listen(one, 1));
    OUTCOME(::listen(two, 1));
}

CASE(tcp_listen_binds_by_itself) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    OUTCOME(::listen(fd, 1));
    SHOW(local(fd).ip());
    SHOW(local(fd).port() > 1023);
    SHOW(option(fd, SOL_SOCKET, SO_ACCEPTCONN));
}

CASE(tcp_errors) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    SHOW(receive(fd));
    OUTCOME(::send(fd, "x", 1, MSG_NOSIGNAL));
    OUTCOME(::shutdown(fd, SHUT_RDWR));
    Name peer;
    OUTCOME(::getpeername(fd, peer.get(), &peer.size));
    OUTCOME(::accept(fd, nullptr, nullptr));
    Name shorter = at("127.0.0.1", 0);
    OUTCOME(::bind(fd, shorter.get(), 8));
    OUTCOME(bind_to(fd, at("::1", 0)));
    OUTCOME(bind_to(fd, at("192.0.2.1", 0)));
    OUTCOME(bind_to(fd, at("127.0.0.1", 0)));
    OUTCOME(bind_to(fd, at("127.0.0.1", 0)));
    OUTCOME(::socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    OUTCOME(::socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
    OUTCOME(::socket(AF_INET, SOCK_SEQPACKET, 0));
}

CASE(tcp_options) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    OUTCOME(set(fd, IPPROTO_TCP, TCP_NODELAY, 7));
    SHOW(option(fd, IPPROTO_TCP, TCP_NODELAY));
    OUTCOME(set(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
    SHOW(option(fd, SOL_SOCKET, SO_KEEPALIVE));
    OUTCOME(set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 33));
    SHOW(option(fd, IPPROTO_TCP, TCP_KEEPIDLE));
    SHOW(option(fd, SOL_SOCKET, SO_TYPE));
    SHOW(option(fd, SOL_SOCKET, SO_DOMAIN));
    SHOW(option(fd, SOL_SOCKET, SO_PROTOCOL));
    OUTCOME(set(fd, IPPROTO_TCP, 9999, 1));
    const linger now{1, 5};
    OUTCOME(::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
    linger shown{};
    socklen_t bytes = sizeof(shown);
    OUTCOME(::getsockopt(fd, SOL_SOCKET, SO_LINGER, &shown, &bytes));
    SHOW(shown.l_onoff);
    SHOW(shown.l_linger);
}

CASE(tcp_over_ipv6) {
    const int server = listener("::1");
    SHOW(local(server).ip());
    const int client = ::socket(AF_INET6, SOCK_STREAM, 0);
    OUTCOME(connect_to(client, local(server)));
    Name from;
    const int accepted = ::accept(server, from.get(), &from.size);
    SHOW(from.ip());
    SHOW(from.size);
    SHOW(::write(client, "six", 3));
    SHOW(receive(accepted));
    const int v4 = ::socket(AF_INET, SOCK_STREAM, 0);
    OUTCOME(connect_to(v4, at("127.0.0.1", local(server).port())));
}

CASE(tcp_dual_stack) {
    const int server = listener("::");
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    OUTCOME(connect_to(client, at("127.0.0.1", local(server).port())));
    Name from;
    const int accepted = ::accept(server, from.get(), &from.size);
    EXPECT(accepted >= 0);
    SHOW(from.ip());
    SHOW(local(accepted).ip());
    const int only = ::socket(AF_INET6, SOCK_STREAM, 0);
    OUTCOME(set(only, IPPROTO_IPV6, IPV6_V6ONLY, 1));
    EXPECT(bind_to(only, at("::", 0)) == 0);
    EXPECT(::listen(only, 1) == 0);
    const int late = ::socket(AF_INET, SOCK_STREAM, 0);
    OUTCOME(connect_to(late, at("127.0.0.1", local(only).port())));
}

CASE(udp_datagrams) {
    const int server = ::socket(AF_INET, SOCK_DGRAM, 0);
    EXPECT(bind_to(server, at("127.0.0.1", 0)) == 0);
    const int client = ::socket(AF_INET, SOCK_DGRAM, 0);
    Name to = local(server);
    SHOW(::sendto(client, "hi", 2, 0, to.get(), to.size));
    SHOW(::sendto(client, "", 0, 0, to.get(), to.size));
    SHOW(local(client).ip());
    SHOW(local(client).port() > 1023);
    char buffer[16];
    Name from;
    SHOW(::recvfrom(server, buffer, sizeof(buffer), 0, from.get(), &from.size));
    SHOW(from.ip());
    SHOW(from.port() == local(client).port());
    SHOW(::recv(server, buffer, sizeof(buffer), 0));
    SHOW(::sendto(server, "back", 4, 0, from.get(), from.size));
    SHOW(receive(client));
    SHOW(receive(client, MSG_DONTWAIT));
}

CASE(udp_connected) {
    const int server = ::socket(AF_INET, SOCK_DGRAM, 0);
    EXPECT(bind_to(server, at("127.0.0.1", 0)) == 0);
    const int client = ::socket(AF_INET, SOCK_DGRAM, 0);
    OUTCOME(::send(client, "x", 1, 0));
    OUTCOME(connect_to(client, local(server)));
    SHOW(local(client).ip());
    SHOW(::send(client, "yes", 3, 0));
    SHOW(receive(server));
    // What others send does not come in.
    const int stranger = ::socket(AF_INET, SOCK_DGRAM, 0);
    Name to = local(client);
    SHOW(::sendto(stranger, "no", 2, 0, to.get(), to.size));
    SHOW(receive(client, MSG_DONTWAIT));
    ::close(server);
    SHOW(::send(client, "x", 1, 0));
    SHOW(poll_for(client, POLLIN, 1000) & POLLERR);
    OUTCOME(::send(client, "x", 1, 0));
}

CASE(udp_errors) {
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    const std::string large(70'000, 'x');
    Name to = at("127.0.0.1", 9);
    OUTCOME(::sendto(fd, large.data(), large.size(), 0, to.get(), to.size));
    SHOW(::sendto(fd, large.data(), 65'507, 0, to.get(), to.size));
    OUTCOME(::listen(fd, 1));
    OUTCOME(::shutdown(fd, SHUT_RD));
    Name six = at("::1", 9);
    OUTCOME(::sendto(fd, "x", 1, 0, six.get(), six.size));
    OUTCOME(set(fd, IPPROTO_TCP, TCP_NODELAY, 1));
    SHOW(option(fd, SOL_SOCKET, SO_PROTOCOL));
}

CASE(udp_truncation) {
    const int server = ::socket(AF_INET, SOCK_DGRAM, 0);
    EXPECT(bind_to(server, at("127.0.0.1", 0)) == 0);
    const int client = ::socket(AF_INET, SOCK_DGRAM, 0);
    EXPECT(connect_to(client, local(server)) == 0);
    EXPECT(::send(client, "abcdef", 6, 0) == 6);
    char buffer[3];
    SHOW(::recv(server, buffer, sizeof(buffer), MSG_PEEK | MSG_TRUNC));
    SHOW(::recv(server, buffer, sizeof(buffer), 0));
    SHOW(receive(server, MSG_DONTWAIT));
}

CASE(shutdown_of_a_listener_ends_accept) {
    const int server = listener();
    std::thread other([&] {
        ::usleep(20'000);
        ::shutdown(server, SHUT_RDWR);
    });
    OUTCOME(::accept(server, nullptr, nullptr));
    other.join();
}
