#include "plan/diff.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "builders.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::row;
using testing::Scene;
using testing::token;

TEST(Diff, S3APlaceThatCouldNotBeReadIsUnknownAndNothingIsDone) {
  Scene s;
  s.desire("A");
  s.desire("B");
  s.wrote("A");
  for (const auto kind : {ErrorKind::unauthorized, ErrorKind::forbidden, ErrorKind::protocol,
                          ErrorKind::transient, ErrorKind::throttled}) {
    const auto plan = plan::unreadable(s.target, {.kind = kind, .message = "no answer"}, s.now);
    ASSERT_EQ(plan.secrets.size(), 2U);
    for (const auto& r : plan.secrets) {
      EXPECT_EQ(r.state, State::Unknown);
      EXPECT_EQ(r.action, ActionKind::none);
      EXPECT_FALSE(r.runs());
    }
    EXPECT_TRUE(plan.gates.empty());
  }
}

TEST(Diff, OnlyAProvedAbsenceIsPlaceMissing) {
  Scene s;
  const auto plan =
      plan::unreadable(s.target, {.kind = ErrorKind::not_found, .message = "10007"}, s.now);
  ASSERT_EQ(plan.gates.size(), 1U);
  EXPECT_EQ(plan.gates[0].first, Gate::PlaceMissing);
}

TEST(Diff, APlaceThatCouldNotBeReadTellsWhoWantsWhat) {
  Scene s;
  s.desire("A").optional = true;
  const auto plan = plan::unreadable(s.target, {.kind = ErrorKind::transient}, s.now);
  EXPECT_TRUE(plan.secrets[0].optional);
  EXPECT_EQ(plan.secrets[0].claimant, "SecretSet/runtime");
  EXPECT_EQ(plan.secrets[0].reason, "the place could not be read");
  s.target.place = {PlaceKind::dotenvFile, {"apps/.dev.vars"}};
  const Error missing{.kind = ErrorKind::not_found};
  EXPECT_EQ(plan::unreadable(s.target, missing, s.now).gates[0].second,
            "its folder does not exist");
  s.target.place = {PlaceKind::flyApp, {"molecule-cp"}};
  EXPECT_EQ(plan::unreadable(s.target, missing, s.now).gates[0].second,
            "the provider says that the place does not exist");
}

TEST(Diff, HandsOnWhatTheLookAndThePassFound) {
  Scene s;
  s.seen.requests = 3;
  s.seen.notes = {"a name is set twice"};
  s.gates = {{Gate::NewerVersion, "version 7 is not deployed"}};
  s.target.gates = {{Gate::Observe, "mode: Observe"}};
  const auto plan = s.pass();
  EXPECT_EQ(plan.requests, 3U);
  EXPECT_EQ(plan.notes, s.seen.notes);
  EXPECT_EQ(plan.gates.size(), 2U);
  EXPECT_EQ(plan.gates[1], s.gates[0]);
}

TEST(Diff, DesiredNamesComeFirstAndThenExtraOnes) {
  Scene s;
  s.desire("M");
  s.there("A");
  s.there("Z");
  const auto plan = s.pass();
  ASSERT_EQ(plan.secrets.size(), 3U);
  EXPECT_EQ(plan.secrets[0].name, "M");
  EXPECT_EQ(plan.secrets[1].name, "A");
  EXPECT_EQ(plan.secrets[2].name, "Z");
}

// ---- approvals (S13) ----------------------------------------------------------------------------

/// KEY waits for an approval and nothing else is left to do.
Scene waiting() {
  Scene s;
  s.desire("KEY").rotation.policy = api::RotationPolicy::CompromisedOnly;
  s.wrote("KEY");
  s.value("KEY", 2);
  s.seen.evidence = {.event = "e1", .version = "41"};
  s.look();
  return s;
}

