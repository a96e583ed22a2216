// What is remembered of names that are not, or not surely, lockstep's own.
#include <gtest/gtest.h>

#include "builders.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::fingerprint;
using testing::row;
using testing::Scene;

Intent created(const Scene& s, const std::string& name, Nanos ago) {
  return {.fingerprint = fingerprint(name), .attempt = "a1", .started = s.now - ago};
}

TEST(MemoryNames, AnOpenAttemptIsRememberedAlthoughNobodyWantsTheNameAnyMore_S6) {
  Scene s;
  s.desire("KEPT");
  s.record.names["A"].intent = created(s, "A", 5s);
  (void)s.pass();
  ASSERT_TRUE(s.record.names.contains("A")) << "it may still come to light";
  s.there("A");
  (void)s.pass_after(1s);
  EXPECT_TRUE(plan::is_ours(s.record.names.at("A")));
}

TEST(MemoryNames, AnOverwriteThatDidNotLandLeavesNothing_S1) {
  Scene s;
  s.there("A", 7);
  auto& known = s.record.names["A"];
  known.compromised_only = true;
  known.intent = created(s, "A", 90s);
  known.intent->was_there = true;
  known.intent->token_before = s.tokens.at("A");
  s.record = plan::digest_observation(s.target.place.kind, s.record, {s.seen, s.tokens}, s.now);
  EXPECT_FALSE(s.record.names.contains("A"));
}

TEST(MemoryNames, ARuleOverANameThatIsNotOursIsNotRemembered_S16) {
  Scene s;
  s.desire("A").rotation.policy = api::RotationPolicy::CompromisedOnly;
  s.there("A");
  (void)s.pass();
  (void)s.pass_after(1min);
  EXPECT_FALSE(s.record.names.at("A").compromised_only);
}

TEST(MemoryNames, WhatIsNotOursDoesNotDrift) {
  Scene s;
  s.desire("A", ValueKind::external);
  s.there("A");
  (void)s.pass();
  s.there("A", 5);
  (void)s.pass_after(1min);
  EXPECT_EQ(s.record.names.at("A").drift_state, State::InSync);
}

TEST(MemoryNames, ADesiredNameOfWhichNothingIsKnownLeavesNoEntry) {
  Scene s;
  s.desire("A");
  s.record.names["A"].first_seen = s.now;
  s.look();
  EXPECT_FALSE(s.record.names.contains("A"));
}

TEST(DigestEvidence, AValueWithoutADigestOfOursIsUnverifiable) {
  Scene s;
  s.desire("A");
  s.wrote("A").token.clear();
  EXPECT_EQ(row(s.pass(), "A").state, State::Unverifiable);
}

TEST(DigestEvidence, OfTwoNamesWithoutTimesThatDifferEachIsDrift) {
  Scene s;
  for (const auto* name : {"A", "B"}) {
    s.desire(name);
    s.wrote(name).updated_at = s.now - 24h;
    s.there(name, 5);
  }
  s.seen.secrets[0].updated_at = s.now - 24h;
  s.record.names["B"].token.clear();
  EXPECT_EQ(row(s.pass(), "A").state, State::ChangedOutOfBand)
      << "one name alone is no new scheme of digests";
}

TEST(VersionEvidence, WhoeverIsNotNamedIsSomeone) {
  Scene s(PlaceKind::cloudflareWorker);
  s.desire("A");
  s.wrote("A");
  s.event(PlaceEvent::Effect::changes_secrets, "");
  s.seen.events[0].author.clear();
  EXPECT_EQ(row(s.pass(), "A").who, "someone (unknown trigger)");
}

}  // namespace
}  // namespace lockstep
