#include "guest/invoke/invoke_file.h"

#include <cstring>

#include "guest/arch/control.h"
#include "guest/arch/cpu.h"
#include "guest/arch/doorbell.h"
#include "guest/fs/devfs.h"
#include "guest/invoke/resume.h"

namespace mayfly::guest {
namespace {

// What a read gives before the event's bytes.
struct EventHeader {
    u32 kind;
    u32 length;
    u64 deadline_ns;
    u64 generation;
    char request_id[64];
    u8 reserved[40];
};
static_assert(sizeof(EventHeader) == 128);

// What a write begins with.
struct ReplyHeader {
    u32 status;  // abi::ReplyStatus
    u32 reserved;
};

class InvokeFile final : public File {
public:
    using File::File;

    // The rest of the event, or, once all of it was read, the next event.
    ErrnoOr<usize> read(IoBuffer& to) override {
        if (given_ == length_) return read_next(to);
        return give_payload(to);
    }

    // One write is one reply; it leaves with the next wait.
    ErrnoOr<usize> write(IoBuffer& from) override {
        const u64 bytes = from.remaining();
        ReplyHeader header;
        if (bytes < sizeof header) return fail(EINVAL);
        if (bytes - sizeof header > abi::kMaxPayloadBytes) return fail(EMSGSIZE);
        MF_TRY(from.take(&header, sizeof header));
        const usize length = from.remaining();
        if (length > 0 && MF_TRY(from.take(reply_bytes().data(), length)) != length) return fail(EFAULT);
        mailbox().reply_status = abi::ReplyStatus{header.status};
        mailbox().reply_length = static_cast<u32>(length);
        reply_given();
        return bytes;
    }

    ErrnoOr<String> name() const override { return String::of("/dev/invoke"); }

private:
    ErrnoOr<usize> read_next(IoBuffer& to) {
        if (to.remaining() < sizeof(EventHeader)) return fail(EINVAL);
        wait_for_event();
        EventHeader header{};
        header.kind = static_cast<u32>(control().event_kind);
        header.length = length_ = control().event_length;
        header.deadline_ns = control().deadline_ns;
        header.generation = control().generation;
        std::memcpy(header.request_id, control().request_id, sizeof header.request_id);
        given_ = 0;
        MF_TRY(to.give(&header, sizeof header));
        mailbox().event_taken_tsc = read_tsc();
        auto payload = give_payload(to);
        return sizeof header + (payload ? *payload : 0);
    }

    ErrnoOr<usize> give_payload(IoBuffer& to) {
        if (to.remaining() == 0 || given_ == length_) return usize{0};
        const usize given = MF_TRY(to.give(event_bytes().data() + given_, length_ - given_));
        given_ += static_cast<u32>(given);
        return given;
    }

    u32 length_ = 0;
    u32 given_ = 0;
};

ErrnoOr<Ref<File>> open_invoke(int flags) { return Ref<File>(MF_TRY(make_ref<InvokeFile>(flags))); }

}  // namespace

ErrnoOr<void> register_invoke_device() { return devfs_register("invoke", open_invoke); }

}  // namespace mayfly::guest
