// /proc/<pid> and /proc/<pid>/task/<tid>: the table, and the files that are no long texts.
#include <cstring>

#include "guest/fs/mount.h"
#include "guest/fs/proc_fd.h"
#include "guest/fs/proc_node.h"
#include "guest/fs/proc_report.h"
#include "guest/thread/process.h"

namespace mayfly::guest {

namespace {

void write_bytes(ProcText& out, const Vector<char>& bytes) { out.text({bytes.data(), bytes.size()}); }

void write_command_line(ProcText& out, ProcSubject subject) {
    if (const Process* process = find_process(subject)) write_bytes(out, process->command_line);
}

void write_environment(ProcText& out, ProcSubject subject) {
    if (const Process* process = find_process(subject)) write_bytes(out, process->environment);
}

void write_comm(ProcText& out, ProcSubject subject) {
    if (const Thread* thread = find_thread(subject)) out.text(thread->name).text("\n");
}

ErrnoOr<void> accept_comm(ProcSubject subject, std::string_view text) {
    Thread* thread = find_thread(subject);
    if (thread == nullptr) return fail(ESRCH);
    text = text.substr(0, text.find('\n')).substr(0, sizeof(thread->name) - 1);
    std::memset(thread->name, 0, sizeof(thread->name));
    std::memcpy(thread->name, text.data(), text.size());
    return {};
}

void write_cgroup(ProcText& out, ProcSubject) { out.text("0::/\n"); }
void write_zero(ProcText& out, ProcSubject) { out.text("0\n"); }
ErrnoOr<void> accept_anything(ProcSubject, std::string_view) { return {}; }
void write_coredump_filter(ProcText& out, ProcSubject) { out.text("00000033\n"); }
void write_personality(ProcText& out, ProcSubject) { out.text("00000000\n"); }
void write_no_id(ProcText& out, ProcSubject) { out.text("4294967295"); }
void write_id_map(ProcText& out, ProcSubject) { out.text("         0          0 4294967295\n"); }

ErrnoOr<LinkTarget> follow_executable(ProcSubject subject) {
    const Process* process = find_process(subject);
    if (process == nullptr || process->executable.empty()) return fail(ENOENT);
    LinkTarget target;
    target.text = MF_TRY(process->executable.copy());
    return target;
}

ErrnoOr<LinkTarget> to_directory(Ref<Dentry> directory) {
    LinkTarget target;
    target.text = MF_TRY(directory->path(*root_directory()));
    target.dentry = std::move(directory);
    return target;
}

ErrnoOr<LinkTarget> follow_working_directory(ProcSubject subject) {
    Process* process = find_process(subject);
    if (process == nullptr) return fail(ENOENT);
    return to_directory(process->fs().working_directory());
}

ErrnoOr<LinkTarget> follow_root(ProcSubject subject) {
    Process* process = find_process(subject);
    if (process == nullptr) return fail(ENOENT);
    return to_directory(process->fs().root());
}

constexpr ProcEntry kEntries[] = {
    {.name = "cgroup", .write = write_cgroup},
    {.name = "cmdline", .write = write_command_line},
    {.name = "comm", .write = write_comm, .accept = accept_comm},
    {.name = "coredump_filter", .write = write_coredump_filter, .accept = accept_anything},
    {.name = "cwd", .follow = follow_working_directory},
    {.name = "environ", .write = write_environment},
    {.name = "exe", .follow = follow_executable},
    {.name = "fd", .find = find_fd_link, .list = list_fd_links},
    {.name = "fdinfo", .find = find_fd_info, .list = list_fd_infos},
    {.name = "gid_map", .write = write_id_map},
    {.name = "limits", .write = write_limits},
    {.name = "loginuid", .write = write_no_id},
    {.name = "maps", .write = write_maps},
    {.name = "mountinfo", .write = write_mountinfo},
    {.name = "mounts", .write = write_mounts},
    {.name = "oom_adj", .write = write_zero, .accept = accept_anything},
    {.name = "oom_score", .write = write_zero},
    {.name = "oom_score_adj", .write = write_zero, .accept = accept_anything},
    {.name = "personality", .write = write_personality},
    {.name = "root", .follow = follow_root},
    {.name = "sessionid", .write = write_no_id},
    {.name = "smaps", .write = write_smaps},
    {.name = "stat", .write = write_process_stat},
    {.name = "statm", .write = write_statm},
    {.name = "status", .write = write_status},
    {.name = "uid_map", .write = write_id_map},
    {.name = "wchan", .write = write_zero},
    // Last, as a thread has all but this.
    {.name = "task", .find = find_task, .list = list_tasks},
};

}  // namespace

constinit const ProcEntry kProcessDirectory{.name = "process", .children = kEntries};
constinit const ProcEntry kTaskDirectory{.name = "task",
                                         .children = std::span(kEntries).first(std::size(kEntries) - 1)};

}  // namespace mayfly::guest
