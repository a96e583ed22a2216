// Holds beside a writer: two connections to one real database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/ledger_world.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LedgerWorld;
using testing::worker;

const Wall noon = parse_rfc3339("2026-01-15T12:00:00Z").value();

Hold hold_of(const std::string& name, Wall since = noon, Nanos time = 4h) {
  return {.name = name, .since = since, .until = since + time, .reason = "a sale", .by = "jane@x"};
}

std::vector<Hold> holds(LedgerWorld& world, Ledger& ledger, const PlaceId& id = worker) {
  const auto found = world.sim.run(ledger.holds(id));
  EXPECT_TRUE(found) << describe(found.error());
  return found ? *found : std::vector<Hold>{};
}

TEST(LedgerHolds, ARunningWriterSeesThemAtItsNextLookAndIsNotDisturbed) {
  LedgerWorld world;
  auto writer = *world.open();
  ASSERT_TRUE(world.touch(*writer, worker, "Target/cms"));
  EXPECT_TRUE(holds(world, *writer).empty());

  auto person = *world.open(OpenMode::hold);
  ASSERT_TRUE(world.sim.run(person->hold(worker, hold_of("API_KEY"))));
  EXPECT_THAT(holds(world, *writer), ElementsAre(hold_of("API_KEY")));
  EXPECT_TRUE(world.touch(*writer, worker, "Target/other")) << "the writer goes on";
  ASSERT_TRUE(world.sim.run(person->hold(worker, hold_of("", noon + 1h))));
  EXPECT_THAT(holds(world, *writer), ElementsAre(hold_of("", noon + 1h), hold_of("API_KEY")));

  EXPECT_TRUE(*world.sim.run(person->release(worker, "API_KEY")));
  EXPECT_FALSE(*world.sim.run(person->release(worker, "API_KEY")));
  EXPECT_THAT(holds(world, *writer), ElementsAre(hold_of("", noon + 1h)));
  EXPECT_TRUE(world.touch(*writer, worker, "Target/third"));
}

TEST(LedgerHolds, AreOfOnePlaceAndOutliveTheirWriter) {
  LedgerWorld world;
  const PlaceId other{"cms", "flyApp/other"};
  {
    auto writer = *world.open();
    ASSERT_TRUE(world.sim.run(writer->hold(worker, hold_of("A"))));
    ASSERT_TRUE(world.sim.run(writer->hold(other, hold_of("B"))));
  }
  for (const auto mode : {OpenMode::read, OpenMode::hold, OpenMode::write}) {
    auto ledger = *world.open(mode);
    EXPECT_THAT(holds(world, *ledger), ElementsAre(hold_of("A")));
    EXPECT_THAT(*world.sim.run(ledger->all_holds()),
                ElementsAre(std::pair(worker, hold_of("A")), std::pair(other, hold_of("B"))));
  }
}

TEST(LedgerHolds, ANewOneTakesTheOldOnesPlaceAndDropsWhatHasEnded) {
  LedgerWorld world;
  auto ledger = *world.open();
  ASSERT_TRUE(world.sim.run(ledger->hold(worker, hold_of("A", noon, 1h))));
  ASSERT_TRUE(world.sim.run(ledger->hold(worker, hold_of("B", noon, 8h))));
  ASSERT_TRUE(world.sim.run(ledger->hold(worker, hold_of("B", noon, 9h))));
  EXPECT_THAT(holds(world, *ledger), ElementsAre(hold_of("A", noon, 1h), hold_of("B", noon, 9h)));
  ASSERT_TRUE(world.sim.run(ledger->hold(worker, hold_of("C", noon + 2h))));
  EXPECT_THAT(holds(world, *ledger), ElementsAre(hold_of("B", noon, 9h), hold_of("C", noon + 2h)));
}

