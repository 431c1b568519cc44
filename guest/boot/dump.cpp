#include "guest/boot/dump.h"

#include "guest/arch/doorbell.h"
#include "guest/boot/symbols.h"
#include "guest/lib/assert.h"
#include "guest/lib/format.h"
#include "guest/lib/log.h"
#include "guest/mm/address_space.h"
#include "guest/thread/thread.h"

namespace mayfly::guest {
namespace {

constexpr int kMaxFrames = 32;

class Line {
public:
    ~Line() {
        format_.character('\n');
        log_text(abi::LogStream::kernel, format_.view());
    }
    Format* operator->() { return &format_; }

private:
    char buffer_[512];
    Format format_{buffer_};
};

void register_line(std::initializer_list<std::pair<const char*, u64>> registers) {
    Line line;
    for (const auto& [name, value] : registers) line->text(name).character(' ').hex(value, 16).character(' ');
}

void dump_registers(const TrapFrame& f) {
    register_line({{"rip", f.rip}, {"rsp", f.rsp}, {"rflags", f.rflags}});
    register_line({{"rax", f.rax}, {"rbx", f.rbx}, {"rcx", f.rcx}, {"rdx", f.rdx}});
    register_line({{"rsi", f.rsi}, {"rdi", f.rdi}, {"rbp", f.rbp}, {"r8 ", f.r8}});
    register_line({{"r9 ", f.r9}, {"r10", f.r10}, {"r11", f.r11}, {"r12", f.r12}});
    register_line({{"r13", f.r13}, {"r14", f.r14}, {"r15", f.r15}});
}

void kernel_address(u64 address) {
    Line line;
    const Symbol symbol = symbol_at(address);
    line->text("  ").hex(address, 16).character(' ').text(symbol.name).text("+0x").hex(symbol.offset);
}

void user_address(u64 address) {
    Line line;
    line->text("  ").hex(address, 16);
    const Region* region = current().space().find(address);
    if (region == nullptr) return;
    line->character(' ').text(region->path.view()).text("+0x").hex(address - region->start + region->offset);
}

// Follows saved frame pointers upwards; stops at the first that can't be one.
template <class Read, class Print>
void backtrace(u64 frame_pointer, Read read, Print print) {
    for (int i = 0; i < kMaxFrames && frame_pointer % 8 == 0; ++i) {
        u64 frame[2];  // the caller's frame pointer, the return address
        if (!read(frame_pointer, frame) || frame[1] == 0) return;
        print(frame[1]);
        if (frame[0] <= frame_pointer) return;
        frame_pointer = frame[0];
    }
}

bool read_kernel_frame(u64 address, u64 (&frame)[2]) {
    if (static_cast<i64>(address) >= 0) return false;
    frame[0] = reinterpret_cast<const u64*>(address)[0];
    frame[1] = reinterpret_cast<const u64*>(address)[1];
    return true;
}

[[noreturn]] void panic_with_backtrace(u64 frame_pointer) {
    backtrace(frame_pointer, read_kernel_frame, kernel_address);
    ring_forever(abi::Doorbell::panic);
}

}  // namespace

void dump_user_fault(const TrapFrame& frame, std::string_view why) {
    {
        Line line;
        line->text("program fault: ").text(why);
    }
    dump_registers(frame);
    const auto read = [](u64 address, u64(&words)[2]) {
        return copy_from_user(words, UserAddr{address}, sizeof words).has_value();
    };
    user_address(frame.rip);
    backtrace(frame.rbp, read, user_address);
}

void kernel_panic_at(const TrapFrame& frame, u64 address) {
    {
        Line line;
        line->text(abi::kPanicPrefix).text("vector ").unsigned_decimal(frame.vector).text(" error 0x").hex(frame.error);
        line->text(" address 0x").hex(address);
    }
    dump_registers(frame);
    kernel_address(frame.rip);
    panic_with_backtrace(frame.rbp);
}

void kernel_panic(std::string_view why) {
    {
        Line line;
        line->text(abi::kPanicPrefix).text(why);
    }
    panic_with_backtrace(reinterpret_cast<u64>(__builtin_frame_address(0)));
}

void assertion_failed(const char* what, const char* file, int line_number) {
    {
        Line line;
        line->text(abi::kPanicPrefix).text("assertion failed: ").text(what);
        line->text(" at ").text(file).character(':').decimal(line_number);
    }
    panic_with_backtrace(reinterpret_cast<u64>(__builtin_frame_address(0)));
}

}  // namespace mayfly::guest
