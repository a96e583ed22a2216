#include "providers/fly/update.hpp"

#include <gmock/gmock.h>

#include "machine.hpp"

namespace lockstep::providers::fly {
namespace {

using test::at;
using test::in_state;
using test::running;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using K = ErrorKind;
using H = Hindrance::Kind;

PlaceRecord remembered(std::string version) {
  PlaceRecord out;
  out.evidence.version = std::move(version);
  out.machines = {"m1/i1"};
  return out;
}

TEST(FlySecretsVersion, IsAWholeNumberOfAWriteWhoseMachinesAreKnown) {
  EXPECT_EQ(secrets_version(remembered("1003")).value(), 1003);
  for (const auto* text : {"", "x", "10x", " 10", "99999999999999999999"}) {
    ASSERT_FALSE(secrets_version(remembered(text))) << text;
    EXPECT_EQ(secrets_version(remembered(text)).error().kind, K::conflict);
  }
  auto blind = remembered("1003");
  blind.machines.clear();
  EXPECT_FALSE(secrets_version(blind));
}

/// Machines m1, m2, ... of one group, all of which run the old set.
std::vector<Machine> many(int count, std::string state = "started") {
  std::vector<Machine> out;
  for (int i = 1; i <= count; ++i) {
    out.push_back(in_state(state, "m" + std::to_string(100 + i), "old"));
  }
  return out;
}
std::vector<std::string> entries(const std::vector<Machine>& machines) {
  std::vector<std::string> out;
  for (const auto& machine : machines) out.push_back(machine.entry());
  return out;
}

TEST(FlyBatch, BeginsWithOneAlone) {
  const auto machines = many(9);
  EXPECT_THAT(next_batch(machines, entries(machines)), ElementsAre("m101"));
}

TEST(FlyBatch, GoesOnWithAThirdOnceOneIsProven) {
  auto machines = many(9);
  const auto old = entries(machines);
  machines[0].instance = "new";
  EXPECT_THAT(next_batch(machines, old), ElementsAre("m102", "m103", "m104"));
  auto few = many(2);
  const auto two = entries(few);
  few[0].instance = "new";
  EXPECT_THAT(next_batch(few, two), ElementsAre("m102")) << "never none";
  auto crowd = many(90);
  const auto all = entries(crowd);
  crowd[0].instance = "new";
  EXPECT_EQ(next_batch(crowd, all).size(), 8U);
}

TEST(FlyBatch, WhatIsAtRestProvesNothing) {
  auto machines = many(9);
  const auto old = entries(machines);
  machines[0] = in_state("stopped", "m101", "new");
  EXPECT_THAT(next_batch(machines, old), ElementsAre("m102"));
}

TEST(FlyBatch, TakesRunningOnesFirstAndOneGroupAtATime) {
  auto machines = many(6);
  machines[0].state = "stopped";
  machines[1].group = "worker";
  machines[2].group = "worker";
  machines[3].state = "starting";
  const auto old = entries(machines);
  machines[5].instance = "new";
  EXPECT_THAT(next_batch(machines, old), ElementsAre("m104", "m105"));
  machines[3].instance = machines[4].instance = "new";
  EXPECT_THAT(next_batch(machines, old), ElementsAre("m101")) << "then what is at rest";
  machines[0].instance = "new";
  EXPECT_THAT(next_batch(machines, old), ElementsAre("m102", "m103")) << "then the next group";
}

TEST(FlyBatch, TakesSeveralAtRestAtOnce) {
  const auto machines = many(9, "stopped");
  EXPECT_THAT(next_batch(machines, entries(machines)), ElementsAre("m101", "m102", "m103"));
}

TEST(FlyBatch, LeavesUnmanagedAndUpdatedOnesAlone) {
  auto machines = many(9);
  const auto old = entries(machines);
  for (auto& machine : machines) machine.managed = false;
  EXPECT_THAT(next_batch(machines, old), IsEmpty());
  machines = many(9);
  for (auto& machine : machines) machine.instance = "new";
  EXPECT_THAT(next_batch(machines, old), IsEmpty());
  // Of nine, seven are unmanaged: a third of two is one.
  machines = many(9);
  for (int i = 0; i < 6; ++i) machines[static_cast<std::size_t>(i)].managed = false;
  machines[6].instance = "new";
  EXPECT_THAT(next_batch(machines, old), ElementsAre("m108"));
}

Result<Lease> lease_of(std::string_view text) {
  return read_lease(parse_json(text).value(), "m1");
}

TEST(FlyLease, HasANonceThatFitsAHeaderAndTheInstance) {
  const auto lease = lease_of(R"({"status":"success","data":{"nonce":"5c35f65c","version":"i1"}})");
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->machine, "m1");
  EXPECT_EQ(lease->nonce, "5c35f65c");
  EXPECT_EQ(lease->instance, "i1");
  EXPECT_EQ(lease_of(R"({"data":{"nonce":"!~"}})")->instance, "");
  EXPECT_TRUE(lease_of(R"({"data":{"nonce":")" + std::string(128, 'x') + R"("}})"));
  for (const auto& text :
       {std::string("{}"), std::string("null"), std::string(R"({"data":null})"),
        std::string(R"({"data":{}})"), std::string(R"({"data":{"nonce":""}})"),
        std::string(R"({"data":{"nonce":"a b"}})"), std::string(R"({"data":{"nonce":"a\r\nX:1"}})"),
        std::string(R"({"data":{"nonce":"a\u007f"}})"),
        R"({"data":{"nonce":")" + std::string(129, 'x') + R"("}})"}) {
    ASSERT_FALSE(lease_of(text)) << text;
    EXPECT_EQ(lease_of(text).error().kind, K::protocol);
  }
}

const Lease of_i1{.machine = "m1", .nonce = "n", .instance = "i1"};

std::optional<H> kind(const std::optional<Hindrance>& found) {
  return found ? std::optional(found->kind) : std::nullopt;
}

TEST(FlyHindrance, LetsPassWhatStandsAsItWasListed) {
  for (const auto* state : {"started", "starting", "failed", "stopped", "suspended", "created"}) {
    EXPECT_EQ(hindrance(in_state(state), in_state(state), of_i1), std::nullopt) << state;
    EXPECT_EQ(hindrance(in_state(state)), std::nullopt) << state;
  }
  const Lease untold{.machine = "m1", .nonce = "n"};
  EXPECT_EQ(hindrance(running(), running(), untold), std::nullopt);
}

TEST(FlyHindrance, AnUnreachableHostStops) {
  auto lost = running();
  lost.reachable = false;
  EXPECT_EQ(kind(hindrance(lost)), H::stops);
  EXPECT_EQ(kind(hindrance(running(), lost, of_i1)), H::stops);
  EXPECT_THAT(describe(hindrance(lost)->why), HasSubstr("host is not reachable"));
}

TEST(FlyHindrance, AnotherInstanceAnywhereEndsTheStep) {
  const auto i0 = running("m1", "i0");
  const auto i1 = running("m1", "i1");
  const Lease of_i0{.machine = "m1", .nonce = "n", .instance = "i0"};
  EXPECT_EQ(kind(hindrance(i0, i1, of_i1)), H::later) << "the list was behind, or someone deployed";
  EXPECT_EQ(kind(hindrance(i0, i0, of_i1)), H::later) << "the host knows better";
  EXPECT_EQ(kind(hindrance(i1, i0, of_i1)), H::later) << "the look is behind";
  EXPECT_EQ(kind(hindrance(i1, i1, of_i0)), H::later);
  EXPECT_EQ(hindrance(i0, i1, of_i1)->why.kind, K::conflict);
}

TEST(FlyHindrance, SomeoneAtWorkEndsTheStep) {
  for (const auto* state : {"stopping", "suspending", "replacing", "updating", "something new"}) {
    EXPECT_EQ(kind(hindrance(running(), in_state(state), of_i1)), H::later) << state;
  }
  EXPECT_EQ(describe(hindrance(running(), in_state("replacing"), of_i1)->why),
            "machine m1 is replacing");
}

TEST(FlyHindrance, WhatIsDestroyedIsLeft) {
  auto gone = in_state("destroying", "m1", "i9");
  gone.gone = true;
  gone.reachable = false;
  EXPECT_EQ(kind(hindrance(running(), gone, of_i1)), H::gone);
}

std::string body_of(const Machine& machine) {
  return std::string(view(update_body(machine, R"({"image":"x"})", 42)));
}

TEST(FlyUpdateBody, IsFencedAndStartsOnlyWhatRuns) {
  auto machine = running();
  machine.region = "fra";
  EXPECT_EQ(body_of(machine), R"({"config":{"image":"x"},"region":"fra","min_secrets_version":42,)"
                              R"("current_version":"i1"})");
  for (const auto* state : {"stopped", "suspended", "created", "stopping"}) {
    EXPECT_THAT(body_of(in_state(state)), HasSubstr(R"("skip_launch":true)")) << state;
  }
  for (const auto* state : {"starting", "failed"}) {
    EXPECT_THAT(body_of(in_state(state)), ::testing::Not(HasSubstr("skip_launch"))) << state;
  }
}

Told told(ErrorKind kind, std::string code = "") {
  return told_by(fail({.kind = kind, .message = "no", .code = std::move(code)}), running());
}

TEST(FlyUpdateAnswer, AYesShowsTheMachineWithANewInstance) {
  EXPECT_EQ(told_by(running("m1", "i2"), running()), Told::done);
  EXPECT_EQ(told_by(running("m1", "i1"), running()), Told::open);
  EXPECT_EQ(told_by(running("m2", "i2"), running()), Told::open) << "another machine";
}

// S6
TEST(FlyUpdateAnswer, WhatMayHaveHappenedIsOpen) {
  EXPECT_EQ(told(K::outcome_unknown, "http_408"), Told::open);
  EXPECT_EQ(told(K::outcome_unknown, "http_500"), Told::open);
  EXPECT_EQ(told(K::protocol), Told::open);
  EXPECT_EQ(told(K::invalid, "http_422"), Told::refused);
  EXPECT_EQ(told(K::conflict, "http_412"), Told::refused);
  EXPECT_EQ(told(K::conflict, "http_409"), Told::not_now);
  for (const auto kind : {K::throttled, K::unauthorized, K::forbidden, K::not_found, K::fenced}) {
    EXPECT_EQ(told(kind), Told::not_now) << to_string(kind);
  }
}

TEST(FlyUpdateAnswer, TheLookAfterwardsShowsANewerInstance) {
  EXPECT_TRUE(was_updated(running("m1", "i1"), running("m1", "i2"), at(10)));
  EXPECT_FALSE(was_updated(running("m1", "i1"), running("m1", "i1"), at(10)));
  auto behind = running("m1", "i0");
  behind.updated_at = at(0);
  EXPECT_FALSE(was_updated(running("m1", "i1"), behind, at(10))) << "an even older one";
  EXPECT_TRUE(was_updated(running("m1", "i1"), behind, std::nullopt));
}

}  // namespace
}  // namespace lockstep::providers::fly
