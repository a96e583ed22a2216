#include "providers/fly/provider.hpp"

#include "../world.hpp"
#include "providers/fly/machines.hpp"
#include "support/about.hpp"

namespace lockstep::providers::fly {
namespace {

using lockstep::testing::all_text;
using lockstep::testing::changes_of;
using lockstep::testing::put;
using lockstep::testing::removal;

constexpr auto token = "FlyV1 fm2_lJPECAAAAAAAFAKEFAKEFAKE";
constexpr auto value = "postgres://app:hunter2hunter2@db.internal:5432/app";
constexpr auto listed = R"({"secrets":[
  {"name":"DATABASE_URL","digest":"522d6815e668a102","updated_at":"2026-01-15T10:00:00Z"},
  {"name":"API_KEY","digest":"a2b707ef6e858717","updated_at":"2026-01-14T10:00:00Z"}]})";
constexpr auto two_machines = R"([
  {"id":"m1","instance_id":"i1","state":"started",
   "config":{"metadata":{"fly_platform_version":"v2"}}},
  {"id":"m2","instance_id":"i2","state":"started",
   "config":{"metadata":{"fly_platform_version":"v2"}}}])";

struct FlyWorld : ::testing::Test {
  lockstep::testing::Simulation sim;
  lockstep::testing::ScriptedHttp http;
  FlyProvider provider{http, sim.clock(), lockstep::testing::token_of(token), FlyOptions{}};
  Place place{.kind = PlaceKind::flyApp, .parts = {"molecule-cp"}};
  PlaceRecord memory;

  Result<Observation> observe() { return sim.run(provider.observe(place, memory, {})); }
  Result<Applied> apply(std::vector<Change> changes) {
    return sim.run(provider.apply(place, std::move(changes), memory, WriteMode::live, {}));
  }
};
using FlyObserve = FlyWorld;
using FlyApply = FlyWorld;

TEST_F(FlyObserve, IsOneReadWhileNothingIsStaged) {
  http.answer(200, listed);
  const auto seen = observe();
  ASSERT_TRUE(seen);
  ASSERT_EQ(http.asked().size(), 1U);
  EXPECT_EQ(http.asked()[0].url, "https://api.machines.dev/v1/apps/molecule-cp/secrets");
  EXPECT_EQ(http.asked()[0].authorization, token);
  EXPECT_EQ(http.asked()[0].effect, net::Effect::Read);
  EXPECT_EQ(seen->requests, 1U);
  ASSERT_EQ(seen->secrets.size(), 2U);
  EXPECT_EQ(seen->secrets[0].name, "API_KEY");
  EXPECT_EQ(seen->secrets[1].token.expose(), "522d6815e668a102");
  EXPECT_EQ(seen->secrets[1].live, std::nullopt);
  EXPECT_THAT(seen->at, testing::About(sim.clock().wall()));
}

TEST_F(FlyObserve, AsksForAListAsNewAsItsOwnLastWrite) {
  memory.evidence.version = "42";
  http.answer(200, listed);
  ASSERT_TRUE(observe());
  EXPECT_EQ(http.asked()[0].url, "https://api.machines.dev/v1/apps/molecule-cp/secrets?version=42");
}

TEST_F(FlyObserve, LooksAtMachinesWhileANameIsStaged) {
  memory.names["DATABASE_URL"].staged = true;
  memory.names["API_KEY"].staged = false;
  memory.machines = {"m1/i0", "m2/i2"};
  http.answer(200, listed);
  http.answer(200, two_machines);
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->requests, 2U);
  EXPECT_EQ(seen->find("DATABASE_URL")->live, false);
  EXPECT_EQ(seen->find("API_KEY")->live, std::nullopt);
  EXPECT_EQ(seen->liveness_note, "1 of 2 machines runs the old set");

  memory.machines = {"m1/i0", "m2/i1"};
  http.answer(200, listed);
  http.answer(200, two_machines);
  const auto later = observe();
  ASSERT_TRUE(later);
  EXPECT_EQ(later->find("DATABASE_URL")->live, true);
  EXPECT_EQ(later->liveness_note, "");
  EXPECT_EQ(later->machines, (std::vector<std::string>{"m1/i1", "m2/i2"}));
}

// S3
TEST_F(FlyObserve, GivesNoObservationAfterAPartialRead) {
  memory.names["DATABASE_URL"].staged = true;
  http.answer(200, listed);
  http.answer(500, "");
  EXPECT_EQ(observe().error().kind, ErrorKind::transient);
  http.answer(404, "404 page not found");
  EXPECT_EQ(observe().error().kind, ErrorKind::protocol);
  http.fail_with({.kind = ErrorKind::transient, .message = "reset"});
  EXPECT_EQ(observe().error().kind, ErrorKind::transient);
}

