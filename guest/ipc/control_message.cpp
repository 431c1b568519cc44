#include "guest/ipc/control_message.h"

#include "guest/fs/fd_table.h"

namespace mayfly::guest {

namespace {

constexpr u64 kMaxControlBytes = 131'072;  // net.core.optmem_max
constexpr u64 kHeaderBytes = sizeof(ControlHeader);

ErrnoOr<void> read_files(Thread& self, UserAddr data, u64 bytes, Ancillary& ancillary) {
    const u64 count = bytes / sizeof(int);
    if (count > SCM_MAX_FD || ancillary.files.size() + count > SCM_MAX_FD) return fail(EINVAL);
    for (u64 i = 0; i < count; ++i) {
        const int fd = MF_TRY(UserPtr<int>(data).at(i).get());
        auto file = MF_TRY(self.fds().get(fd));
        MF_TRY(ancillary.files.push_back(std::move(file)));
    }
    return {};
}

ErrnoOr<void> read_one(Thread& self, const ControlHeader& control, UserAddr data, Ancillary& ancillary) {
    const u64 bytes = control.bytes - kHeaderBytes;
    if (control.level != SOL_SOCKET) return {};
    switch (control.type) {
    case SCM_RIGHTS: return read_files(self, data, bytes, ancillary);
    case SCM_CREDENTIALS:
        if (bytes != sizeof(PeerCredentials)) return fail(EINVAL);
        ancillary.credentials = MF_TRY(UserPtr<PeerCredentials>(data).get());
        return {};
    default: return fail(EINVAL);
    }
}

// Puts control messages one behind the other into the caller's buffer.
class ControlWriter {
public:
    explicit ControlWriter(UserMessageHeader& header)
        : header_(header), room_(header.control == 0 ? 0 : header.control_bytes) {}

    u64 room() const { return room_ - used_; }
    void truncated() { header_.flags |= static_cast<u32>(MSG_CTRUNC); }
    // Cut to the room that is left.
    ErrnoOr<void> put(int level, int type, const void* data, usize bytes) {
        if (room() < kHeaderBytes) {
            truncated();
            return {};
        }
        if (room() < kHeaderBytes + bytes) {
            truncated();
            bytes = room() - kHeaderBytes;
        }
        const UserAddr at{header_.control + used_};
        MF_TRY(UserPtr<ControlHeader>(at).put({kHeaderBytes + bytes, level, type}));
        MF_TRY(copy_to_user(at + kHeaderBytes, data, bytes));
        used_ += std::min(round_up(kHeaderBytes + bytes, sizeof(u64)), room());
        return {};
    }
    void finish() { header_.control_bytes = used_; }

private:
    UserMessageHeader& header_;
    u64 room_;
    u64 used_ = 0;
};

ErrnoOr<void> write_files(Thread& self, Ancillary& ancillary, bool close_on_exec, ControlWriter& writer) {
    if (ancillary.files.empty()) return {};
    const u64 fit = writer.room() < kHeaderBytes ? 0 : (writer.room() - kHeaderBytes) / sizeof(int);
    // Nobody may find a descriptor whose number could not be told.
    int numbers[SCM_MAX_FD];
    Vector<FdTable::Reservation> places;
    MF_TRY(places.reserve(ancillary.files.size()));
    while (places.size() < ancillary.files.size() && places.size() < fit) {
        auto place = self.fds().reserve();
        if (!place) break;
        numbers[places.size()] = place->fd();
        MF_TRY(places.push_back(std::move(*place)));
    }
    if (places.size() < ancillary.files.size()) writer.truncated();
    if (places.empty()) return {};
    if (!writer.put(SOL_SOCKET, SCM_RIGHTS, numbers, places.size() * sizeof(int))) {
        writer.truncated();  // and no error, as on Linux
        return {};
    }
    for (usize i = 0; i < places.size(); ++i) places[i].install(ancillary.files[i], close_on_exec);
    return {};
}

}  // namespace

ErrnoOr<void> read_control(Thread& self, const Socket& socket, const UserMessageHeader& header, Ancillary& ancillary) {
    if (header.control_bytes > kMaxControlBytes) return fail(ENOBUFS);
    u64 offset = 0;
    while (header.control_bytes - offset >= kHeaderBytes) {
        const UserAddr at{header.control + offset};
        const auto control = MF_TRY(UserPtr<ControlHeader>(at).get());
        if (control.bytes < kHeaderBytes || control.bytes > header.control_bytes - offset) return fail(EINVAL);
        // What IP's sockets may be told (packet info, TTL) makes no difference within one machine.
        if (!socket.domain().is_inet()) MF_TRY(read_one(self, control, at + kHeaderBytes, ancillary));
        offset += std::min(round_up(control.bytes, sizeof(u64)), header.control_bytes - offset);
    }
    return {};
}

ErrnoOr<void> write_control(Thread& self, const Socket& socket, Ancillary& ancillary, int receive_flags,
                            UserMessageHeader& header) {
    ControlWriter writer(header);
    if (!socket.domain().is_inet() && socket.options().has(SO_PASSCRED))
        MF_TRY(writer.put(SOL_SOCKET, SCM_CREDENTIALS, &ancillary.credentials, sizeof(ancillary.credentials)));
    MF_TRY(write_files(self, ancillary, (receive_flags & MSG_CMSG_CLOEXEC) != 0, writer));
    writer.finish();
    return {};
}

}  // namespace mayfly::guest