TargetPlan settled(const Scene& s, const std::set<std::string>& approved = {}) {
  auto plan = s.diff();
  plan::settle_approvals(plan, s.record, s.seen, s.tokens, approved);
  return plan;
}

TEST(Approval, S13EveryInputChangesTheDigest) {
  const auto before = settled(waiting()).approval_digest;
  ASSERT_EQ(before.size(), 64U);
  EXPECT_EQ(settled(waiting()).approval_digest, before) << "equal input, equal digest";

  const std::pair<std::string, std::function<void(Scene&)>> inputs[] = {
      {"namespace", [](Scene& s) { s.target.key.ns = "other"; }},
      {"target", [](Scene& s) { s.target.key.name = "other"; }},
      {"place", [](Scene& s) { s.target.place.parts = {"other"}; }},
      {"sequence", [](Scene& s) { ++s.record.sequence; }},
      {"newest event", [](Scene& s) { s.seen.evidence.event = "e2"; }},
      {"version", [](Scene& s) { s.seen.evidence.version = "42"; }},
      {"value", [](Scene& s) { s.value("KEY", 3); }},
      {"what is there", [](Scene& s) { s.tokens["KEY"] = token("KEY", 5); }},
      {"when it changed", [](Scene& s) { s.seen.secrets[0].updated_at = s.now; }},
      {"state",
       [](Scene& s) {
         s.record.names["KEY"].drift_state = State::ChangedOutOfBand;
         s.at_once = true;
       }},
      {"action",
       [](Scene& s) {
         s.gone("KEY");
         s.at_once = true;
         s.look();
         s.tokens["KEY"] = token("KEY");
       }},
      {"one more action",
       [](Scene& s) {
         s.desire("KEY2").rotation.policy = api::RotationPolicy::CompromisedOnly;
         s.wrote("KEY2");
         s.value("KEY2", 2);
       }},
  };
  std::set<std::string> digests{before};
  for (const auto& [name, change] : inputs) {
    auto s = waiting();
    change(s);
    const auto digest = settled(s).approval_digest;
    EXPECT_EQ(digest.size(), 64U) << name;
    EXPECT_TRUE(digests.insert(digest).second) << name << " does not count";
  }
}

TEST(Approval, S13NoDigestWhileAnythingElseIsLeftToDo) {
  auto s = waiting();
  s.desire("NEW");
  EXPECT_EQ(settled(s).approval_digest, "");
  s.wrote("NEW");
  EXPECT_NE(settled(s).approval_digest, "");
}

TEST(Approval, S13OnlyTheWholeDigestOpensTheGate) {
  const auto s = waiting();
  const auto digest = settled(s).approval_digest;
  auto prefix = digest.substr(0, 63);
  auto last_digit = digest;
  last_digit.back() = last_digit.back() == '0' ? '1' : '0';
  EXPECT_FALSE(row(settled(s, {prefix, last_digit, ""}), "KEY").runs());
  EXPECT_TRUE(row(settled(s, {digest}), "KEY").runs());
  EXPECT_FALSE(row(settled(s, {digest}), "KEY").needs_approval.empty())
      << "what was agreed to is still told";
}

TEST(Approval, S13TheDigestOfYesterdayOpensNothingToday) {
  auto s = waiting();
  const auto digest = settled(s).approval_digest;
  s.value("KEY", 3);
  EXPECT_FALSE(row(settled(s, {digest}), "KEY").runs());
}

TEST(Approval, S14WhatNeedsNoneDoesNotWaitForWhatDoes) {
  auto s = waiting();
  s.desire("NEW");
  EXPECT_TRUE(row(settled(s), "NEW").runs());
}

TEST(Approval, NothingWaitingHasNoDigest) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  EXPECT_EQ(settled(s).approval_digest, "");
}

TEST(Approval, S13_OpensTheGateWithoutATrace) {
  auto s = waiting();
  auto plan = s.pass();
  plan::settle_approvals(plan, s.record, s.seen, s.tokens, {});
  plan::settle_approvals(plan, s.record, s.seen, s.tokens, {plan.approval_digest});
  EXPECT_EQ(row(plan, "KEY").gate_reason, "");
}

