#include "jail/seccomp_filter.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "base/unique_fd.h"

namespace mayfly::jail {
namespace {

struct Release {
    void operator()(void* context) const { ::seccomp_release(context); }
};
using Context = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, Release>;

Result<void> require(int result, std::string_view what) {
    if (result == 0) return {};
    errno = -result;  // libseccomp returns it
    return fail_errno(ErrorCode::unavailable, "libseccomp: " + std::string(what));
}

// The lower half of the argument with this number. seccomp.h has macros for it, which for clang are no C++.
constexpr scmp_arg_cmp argument(unsigned number, scmp_compare how, std::uint32_t first, std::uint32_t second) {
    return {number, how, first, second};
}

Result<void> allow_if(void* context, int call, const scmp_arg_cmp& condition, std::string_view name) {
    return require(::seccomp_rule_add_array(context, SCMP_ACT_ALLOW, call, 1, &condition), name);
}

Result<void> allow(void* context, const AllowedCall& call) {
    if (call.number == SYS_ioctl) return {};  // by its requests
    if (call.number == SYS_mmap || call.number == SYS_mprotect)
        return allow_if(context, call.number, argument(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), call.name);
    if (call.number == SYS_sched_setaffinity)  // of no other process
        return allow_if(context, call.number, argument(0, SCMP_CMP_EQ, 0, 0), call.name);
    return require(::seccomp_rule_add_array(context, SCMP_ACT_ALLOW, call.number, 0, nullptr), call.name);
}

Result<void> allow(void* context, const AllowedIoctl& ioctl) {
    const auto request = static_cast<std::uint32_t>(ioctl.request);
    return allow_if(context, SYS_ioctl, argument(1, SCMP_CMP_EQ, request, 0), ioctl.name);
}

Result<std::vector<sock_filter>> export_program(void* context) {
    const UniqueFd file{::memfd_create("filter", MFD_CLOEXEC)};
    if (!file) return fail_errno(ErrorCode::io, "memfd_create");
    MF_TRY(require(::seccomp_export_bpf(context, file.get()), "seccomp_export_bpf"));
    const off_t bytes = ::lseek(file.get(), 0, SEEK_END);
    std::vector<sock_filter> program(static_cast<std::size_t>(bytes) / sizeof(sock_filter));
    if (bytes <= 0 || ::pread(file.get(), program.data(), static_cast<std::size_t>(bytes), 0) != bytes)
        return fail_errno(ErrorCode::io, "reading the filter");
    return program;
}

}  // namespace

Result<SeccompFilter> SeccompFilter::build(const AllowedCalls& allowed) {
    const Context context{::seccomp_init(SCMP_ACT_KILL_PROCESS)};
    if (context == nullptr) return fail(ErrorCode::unavailable, "seccomp_init");
    MF_TRY(require(::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS),
                   "wrong architecture"));
    MF_TRY(require(::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "binary tree"));
    for (const AllowedCall& call : allowed.calls) MF_TRY(allow(context.get(), call));
    for (const AllowedIoctl& ioctl : allowed.ioctls) MF_TRY(allow(context.get(), ioctl));
    return SeccompFilter{MF_TRY(export_program(context.get()))};
}

Result<void> SeccompFilter::load() const {
    const sock_fprog program{static_cast<unsigned short>(program_.size()), const_cast<sock_filter*>(program_.data())};
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        return fail_errno(ErrorCode::unavailable, "loading the seccomp filter");
    return {};
}

}  // namespace mayfly::jail
