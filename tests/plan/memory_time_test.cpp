// What a look at a place with times (GitHub) makes of memory. S9: a stale or same-second time is no
// drift.
#include <gtest/gtest.h>

#include "builders.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::fingerprint;
using testing::row;
using testing::Scene;

struct TimeScene : Scene {
  TimeScene() : Scene(PlaceKind::githubEnvironment) {
    target.place.parts = {"alokai", "cms", "production"};
    desire("A");
  }
  /// The list shows the name with this time.
  void listed(const std::string& name, Wall at) {
    there(name);
    tokens.clear();
    std::ranges::find(seen.secrets, name, &ObservedSecret::name)->updated_at = at;
  }
  /// lockstep wrote it at `at`, and saw that time.
  NameRecord& wrote_at(const std::string& name, Wall at) {
    auto& known = wrote(name);
    known.token.clear();
    known.written_at = known.updated_at = at;
    listed(name, at);
    return known;
  }
  /// lockstep wrote it, and only the answer's time is known.
  NameRecord& answered(const std::string& name, Wall at) {
    auto& known = wrote_at(name, at);
    known.updated_at.reset();
    known.answered_at = at;
    return known;
  }
  bool stale() const { return plan::predates_our_write(target.place.kind, record, seen, now); }
  State state() { return row(pass(), "A").state; }
};

TEST(TimeEvidence, S9_TheSameOrAnOlderTimeIsNoDrift) {
  TimeScene s;
  s.wrote_at("A", s.now - 1h);
  EXPECT_EQ(s.state(), State::InSync);
  EXPECT_EQ(row(s.diff(), "A").certainty, Certainty::timestamp);
  s.listed("A", s.now - 2h);
  EXPECT_EQ(s.state(), State::InSync) << "a list that is behind";
}

TEST(TimeEvidence, ANewerTimeIsSomebodyElse) {
  TimeScene s;
  s.wrote_at("A", s.now - 1h);
  s.listed("A", s.now - 1h + 1s);
  EXPECT_EQ(s.state(), State::ChangedOutOfBand);
}

TEST(TimeEvidence, S9_ATimeNearTheAnswerIsTheWritesOwn) {
  for (const auto off : {-5s, 0s, 5s}) {
    TimeScene s;
    s.answered("A", s.now - 1h);
    s.listed("A", s.now - 1h + off);
    EXPECT_EQ(s.state(), State::InSync) << off.count();
    EXPECT_EQ(s.record.names["A"].updated_at, s.now - 1h + off);
    EXPECT_FALSE(s.record.names["A"].answered_at);
    EXPECT_EQ(row(s.diff(), "A").certainty, off > 0s ? Certainty::presumed : Certainty::timestamp)
        << "a write is stamped before it is answered";
    s.listed("A", s.now - 1h + off + 1s);
    EXPECT_EQ(s.state(), State::ChangedOutOfBand) << "from now on its own time counts";
  }
}

TEST(TimeEvidence, ALaterTimeThanTheAnswersIsSomebodyElse) {
  TimeScene s;
  s.answered("A", s.now - 1h);
  s.listed("A", s.now - 1h + 6s);
  EXPECT_EQ(s.state(), State::ChangedOutOfBand);
  EXPECT_FALSE(s.record.names["A"].updated_at) << "it is not our time";
}

TEST(TimeEvidence, S9_AnOlderTimeThanTheAnswersIsAStaleReadThenUnverifiable) {
  TimeScene s;
  s.answered("A", s.now - 10s);
  s.listed("A", s.now - 1h);
  EXPECT_TRUE(s.stale());
  s.now += 49s;
  EXPECT_TRUE(s.stale());
  s.now += 1s;
  EXPECT_FALSE(s.stale());
  EXPECT_EQ(s.state(), State::Unverifiable);
}

TEST(TimeEvidence, ATimeThatIsOursIsNoStaleRead) {
  TimeScene s;
  s.answered("A", s.now - 10s);
  s.listed("A", s.now - 15s);
  EXPECT_FALSE(s.stale());
  s.listed("A", s.now - 16s);
  EXPECT_TRUE(s.stale());
}

