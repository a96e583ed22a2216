// What a pass tells: outcome, log, metrics and texts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/bench.hpp"

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;
using testing::Bench;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::row;

TEST(PassReport, S4_EveryChangeHasItsAuditLineAndItsMetric) {
  Bench bench;
  bench.wants({"BAD", "GOOD", "LOST"});
  bench.provider.outcomes = {{"BAD", Receipt::Outcome::failed},
                             {"LOST", Receipt::Outcome::unknown}};
  const auto done = bench.pass();
  EXPECT_THAT(bench.log_text, HasSubstr("info    secret change target=prod/app place=flyApp/app "
                                        "name=GOOD action=create outcome=done"));
  EXPECT_THAT(bench.log_text, ::testing::ContainsRegex("warning secret change.*name=BAD.*"
                                                       "outcome=failed.*the provider refuses BAD"));
  EXPECT_THAT(bench.log_text, ::testing::ContainsRegex("warning secret change.*name=LOST.*"
                                                       "outcome=unknown"));
  for (const auto* outcome : {"done", "failed", "unknown"}) {
    EXPECT_THAT(bench.metrics.text(), HasSubstr("outcome=\"" + std::string(outcome) + "\""));
  }
  EXPECT_THAT(row(done, "BAD").reason, HasSubstr("the provider refuses BAD"));
  EXPECT_EQ(row(done, "LOST").reason, "written, but the answer was lost; the next pass looks");
  EXPECT_EQ(done.status.names_written, 1U);
}

TEST(PassReport, CallsAreCounted) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.provider.check.requests = 2;
  bench.provider.reads_of_apply = 3;
  const auto done = bench.pass();
  EXPECT_EQ(done.status.reads, 1U + 2U + 3U);
  EXPECT_EQ(done.status.writes, 1U);
}

TEST(PassReport, WhatTheProviderNotedIsHandedOn) {
  Bench bench;
  bench.wants({"TOKEN"});
  EXPECT_TRUE(bench.pass().status.plan.notes.empty());
  bench.value("TOKEN", "new");
  bench.provider.note = "staged: deploy it";
  EXPECT_THAT(bench.pass().status.plan.notes, Contains("staged: deploy it"));
}

TEST(PassReport, ThatTheNextPassLooksIsTold) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.provider.evidence_is_ours = false;
  EXPECT_EQ(row(bench.pass(), "TOKEN").reason, "written; the next pass looks for the evidence");
}

TEST(PassReport, ADeletionIsToldAndLeavesTheOtherRows) {
  for (const bool staged : {true, false}) {
    Bench bench;
    auto& target = bench.wants({"TOKEN"});
    target.policy.prune_after = Seconds(0);
    Bench::desire(target, "OLD", ValueKind::absent);
    for (const auto* name : {"FOREIGN", "OLD"}) bench.set(name, "x");
    bench.provider.staged = staged;
    const auto done = bench.pass();
    EXPECT_EQ(row(done, "OLD").reason, staged ? "deleted, not live yet" : "deleted, as declared");
    EXPECT_EQ(row(done, "OLD").action, ActionKind::none);
    EXPECT_EQ(row(done, "OLD").state, State::InSync);
    EXPECT_EQ(row(done, "FOREIGN").state, State::Extra);
  }
}

TEST(PassReport, ADeletedExtraNameIsNoRowAnyMore) {
  Bench bench;
  auto& target = bench.wants({"OLD", "TOKEN"});
  (void)bench.pass();
  bench.wait(5min);
  std::erase_if(target.secrets, [](const auto& s) { return s.name == "OLD"; });
  target.policy.prune_after = Seconds(0);
  bench.set("FOREIGN", "x");
  const auto done = bench.pass();
  EXPECT_EQ(done.status.plan.secrets.size(), 2U);
  EXPECT_EQ(row(done, "FOREIGN").state, State::Extra);
  EXPECT_EQ(bench.value_at("OLD"), "(not there)");
}

TEST(PassReport, ARefusalNamesTheCredentialThatIsToBeMended) {
  const auto told = [](Error error, bool at_the_write = false) {
    Bench bench;
    bench.wants({"TOKEN"});
    if (at_the_write) {
      bench.provider.check_error = std::move(error);
    } else {
      bench.provider.observe_errors["app"] = std::move(error);
    }
    return bench.pass().error->message;
  };
  for (const auto kind : {ErrorKind::unauthorized, ErrorKind::forbidden, ErrorKind::not_found}) {
    EXPECT_EQ(told({.kind = kind, .message = "no"}), "Credential fly: no") << to_string(kind);
  }
  EXPECT_EQ(told({.kind = ErrorKind::protocol, .message = "no", .code = "http_404"}),
            "Credential fly: no");
  EXPECT_EQ(told({.kind = ErrorKind::invalid, .message = "no", .code = "7003"}),
            "Credential fly: no");
  EXPECT_EQ(told({.kind = ErrorKind::invalid, .message = "no", .code = "7003"}, true), "no")
      << "the place was read with it";
  EXPECT_EQ(told({.kind = ErrorKind::invalid, .message = "no"}), "no");
  EXPECT_EQ(told({.kind = ErrorKind::transient, .message = "no", .code = "7003"}), "no");
}

TEST(PassReport, APlaceWithoutACredentialNamesNone) {
  Bench bench;
  bench.wants({"TOKEN"}).credential = "";
  bench.provider.observe_errors["app"] = {.kind = ErrorKind::not_found, .message = "no folder"};
  EXPECT_EQ(bench.pass().error->message, "no folder");
}

