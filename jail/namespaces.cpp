#include "jail/namespaces.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "jail/host_support.h"

namespace mayfly::jail {
namespace {

Result<void> write_file(const std::string& path, const std::string& text) {
    const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!file) return fail_errno(ErrorCode::unavailable, "opening " + path);
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return fail_errno(ErrorCode::unavailable, "writing " + path);
    return {};
}

std::string mapping(uid_t first, uid_t count) {
    return std::to_string(first) + " " + std::to_string(first) + " " + std::to_string(count);
}

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(ErrorCode::io, "pipe");
    return Pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

// Writes the maps of its parent's new user namespace from outside: only from there can more than one's own id be
// mapped (user_namespaces(7)). Says how it went with its exit status.
[[noreturn]] void map_ids_of(pid_t process, Pipe start) {
    start.write.reset();  // so that it ends if the parent does
    char byte = 0;
    const std::string directory = "/proc/" + std::to_string(process);
    const bool is_mapped = ::read(start.read.get(), &byte, 1) == 1 &&
                           write_file(directory + "/uid_map", mapping(kFirstId, kIds)).has_value() &&
                           write_file(directory + "/gid_map", mapping(kFirstId, kIds)).has_value();
    ::_exit(is_mapped ? 0 : 1);
}

Result<void> unshare(int flags, const char* what) {
    if (::unshare(flags) != 0) return fail_errno(ErrorCode::unavailable, what);
    return {};
}

Unexpected<Error> no_user_namespace(const Error& error) {
    return fail(ErrorCode::unavailable, "microVM processes can't have a user namespace here (" + error.message() +
                                            "): " + kHowToAllowNamespaces);
}

Unexpected<Error> no_unique_ids() {
    return fail(ErrorCode::unavailable,
                "microVM processes can't have user ids of their own here: this root may not map ids " + id_range() +
                    "; run as an ordinary user, or do without with --insecure-no-unique-ids");
}

// Into a new user namespace with a range of ids. Only root can.
Result<void> unshare_with_range() {
    Pipe start = MF_TRY(make_pipe());
    const pid_t self = ::getpid();
    const pid_t helper = ::fork();
    if (helper < 0) return fail_errno(ErrorCode::unavailable, "fork");
    if (helper == 0) map_ids_of(self, std::move(start));
    const auto unshared = unshare(CLONE_NEWUSER, "unshare(CLONE_NEWUSER)");
    if (!unshared || ::write(start.write.get(), "m", 1) != 1) ::kill(helper, SIGKILL);
    const bool is_mapped = wait_for_status(helper) == 0;
    if (!unshared) return no_user_namespace(unshared.error());
    if (!is_mapped) return no_unique_ids();
    return {};
}

// Into one with one's own id alone, as everybody may; setgroups(2) must be given up for it.
Result<void> unshare_with_own_id() {
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    if (const auto unshared = unshare(CLONE_NEWUSER, "unshare(CLONE_NEWUSER)"); !unshared)
        return no_user_namespace(unshared.error());
    MF_TRY(write_file("/proc/self/setgroups", "deny"));
    MF_TRY(write_file("/proc/self/uid_map", mapping(user, 1)));
    return write_file("/proc/self/gid_map", mapping(group, 1));
}

}  // namespace

Result<Namespaces> Namespaces::enter(bool without_any, bool without_unique_ids, std::vector<std::string>& weaknesses) {
    Namespaces namespaces;
    if (without_any) {
        weaknesses.emplace_back(
            "--insecure-no-namespaces: nothing but its system calls keeps a microVM process from the host's files, "
            "processes and network");
        return namespaces;
    }
    MF_TRY(namespaces.enter_user_namespace(without_unique_ids, weaknesses));
    MF_TRY(unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS, "unshare of mount, network and UTS namespace"));
    namespaces.are_own_ = true;
    return namespaces;
}

Result<void> Namespaces::enter_user_namespace(bool without_unique_ids, std::vector<std::string>& weaknesses) {
    if (::geteuid() != 0) return unshare_with_own_id();
    if (without_unique_ids) {
        weaknesses.emplace_back(
            "--insecure-no-unique-ids: all microVM processes have root's user id, without its power");
        return unshare_with_own_id();
    }
    has_unique_ids_ = true;
    return unshare_with_range();
}

// The cgroup namespace is not the zygote's: from within one the way into a control group may be barred
// (cgroups(7), nsdelegate).
unsigned long Namespaces::clone_flags() const { return are_own_ ? CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWCGROUP : 0; }

Result<NamespaceIds> NamespaceIds::of_self(const Proc& proc) {
    NamespaceIds ids;
    for (std::size_t i = 0; i < kNames.size(); ++i)
        ids.ids_[i] = MF_TRY(proc.own_link((std::string("ns/") + kNames[i]).c_str()));
    return ids;
}

std::string NamespaceIds::shared_with(const NamespaceIds& other) const {
    std::string shared;
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (ids_[i] == other.ids_[i]) shared += (shared.empty() ? "" : ", ") + std::string(kNames[i]);
    return shared;
}

}  // namespace mayfly::jail
