#include "bench/lab/rows.h"

#include <algorithm>
#include <utility>

namespace mayfly::bench {
namespace {

struct Turn {
    const Row* row;
    std::size_t wanted;
    Series series;
};

Result<void> warm_up(const Row& row) {
    for (std::size_t count = 0; count < kWarmUps; ++count) {
        if (row.warm_up)
            MF_TRY(row.warm_up());
        else
            MF_TRY(row.once());
    }
    return {};
}

// The samples that should be there after this round, spread evenly over the rounds.
std::size_t due(const Turn& turn, std::size_t round) { return turn.wanted * (round + 1) / kRounds; }

Result<void> take_block(Turn& turn, std::size_t round) {
    while (turn.series.samples.size() < due(turn, round)) turn.series.add(MF_TRY(turn.row->once()));
    return {};
}

}  // namespace

Measure timed(std::function<Result<double>()> once) {
    return [once = std::move(once)]() -> Result<Sample> { return Sample{MF_TRY(once()), {}}; };
}

Result<Measured> measure_in_turns(const std::vector<Row>& rows, std::size_t samples, const RowProgress& progress) {
    Measured measured;
    std::vector<Turn> turns;
    for (const Row& row : rows) {
        if (progress) progress("warming up " + row.name, 0, 0);
        if (const auto warm = warm_up(row); !warm) {
            if (!row.is_peer) return fail(warm.error().code, row.name + ": " + warm.error().message());
            measured.notes.push_back("left out: " + row.name + " (" + warm.error().message() + ")");
            continue;
        }
        const std::size_t wanted = std::max(samples / row.share, std::min(samples, kFewest));
        turns.push_back({&row, wanted, Series{row.name, row.what, row.is_peer, false, {}, {}}});
    }
    for (std::size_t round = 0; round < kRounds; ++round) {
        if (progress) progress("measuring", round, kRounds);
        for (Turn& turn : turns) MF_TRY(take_block(turn, round));
        // Another row is first in the next round.
        if (!turns.empty()) std::rotate(turns.begin(), turns.begin() + 1, turns.end());
    }
    // Back to the order they were given in.
    std::sort(turns.begin(), turns.end(), [](const Turn& a, const Turn& b) { return a.row < b.row; });
    for (Turn& turn : turns) measured.series.push_back(std::move(turn.series));
    return measured;
}

}  // namespace mayfly::bench
