#include "guest/fs/console.h"

#include "guest/arch/control.h"
#include "guest/arch/doorbell.h"
#include "guest/lib/log.h"

namespace mayfly::guest {

namespace {

class ConsoleOutput final : public File {
public:
    ConsoleOutput(abi::LogStream stream, std::string_view name) : File(O_WRONLY), stream_(stream), name_(name) {}

    ErrnoOr<usize> write(IoBuffer& from) override {
        usize done = 0;
        while (from.remaining() > 0) {
            std::byte chunk[2048];  // an eighth of a kernel stack
            auto taken = from.take(chunk, sizeof(chunk));
            if (!taken && done == 0) return taken;
            if (!taken || *taken == 0) break;
            log_write(stream_, {chunk, *taken});
            done += *taken;
        }
        return done;
    }
    u32 poll() override { return POLLOUT | POLLWRNORM; }
    FileKind kind() const override { return FileKind::console; }
    ErrnoOr<String> name() const override { return String::of(name_); }

private:
    abi::LogStream stream_;
    std::string_view name_;
};

// Input that the VMM has put into the event buffer and nobody has read yet; of all descriptors together.
constinit usize input_at = 0;
constinit usize input_end = 0;
constinit bool input_ended = false;

enum class Input { ready, ended, not_yet };

Input fetch_input() {
    if (input_at < input_end) return Input::ready;
    if (input_ended || (control().flags & abi::kInputIsOpen) == 0) return Input::ended;
    ring(abi::Doorbell::read_input);
    const u32 length = mailbox().input_length;
    if (length == abi::kInputWouldBlock) return Input::not_yet;
    if (length == abi::kInputEnd) {
        input_ended = true;
        return Input::ended;
    }
    input_at = 0;
    input_end = length < abi::kMaxPayloadBytes ? length : abi::kMaxPayloadBytes;
    return Input::ready;
}

class ConsoleInput;
constinit ConsoleInput* standard_input = nullptr;

class ConsoleInput final : public File {
public:
    ConsoleInput() : File(O_RDONLY) { standard_input = this; }
    ~ConsoleInput() override { standard_input = nullptr; }

    ErrnoOr<usize> read(IoBuffer& to) override {
        if (to.remaining() == 0) return usize{0};
        for (;;) {
            switch (fetch_input()) {
            case Input::ended: return usize{0};
            case Input::ready: {
                const usize given = MF_TRY(to.give(event_bytes().data() + input_at, input_end - input_at));
                input_at += given;
                return given;
            }
            case Input::not_yet: break;
            }
            if (nonblocking()) return fail(EAGAIN);
            MF_TRY(ready().wait());
        }
    }
    ErrnoOr<usize> bytes_ready() override { return fetch_input() == Input::ready ? input_end - input_at : 0; }
    u32 poll() override {
        switch (fetch_input()) {
        case Input::ready: return POLLIN | POLLRDNORM;
        case Input::ended: return POLLHUP;
        default: return 0;
        }
    }
    FileKind kind() const override { return FileKind::console; }
    ErrnoOr<String> name() const override { return String::of("pipe:[1]"); }
};

}  // namespace

bool console_input_is_watched() {
    const bool may_come = input_at == input_end && !input_ended && (control().flags & abi::kInputIsOpen) != 0;
    return may_come && standard_input != nullptr && standard_input->ready().is_watched();
}

void look_for_console_input() {
    if (standard_input == nullptr || !standard_input->ready().is_watched()) return;
    if (fetch_input() != Input::not_yet) standard_input->ready().wake_all();
}

ErrnoOr<Ref<File>> open_console_stream(int fd) {
    switch (fd) {
    case 0: return Ref<File>(MF_TRY(make_ref<ConsoleInput>()));
    case 1: return Ref<File>(MF_TRY(make_ref<ConsoleOutput>(abi::LogStream::output, "pipe:[2]")));
    default: return Ref<File>(MF_TRY(make_ref<ConsoleOutput>(abi::LogStream::error, "pipe:[3]")));
    }
}

}  // namespace mayfly::guest
