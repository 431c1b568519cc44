// What a microVM process may never do again: gain privileges, use capabilities, be looked into.
#pragma once

#include "base/error.h"

namespace mayfly::jail {

// In the zygote, and so in all that is forked from it: no program it runs gains privileges, no capability can come
// back into a set. It keeps what it has.
Result<void> forbid_new_privileges();
// The bounding set can be emptied: not by an ordinary user without a user namespace, who has nothing to lose.
bool may_empty_bounding_set();
// In the zygote too: KSM merges no page of theirs, though whoever started the zygote wanted that for all it starts
// (PR_SET_MEMORY_MERGE, Linux 6.4). Whether a page was merged can be told by the time that a write to it takes.
Result<void> forbid_page_merging();
// Empties the other four sets (capabilities(7)).
Result<void> drop_capabilities();
// No core file, whoever asks for it; not traced and not read by a process of the same user.
Result<void> forbid_inspection();

}  // namespace mayfly::jail
