// AF_UNIX: pairs, names, messages, descriptors on the way, ends of connections.
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "cases.h"

using namespace mayfly::tests;

namespace {

struct Pair {
    explicit Pair(int type) { EXPECT(::socketpair(AF_UNIX, type, 0, ends) == 0); }
    int a() const { return ends[0]; }
    int b() const { return ends[1]; }
    int ends[2] = {-1, -1};
};

struct Address {
    sockaddr_un name{};
    socklen_t bytes = sizeof(name);

    static Address path(std::string_view text) {
        Address result;
        result.name.sun_family = AF_UNIX;
        ::memcpy(result.name.sun_path, text.data(), text.size());
        result.bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + 1);
        return result;
    }
    static Address abstract(std::string_view text) {
        Address result = path(std::string(1, '\0') + std::string(text));
        --result.bytes;
        return result;
    }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&name); }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
    // The name with '@' for NUL, as ss(8) prints it, and the size.
    std::string text() const {
        std::string result(name.sun_path, bytes > 2 ? bytes - 2 : 0);
        for (char& c : result)
            if (c == '\0') c = '@';
        return result + " (" + std::to_string(bytes) + ")";
    }
};

int bind_to(int fd, const Address& address) { return ::bind(fd, address.get(), address.bytes); }
int connect_to(int fd, const Address& address) { return ::connect(fd, address.get(), address.bytes); }

std::string local_name(int fd) {
    Address address;
    return ::getsockname(fd, address.get(), &address.bytes) == 0 ? address.text() : outcome(-1);
}

std::string peer_name(int fd) {
    Address address;
    return ::getpeername(fd, address.get(), &address.bytes) == 0 ? address.text() : outcome(-1);
}

int listener(int type, const Address& address, int backlog = 4) {
    const int fd = ::socket(AF_UNIX, type, 0);
    EXPECT(bind_to(fd, address) == 0);
    EXPECT(::listen(fd, backlog) == 0);
    return fd;
}

int option(int fd, int name) {
    int value = -1;
    socklen_t bytes = sizeof(value);
    return ::getsockopt(fd, SOL_SOCKET, name, &value, &bytes) == 0 ? value : -2;
}

