#include "support/about.hpp"
#include "world.hpp"

namespace lockstep::providers::cloudflare {
namespace {

using lockstep::testing::all_text;
using lockstep::testing::changes_of;
using lockstep::testing::put;
using lockstep::testing::removal;
using WorkerApply = WorkerWorld;
using O = Receipt::Outcome;

constexpr auto result_ab =
    R"({"A":{"name":"A","type":"secret_text"},"B":{"name":"B","type":"secret_text"}})";

TEST_F(WorkerApply, WritesAndDeletesInOneCall) {
  answer_clear();
  http.answer(200, envelope(result_ab));
  http.answer(200, deployments({{"d2", "v2", "secret"}, {"d1", "v1", "upload"}}));
  const auto applied = apply(changes_of(put("A", "a\"b"), removal("OLD"), put("B", "")));
  ASSERT_TRUE(applied);
  ASSERT_EQ(http.asked().size(), 4U);
  const auto& write = http.asked()[2];
  EXPECT_EQ(write.method, "PATCH");
  EXPECT_EQ(write.effect, net::Effect::Write);
  EXPECT_TRUE(write.url.ends_with("/workers/scripts/production-alokai-cms/secrets-bulk"));
  ASSERT_EQ(write.headers.size(), 1U);
  EXPECT_EQ(write.headers[0].value, "application/merge-patch+json");
  EXPECT_EQ(write.body,
            R"({"secrets":{"A":{"name":"A","text":"a\"b","type":"secret_text"},"OLD":null,)"
            R"("B":{"name":"B","text":"","type":"secret_text"}}})");
  EXPECT_EQ(write.operation, "secrets.bulk");
  EXPECT_EQ(applied->reads, 3U);
  EXPECT_EQ(applied->writes, 1U);
  for (const auto& receipt : applied->receipts) EXPECT_EQ(receipt.outcome, O::done);
  EXPECT_EQ(applied->evidence, (PlaceEvidence{.event = "d2", .version = "v2"}));
  EXPECT_TRUE(applied->evidence_is_ours);
  EXPECT_FALSE(applied->presumed);
  EXPECT_FALSE(applied->staged);
}