TEST(Approval, S13_NameAndActionAreInTheDigest) {
  auto s = waiting();
  const auto digest = [&](auto change) {
    auto plan = s.pass();
    change(*std::ranges::find(plan.secrets, "KEY", &PlannedSecret::name));
    plan::settle_approvals(plan, s.record, s.seen, {}, {});
    return plan.approval_digest;
  };
  const auto before = digest([](auto&) {});
  EXPECT_NE(digest([](auto& r) { r.action = ActionKind::remove; }), before);
  EXPECT_NE(digest([](auto& r) { r.name = "YEK"; }), before);
}

TEST(Contest, S20_OnlyADriftThatCameBackIsContested) {
  for (const auto kind : {PlaceKind::flyApp, PlaceKind::cloudflareWorker}) {
    PlaceRecord record;
    const std::vector<Wall> three(3);
    record.repairs = three;
    record.names["A"] = {.drift_state = State::ChangedOutOfBand, .repairs = three};
    record.names["B"] = {.repairs = three};
    record.names["Z"] = {};
    record.names["C"] = {.drift_state = State::Removed, .repairs = {Wall{}, Wall{}}};
    const bool place = kind == PlaceKind::cloudflareWorker;
    const auto marked = plan::digest_contest(kind, record, false);
    EXPECT_EQ(marked.contested, place);
    EXPECT_EQ(marked.names.at("A").contested, !place);
    EXPECT_FALSE(marked.names.at("B").contested) << "it is in sync";
    EXPECT_FALSE(marked.names.at("C").contested) << "repaired twice";
    const auto acted = plan::digest_contest(kind, marked, true);
    EXPECT_FALSE(acted.contested || acted.names.at("A").contested);
    record.names.erase("A");
    record.names.erase("C");
    EXPECT_FALSE(plan::digest_contest(kind, record, false).contested) << "nothing drifts";
  }
}

TEST(Approval, S13_AYesOpensNoOtherGateAndIsNotAboutOtherRows) {
  const auto with_held = [](std::string held, std::set<std::string> approved) {
    auto s = waiting();
    s.desire("HELD");
    s.wrote("HELD");
    s.value("HELD", 2);
    s.holds = {{.name = std::move(held), .since = s.now, .until = s.now + 1h}};
    return settled(s, approved);
  };
  const auto digest = with_held("HELD", {}).approval_digest;
  EXPECT_EQ(digest, settled(waiting()).approval_digest) << "what is held is no part of it";
  const auto plan = with_held("HELD", {digest});
  EXPECT_TRUE(row(plan, "KEY").runs());
  EXPECT_EQ(row(plan, "HELD").gate, Gate::Hold);
  EXPECT_NE(row(plan, "HELD").gate_reason, "");
}

TEST(Diff, AnEventWithoutAnAuthorIsSomeones) {
  Scene s(PlaceKind::cloudflareWorker);
  s.event(PlaceEvent::Effect::changes_secrets, "secret");
  s.seen.events[0].author.clear();
  EXPECT_TRUE(s.diff().notes.at(0).starts_with("someone made deployment d2 (secret) at "));
}

TEST(Diff, OnlyALimitHasATimeAtWhichItEnds) {
  const auto now = testing::time(testing::noon);
  Error error{.kind = ErrorKind::throttled, .retry_at = now + 90s};
  EXPECT_EQ(plan::limit_text(error, now), "rate limited until 12:02Z");
  error.retry_at = now + 13h;
  EXPECT_EQ(plan::limit_text(error, now), "rate limited until 2026-01-16T01:00:00Z");
  error.kind = ErrorKind::transient;
  EXPECT_EQ(plan::limit_text(error, now), "");
}

}  // namespace
}  // namespace lockstep
