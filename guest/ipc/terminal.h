// A pseudoterminal: what its two ends share, and the line discipline between them (termios(3)).
#pragma once

#include <asm/termbits.h>
#include <asm/termios.h>

#include "guest/fs/file.h"
#include "guest/ipc/byte_queue.h"
#include "guest/lib/list.h"

namespace mayfly::guest {

class Terminal;

// One end, opened.
class TerminalEnd final : public File {
public:
    TerminalEnd(Ref<Terminal> terminal, bool master, int flags);
    ~TerminalEnd() override;

    ErrnoOr<usize> read(IoBuffer& to) override;
    ErrnoOr<usize> write(IoBuffer& from) override;
    ErrnoOr<usize> bytes_ready() override;
    SysResult ioctl(u32 request, UserAddr argument) override;
    u32 poll() override;
    FileKind kind() const override { return FileKind::terminal; }
    ErrnoOr<String> name() const override;

    bool is_master() const { return master_; }

    ListNode node;

private:
    ErrnoOr<void> wait_or_again();
    SysResult master_ioctl(u32 request, UserAddr argument);
    ErrnoOr<void> flush(u64 what);

    Ref<Terminal> terminal_;
    bool master_;
};

class Terminal final : public RefCounted {
public:
    static constexpr usize kMaxQueued = 65'536;
    static constexpr usize kMaxLine = 4'095;

    // ENOSPC when all numbers are taken.
    static ErrnoOr<Ref<Terminal>> create();
    explicit Terminal(u32 number);
    ~Terminal() override;

    u32 number() const { return number_; }

    // What the master writes, as keys that are typed; the number of bytes taken, 0 when it has to wait.
    ErrnoOr<usize> type(IoBuffer& from);
    // What the program on the slave writes.
    ErrnoOr<usize> print(IoBuffer& from);
    // What the master reads of that.
    ErrnoOr<usize> read_output(IoBuffer& to);
    // What the program reads: a line at most, where lines are edited.
    ErrnoOr<usize> read_input(IoBuffer& to);

    bool input_ready() const;  // also an end of file that was typed
    bool output_ready() const { return !output_.empty(); }
    bool input_has_room() const { return input_.bytes() + line_.size() < kMaxQueued; }
    bool output_has_room() const { return output_.bytes() < kMaxQueued; }
    usize input_bytes() const { return input_.bytes(); }
    usize output_bytes() const { return output_.bytes(); }
    void flush_input();
    void flush_output();

    void attach(TerminalEnd& end);
    void detach(TerminalEnd& end);
    void wake_all();
    bool master_open() const { return masters_ > 0; }
    // The master reads EIO once no slave is left; before the first it waits.
    bool slaves_gone() const { return had_slave_ && slaves_ == 0; }

    termios settings;
    winsize window{};
    bool locked = true;  // TIOCSPTLCK

private:
    bool has(u32 local_flag) const { return (settings.c_lflag & local_flag) != 0; }
    bool is_control(char c, int index) const {
        return settings.c_cc[index] != 0 && static_cast<cc_t>(c) == settings.c_cc[index];
    }
    ErrnoOr<void> type(char c);
    ErrnoOr<void> edit(char c);
    ErrnoOr<void> end_line();
    ErrnoOr<void> erase();
    ErrnoOr<void> echo(char c);
    ErrnoOr<void> print(char c);
    static ErrnoOr<void> put(ByteQueue& queue, std::string_view text);

    u32 number_;
    ByteQueue input_;
    Vector<usize> lines_;  // of the bytes in input_, where lines are edited; 0 is an end of file
    Vector<char> line_;    // being edited
    ByteQueue output_;
    List<TerminalEnd, &TerminalEnd::node> ends_;
    usize masters_ = 0;
    usize slaves_ = 0;
    bool had_slave_ = false;
};

// open(2) of /dev/ptmx: a new pseudoterminal's master.
ErrnoOr<Ref<File>> open_ptmx(int flags);

}  // namespace mayfly::guest
