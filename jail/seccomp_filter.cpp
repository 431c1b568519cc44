#include "jail/seccomp_filter.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

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

Result<void> allow_without_exec(void* context, const AllowedCall& call) {
    return require(
        ::seccomp_rule_add(context, SCMP_ACT_ALLOW, call.number, 1, SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)),
        call.name);
}

Result<void> allow(void* context, const AllowedCall& call) {
    if (call.number == SYS_ioctl) return {};  // by its requests
    if (call.number == SYS_mmap || call.number == SYS_mprotect) return allow_without_exec(context, call);
    return require(::seccomp_rule_add(context, SCMP_ACT_ALLOW, call.number, 0), call.name);
}

Result<void> allow(void* context, const AllowedIoctl& ioctl) {
    return require(::seccomp_rule_add(context, SCMP_ACT_ALLOW, SYS_ioctl, 1,
                                      SCMP_A1_32(SCMP_CMP_EQ, static_cast<unsigned>(ioctl.request))),
                   ioctl.name);
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

bool SeccompFilter::is_impossible_here() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#else
    return false;
#endif
}

Result<void> SeccompFilter::load() const {
    const sock_fprog program{static_cast<unsigned short>(program_.size()), const_cast<sock_filter*>(program_.data())};
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        return fail_errno(ErrorCode::unavailable, "loading the seccomp filter");
    return {};
}

}  // namespace mayfly::jail