TEST(PassReport, AKindThatIsNotBuiltIsNamedAndNothingIsAsked) {
  Bench bench;
  bench.wants({"TOKEN"}).place = {PlaceKind::cloudflarePages, {"a", "b", "Production"}};
  const auto done = bench.pass();
  EXPECT_FALSE(done.error);
  EXPECT_EQ(done.status.plan.unreadable->kind, ErrorKind::unsupported);
  EXPECT_THAT(done.status.plan.unreadable->message, HasSubstr("cloudflarePages places are not"));
  EXPECT_TRUE(bench.journal.empty());
}

TEST(PassReport, GatesThatThePassFoundAreToldOverAPlaceThatCannotBeRead) {
  Bench bench;
  bench.wants({"TOKEN"}).rivals = {{"prod", "other"}};
  bench.provider.observe_errors["app"] = {.kind = ErrorKind::transient, .message = "no"};
  const auto done = bench.pass();
  ASSERT_EQ(done.status.plan.gates.size(), 1U);
  EXPECT_EQ(done.status.plan.gates[0].first, Gate::Conflict);
}

TEST(PassReport, AFaultAfterTheLookLeavesThePlanAsItWas) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.provider.check_error = Error{.kind = ErrorKind::transient, .message = "no"};
  EXPECT_FALSE(bench.pass().status.plan.unreadable);
}

TEST(PassReport, TheVersionThatWaitsIsTold) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.record().staged_version = "v7";
  EXPECT_EQ(bench.plan().status.plan.staged_version, "v7");
}

TEST(PassReport, S13_NoDigestWhileWhatWasSeenIsNotDurable) {
  Bench bench;
  auto& target = bench.wants({"KEY"});
  target.approval = api::ApprovalRule::Always;
  EXPECT_EQ(bench.plan().status.plan.approval_digest, "") << "the ledger does not know yet";
  EXPECT_EQ(bench.pass().status.plan.approval_digest.size(), 64U);
  bench.ledger.exists = false;
  EXPECT_EQ(bench.plan().status.plan.approval_digest, "") << "without a key there is none";
}

TEST(PassReport, EveryKindOfMissingResourceIsNamed) {
  Bench bench;
  bench.wants({"TOKEN"}).requires_ = {{.credential_ref = {.name = "fly"},
                                       .ai_gateways = {"g"},
                                       .d1_databases = {"d"},
                                       .kv_namespaces = {"k"},
                                       .r2_buckets = {"r"}}};
  std::string text;
  for (const auto& [gate, reason] : bench.pass().status.plan.gates) text += reason + "\n";
  for (const auto* what : {"AI Gateway g", "D1 database d", "KV namespace k", "R2 bucket r"}) {
    EXPECT_THAT(text, HasSubstr(what));
  }
}

TEST(PassReport, S10_ADeadTokenIsAlsoHeardFromResourcesAndReceipts) {
  Bench resources;
  resources.wants({"TOKEN"}).requires_ = {
      {.credential_ref = {.name = "fly"}, .ai_gateways = {"g"}}};
  resources.inspector.error = Error{.kind = ErrorKind::unauthorized, .message = "dead"};
  (void)resources.pass({.write = false});
  Bench receipts;
  receipts.wants({"TOKEN"});
  receipts.provider.outcomes["TOKEN"] = Receipt::Outcome::failed;
  receipts.provider.refusal = ErrorKind::unauthorized;
  (void)receipts.pass();
  for (auto* bench : {&resources, &receipts}) {
    bench->journal.clear();
    (void)bench->pass();
    for (const auto* request : {"observe", "check", "apply"}) {
      EXPECT_TRUE(bench->lines(request).empty()) << request;
    }
  }
}

TEST(PassReport, AdoptionAloneReadsNothingMore) {
  Bench bench;
  auto& target = bench.wants({"TOKEN"});
  target.policy.adopt = api::Adopt::Trust;
  target.permitted.insert(api::Action::TakeOver);
  bench.set("TOKEN", "x");
  (void)bench.pass();
  EXPECT_TRUE(bench.lines("check").empty());
}

TEST(PassReport, WhatARefusedNameWasStays) {
  Bench bench;
  bench.wants({"TOKEN"});
  (void)bench.pass();
  const auto before = bench.record().names.at("TOKEN");
  bench.wait(5min);
  bench.value("TOKEN", "new");
  bench.provider.outcomes["TOKEN"] = Receipt::Outcome::failed;
  (void)bench.pass();
  const auto& known = bench.record().names.at("TOKEN");
  EXPECT_FALSE(known.intent);
  EXPECT_EQ(known.fingerprint, before.fingerprint);
  EXPECT_EQ(known.written_at, before.written_at);
}

TEST(PassReport, S16_AGeneratedValueIsKnownByItsFingerprintAndAFailedOneIsTold) {
  Bench bench;
  auto& target = bench.target();
  Bench::desire(target, "KEY", ValueKind::generate);
  bench.source.keeping_fails = true;
  const auto failed = bench.pass();
  EXPECT_EQ(row(failed, "KEY").state, State::SourceUnavailable);
  EXPECT_EQ(row(failed, "KEY").action, ActionKind::none);
  bench.source.keeping_fails = false;
  (void)bench.pass();
  EXPECT_NE(bench.record().names.at("KEY").fingerprint, "");
  EXPECT_THAT(bench.log_text, HasSubstr("secret generated namespace=prod key=KEY"));
  EXPECT_EQ(row(bench.pass(), "KEY").state, State::InSync);
}

}  // namespace
}  // namespace lockstep::reconcile