TEST(TimeEvidence, S9_ACreateThatIsNotListedYetIsAStaleReadAtFirst) {
  TimeScene s;
  s.answered("A", s.now - 10s);
  s.gone("A");
  EXPECT_TRUE(s.stale());
  s.listed("B", s.now - 6s);
  EXPECT_TRUE(s.stale()) << "B may have been written before A";
  s.record.names["A"].answered_at = s.now - 11s;
  EXPECT_TRUE(s.stale()) << "B may be of the same second";
  s.record.names["A"].answered_at = s.now - 12s;
  EXPECT_FALSE(s.stale()) << "B was written after A, so the read came after both";
  EXPECT_EQ(s.state(), State::Removed);
  s.gone("B");
  s.now += 60s;
  EXPECT_FALSE(s.stale());
  EXPECT_EQ(s.state(), State::Removed);
}

TEST(TimeEvidence, WithoutAnyTimeNothingIsSure) {
  TimeScene s;
  s.answered("A", s.now - 1h).answered_at.reset();
  EXPECT_EQ(s.state(), State::Unverifiable);
}

TEST(TimeIntents, S6_AnOlderTimeIsNoSignOfAnInterruptedWrite) {
  // Were it one, a value that was never written would count as ours.
  TimeScene s;
  s.wrote_at("A", s.now - 2h);
  auto& known = s.record.names["A"];
  known.intent = Intent{.fingerprint = fingerprint("A", 2),
                        .attempt = "a1",
                        .started = s.now - 90s,
                        .was_there = true,
                        .updated_before = s.now - 2h};
  s.value("A", 2);
  s.listed("A", s.now - 3h);
  EXPECT_EQ(s.state(), State::Stale);
  EXPECT_EQ(s.record.names["A"].fingerprint, fingerprint("A", 1));
}

TEST(TimeIntents, ALandedUpdateForgetsTheAnswerBeforeIt) {
  TimeScene s;
  s.answered("A", s.now - 2h);
  auto& known = s.record.names["A"];
  known.intent = Intent{.fingerprint = fingerprint("A", 2),
                        .attempt = "a1",
                        .started = s.now - 90s,
                        .was_there = true,
                        .updated_before = s.now - 2h};
  s.value("A", 2);
  s.listed("A", s.now - 89s);
  EXPECT_EQ(s.state(), State::InSync);
  EXPECT_EQ(row(s.diff(), "A").certainty, Certainty::presumed);
  EXPECT_EQ(s.record.names["A"].updated_at, s.now - 89s);
  EXPECT_FALSE(s.record.names["A"].answered_at);
}

TEST(TimeIntents, ALandedOneIsLiveAndTheSameTimeIsNone) {
  for (const bool later : {true, false}) {
    TimeScene s;
    s.wrote_at("A", s.now - 1h);
    s.record.names["A"].intent = Intent{.fingerprint = fingerprint("A", 2),
                                        .started = s.now - 90s,
                                        .was_there = true,
                                        .updated_before = s.now - 1h};
    if (later) s.listed("A", s.now - 89s);
    s.look();
    EXPECT_EQ(s.record.names["A"].fingerprint, fingerprint("A", later ? 2 : 1));
    EXPECT_FALSE(s.record.names["A"].staged) << "nothing is staged there";
  }
}

TEST(TimeEvidence, WhereTheListHasNoTimeNothingIsSure) {
  TimeScene s;
  s.wrote_at("A", s.now - 1h);
  s.seen.secrets[0].updated_at.reset();
  EXPECT_EQ(s.state(), State::Unverifiable);
}

TEST(TimeIntents, AWriteWhoseAnswerWasLostLeavesNothingToRollOut) {
  TimeScene s;
  s.record.machines = {"m1/i1"};
  s.record.names["A"].intent = Intent{.fingerprint = fingerprint("A", 1), .started = s.now - 90s};
  s.listed("A", s.now - 89s);
  s.seen.secrets[0].live.reset();
  EXPECT_EQ(s.state(), State::InSync);
  EXPECT_FALSE(s.record.names["A"].staged) << "a write is live there";
  EXPECT_FALSE(s.record.roll_out_due);
  EXPECT_FALSE(s.record.machines.empty());
}

}  // namespace
}  // namespace lockstep