TEST_F(FlyObserve, TellsWhetherAndWhatARollOutWouldDo) {
  memory.roll_out_due = sim.clock().wall();
  memory.machines = {"m1/i0", "m2/i2", "none"};
  http.answer(200, listed);
  http.answer(200, two_machines);
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->requests, 2U) << "also where no name is staged any more";
  EXPECT_EQ(seen->live, false);
  EXPECT_EQ(seen->roll_out, (RollOutScope{.restarts = 1}));
  EXPECT_EQ(seen->find("API_KEY")->live, std::nullopt) << "nothing is remembered of it";
}

// S6
TEST_F(FlyObserve, KnowsNothingOfMachinesWhileAWriteIsOpen) {
  memory.names["API_KEY"].intent = Intent{};
  memory.machines = {"m1/i0", "m2/i0", "none"};
  http.answer(200, listed);
  http.answer(200, two_machines);
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->live, false);
  EXPECT_EQ(seen->liveness_note,
            "staged: which of the 2 machines started before the write is not known");
  EXPECT_EQ(seen->roll_out, (RollOutScope{.restarts = 2}));
}

// S1
TEST_F(FlyObserve, RefusesAPlaceThatIsNoApp) {
  for (const auto& other : {Place{.kind = PlaceKind::cloudflareWorker, .parts = {"a", "b"}},
                            Place{.kind = PlaceKind::dotenvFile, .parts = {"a"}},
                            Place{.kind = PlaceKind::flyApp, .parts = {"a", "b"}}}) {
    place = other;
    EXPECT_EQ(observe().error().kind, ErrorKind::unsupported);
    EXPECT_EQ(apply(changes_of(put("A", "v"))).error().kind, ErrorKind::unsupported);
    const auto check = sim.run(provider.check_write(place, memory, WriteMode::live, {}));
    EXPECT_EQ(check.error().kind, ErrorKind::unsupported);
    EXPECT_EQ(sim.run(provider.roll_out(place, memory, {})).error().kind, ErrorKind::unsupported);
    EXPECT_EQ(sim.run(provider.attribute(place, "A", {})).error().kind, ErrorKind::unsupported);
  }
  EXPECT_TRUE(http.asked().empty());
}

/// Remembers what each request is counted for.
class Buckets final : public net::HttpClient {
 public:
  Awaitable<Result<net::Response>> send(net::Request request) override {
    seen.push_back(request.operation + " " + request.bucket);
    co_return fail(ErrorKind::outcome_unknown, "scripted");
  }
  std::vector<std::string> seen;
};

// S10
TEST_F(FlyObserve, EachRequestIsCountedForItsApp) {
  Buckets buckets;
  FlyProvider counted(buckets, sim.clock(), lockstep::testing::token_of(token), FlyOptions{});
  (void)sim.run(counted.observe(place, memory, {}));
  (void)sim.run(counted.check_write(place, memory, WriteMode::live, {}));
  (void)sim.run(counted.apply(place, changes_of(put("A", "v")), memory, WriteMode::live, {}));
  EXPECT_EQ(buckets.seen,
            (std::vector<std::string>{"secrets.list molecule-cp", "machines.list molecule-cp",
                                      "secrets.bulk molecule-cp"}));
}

TEST_F(FlyApply, WritesAndDeletesInOneCallAndIsStaged) {
  http.answer(200,
              R"({"secrets":[{"name":"DATABASE_URL","digest":"00ff",
                            "updated_at":"2026-01-16T10:00:00Z"}],"version":43})");
  http.answer(200, two_machines);
  const auto applied = apply(changes_of(put("DATABASE_URL", "a\"b\n"), removal("OLD")));
  ASSERT_TRUE(applied);
  ASSERT_EQ(http.asked().size(), 2U);
  EXPECT_EQ(http.asked()[0].method, "POST");
  EXPECT_EQ(http.asked()[0].effect, net::Effect::Write);
  ASSERT_EQ(http.asked()[0].headers.size(), 1U);
  EXPECT_EQ(http.asked()[0].headers[0].value, "application/json");
  EXPECT_EQ(http.asked()[0].body, R"({"values":{"DATABASE_URL":"a\"b\u000a","OLD":null}})");
  EXPECT_EQ(applied->receipts[0].outcome, Receipt::Outcome::done);
  EXPECT_EQ(applied->receipts[0].token.expose(), "00ff");
  EXPECT_EQ(to_rfc3339(*applied->receipts[0].updated_at), "2026-01-16T10:00:00Z");
  EXPECT_EQ(applied->receipts[1].outcome, Receipt::Outcome::done);
  EXPECT_TRUE(applied->receipts[1].token.empty());
  EXPECT_EQ(applied->receipts[1].updated_at, std::nullopt);
  EXPECT_EQ(applied->writes, 1U);
  EXPECT_EQ(applied->reads, 1U);
  EXPECT_EQ(applied->evidence.version, "43");
  EXPECT_TRUE(applied->evidence_is_ours);
  EXPECT_FALSE(applied->presumed);
  EXPECT_TRUE(applied->staged);
  EXPECT_EQ(applied->machines, (std::vector<std::string>{"m1/i1", "m2/i2", "none"}));
  EXPECT_EQ(applied->note, "") << "what rolls out is told by the plan";
}

