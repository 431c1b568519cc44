#include "vmm/registers.h"

#include <cstdarg>
#include <cstdio>

#include "vmm/vcpu.h"

namespace mayfly::vmm {
namespace {

using Wide = unsigned long long;

[[gnu::format(printf, 2, 3)]] void append(std::string& text, const char* format, ...) {
    char line[256];
    std::va_list arguments;
    va_start(arguments, format);
    const int length = std::vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length > 0) text += line;
}

void append_segment(std::string& text, const char* name, const kvm_segment& segment) {
    append(text, "%s %04x base %016llx limit %08x type %2u dpl %u%s\n", name, unsigned{segment.selector},
           Wide{segment.base}, segment.limit, unsigned{segment.type}, unsigned{segment.dpl},
           segment.present != 0 ? "" : " absent");
}

}  // namespace

std::string hex(std::uint64_t value) {
    std::string text;
    append(text, "0x%llx", Wide{value});
    return text;
}

std::string describe_registers(const Vcpu& vcpu) {
    const kvm_regs& r = vcpu.registers();
    const kvm_sregs& s = vcpu.special_registers();
    std::string text;
    append(text, "rip %016llx rsp %016llx rflags %08llx\n", Wide{r.rip}, Wide{r.rsp}, Wide{r.rflags});
    append(text, "rax %016llx rbx %016llx rcx %016llx rdx %016llx\n", Wide{r.rax}, Wide{r.rbx}, Wide{r.rcx},
           Wide{r.rdx});
    append(text, "rsi %016llx rdi %016llx rbp %016llx r8  %016llx\n", Wide{r.rsi}, Wide{r.rdi}, Wide{r.rbp},
           Wide{r.r8});
    append(text, "r9  %016llx r10 %016llx r11 %016llx r12 %016llx\n", Wide{r.r9}, Wide{r.r10}, Wide{r.r11},
           Wide{r.r12});
    append(text, "r13 %016llx r14 %016llx r15 %016llx\n", Wide{r.r13}, Wide{r.r14}, Wide{r.r15});
    append(text, "cr0 %08llx cr2 %016llx cr3 %08llx cr4 %08llx efer %04llx\n", Wide{s.cr0}, Wide{s.cr2}, Wide{s.cr3},
           Wide{s.cr4}, Wide{s.efer});
    append_segment(text, "cs ", s.cs);
    append_segment(text, "ss ", s.ss);
    append_segment(text, "ds ", s.ds);
    append_segment(text, "fs ", s.fs);
    append_segment(text, "gs ", s.gs);
    append_segment(text, "tr ", s.tr);
    append(text, "gdt %016llx limit %04x idt %016llx limit %04x\n", Wide{s.gdt.base}, unsigned{s.gdt.limit},
           Wide{s.idt.base}, unsigned{s.idt.limit});
    const kvm_vcpu_events& events = vcpu.shared_area()->s.regs.events;
    append(text, "exception: injected %u pending %u vector %u error %x; interrupt: injected %u vector %u\n",
           unsigned{events.exception.injected}, unsigned{events.exception.pending}, unsigned{events.exception.nr},
           events.exception.error_code, unsigned{events.interrupt.injected}, unsigned{events.interrupt.nr});
    return text;
}

}  // namespace mayfly::vmm
