// What start-up is compared with: other ways to run the same Python on the same machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "bench/lab/rows.h"
#include "bench/lab/temporary_folder.h"
#include "bench/peers/process.h"
#include "bench/peers/workerd.h"

namespace mayfly::bench {

class Peers {
public:
    // Appends a row for each peer that is installed, and for workerd when its path is given; the rows refer to
    // this object and the folder.
    Result<void> add_rows(std::vector<Row>& rows, const TemporaryFolder& folder, std::string_view event,
                          const std::string& workerd);
    // Which peers are absent.
    const std::vector<std::string>& notes() const { return notes_; }

private:
    void add_cpu(std::vector<Row>& rows, const std::string& python);
    Result<void> add_containers(std::vector<Row>& rows, const TemporaryFolder& folder, const std::string& python);
    void add_workerd(std::vector<Row>& rows, const TemporaryFolder& folder, std::string_view event,
                     const std::string& path);
    void add_fork(std::vector<Row>& rows, const std::string& python, std::string_view event);

    std::optional<Peer> fork_server_;
    std::optional<Peer> cpu_server_;
    std::optional<Workerd> workerd_;
    std::vector<std::string> notes_;
};

}  // namespace mayfly::bench
