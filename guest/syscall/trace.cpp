#include "guest/syscall/trace.h"

#include "guest/lib/format.h"
#include "guest/lib/log.h"
#include "guest/syscall/table.h"

namespace mayfly::guest {
namespace {

constexpr usize kMaxString = 96;

void quote(Format& out, std::string_view text) {
    out.character('"');
    for (char c : text.substr(0, kMaxString)) {
        if (c >= ' ' && c < 0x7f)
            out.character(c);
        else
            out.text("\\x").hex(static_cast<u8>(c), 2);
    }
    out.text(text.size() > kMaxString ? "\"..." : "\"");
}

void argument(Format& out, ArgKind kind, u64 value) {
    switch (kind) {
    case ArgKind::none: return;
    case ArgKind::signed_number:
        out.decimal(static_cast<i64>(value) == static_cast<i32>(value) ? static_cast<i64>(value)
                                                                       : static_cast<i32>(value));
        return;
    case ArgKind::unsigned_number: out.unsigned_decimal(value); return;
    case ArgKind::address:
        if (value == 0)
            out.text("NULL");
        else
            out.text("0x").hex(value);
        return;
    case ArgKind::string:
        auto text = UserString{UserAddr{value}}.copy();
        if (text)
            quote(out, text->view());
        else
            out.text("0x").hex(value);
        return;
    }
}

void call_name(Format& out, Thread& self, u64 number) {
    out.character('[').decimal(self.tid()).text("] ");
    const SyscallEntry* entry = kSyscalls.find(number);
    if (entry != nullptr && !entry->name.empty())
        out.text(entry->name);
    else
        out.text("syscall_").unsigned_decimal(number);
}

}  // namespace

void trace_entry(Thread& self, u64 number, const u64 (&arguments)[6]) {
    char buffer[512];
    Format out{buffer};
    call_name(out, self, number);
    out.character('(');
    if (const SyscallEntry* entry = kSyscalls.find(number))
        for (usize i = 0; i < 6 && entry->kinds[i] != ArgKind::none; ++i) {
            if (i > 0) out.text(", ");
            argument(out, entry->kinds[i], arguments[i]);
        }
    out.text(")\n");
    log_text(abi::LogStream::trace, out.view());
}

void trace_exit(Thread& self, u64 number, const SysResult& result) {
    char buffer[128];
    Format out{buffer};
    call_name(out, self, number);
    out.text(" = ");
    if (!result)
        out.text("-1 errno ").decimal(result.error().value);
    else if (*result > 0xffff'ffff || *result < -0xffff)
        out.text("0x").hex(static_cast<u64>(*result));
    else
        out.decimal(*result);
    out.character('\n');
    log_text(abi::LogStream::trace, out.view());
}

}  // namespace mayfly::guest
