// The control protocol from the parent's side.
#include <gmock/gmock.h>

#include "guest_machine.h"
#include "microvm_server.h"

namespace mayfly::test {
namespace {

using testing::HasSubstr;

class ControlProtocol : public GuestTest {};

// hostile: B19
TEST_F(ControlProtocol, RestoresACapturedMicroVm) {
    const Snapshot snapshot = capture_waiting("answers");
    MicroVmServer server("answers");

    const auto ready = server.start(start_from(snapshot), {snapshot.memory.get()});
    const auto stopped = server.run(control::EVENT_INVOKE);

    EXPECT_TRUE(ready.has_ready()) << ready.failed().what();
    EXPECT_EQ(stopped.stopped().reason(), control::STOP_WAITING) << stopped.stopped().detail();
    EXPECT_EQ(stopped.stopped().reply_length(), 24u);
    EXPECT_EQ(stopped.stopped().counters().exits(), 1u);
    EXPECT_GT(stopped.stopped().counters().private_pages(), 0u);
    EXPECT_EQ(server.reply_word(0), 1u);
}

control::Request prepared_start() {
    control::Request request = cold_start();
    request.mutable_start()->set_may_be_captured(false);
    request.mutable_start()->set_expects_restore(true);
    return request;
}

control::Request restore_of(const Snapshot& snapshot) {
    control::Request request;
    *request.mutable_restore()->mutable_cpu() = snapshot.state.cpu();
    *request.mutable_restore()->add_layers() = snapshot.state.layer();
    *request.mutable_restore()->mutable_page_table_frames() = snapshot.state.page_table_frames();
    request.mutable_restore()->set_monotonic_ns(snapshot.state.monotonic_ns());
    return request;
}

TEST_F(ControlProtocol, RestoresASnapshotOverAMicroVmThatWaitsForOne) {
    const Snapshot snapshot = capture_waiting("answers");
    MicroVmServer server("answers");
    ASSERT_TRUE(server.start(prepared_start()).has_ready());

    const auto restored = server.ask(restore_of(snapshot), {snapshot.memory.get()});

    ASSERT_TRUE(restored.has_ready()) << restored.failed().what();
    for (int round = 0; round < 3; ++round) {
        const auto stopped = server.run(control::EVENT_INVOKE, true);
        ASSERT_EQ(stopped.stopped().reason(), control::STOP_WAITING) << stopped.stopped().detail();
        EXPECT_EQ(server.reply_word(0), 1u);
        ASSERT_TRUE(server.next().has_clean());
    }
}

TEST_F(ControlProtocol, AMicroVmThatWaitsForASnapshotTakesOneAndRunsNothingBefore) {
    const Snapshot snapshot = capture_waiting("answers");
    MicroVmServer server("answers");
    ASSERT_TRUE(server.start(prepared_start()).has_ready());

    const auto too_early = server.run(control::EVENT_INVOKE);
    const auto without_file = server.ask(restore_of(snapshot));
    ASSERT_TRUE(server.ask(restore_of(snapshot), {snapshot.memory.get()}).has_ready());
    const auto second = server.ask(restore_of(snapshot), {snapshot.memory.get()});

    EXPECT_TRUE(too_early.has_failed());
    EXPECT_TRUE(without_file.has_failed());
    EXPECT_TRUE(second.has_failed());
}

// A base snapshot to wait with, and one of what is loaded over it.
struct TwoSnapshots {
    Snapshot base;
    Snapshot loaded;