TEST(LedgerHolds, TheOpeningForAHoldWritesNothingElseAndMakesNothing) {
  LedgerWorld empty;
  auto none = *empty.open(OpenMode::hold);
  EXPECT_EQ(none->fingerprinter(), nullptr);
  EXPECT_FALSE(empty.sim.run(none->hold(worker, hold_of("A"))));
  EXPECT_TRUE(empty.files.paths().empty());

  LedgerWorld world;
  world.fill(1);
  auto person = *world.open(OpenMode::hold);
  EXPECT_FALSE(world.touch(*person, worker, "Target/x"));
}

TEST(LedgerHolds, ARowThatCannotBeTrustedStopsWritesAndIsNeverNoHold) {
  for (const auto* sql :
       {"UPDATE hold SET body = replace(body, 'sale', 'tale')", "UPDATE hold SET name = 'B'",
        "UPDATE hold SET place = replace(place, 'cms', 'cmt')", "DELETE FROM hold",
        "UPDATE meta SET value = 'beef' WHERE key = 'holds'",
        "DELETE FROM meta WHERE key = 'holds'"}) {
    SCOPED_TRACE(sql);
    LedgerWorld world;
    auto writer = *world.open();
    ASSERT_TRUE(world.sim.run(writer->hold(worker, hold_of("A"))));
    world.edit(sql);
    const auto refused = world.sim.run(writer->holds(worker));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::storage);
    EXPECT_THAT(refused.error().message, HasSubstr("was changed by something other than lockstep"));
    EXPECT_FALSE(world.sim.run(writer->hold(worker, hold_of("C")))) << "nor written over";
    EXPECT_FALSE(world.sim.run(writer->release(worker, "A")));
    writer.reset();
    EXPECT_THAT(world.refusal(), HasSubstr("(its holds)"));
    EXPECT_THAT(world.refusal(OpenMode::hold), HasSubstr("(its holds)"));
  }
}

TEST(LedgerHolds, APowerCutAnywhereLosesNoneThatWasAcknowledged_S6) {
  for (long operation = 0; operation < 40; ++operation) {
    LedgerWorld world(static_cast<std::uint64_t>(operation) + 1, "ledger-holds");
    world.fill(1);
    bool first = false, second = false;
    {
      auto person = *world.open(OpenMode::hold);
      world.power.cut_after(operation);
      first = world.sim.run(person->hold(worker, hold_of("A"))).has_value();
      second = first && world.sim.run(person->hold(worker, hold_of("B"))).has_value();
      world.power.cut();
      world.disk.crash();
    }
    auto writer = world.open();
    ASSERT_TRUE(writer) << describe(writer.error());
    const auto there = holds(world, **writer);
    EXPECT_GE(there.size(), (first ? 1u : 0u) + (second ? 1u : 0u)) << operation;
    EXPECT_TRUE(world.touch(**writer, worker, "Target/cms"));
  }
}

TEST(Hold, TakesBoundedHarmlessText) {
  auto hold = hold_of("A");
  EXPECT_TRUE(check_hold(hold));
  hold.reason = std::string(1024, 'r');
  EXPECT_TRUE(check_hold(hold));
  for (const auto& reason :
       {std::string(), std::string("  "), std::string(1025, 'r'), std::string("two\nlines"),
        std::string("\x1b[31m"), std::string("\xff")}) {
    hold.reason = reason;
    EXPECT_FALSE(check_hold(hold)) << reason;
  }
  hold = hold_of("A", noon, 30 * 24h);
  EXPECT_TRUE(check_hold(hold));
  hold.until += 1s;
  EXPECT_FALSE(check_hold(hold));
  hold.until = noon;
  EXPECT_FALSE(check_hold(hold));
}

TEST(Hold, ComesBackFromItsText) {
  auto hold = hold_of("");
  hold.reason = "\"quoted\" \\ \u00fc";
  EXPECT_EQ(*decode_hold(encode(hold)), hold);
  for (const auto* text : {"", "[]", "{}", R"({"since":"x","until":"x","reason":"","by":""})"}) {
    EXPECT_FALSE(decode_hold(text)) << text;
  }
}

}  // namespace
}  // namespace lockstep
