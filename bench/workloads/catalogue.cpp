#include "bench/workloads/catalogue.h"

#include "embedded/bench_aes.h"
#include "embedded/bench_echo.h"
#include "embedded/bench_float_matmul.h"
#include "embedded/bench_graph_bfs.h"
#include "embedded/bench_gzip_text.h"
#include "embedded/bench_hello_function.h"
#include "embedded/bench_html_template.h"
#include "embedded/bench_import_modules.h"
#include "embedded/bench_json_transform.h"
#include "embedded/bench_markdown.h"
#include "embedded/bench_numpy_matmul.h"
#include "embedded/bench_regex_hash.h"
#include "embedded/bench_sleep.h"
#include "embedded/bench_sqlite_crud.h"
#include "embedded/bench_thumbnail.h"
#include "embedded/bench_touch_memory.h"

namespace mayfly::bench {
namespace {

constexpr std::size_t kKb = 1000;
constexpr std::size_t kMb = 1000 * kKb;
constexpr std::size_t kMib = 1u << 20;

// Samples are shared out so that no workload takes much longer than another.
constexpr std::size_t kQuick = 1;
constexpr std::size_t kSlow = 5;       // 10 ms and more
constexpr std::size_t kVerySlow = 10;  // 50 ms and more

}  // namespace

std::vector<Workload> workload_catalogue() {
    return {
        {"hello", "a greeting", bench_hello_function(), 0, false, kQuick},
        {"json_200k", "JSON of 200 KB regrouped", bench_json_transform(), 200 * kKb, true, kSlow},
        {"json_3m", "JSON of 3 MB regrouped", bench_json_transform(), 3 * kMb, true, kVerySlow, 256},
        {"html_template", "a page of 300 rows", bench_html_template(), 0, true, kQuick},
        {"markdown", "30 KB of Markdown to HTML", bench_markdown(), 0, true, kQuick},
        {"regex_hash", "600 log lines by re and hashlib", bench_regex_hash(), 0, true, kQuick},
        {"aes", "AES-128 of 4 KiB in pure Python", bench_aes(), 0, true, kSlow},
        {"float_matmul", "math functions, 60 x 60 lists", bench_float_matmul(), 0, true, kSlow},
        {"gzip_1m", "1 MB compressed and unpacked", bench_gzip_text(), 0, true, kVerySlow},
        {"graph_bfs", "breadth-first search, 5,000 nodes", bench_graph_bfs(), 0, true, kSlow},
        {"sqlite_crud", "400 rows in a file in /tmp", bench_sqlite_crud(), 0, true, kQuick},
        {"thumbnail", "640 x 480 JPEG to 128 x 96 PNG", bench_thumbnail(), 0, true, kSlow, 128, "python3-pil", "PIL"},
        {"import_40", "40 modules imported anew", bench_import_modules(), 0, false, kVerySlow},
        {"touch_1m", "1 MiB written", bench_touch_memory(), kMib, false, kQuick},
        {"touch_16m", "16 MiB written", bench_touch_memory(), 16 * kMib, false, kSlow},
        {"touch_64m", "64 MiB written", bench_touch_memory(), 64 * kMib, false, kVerySlow, 256},
        {"echo_1k", "1 KB there and back", bench_echo(), kKb, false, kQuick},
        {"echo_32k", "32 KB there and back", bench_echo(), 32 * kKb, false, kQuick},
        {"echo_1m", "1 MB there and back", bench_echo(), kMb, false, kSlow},
        {"sleep_10ms", "10 ms of waiting", bench_sleep(), 0, false, kSlow},
        {"numpy_matmul", "500 x 500 by numpy", bench_numpy_matmul(), 0, true, kSlow, 256, "python3-numpy", "numpy"},
    };
}

}  // namespace mayfly::bench