    control::Request prepared_start() const {
        control::Request request = start_from(base);
        request.mutable_start()->set_expects_restore(true);
        return request;
    }
};

TwoSnapshots capture_loaded(const std::string& guest) {
    TwoSnapshots snapshots{capture_waiting(guest), {MicroVmServer::new_file(), {}}};
    MicroVmServer server(guest);
    control::Request start = start_from(snapshots.base);
    start.mutable_start()->set_may_be_captured(true);
    EXPECT_TRUE(server.start(start, {snapshots.base.memory.get()}).has_ready());
    EXPECT_EQ(server.run(control::EVENT_LOAD).stopped().reason(), control::STOP_WAITING);
    control::Request request;
    request.mutable_capture()->set_only_changed(true);
    const auto response = server.ask(request, {snapshots.loaded.memory.get()});
    EXPECT_TRUE(response.has_captured()) << response.failed().what();
    snapshots.loaded.state = response.captured();
    return snapshots;
}

TEST_F(ControlProtocol, WhatARehearsalMadeKvmTranslateDoesNotOutliveTheTablesOfTheNextSnapshot) {
    const TwoSnapshots snapshots = capture_loaded("remaps_at_load");
    MicroVmServer server("remaps_at_load");
    ASSERT_TRUE(server.start(snapshots.prepared_start(), {snapshots.base.memory.get()}).has_ready());

    ASSERT_TRUE(server.run(control::EVENT_REHEARSE, true).has_stopped());
    EXPECT_EQ(server.reply_word(0), 111u);
    ASSERT_TRUE(server.next().has_clean());
    ASSERT_TRUE(server.ask(restore_of(snapshots.loaded), {snapshots.loaded.memory.get()}).has_ready());

    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(server.run(control::EVENT_INVOKE, true).has_stopped());
        EXPECT_EQ(server.reply_word(0), 222u);
        ASSERT_TRUE(server.next().has_clean());
    }
}

TEST_F(ControlProtocol, AMicroVmThatExpectsASnapshotRunsNothingButRehearsalsAndIsResetFromThem) {
    const TwoSnapshots snapshots = capture_loaded("answers");
    MicroVmServer server("answers");
    ASSERT_TRUE(server.start(snapshots.prepared_start(), {snapshots.base.memory.get()}).has_ready());
    const auto restore = restore_of(snapshots.loaded);
    const std::vector<int> file = {snapshots.loaded.memory.get()};

    const auto event = server.run(control::EVENT_INVOKE);
    const auto rehearsal = server.run(control::EVENT_REHEARSE);
    const auto without_reset = server.ask(restore, file);

    EXPECT_TRUE(event.has_failed());
    EXPECT_TRUE(rehearsal.has_stopped());
    EXPECT_TRUE(without_reset.has_failed());
}

TEST_F(ControlProtocol, ASnapshotRestoredOverARehearsalIsAsIfNothingHadRun) {
    const TwoSnapshots snapshots = capture_loaded("answers");
    MicroVmServer server("answers");
    ASSERT_TRUE(server.start(snapshots.prepared_start(), {snapshots.base.memory.get()}).has_ready());
    for (int round = 0; round < 2; ++round) {
        ASSERT_TRUE(server.run(control::EVENT_REHEARSE, true).has_stopped());
        ASSERT_TRUE(server.next().has_clean());
    }

    ASSERT_TRUE(server.ask(restore_of(snapshots.loaded), {snapshots.loaded.memory.get()}).has_ready());

    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(server.run(control::EVENT_INVOKE, true).has_stopped());
        EXPECT_EQ(server.reply_word(0), 2u);  // the load was the first
        ASSERT_TRUE(server.next().has_clean());
    }
}

TEST_F(ControlProtocol, EveryPristineRunIsTheFirst) {
    const Snapshot snapshot = capture_waiting("answers");
    MicroVmServer server("answers");
    ASSERT_TRUE(server.start(start_from(snapshot), {snapshot.memory.get()}).has_ready());

    for (int round = 0; round < 100; ++round) {
        const auto stopped = server.run(control::EVENT_INVOKE, true);
        ASSERT_EQ(stopped.stopped().reason(), control::STOP_WAITING) << stopped.stopped().detail();
        ASSERT_EQ(server.reply_word(0), 1u);
        const auto clean = server.next();
        ASSERT_TRUE(clean.has_clean()) << clean.failed().what();
        ASSERT_GT(clean.clean().pages_copied(), 0u);
    }
}

TEST_F(ControlProtocol, AStatefulMicroVmCounts) {
    const Snapshot snapshot = capture_waiting("answers");
    MicroVmServer server("answers");
    ASSERT_TRUE(server.start(start_from(snapshot), {snapshot.memory.get()}).has_ready());

    for (std::uint64_t round = 1; round <= 10; ++round) {
        ASSERT_EQ(server.run(control::EVENT_INVOKE).stopped().reason(), control::STOP_WAITING);
        ASSERT_EQ(server.reply_word(0), round);
    }
}

// Both map another page during each event; after the reset the first must be back, in the processor too.
// - rewrites_page_table flushes after its change, so KVM has a shadow of the changed table that it believes is
//   in step: loading CR3 would not make it look again.
// - leaves_stale_translation puts the entry back without a flush. No byte of a table differs then: only a flush
//   at every reset helps.
class ChangedTranslations : public ControlProtocol, public testing::WithParamInterface<std::string> {};

