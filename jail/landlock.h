// Landlock (landlock(7)): no right to any file or port, whatever its permissions say. Best effort: kernels know more
// kinds of rights from version to version, and all that this one knows are taken away.
#pragma once

#include <optional>

#include "base/error.h"
#include "base/unique_fd.h"

namespace mayfly::jail {

class Landlock {
public:
    // Nothing where the kernel has none.
    static Result<std::optional<Landlock>> create();

    // For the calling thread, for ever. What is open already stays usable.
    Result<void> enforce() const;

private:
    explicit Landlock(UniqueFd ruleset) : ruleset_(std::move(ruleset)) {}

    UniqueFd ruleset_;
};

}  // namespace mayfly::jail