TEST_F(FlyApply, CountsTheWriteWhenTheMachinesCannotBeRead) {
  http.answer(200, R"({"secrets":[{"name":"A","digest":"00ff"}],"version":43})");
  http.answer(503, "");
  const auto applied = apply(changes_of(put("A", "v")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->receipts[0].outcome, Receipt::Outcome::done);
  EXPECT_TRUE(applied->staged);
  EXPECT_TRUE(applied->machines.empty());
  EXPECT_EQ(applied->note, "staged: which machines run the old set could not be read");
}

TEST_F(FlyApply, TellsWhatMakesItLiveWhereNothingRollsOut) {
  http.answer(200, R"({"secrets":[{"name":"A","digest":"00ff"}],"version":43})");
  http.answer(200, two_machines);
  const auto applied =
      sim.run(provider.apply(place, changes_of(put("A", "v")), memory, WriteMode::staged, {}));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->note, note_after_write("molecule-cp", {"m1/i1", "m2/i2"}));
}

TEST_F(FlyApply, AnAnswerThatDoesNotShowTheChangeLeavesItOpen) {
  // The name that shall be gone is there; the one that was put has no digest; the list is no help.
  for (const auto* answer : {R"({"secrets":[{"name":"A"},{"name":"OLD"}],"version":43})",
                             R"({"secrets":[{"name":"OLD","digest":"aa"}],"version":43})"}) {
    http.answer(200, answer);
    http.answer(500, "");
    const auto applied = apply(changes_of(put("A", "v"), removal("OLD")));
    ASSERT_TRUE(applied);
    EXPECT_EQ(applied->receipts[0].outcome, Receipt::Outcome::unknown);
    EXPECT_EQ(applied->receipts[1].outcome, Receipt::Outcome::unknown);
    EXPECT_EQ(applied->reads, 1U);
    EXPECT_FALSE(applied->staged);
  }
}

TEST_F(FlyApply, ANameInAnotherRefusalIsNotBlamed) {
  http.answer(403, R"({"error":"you may not set \"A\""})");
  const auto applied = apply(changes_of(put("A", "v"), put("B", "w")));
  ASSERT_TRUE(applied);
  for (const auto& receipt : applied->receipts) {
    EXPECT_EQ(receipt.error->kind, ErrorKind::forbidden);
  }
}

