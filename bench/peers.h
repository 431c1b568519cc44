// What start-up is compared with: other ways to run the same Python on the same machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "bench/process.h"
#include "bench/rows.h"
#include "bench/temporary_folder.h"

namespace mayfly::bench {

class Peers {
public:
    // Appends a row for each peer that is installed; the rows refer to this object and the folder.
    Result<void> add_rows(std::vector<Row>& rows, const TemporaryFolder& folder, std::string_view event);
    // Which peers are absent.
    const std::vector<std::string>& notes() const { return notes_; }

private:
    void add_cpu(std::vector<Row>& rows, const std::string& python);
    void add_fork(std::vector<Row>& rows, const std::string& python, std::string_view event);

    std::optional<Peer> fork_server_;
    std::optional<Peer> cpu_server_;
    std::vector<std::string> notes_;
};

}  // namespace mayfly::bench
