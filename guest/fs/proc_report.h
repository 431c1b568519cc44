// The longer texts of /proc/<pid>.
#pragma once

#include "guest/fs/proc_node.h"

namespace mayfly::guest {

void write_maps(ProcText& out, ProcSubject subject);
void write_smaps(ProcText& out, ProcSubject subject);
void write_process_stat(ProcText& out, ProcSubject subject);
void write_statm(ProcText& out, ProcSubject subject);
void write_status(ProcText& out, ProcSubject subject);
void write_limits(ProcText& out, ProcSubject subject);
void write_mountinfo(ProcText& out, ProcSubject subject);
void write_mounts(ProcText& out, ProcSubject subject);

}  // namespace mayfly::guest