TEST_F(FlyApply, RemembersThatThereWasNoMachine) {
  http.answer(200, R"({"secrets":[{"name":"A","digest":"00ff"}],"version":43})");
  http.answer(200, "[]");
  const auto applied = apply(changes_of(put("A", "v")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->machines, std::vector{std::string(no_more)});
  EXPECT_EQ(applied->note, "staged for the first deployment: the app has no machine");
}

TEST_F(FlyApply, ListsOnceWhenTheAnswerLacksAName) {
  http.answer(200, R"({"secrets":[{"name":"A","digest":"00ff"}],"version":43})");
  http.answer(200, R"({"secrets":[{"name":"A","digest":"00ff"},{"name":"B","digest":"11ee"}]})");
  http.answer(200, "[]");
  const auto applied = apply(changes_of(put("A", "v"), put("B", "w"), put("C", "x")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(http.asked()[1].url, "https://api.machines.dev/v1/apps/molecule-cp/secrets?version=43");
  EXPECT_EQ(applied->receipts[1].outcome, Receipt::Outcome::done);
  EXPECT_EQ(applied->receipts[1].token.expose(), "11ee");
  EXPECT_EQ(applied->receipts[2].outcome, Receipt::Outcome::unknown);
  EXPECT_EQ(applied->receipts[2].error->kind, ErrorKind::outcome_unknown);
  EXPECT_TRUE(applied->presumed);
}

// S6: what may have happened is never called failed.
TEST_F(FlyApply, SaysUnknownWhenTheAnswerIsLostOrNotUnderstood) {
  const std::vector<std::function<void()>> endings = {
      [&] { http.fail_with({.kind = ErrorKind::outcome_unknown, .message = "cut"}); },
      [&] { http.fail_with({.kind = ErrorKind::cancelled, .message = "stop"}); },
      [&] { http.answer(502, "<html>"); },
      [&] { http.answer(200, "{\"secrets\":"); },
      [&] { http.answer(200, "[]"); },
      [&] { http.answer(404, "page not found"); }};
  for (const auto& ending : endings) {
    ending();
    const auto applied = apply(changes_of(put("A", "v"), removal("B")));
    ASSERT_TRUE(applied);
    for (const auto& receipt : applied->receipts) {
      EXPECT_EQ(receipt.outcome, Receipt::Outcome::unknown);
      EXPECT_EQ(receipt.error->kind, ErrorKind::outcome_unknown);
    }
    EXPECT_TRUE(http.exhausted());
  }
}

TEST_F(FlyApply, GivesAnErrorWhenNothingWasSent) {
  for (const auto kind : {ErrorKind::fenced, ErrorKind::throttled, ErrorKind::transient}) {
    http.fail_with({.kind = kind, .message = "no"});
    EXPECT_EQ(apply(changes_of(put("A", "v"))).error().kind, kind);
  }
  FlyProvider without(http, sim.clock(), lockstep::testing::broken_token(), FlyOptions{});
  EXPECT_FALSE(
      sim.run(without.apply(place, changes_of(put("A", "v")), memory, WriteMode::live, {})));
}

TEST_F(FlyApply, FailsEveryNameOfARefusedCall) {
  http.answer(401, R"({"error":"Authenticate: token validation error"})");
  const auto applied = apply(changes_of(put("A", "v"), removal("B")));
  ASSERT_TRUE(applied);
  for (const auto& receipt : applied->receipts) {
    EXPECT_EQ(receipt.outcome, Receipt::Outcome::failed);
    EXPECT_EQ(receipt.error->kind, ErrorKind::unauthorized);
  }
  EXPECT_FALSE(applied->staged);
  EXPECT_EQ(http.asked().size(), 1U);
}

TEST_F(FlyApply, BlamesTheNameThatFlyRefuses) {
  http.answer(422,
              R"j({"error":"\"FLY_THING\" is not a valid secret name (Request ID: 01KQ-gru)"})j");
  const auto applied = apply(changes_of(put("A", "v"), put("FLY_THING", "w")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::conflict);
  EXPECT_EQ(applied->receipts[1].error->kind, ErrorKind::invalid);
}

TEST_F(FlyApply, SendsNothingForWhatItKnowsToBeRefused) {
  const auto applied = apply(changes_of(put("not-a-name", "v"), put("B", "\xC3\x28")));
  ASSERT_TRUE(applied);
  EXPECT_TRUE(http.asked().empty());
  ASSERT_EQ(applied->receipts.size(), 2U);
  for (const auto& receipt : applied->receipts) {
    EXPECT_EQ(receipt.error->kind, ErrorKind::invalid);
    EXPECT_EQ(receipt.outcome, Receipt::Outcome::failed);
  }
}

// S4
TEST_F(FlyApply, NeverRepeatsWhatAHostileServerEchoes) {
  http.answer(422, std::string(R"j({"error":"\")j") + value +
                       R"j(\" with fm2_lJPECAAAAAAAFAKEFAKEFAKE"})j");
  auto text = all_text(apply(changes_of(put("A", value))));
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  EXPECT_EQ(text.find("fm2_"), std::string::npos) << text;
  http.answer(500, std::string("cut off ") + std::string(value).substr(0, 30));
  text = all_text(apply(changes_of(put("A", value))));
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
}

TEST_F(FlyApply, ChecksAWriteByReadingWhatItWouldRestart) {
  http.answer(200, two_machines);
  const auto check = sim.run(provider.check_write(place, memory, WriteMode::live, {}));
  ASSERT_TRUE(check);
  EXPECT_TRUE(check->ok);
  EXPECT_EQ(check->roll_out, (RollOutScope{.restarts = 2}));
  EXPECT_EQ(check->requests, 1U);
  EXPECT_EQ(&provider.capabilities(), &capabilities_of(PlaceKind::flyApp));
  EXPECT_EQ(http.asked().size(), 1U);
}

TEST_F(FlyApply, TakesNoCallToAttribute) {
  EXPECT_EQ(sim.run(provider.attribute(place, "A", {}))->who, "");
  EXPECT_TRUE(http.asked().empty());
}

}  // namespace
}  // namespace lockstep::providers::fly