int poll_now(int fd) {
    pollfd one{fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    ::poll(&one, 1, 0);
    return one.revents;
}

std::string receive(int fd, int flags = 0) {
    char buffer[64];
    const ssize_t bytes = ::recv(fd, buffer, sizeof(buffer), flags);
    return bytes < 0 ? outcome(bytes) : std::string(buffer, static_cast<std::size_t>(bytes));
}

// sendmsg with descriptors.
ssize_t send_files(int fd, std::string_view data, const std::vector<int>& files) {
    iovec piece{const_cast<char*>(data.data()), data.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(files.size() * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(files.size() * sizeof(int));
    ::memcpy(CMSG_DATA(header), files.data(), files.size() * sizeof(int));
    return ::sendmsg(fd, &message, 0);
}

struct Received {
    ssize_t bytes = 0;
    std::string data;
    std::vector<int> files;
    int flags = 0;
    bool credentials = false;
    ucred sender{};
};

Received receive_message(int fd, std::size_t control_bytes = 256, int flags = 0, std::size_t room = 64) {
    Received result;
    std::string data(room, '\0');
    alignas(cmsghdr) char control[256] = {};
    iovec piece{data.data(), data.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = control_bytes;
    result.bytes = ::recvmsg(fd, &message, flags);
    if (result.bytes < 0) return result;
    result.data =
        data.substr(0, static_cast<std::size_t>(result.bytes) < room ? static_cast<std::size_t>(result.bytes) : room);
    result.flags = message.msg_flags;
    for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
        if (one->cmsg_type == SCM_RIGHTS) {
            result.files.resize((one->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            ::memcpy(result.files.data(), CMSG_DATA(one), result.files.size() * sizeof(int));
        } else if (one->cmsg_type == SCM_CREDENTIALS) {
            result.credentials = true;
            ::memcpy(&result.sender, CMSG_DATA(one), sizeof(ucred));
        }
    }
    return result;
}

}  // namespace

CASE(socketpair_both_ways) {
    Pair pair(SOCK_STREAM);
    SHOW(::write(pair.a(), "ping", 4));
    SHOW(receive(pair.b()));
    SHOW(::send(pair.b(), "pong", 4, 0));
    char buffer[2];
    SHOW(::read(pair.a(), buffer, 2));
    SHOW(receive(pair.a()));
    SHOW(local_name(pair.a()));
    SHOW(peer_name(pair.a()));
    struct stat info {};
    EXPECT(::fstat(pair.a(), &info) == 0);
    SHOW(S_ISSOCK(info.st_mode) != 0);
}

CASE(socketpair_flags_and_errors) {
    Pair pair(SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK);
    SHOW(::fcntl(pair.a(), F_GETFD));
    SHOW(::fcntl(pair.b(), F_GETFL) & (O_ACCMODE | O_NONBLOCK));
    SHOW(receive(pair.a()));
    int ends[2];
    OUTCOME(::socketpair(AF_UNIX, SOCK_STREAM, 5, ends));
    OUTCOME(::socketpair(AF_UNIX, 9, 0, ends));
    OUTCOME(::socketpair(AF_INET, SOCK_STREAM, 0, ends));
    OUTCOME(::socketpair(77, SOCK_STREAM, 0, ends));
    OUTCOME(::syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, kUnmapped));
    OUTCOME(::socket(AF_UNIX, SOCK_STREAM | 0x100000, 0));
    SHOW(option(pair.a(), SO_TYPE));
    SHOW(option(pair.a(), SO_DOMAIN));
    SHOW(option(pair.a(), SO_ERROR));
    SHOW(option(pair.a(), SO_ACCEPTCONN));
}

CASE(stream_merges_and_splits) {
    Pair pair(SOCK_STREAM);
    EXPECT(::write(pair.a(), "abc", 3) == 3);
    EXPECT(::write(pair.a(), "defg", 4) == 4);
    int bytes = 0;
    EXPECT(::ioctl(pair.b(), FIONREAD, &bytes) == 0);
    SHOW(bytes);
    SHOW(receive(pair.b(), MSG_PEEK));
    char buffer[5] = {};
    SHOW(::recv(pair.b(), buffer, 5, 0));
    SHOW(std::string_view(buffer, 5));
    SHOW(receive(pair.b()));
    SHOW(receive(pair.b(), MSG_DONTWAIT));
}

CASE(stream_peer_closes) {
    ::signal(SIGPIPE, SIG_IGN);
    Pair pair(SOCK_STREAM);
    EXPECT(::write(pair.a(), "last", 4) == 4);
    ::close(pair.a());
    SHOW(poll_now(pair.b()));
    SHOW(receive(pair.b()));
    SHOW(receive(pair.b()));
    OUTCOME(::write(pair.b(), "x", 1));
    OUTCOME(::send(pair.b(), "x", 1, MSG_NOSIGNAL));
    ::signal(SIGPIPE, SIG_DFL);
    OUTCOME(::send(pair.b(), "x", 1, MSG_NOSIGNAL));
}

DEATH_CASE(stream_write_to_nobody_is_sigpipe) {
    Pair pair(SOCK_STREAM);
    ::close(pair.a());
    SHOW(::write(pair.b(), "x", 1));
}

CASE(stream_peer_closes_with_unread_data) {
    Pair pair(SOCK_STREAM);
    EXPECT(::write(pair.a(), "unread", 6) == 6);
    ::close(pair.b());
    SHOW(option(pair.a(), SO_ERROR) == ECONNRESET);
    SHOW(receive(pair.a()));
    Pair other(SOCK_STREAM);
    EXPECT(::write(other.a(), "unread", 6) == 6);
    ::close(other.b());
    SHOW(poll_now(other.a()));
    SHOW(receive(other.a()));
    SHOW(receive(other.a()));
}

CASE(stream_shutdown) {
    Pair pair(SOCK_STREAM);
    EXPECT(::write(pair.a(), "x", 1) == 1);
    OUTCOME(::shutdown(pair.a(), SHUT_WR));
    OUTCOME(::send(pair.a(), "y", 1, MSG_NOSIGNAL));
    SHOW(receive(pair.b()));
    SHOW(receive(pair.b()));
    SHOW(::write(pair.b(), "back", 4));
    SHOW(receive(pair.a()));
    OUTCOME(::shutdown(pair.a(), SHUT_RD));
    OUTCOME(::send(pair.b(), "y", 1, MSG_NOSIGNAL));
    SHOW(receive(pair.a()));
    OUTCOME(::shutdown(pair.a(), 7));
}

CASE(stream_nonblocking_write_fills_up) {
    Pair pair(SOCK_STREAM | SOCK_NONBLOCK);
    const std::string block(4096, 'x');
    long total = 0;
    for (long done; (done = ::write(pair.a(), block.data(), block.size())) > 0;) total += done;
    SHOW(errno == EAGAIN);
    SHOW(total >= 100'000 && total <= 500'000);
    SHOW((poll_now(pair.a()) & POLLOUT) != 0);
    std::string all(600'000, '\0');
    long got = 0;
    for (long done; (done = ::read(pair.b(), all.data(), all.size())) > 0;) got += done;
    SHOW(got == total);
    SHOW((poll_now(pair.a()) & POLLOUT) != 0);
}

CASE(stream_large_blocking_write) {
    Pair pair(SOCK_STREAM);
    const std::string data(1'000'000, 'q');
    long written = 0;
    std::thread writer([&] { written = ::send(pair.a(), data.data(), data.size(), 0); });
    std::string got(data.size(), '\0');
    SHOW(::recv(pair.b(), got.data(), got.size(), MSG_WAITALL));
    writer.join();
    SHOW(written);
    SHOW(got == data);
}

CASE(stream_receive_timeout) {
    Pair pair(SOCK_STREAM);
    const timeval timeout{0, 30'000};
    OUTCOME(::setsockopt(pair.a(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
    SHOW(receive(pair.a()));
    timeval shown{};
    socklen_t bytes = sizeof(shown);
    OUTCOME(::getsockopt(pair.a(), SOL_SOCKET, SO_RCVTIMEO, &shown, &bytes));
    SHOW(bytes);
}

CASE(stream_bind_listen_connect_accept) {
    const auto name = Address::path("socket");
    const int server = listener(SOCK_STREAM, name);
    struct stat info {};
    EXPECT(::stat("socket", &info) == 0);
    SHOW(S_ISSOCK(info.st_mode) != 0);
    SHOW(local_name(server));
    SHOW(option(server, SO_ACCEPTCONN));
    SHOW(poll_now(server));
    const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
    OUTCOME(connect_to(client, name));
    SHOW(poll_now(server));
    SHOW(::write(client, "early", 5));
    Address from;
    const int connection = ::accept(server, from.get(), &from.bytes);
    EXPECT(connection >= 0);
    SHOW(from.bytes);
    SHOW(receive(connection));
    SHOW(peer_name(client));
    SHOW(local_name(connection));
    SHOW(local_name(client));
    OUTCOME(connect_to(client, name));
    ::close(connection);
    SHOW(receive(client));
    // The name outlives the socket, and leads nowhere then.
    ::close(server);
    const int late = ::socket(AF_UNIX, SOCK_STREAM, 0);
    OUTCOME(connect_to(late, name));
    OUTCOME(bind_to(late, name));
    OUTCOME(::unlink("socket"));
    OUTCOME(connect_to(late, name));
}

CASE(stream_named_client) {
    const int server = listener(SOCK_STREAM, Address::path("server"));
    const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT(bind_to(client, Address::path("client")) == 0);
    EXPECT(connect_to(client, Address::path("server")) == 0);
    Address from;
    EXPECT(::accept4(server, from.get(), &from.bytes, SOCK_CLOEXEC) >= 0);
    SHOW(from.text());
}

CASE(stream_abstract_names) {
    const auto name = Address::abstract("mayfly-test-name");
    const int server = listener(SOCK_STREAM, name);
    SHOW(local_name(server));
    const int other = ::socket(AF_UNIX, SOCK_STREAM, 0);
    OUTCOME(bind_to(other, name));
    OUTCOME(connect_to(other, name));
    ::close(server);
    const int late = ::socket(AF_UNIX, SOCK_STREAM, 0);
    OUTCOME(connect_to(late, name));
    OUTCOME(bind_to(late, name));
}

CASE(stream_autobind) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    Address empty;
    empty.name.sun_family = AF_UNIX;
    OUTCOME(::bind(fd, empty.get(), sizeof(sa_family_t)));
    Address bound;
    EXPECT(::getsockname(fd, bound.get(), &bound.bytes) == 0);
    SHOW(bound.bytes);
    SHOW(bound.name.sun_path[0] == '\0');
}

CASE(stream_errors_of_names) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    OUTCOME(connect_to(fd, Address::path("missing")));
    OUTCOME(connect_to(fd, Address::path("missing/deeper")));
    EXPECT(write_file("plain", ""));
    OUTCOME(connect_to(fd, Address::path("plain")));
    OUTCOME(bind_to(fd, Address::path("plain")));
    OUTCOME(::listen(fd, 1));
    auto other_family = Address::path("x");
    other_family.name.sun_family = AF_INET;
    OUTCOME(bind_to(fd, other_family));
    OUTCOME(::bind(fd, other_family.get(), 1));
    OUTCOME(::bind(fd, other_family.get(), 200));
    OUTCOME(::syscall(SYS_bind, fd, kUnmapped, 20));
    OUTCOME(::accept(fd, nullptr, nullptr));
    OUTCOME(::send(fd, "x", 1, 0));
    SHOW(receive(fd));
    SHOW(peer_name(fd));
    SHOW(poll_now(fd));
    OUTCOME(bind_to(fd, Address::path("good")));
    OUTCOME(bind_to(fd, Address::path("second")));
    OUTCOME(bind_to(STDOUT_FILENO, Address::path("x")));
    OUTCOME(bind_to(99, Address::path("x")));
    const int datagrams = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    OUTCOME(::listen(datagrams, 1));
    OUTCOME(::listen(fd, 1));
    OUTCOME(connect_to(datagrams, Address::path("good")));
}

CASE(stream_backlog) {
    const auto name = Address::path("socket");
    const int server = listener(SOCK_STREAM, name, 1);
    std::string results;
    for (int i = 0; i < 4; ++i) {
        const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        results += outcome(connect_to(client, name)) + " ";
    }
    SHOW(results);
    std::thread late([&] {
        const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
        EXPECT(connect_to(client, name) == 0);
    });
    ::usleep(20'000);
    for (int i = 0; i < 3; ++i) EXPECT(::accept(server, nullptr, nullptr) >= 0);
    late.join();
}

CASE(stream_listener_closes_with_pending_connections) {
    const auto name = Address::path("socket");
    const int server = listener(SOCK_STREAM, name);
    const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT(connect_to(client, name) == 0);
    ::close(server);
    SHOW(receive(client));
    SHOW(receive(client));
}

CASE(stream_accept_without_waiting) {
    const int server = listener(SOCK_STREAM, Address::path("socket"));
    EXPECT(::fcntl(server, F_SETFL, O_NONBLOCK) == 0);
    OUTCOME(::accept(server, nullptr, nullptr));
    OUTCOME(::accept4(server, nullptr, nullptr, 1));
    const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT(connect_to(client, Address::path("socket")) == 0);
    const int connection = ::accept(server, nullptr, nullptr);
    // O_NONBLOCK is not inherited.
    SHOW(::fcntl(connection, F_GETFL) & O_NONBLOCK);
}

CASE(datagrams_keep_boundaries) {
    Pair pair(SOCK_DGRAM);
    SHOW(::send(pair.a(), "one", 3, 0));
    SHOW(::send(pair.a(), "", 0, 0));
    SHOW(::send(pair.a(), "three", 5, 0));
    SHOW(receive(pair.b()));
    SHOW(receive(pair.b()).size());
    char buffer[2];
    SHOW(::recv(pair.b(), buffer, 2, MSG_TRUNC | MSG_PEEK));
    const auto cut = receive_message(pair.b(), 0, 0, 2);
    SHOW(cut.data);
    SHOW(cut.flags);
    SHOW(receive(pair.b(), MSG_DONTWAIT));
}

CASE(datagrams_by_name) {
    const int server = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    EXPECT(bind_to(server, Address::path("server")) == 0);
    const int client = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    OUTCOME(::send(client, "x", 1, 0));
    const auto to = Address::path("server");
    SHOW(::sendto(client, "hi", 2, 0, to.get(), to.bytes));
    Address from;
    char buffer[8];
    SHOW(::recvfrom(server, buffer, sizeof(buffer), 0, from.get(), &from.bytes));
    SHOW(from.bytes);
    EXPECT(bind_to(client, Address::path("client")) == 0);
    OUTCOME(connect_to(client, to));
    SHOW(::send(client, "again", 5, 0));
    from = {};
    SHOW(::recvfrom(server, buffer, sizeof(buffer), 0, from.get(), &from.bytes));
    SHOW(from.text());
    SHOW(peer_name(client));
    ::close(server);
    OUTCOME(::send(client, "x", 1, 0));
    OUTCOME(::sendto(client, "x", 1, 0, to.get(), to.bytes));
    const auto missing = Address::path("missing");
    OUTCOME(::sendto(client, "x", 1, 0, missing.get(), missing.bytes));
}

CASE(datagrams_connected_socket_takes_from_its_peer_only) {
    const int server = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    const int friendly = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    const int stranger = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    EXPECT(bind_to(server, Address::path("server")) == 0);
    EXPECT(bind_to(friendly, Address::path("friendly")) == 0);
    EXPECT(connect_to(server, Address::path("friendly")) == 0);
    const auto to = Address::path("server");
    OUTCOME(::sendto(friendly, "x", 1, 0, to.get(), to.bytes));
    OUTCOME(::sendto(stranger, "x", 1, 0, to.get(), to.bytes));
}

CASE(datagrams_too_long) {
    Pair pair(SOCK_DGRAM);
    const std::string large(600'000, 'x');
    OUTCOME(::send(pair.a(), large.data(), large.size(), 0));
    SHOW(::send(pair.a(), large.data(), 100'000, 0));
    std::string got(200'000, '\0');
    SHOW(::recv(pair.b(), got.data(), got.size(), 0));
}

CASE(seqpacket_keeps_boundaries_and_connections) {
    Pair pair(SOCK_SEQPACKET);
    EXPECT(::send(pair.a(), "one", 3, 0) == 3);
    EXPECT(::send(pair.a(), "second", 6, 0) == 6);
    char buffer[4] = {};
    SHOW(::recv(pair.b(), buffer, 2, 0));
    SHOW(receive(pair.b()));
    ::close(pair.a());
    SHOW(receive(pair.b()));
    OUTCOME(::send(pair.b(), "x", 1, MSG_NOSIGNAL));
    const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET, 0);
    SHOW(receive(fd));
    const int server = listener(SOCK_SEQPACKET, Address::path("packets"));
    OUTCOME(connect_to(fd, Address::path("packets")));
    const int connection = ::accept(server, nullptr, nullptr);
    SHOW(::send(connection, "hello", 5, 0));
    SHOW(receive(fd));
}

CASE(rights_pass_an_open_file) {
    Pair pair(SOCK_STREAM);
    EXPECT(write_file("file", "contents"));
    const int file = ::open("file", O_RDONLY);
    SHOW(send_files(pair.a(), "f", {file}));
    ::close(file);
    const auto got = receive_message(pair.b());
    SHOW(got.data);
    SHOW(got.files.size());
    SHOW(got.flags);
    char buffer[16];
    SHOW(::read(got.files.at(0), buffer, sizeof(buffer)));
    SHOW(::fcntl(got.files.at(0), F_GETFD));
}

CASE(rights_several_and_close_on_exec) {
    Pair pair(SOCK_DGRAM);
    SHOW(send_files(pair.a(), "ab", {pair.a(), pair.b(), STDOUT_FILENO}));
    const auto got = receive_message(pair.b(), 256, MSG_CMSG_CLOEXEC);
    SHOW(got.files.size());
    for (const int fd : got.files) SHOW(::fcntl(fd, F_GETFD));
}

CASE(rights_that_do_not_fit) {
    Pair pair(SOCK_STREAM);
    EXPECT(send_files(pair.a(), "x", {pair.a(), pair.b()}) == 1);
    const auto one = receive_message(pair.b(), CMSG_LEN(sizeof(int)));
    SHOW(one.files.size());
    SHOW(one.flags);
    EXPECT(send_files(pair.a(), "y", {pair.a()}) == 1);
    const auto none = receive_message(pair.b(), 0);
    SHOW(none.data);
    SHOW(none.flags);
}

CASE(rights_that_can_not_be_told) {
    Pair pair(SOCK_DGRAM);
    EXPECT(send_files(pair.a(), "x", {0, 1}) == 1);
    const int lowest = ::dup(0);
    ::close(lowest);
    char data[8];
    iovec piece{data, sizeof data};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = reinterpret_cast<void*>(16);
    message.msg_controllen = 64;
    OUTCOME(::recvmsg(pair.b(), &message, 0));
    SHOW((message.msg_flags & MSG_CTRUNC) != 0);
    SHOW(::dup(0) == lowest);
}

CASE(rights_separate_messages_of_a_stream) {
    Pair pair(SOCK_STREAM);
    EXPECT(::write(pair.a(), "a", 1) == 1);
    EXPECT(send_files(pair.a(), "b", {STDOUT_FILENO}) == 1);
    EXPECT(::write(pair.a(), "c", 1) == 1);
    EXPECT(send_files(pair.a(), "d", {STDOUT_FILENO}) == 1);
    for (int i = 0; i < 2; ++i) {
        const auto got = receive_message(pair.b());
        SHOW(got.data);
        SHOW(got.files.size());
    }
}

CASE(rights_keep_a_pipe_alive) {
    Pair pair(SOCK_STREAM);
    int ends[2];
    EXPECT(::pipe(ends) == 0);
    EXPECT(send_files(pair.a(), "x", {ends[1]}) == 1);
    ::close(ends[1]);
    EXPECT(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    char byte;
    OUTCOME(::read(ends[0], &byte, 1));
    // Nobody took the message: it goes with the sockets, and the writing end with it.
    ::close(pair.a());
    ::close(pair.b());
    SHOW(::read(ends[0], &byte, 1));
}

// Each socket is in the queue of the next; with the last all end.
CASE(rights_to_sockets_within_sockets) {
    Pair first(SOCK_DGRAM);
    int inner = ::dup(first.a());
    for (int depth = 0; depth < 900; ++depth) {
        int ends[2];
        EXPECT(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
        // Older kernels refuse sockets within sockets from some depth on.
        if (send_files(ends[1], "x", {inner}) < 0) EXPECT(errno == ETOOMANYREFS);
        ::close(inner);
        ::close(ends[1]);
        inner = ends[0];
    }
    OUTCOME(::close(inner));
    SHOW(::write(first.b(), "alive", 5));
    SHOW(receive(first.a()));
}

CASE(rights_errors) {
    Pair pair(SOCK_STREAM);
    OUTCOME(send_files(pair.a(), "x", {99}));
    char control[CMSG_SPACE(sizeof(int))] = {};
    char data[] = "x";
    iovec piece{data, 1};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    // A header that claims to be shorter than a header.
    OUTCOME(::sendmsg(pair.a(), &message, 0));
    OUTCOME(::syscall(SYS_sendmsg, pair.a(), kUnmapped, 0));
    OUTCOME(::syscall(SYS_recvmsg, pair.a(), kUnmapped, 0));
}

CASE(credentials_of_sender_and_peer) {
    Pair pair(SOCK_STREAM);
    ucred peer{};
    socklen_t bytes = sizeof(peer);
    OUTCOME(::getsockopt(pair.a(), SOL_SOCKET, SO_PEERCRED, &peer, &bytes));
    SHOW(peer.pid == ::getpid());
    SHOW(peer.uid == ::geteuid());
    const int on = 1;
    EXPECT(::setsockopt(pair.b(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
    SHOW(option(pair.b(), SO_PASSCRED));
    EXPECT(::write(pair.a(), "x", 1) == 1);
    const auto got = receive_message(pair.b());
    SHOW(got.credentials);
    SHOW(got.sender.pid == ::getpid());
    const int alone = ::socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT(::getsockopt(alone, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0);
    SHOW(peer.pid);
}

CASE(options_are_kept) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    int value = 5;
    OUTCOME(::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value)));
    SHOW(option(fd, SO_REUSEADDR));
    value = 10'000;
    OUTCOME(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof(value)));
    SHOW(option(fd, SO_SNDBUF));
    value = 1;
    OUTCOME(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof(value)));
    SHOW(option(fd, SO_SNDBUF));
    OUTCOME(::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 2));
    OUTCOME(::setsockopt(fd, SOL_SOCKET, 9999, &value, sizeof(value)));
    OUTCOME(::setsockopt(fd, IPPROTO_TCP, 1, &value, sizeof(value)));
    OUTCOME(::syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_KEEPALIVE, kUnmapped, 4));
    char shown[4] = {9, 9, 9, 9};
    socklen_t bytes = 1;
    OUTCOME(::getsockopt(fd, SOL_SOCKET, SO_TYPE, shown, &bytes));
    SHOW(bytes);
    SHOW(static_cast<int>(shown[1]));
}

CASE(sendmmsg_and_recvmmsg) {
    Pair pair(SOCK_DGRAM);
    char one[] = "first", two[] = "second";
    iovec out[] = {{one, 5}, {two, 6}};
    mmsghdr messages[2] = {};
    for (int i = 0; i < 2; ++i) {
        messages[i].msg_hdr.msg_iov = &out[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    SHOW(::sendmmsg(pair.a(), messages, 2, 0));
    SHOW(messages[1].msg_len);
    char buffers[3][8] = {};
    iovec in[] = {{buffers[0], 8}, {buffers[1], 8}, {buffers[2], 8}};
    mmsghdr got[3] = {};
    for (int i = 0; i < 3; ++i) {
        got[i].msg_hdr.msg_iov = &in[i];
        got[i].msg_hdr.msg_iovlen = 1;
    }
    SHOW(::recvmmsg(pair.b(), got, 3, MSG_WAITFORONE, nullptr));
    SHOW(got[0].msg_len);
    SHOW(buffers[1]);
}

CASE(receive_wakes_when_the_peer_closes) {
    Pair pair(SOCK_STREAM);
    std::thread other([&] {
        ::usleep(20'000);
        ::close(pair.b());
    });
    SHOW(receive(pair.a()));
    other.join();
}

CASE(shutdown_wakes_a_reader_of_the_same_socket) {
    Pair pair(SOCK_STREAM);
    std::thread other([&] {
        ::usleep(20'000);
        ::shutdown(pair.a(), SHUT_RDWR);
    });
    SHOW(receive(pair.a()));
    other.join();
}

CASE(families_that_are_not_there) {
    OUTCOME(::socket(77, SOCK_STREAM, 0));
    OUTCOME(::socket(AF_UNIX, SOCK_STREAM, 3));
    OUTCOME(::socket(AF_UNIX, SOCK_RDM, 0));
}

CASE(datagrams_sender_waits_for_room) {
    const int server = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    EXPECT(bind_to(server, Address::path("server")) == 0);
    const int client = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    EXPECT(connect_to(client, Address::path("server")) == 0);
    std::thread reader([&] {
        ::usleep(20'000);
        for (int i = 0; i < 2000; ++i) EXPECT(receive(server).size() == 1);
    });
    int sent = 0;
    for (int i = 0; i < 2000; ++i) sent += ::send(client, "x", 1, 0) == 1 ? 1 : 0;
    reader.join();
    SHOW(sent);
}

CASE(datagrams_waiting_sender_learns_that_the_receiver_closed) {
    const int server = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    EXPECT(bind_to(server, Address::path("server")) == 0);
    const int client = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    EXPECT(connect_to(client, Address::path("server")) == 0);
    std::thread closer([&] {
        ::usleep(50'000);
        ::close(server);
    });
    while (::send(client, "x", 1, 0) == 1) {
    }
    SHOW(errno == ECONNREFUSED);
    closer.join();
}

CASE(stream_waiting_connect_learns_that_the_listener_closed) {
    const auto name = Address::path("socket");
    const int server = listener(SOCK_STREAM, name, 0);
    const int first = ::socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT(connect_to(first, name) == 0);
    std::thread closer([&] {
        ::usleep(50'000);
        ::close(server);
    });
    const int second = ::socket(AF_UNIX, SOCK_STREAM, 0);
    OUTCOME(connect_to(second, name));
    closer.join();
}