// S8
TEST_F(WorkerApply, SendsNothingWhileANewerVersionExists) {
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, versions({"v2", "v1"}));
  const auto applied = apply(changes_of(put("A", "v"), removal("B")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(http.asked().size(), 2U);
  EXPECT_FALSE(applied->evidence_is_ours);
  EXPECT_EQ(applied->reads, 2U);
  EXPECT_EQ(applied->writes, 0U);
  for (const auto& receipt : applied->receipts) {
    EXPECT_EQ(receipt.outcome, O::failed);
    EXPECT_EQ(receipt.error->kind, ErrorKind::conflict);
    EXPECT_NE(receipt.error->message.find("version v2"), std::string::npos);
  }
}

// S8: the server's own refusals, when someone uploads between the check and the write.
TEST_F(WorkerApply, UnderstandsTheServersNewerVersionRefusals) {
  for (const int number : {10214, 10215}) {
    answer_clear();
    http.answer(400, error_body(number, "Secret edit failed."));
    const auto applied = apply(changes_of(put("A", "v"), removal("B")));
    ASSERT_TRUE(applied);
    for (const auto& receipt : applied->receipts) {
      EXPECT_EQ(receipt.outcome, O::failed);
      EXPECT_EQ(receipt.error->kind, ErrorKind::conflict);
      EXPECT_NE(receipt.error->message.find("wrangler versions deploy"), std::string::npos);
    }
  }
}

// S5
TEST_F(WorkerApply, NeverMakesAWorkerThatIsGone) {
  answer_clear();
  http.answer(404, error_body(10007));
  const auto applied = apply(changes_of(put("A", "v")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::not_found);
  EXPECT_EQ(http.asked().size(), 3U);
  http.answer(404, error_body(10007));
  EXPECT_EQ(apply(changes_of(put("A", "v"))).error().kind, ErrorKind::not_found);
  for (const auto& asked : http.asked()) {
    EXPECT_TRUE(asked.method == "GET" || asked.url.ends_with("/secrets-bulk"));
  }
}

TEST_F(WorkerApply, SaysWhatHoldsATakenName) {
  answer_clear();
  http.answer(400, error_body(10053, "Binding name 'STAGE' already in use."));
  http.answer(200, settings);
  const auto applied = apply(changes_of(put("A", "v"), put("STAGE", "w")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::conflict);
  EXPECT_EQ(applied->receipts[1].outcome, O::failed);
  EXPECT_EQ(applied->receipts[1].error->kind, ErrorKind::invalid);
  EXPECT_EQ(applied->receipts[1].error->message,
            "STAGE is already the name of a plain_text binding of this Worker: rename one of them");

  answer_clear();
  http.answer(400, error_body(10053));
  http.answer(500, "");
  const auto blind = apply(changes_of(put("A", "v")));
  EXPECT_EQ(blind->receipts[0].error->kind, ErrorKind::invalid);
  EXPECT_FALSE(blind->evidence_is_ours);
  EXPECT_EQ(blind->reads, 3U);
  EXPECT_EQ(blind->writes, 1U);

  answer_clear();
  http.answer(400, error_body(10053));
  http.answer(500, "");
  const auto either = apply(changes_of(put("A", "v"), put("B", "w")));
  for (const auto& receipt : either->receipts) {
    EXPECT_EQ(receipt.error->kind, ErrorKind::conflict) << "it may be either of them";
  }
}

TEST_F(WorkerApply, TakesTheRemovalOfAMissingSecretAsDone) {
  memory.evidence = {.event = "d0", .version = "v0"};
  memory.staged_version = "v-staged";
  answer_clear();
  http.answer(404, error_body(10056));
  http.answer(200, settings);
  const auto applied = apply(changes_of(removal("OLD"), put("A", "v"), removal("SESSION_KEY")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->receipts[0].outcome, O::done);
  EXPECT_EQ(applied->receipts[1].outcome, O::failed);
  EXPECT_EQ(applied->receipts[1].error->kind, ErrorKind::conflict);
  EXPECT_EQ(applied->receipts[2].outcome, O::failed);
  EXPECT_EQ(applied->receipts[2].error->message,
            "not written: Cloudflare refused the call for a secret that is already gone");
  EXPECT_EQ(applied->evidence, memory.evidence) << "nothing was deployed";
  EXPECT_TRUE(applied->evidence_is_ours);
  EXPECT_EQ(applied->staged_version, "v-staged");

  answer_clear();
  http.answer(404, error_body(10056));
  http.answer(500, "");
  EXPECT_EQ(apply(changes_of(removal("OLD")))->receipts[0].outcome, O::done);
}

TEST_F(WorkerApply, LooksUpWhatTheAnswerDoesNotTell) {
  answer_clear();
  http.answer(200, envelope("null"));
  http.answer(200, settings);
  http.answer(200, deployments({{"d2", "v2", "secret"}, {"d1", "v1", "upload"}}));
  const auto applied =
      apply(changes_of(put("SESSION_KEY", "v"), put("A", "w"), removal("OLD"), removal("SIGNING")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->receipts[0].outcome, O::done);
  EXPECT_EQ(applied->receipts[1].outcome, O::unknown);
  EXPECT_EQ(applied->receipts[2].outcome, O::done);
  EXPECT_EQ(applied->receipts[3].outcome, O::unknown) << "it is still there";
  EXPECT_EQ(applied->reads, 4U);
}

struct After {
  std::vector<Dep> list;  ///< without d1, the deployment before
  bool ours;
  bool presumed;
  std::string event;
  bool cut = false;  ///< d1 is not listed any more
};

TEST_F(WorkerApply, CountsEvidenceOnlyWhenItIsSurelyOurs) {
  const std::vector<After> rows = {
      {{{"d2", "v2", "secret"}}, true, false, "d2"},
      {{{"d3", "v3", "upload"}, {"d2", "v2", "secret"}}, true, true, "d3"},
      {{{"d3", "v3", "secret"}, {"d2", "v2", "promotion"}}, true, true, "d3"},
      {{{"d2", "v2", ""}}, true, true, "d2"},
      {{{"d3", "v3", "secret"}, {"d2", "v2", "secret"}}, false, false, "d1"},
      {{{"d3", "v0", "rollback"}, {"d2", "v2", "secret"}}, false, false, "d1"},
      {{{"d3", "v3", ""}, {"d2", "v2", "secret"}}, false, false, "d1"},
      {{{"d2", "v2", "upload"}}, false, false, "d1"},
      {{{"d2", "v2", "secret"}}, false, false, "d1", true}};
  for (const auto& row : rows) {
    answer_clear();
    http.answer(200, envelope(R"({"A":{}})"));
    auto list = row.list;
    if (!row.cut) list.push_back({"d1", "v1", "upload"});
    http.answer(200, deployments(list));
    const auto applied = apply(changes_of(put("A", "v")));
    ASSERT_TRUE(applied);
    EXPECT_EQ(applied->receipts[0].outcome, O::done);
    EXPECT_EQ(applied->evidence_is_ours, row.ours) << list[0].trigger;
    EXPECT_EQ(applied->presumed, row.presumed) << list[0].trigger;
    EXPECT_EQ(applied->evidence.event, row.event) << list[0].trigger;
  }
}

TEST_F(WorkerApply, LooksOnceMoreWhenTheListIsBehind) {
  answer_clear();
  http.answer(200, envelope(R"({"A":{}})"));
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, deployments({{"d2", "v2", "secret"}, {"d1", "v1", "upload"}}));
  auto applied = apply(changes_of(put("A", "v")));
  EXPECT_TRUE(applied->evidence_is_ours);

  answer_clear();
  http.answer(200, envelope(R"({"A":{}})"));
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  applied = apply(changes_of(put("A", "v")));
  EXPECT_EQ(applied->receipts[0].outcome, O::done);
  EXPECT_FALSE(applied->evidence_is_ours);
  EXPECT_EQ(applied->evidence.event, "d1");

  answer_clear();
  http.answer(200, envelope(R"({"A":{}})"));
  http.answer(503, "");
  applied = apply(changes_of(put("A", "v")));
  EXPECT_EQ(applied->receipts[0].outcome, O::done);
  EXPECT_FALSE(applied->evidence_is_ours);
}

// S1: a decision that rests on an old read is not carried out.
TEST_F(WorkerApply, SendsNothingWhenSecretsChangedSinceTheDecision) {
  memory.names["A"].intent = Intent{.place_before = {.event = "d0", .version = "v0"}};
  for (const auto* trigger : {"secret", "rollback", ""}) {
    http.answer(200, deployments({{"d1", "v1", trigger}, {"d0", "v0", "upload"}}));
    http.answer(200, versions({"v1"}));
    EXPECT_EQ(apply(changes_of(put("A", "v"))).error().kind, ErrorKind::conflict);
  }
  http.answer(200,
              deployments({{"d2", "v1", "upload"}, {"d1", "v1", "secret"}, {"d0", "v0", "x"}}));
  http.answer(200, versions({"v1"}));
  EXPECT_EQ(apply(changes_of(put("A", "v"))).error().kind, ErrorKind::conflict);
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, versions({"v1"}));
  EXPECT_EQ(apply(changes_of(put("A", "v"))).error().kind, ErrorKind::conflict);
  for (const auto& asked : http.asked()) EXPECT_EQ(asked.effect, net::Effect::Read);
}

TEST_F(WorkerApply, IsOnlyPresumedAfterADeploySinceTheDecision) {
  memory.names["A"].intent = Intent{.place_before = {.event = "d0", .version = "v0"}};
  http.answer(200, deployments({{"d1", "v1", "upload"}, {"d0", "v0", "upload"}}));
  http.answer(200, versions({"v1"}));
  http.answer(200, envelope(R"({"A":{}})"));
  http.answer(200,
              deployments({{"d2", "v2", "secret"}, {"d1", "v1", "upload"}, {"d0", "v0", "x"}}));
  const auto applied = apply(changes_of(put("A", "v")));
  ASSERT_TRUE(applied);
  EXPECT_TRUE(applied->evidence_is_ours);
  EXPECT_TRUE(applied->presumed);
  EXPECT_EQ(applied->evidence.event, "d2");
}

// S6
TEST_F(WorkerApply, SaysUnknownWhenTheAnswerIsLostOrNotUnderstood) {
  const std::vector<std::function<void()>> endings = {
      [&] { http.fail_with({.kind = ErrorKind::outcome_unknown, .message = "cut"}); },
      [&] { http.fail_with({.kind = ErrorKind::protocol, .message = "too large"}); },
      [&] { http.answer(500, error_body(10013, "workers.api.error.unknown")); },
      [&] { http.answer(200, "{\"success\":tr"); },
      [&] { http.answer(404, "<html>"); },
      [&] { http.answer(302, ""); }};
  for (const auto& ending : endings) {
    answer_clear();
    ending();
    const auto applied = apply(changes_of(put("A", "v"), removal("B")));
    ASSERT_TRUE(applied);
    for (const auto& receipt : applied->receipts) {
      EXPECT_EQ(receipt.outcome, O::unknown);
      EXPECT_EQ(receipt.error->kind, ErrorKind::outcome_unknown);
    }
    EXPECT_FALSE(applied->evidence_is_ours);
    EXPECT_TRUE(http.exhausted());
  }
}

TEST_F(WorkerApply, GivesAnErrorWhenNothingWasSent) {
  http.answer(500, "");
  EXPECT_EQ(apply(changes_of(put("A", "v"))).error().kind, ErrorKind::transient);
  for (const auto kind : {ErrorKind::fenced, ErrorKind::throttled, ErrorKind::transient}) {
    answer_clear();
    http.fail_with({.kind = kind, .message = "no"});
    EXPECT_EQ(apply(changes_of(put("A", "v"))).error().kind, kind);
  }
}

TEST_F(WorkerApply, FailsEveryNameOfARefusedCall) {
  answer_clear();
  http.answer(429, error_body(971), {{"Retry-After", "60"}});
  const auto applied = apply(changes_of(put("A", "v"), removal("B")));
  ASSERT_TRUE(applied);
  for (const auto& receipt : applied->receipts) {
    EXPECT_EQ(receipt.outcome, O::failed);
    EXPECT_EQ(receipt.error->kind, ErrorKind::throttled);
    EXPECT_TRUE(receipt.error->message.starts_with("writing the secrets of production-alokai-cms"));
    EXPECT_THAT(*receipt.error->retry_at, testing::About(sim.clock().wall() + Seconds(60)));
  }
}

TEST_F(WorkerApply, SendsOnlyWhatThePlaceTakes) {
  answer_clear();
  http.answer(200, envelope(R"({"FITS":{}})"));
  http.answer(200, deployments({{"d2", "v2", "secret"}, {"d1", "v1", "upload"}}));
  const auto applied =
      apply(changes_of(put("BIG", std::string(6000, 'x')), put("BINARY", "\xFF"),
                       put("bad name", "v"), put("FITS", "v"), removal("the/key")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(
      http.asked()[2].body,
      R"({"secrets":{"FITS":{"name":"FITS","text":"v","type":"secret_text"},"the/key":null}})");
  for (const auto i : {0, 1, 2}) EXPECT_EQ(applied->receipts[i].error->kind, ErrorKind::invalid);
  EXPECT_EQ(applied->receipts[3].outcome, O::done);
  EXPECT_EQ(applied->receipts[4].outcome, O::done);
}

TEST_F(WorkerApply, MakesNoCallWithoutAnythingToSend) {
  const auto applied = apply(changes_of(put("BINARY", "\xFF")));
  ASSERT_TRUE(applied);
  EXPECT_TRUE(apply({})->receipts.empty());
  EXPECT_TRUE(http.asked().empty());
}

// S4
TEST_F(WorkerApply, NeverRepeatsWhatAHostileServerEchoes) {
  const std::string value = "sk_live_51MzFAKEFAKEFAKEFAKE+/=";
  for (const int number : {10053, 12345, 10013, 10007}) {
    answer_clear();
    http.answer(number == 10013 ? 500 : 400,
                error_body(number, "value " + value + " token " + api_token +
                                       " c2tfbGl2ZV81MU16RkFLRUZBS0VGQUtFRkFLRSsvPQ"));
    if (number == 10053) http.answer(200, settings);
    const auto text = all_text(apply(changes_of(put("A", value))));
    EXPECT_EQ(text.find("51MzFAKE"), std::string::npos) << text;
    EXPECT_EQ(text.find("fakeFAKE"), std::string::npos) << text;
    EXPECT_EQ(text.find("c2tfbGl2ZV81MU"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace lockstep::providers::cloudflare