TEST_P(ChangedTranslations, ArePutBackInTheProcessorToo) {
    const Snapshot snapshot = capture_waiting(GetParam());
    MicroVmServer server(GetParam());
    ASSERT_TRUE(server.start(start_from(snapshot), {snapshot.memory.get()}).has_ready());

    for (int round = 0; round < 3; ++round) {
        const auto stopped = server.run(control::EVENT_INVOKE, true);
        ASSERT_EQ(stopped.stopped().reason(), control::STOP_WAITING) << stopped.stopped().detail();
        ASSERT_EQ(server.reply_word(0), 111u);
        ASSERT_EQ(server.reply_word(1), 222u);
        const auto clean = server.next();
        ASSERT_TRUE(clean.has_clean()) << clean.failed().what();
        ASSERT_FALSE(clean.clean().translations_dropped());
    }
}

INSTANTIATE_TEST_SUITE_P(Guests, ChangedTranslations,
                         testing::Values("rewrites_page_table", "leaves_stale_translation"),
                         [](const auto& value) { return value.param; });

TEST_F(ControlProtocol, ATamperedMicroVmIsNotCaptured) {
    MicroVmServer server("changes_cr0");
    ASSERT_TRUE(server.start(cold_start()).has_ready());
    const auto stopped = server.run(control::EVENT_BOOT);

    control::Request request;
    request.mutable_capture();
    const UniqueFd file = MicroVmServer::new_file();
    const auto response = server.ask(request, {file.get()});

    EXPECT_EQ(stopped.stopped().reason(), control::STOP_CRASHED);
    EXPECT_THAT(stopped.stopped().detail(), HasSubstr("CR0"));
    EXPECT_THAT(response.failed().what(), HasSubstr("only a microVM that waits"));
}

TEST_F(ControlProtocol, ACrashedMicroVmRunsNoMore) {
    MicroVmServer server("triple_fault");
    ASSERT_TRUE(server.start(cold_start()).has_ready());

    const auto stopped = server.run(control::EVENT_BOOT, true);
    const auto again = server.run(control::EVENT_INVOKE);

    EXPECT_EQ(stopped.stopped().reason(), control::STOP_CRASHED);
    EXPECT_THAT(again.failed().what(), HasSubstr("can't run again"));
}

TEST_F(ControlProtocol, RefusesRequestsOutOfOrder) {
    MicroVmServer server("answers");
    control::Request capture;
    capture.mutable_capture();

    EXPECT_THAT(server.run(control::EVENT_BOOT).failed().what(), HasSubstr("before a start"));
    EXPECT_THAT(server.ask(capture).failed().what(), HasSubstr("before a start"));
    EXPECT_TRUE(server.start(cold_start()).has_ready());
    EXPECT_THAT(server.start(cold_start()).failed().what(), HasSubstr("already"));
}

TEST_F(ControlProtocol, RefusesAStartThatMakesNoSense) {
    control::Request tiny = cold_start();
    tiny.mutable_start()->set_ram_bytes(4096);
    control::Request with_layer = cold_start();
    with_layer.mutable_start()->add_layers();
    MicroVmServer server("answers");

    EXPECT_THAT(MicroVmServer("answers").start(tiny).failed().what(), HasSubstr("32 MiB"));
    EXPECT_THAT(server.start(with_layer).failed().what(), HasSubstr("descriptors"));
    EXPECT_THAT(server.start(cold_start()).failed().what(), HasSubstr("started already"));
}

TEST_F(ControlProtocol, RefusesARunThatMakesNoSense) {
    MicroVmServer server("answers");
    ASSERT_TRUE(server.start(cold_start()).has_ready());
    control::Request large_event;
    large_event.mutable_run()->set_event_length(abi::kMaxPayloadBytes + 1);
    control::Request more_ram;
    more_ram.mutable_run()->set_ram_bytes(64 << 20);
    control::Request no_descriptor;
    no_descriptor.mutable_run()->add_new_windows()->set_bytes(4096);

    EXPECT_TRUE(server.ask(large_event).has_failed());
    EXPECT_TRUE(server.ask(more_ram).has_failed());
    EXPECT_TRUE(server.ask(no_descriptor).has_failed());
    EXPECT_EQ(server.run(control::EVENT_BOOT).stopped().reason(), control::STOP_WAITING);
}

TEST_F(ControlProtocol, StreamsOutputBeforeItStops) {
    MicroVmServer server("log_flood");
    ASSERT_TRUE(server.start(cold_start()).has_ready());
    control::Request request;
    request.mutable_run()->set_event(control::EVENT_BOOT);
    request.mutable_run()->set_timeout_ns(10'000'000'000);
    request.mutable_run()->set_stream_output(true);

    std::size_t bytes = 0;
    control::Response response = server.ask(request);
    for (; response.has_output(); response = server.next()) bytes += response.output().data().size();

    EXPECT_EQ(bytes, 100u * 4096);
    EXPECT_EQ(response.stopped().reason(), control::STOP_WAITING);
}

}  // namespace
}  // namespace mayfly::test
