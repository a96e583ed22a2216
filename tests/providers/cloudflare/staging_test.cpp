// A Worker whose writes are staged: versions that are not deployed.
#include <gmock/gmock.h>

#include "providers/cloudflare/staging.hpp"
#include "world.hpp"

namespace lockstep::providers::cloudflare {
namespace {

using lockstep::testing::changes_of;
using lockstep::testing::put;
using lockstep::testing::removal;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using WorkerStaging = WorkerWorld;
using O = Receipt::Outcome;

constexpr auto names_a =
    R"({"success":true,"errors":[],"messages":[],"result":{"bindings":[
      {"type":"secret_text","name":"A"}]}})";

struct Ver {
  std::string id;
  std::string message;
};
/// The newest first.
std::string listed(const std::vector<Ver>& list) {
  std::string out;
  auto number = list.size();
  for (const auto& one : list) {
    out +=
        (out.empty() ? "" : ",") + (R"({"id":")" + one.id) + R"(","number":)" +
        std::to_string(number--) +
        R"(,"metadata":{"created_on":"2026-01-15T09:00:00Z","author_email":"bob@example.com"},)" +
        R"("annotations":{"workers/message":")" + one.message + R"("}})";
  }
  return envelope("{\"items\":[" + out + "]}");
}

/// A deployment of several versions, each with the same share, over d1.
struct Split {
  std::string id;
  std::string strategy;
  std::vector<std::string> shares;
};
std::string split(const Split& split, const std::string& older = "") {
  std::string list;
  for (const auto& version : split.shares) {
    list += (list.empty() ? "" : ",") + (R"({"version_id":")" + version) + R"(","percentage":50})";
  }
  return envelope(R"({"deployments":[{"id":")" + split.id +
                  R"(","created_on":"2026-01-15T10:00:00Z","strategy":")" + split.strategy +
                  R"(","versions":[)" + list + "]}" + (older.empty() ? "" : "," + older) + "]}");
}

TEST_F(WorkerStaging, PatchesTheLatestVersionOnceAndDeploysNothing) {
  answer_clear();
  http.answer(200, envelope(R"({"id":"v2","number":2})"));
  http.answer(200, names_a);
  http.answer(200, listed({{"v2", "lockstep a1: set A; removed OLD"}, {"v1", ""}}));
  const auto applied =
      apply(changes_of(put("A", "s3cret-value"), removal("OLD")), WriteMode::staged);
  ASSERT_TRUE(applied);
  ASSERT_EQ(http.asked().size(), 5U);
  const auto& write = http.asked()[2];
  EXPECT_EQ(write.method, "PATCH");
  EXPECT_EQ(write.effect, net::Effect::Write);
  EXPECT_TRUE(write.url.ends_with("/workers/workers/production-alokai-cms/versions/latest"));
  EXPECT_EQ(write.headers.at(0).value, "application/merge-patch+json");
  EXPECT_EQ(write.operation, "versions.patch");
  EXPECT_EQ(write.body, R"({"env":{"A":{"type":"secret_text","text":"s3cret-value"},"OLD":null},)"
                        R"("annotations":{"workers/message":"lockstep a1: set A; removed OLD",)"
                        R"("workers/tag":null}})");
  for (const auto& receipt : applied->receipts) EXPECT_EQ(receipt.outcome, O::done);
  EXPECT_TRUE(applied->staged);
  EXPECT_EQ(applied->staged_version, "v2");
  EXPECT_TRUE(applied->evidence_is_ours);
  EXPECT_EQ(applied->evidence, (PlaceEvidence{.event = "d1", .version = "v1"}));
  EXPECT_EQ(applied->reads, 4U);
  EXPECT_THAT(applied->note,
              StartsWith("staged in version v2; it goes live when someone deploys it: npx wrangler "
                         "versions deploy v2@100% --name production-alokai-cms"));
}

// S8
TEST_F(WorkerStaging, SaysSoWhenSomeoneUploadedBetweenTheCheckAndTheWrite) {
  answer_clear();
  http.answer(200, envelope(R"({"id":"v3"})"));
  http.answer(200, names_a);
  http.answer(200, listed({{"v3", "lockstep a1: set A"}, {"v2", "new checkout"}, {"v1", ""}}));
  const auto applied = apply(changes_of(put("A", "v")), WriteMode::staged);
  ASSERT_TRUE(applied);
  EXPECT_THAT(applied->note, HasSubstr("which carries version v2 by bob@example.com"));
  // And nothing more is put on top of it.
  memory.staged_version = "v3";
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, listed({{"v3", "lockstep a1: set A"}, {"v2", "new checkout"}, {"v1", ""}}));
  const auto next = check_write(WriteMode::staged);
  ASSERT_TRUE(next);
  EXPECT_FALSE(next->ok);
  EXPECT_THAT(next->reason, HasSubstr("version v2 by bob@example.com"));
}

TEST_F(WorkerStaging, GoesOnOverItsOwnVersionsOnly) {
  memory.staged_version = "v3";
  const auto check_with = [&](const std::vector<Ver>& versions) {
    http.answer(200, deployments({{"d1", "v1", "upload"}}));
    http.answer(200, listed(versions));
    return check_write(WriteMode::staged)->ok;
  };
  EXPECT_TRUE(check_with({{"v3", "lockstep b: set A"}, {"v2", "lockstep a: set B"}, {"v1", ""}}));
  EXPECT_FALSE(check_with({{"v4", "mine"}, {"v3", "lockstep b: set A"}, {"v1", ""}}));
  EXPECT_FALSE(check_with({{"v4", "lockstep b: set A"}, {"v3", "lockstep b: set A"}, {"v1", ""}}))
      << "a message that somebody's edit inherited";
  EXPECT_FALSE(check_with({{"v3", "lockstep b: set A"}, {"v2", ""}, {"v1", ""}}));
  EXPECT_TRUE(check_with({{"v3", ""}, {"v1", ""}})) << "ours by its id, its message is lost";
}

// S8
TEST_F(WorkerStaging, StagesNothingBesideSplitTrafficOrWithoutADeployment) {
  for (const auto& body :
       {deployments({}), split({.id = "d2", .strategy = "percentage", .shares = {"v1", "v2"}})}) {
    http.answer(200, body);
    http.answer(200, listed({{"v1", ""}}));
    EXPECT_FALSE(check_write(WriteMode::staged)->ok);
  }
}

TEST_F(WorkerStaging, ARefusalSaysThatItWasAboutStaging) {
  answer_clear();
  http.answer(400, error_body(10021));
  const auto applied = apply(changes_of(put("A", "v")), WriteMode::staged);
  EXPECT_THAT(applied->receipts[0].error->message,
              StartsWith("staging the secrets of production-alokai-cms"));
}

TEST_F(WorkerStaging, AnswersThatProveNothingLeaveTheOutcomeOpen) {
  for (const auto* body : {R"({"success":true,"result":null})", R"({"success":true,"result":{}})",
                           R"({"success":true,"result":{"id":"a b"}})", "<html>"}) {
    answer_clear();
    http.answer(200, body);
    const auto applied = apply(changes_of(put("A", "v")), WriteMode::staged);
    ASSERT_TRUE(applied) << body;
    EXPECT_EQ(applied->receipts[0].outcome, O::unknown) << body;
    EXPECT_EQ(applied->staged_version, "");
  }
}

TEST_F(WorkerStaging, AVersionWithoutTheNameIsNotDone) {
  answer_clear();
  http.answer(200, envelope(R"({"id":"v2"})"));
  http.answer(200, settings);
  http.answer(200, listed({{"v2", "lockstep a1: set A"}, {"v1", ""}}));
  const auto applied = apply(changes_of(put("A", "v")), WriteMode::staged);
  EXPECT_EQ(applied->receipts[0].outcome, O::unknown);
}

TEST_F(WorkerStaging, ANameThatIsTakenIsTold) {
  answer_clear();
  http.answer(400, error_body(10053));
  http.answer(200, settings);
  const auto applied = apply(changes_of(put("STAGE", "v")), WriteMode::staged);
  EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::invalid);
  EXPECT_THAT(applied->receipts[0].error->message, HasSubstr("plain_text"));
}

/// Looks with version v2 staged over v1, which d1 deployed.
struct WorkerStaged : WorkerWorld {
  WorkerStaged() {
    memory.seen = memory.evidence = {.event = "d1", .version = "v1"};
    memory.seen_names = {"A"};
    memory.names["A"].written = memory.names["A"].staged = true;
    memory.staged_version = "v2";
  }
  const Ver ours{"v2", "lockstep a1: set A"};
  const Ver first{"v1", ""};
};

TEST_F(WorkerStaged, WaitsAndSaysWhomItIsInTheWayOf) {
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, listed({ours, first}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->requests, 2U);
  ASSERT_TRUE(seen->staged);
  EXPECT_FALSE(seen->staged->live);
  EXPECT_TRUE(seen->staged->surely);
  EXPECT_THAT(seen->liveness_note,
              HasSubstr("until then Cloudflare refuses `wrangler secret put`"));
}

TEST_F(WorkerStaged, ItsOwnDeploymentIsNobodysChangeWhateverTheTrigger) {
  for (const auto* trigger : {"promotion", "secret", "", "something_new"}) {
    http.answer(200, deployments({{"d2", "v2", trigger}, {"d1", "v1", "upload"}}));
    http.answer(200, settings);
    http.answer(200, deployments({{"d2", "v2", trigger}, {"d1", "v1", "upload"}}));
    http.answer(200, listed({ours, first}));
    const auto seen = observe();
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->events.empty()) << trigger;
    EXPECT_TRUE(seen->staged->live && seen->staged->surely);
    EXPECT_EQ(seen->liveness_note, "");
  }
}

TEST_F(WorkerStaged, ALaterVersionOfSomeoneElseIsPresumedToHoldIt) {
  http.answer(200, deployments({{"d2", "v3", "upload"}, {"d1", "v1", "upload"}}));
  http.answer(200, settings);
  http.answer(200, deployments({{"d2", "v3", "upload"}, {"d1", "v1", "upload"}}));
  http.answer(200, listed({{"v3", "release"}, ours, first}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->events.size(), 1U);
  EXPECT_TRUE(seen->staged->live);
  EXPECT_FALSE(seen->staged->surely);
}

TEST_F(WorkerStaged, IsNotTakenForLiveWhenItIsNotListed) {
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, listed({first}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->staged);
  EXPECT_THAT(seen->liveness_note, HasSubstr("does not list"));
}

// S6
TEST_F(WorkerStaged, FindsAnInterruptedAttemptByTheOldestVersionThatNamesIt) {
  memory.names["B"].intent = Intent{.attempt = "b7", .staged = true};
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, settings);
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200,
              listed({{"v4", "lockstep b7: set B"}, {"v3", "lockstep b7: set B"}, ours, first}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->attempts, std::set<std::string>{"b7"});
  EXPECT_EQ(seen->staged->version, "v3");
  EXPECT_FALSE(seen->staged->surely) << "v4 is someone else's";
}

TEST_F(WorkerStaged, SaysThatANewerVersionIsInTheWay) {
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, listed({{"v3", "checkout"}, ours, first}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_THAT(seen->liveness_note, HasSubstr("version v3 by bob@example.com"));
  EXPECT_THAT(seen->liveness_note, HasSubstr("is newer and not deployed"));
}

TEST_F(WorkerStaged, IsOlderThanAWholePageThatDoesNotListIt) {
  const auto fate = [&](std::size_t how_many) {
    std::vector<Ver> page;
    for (auto i = how_many; i > 0; --i) page.push_back({"w" + std::to_string(i), ""});
    http.answer(200, deployments({{"d1", "w3", "upload"}}));
    http.answer(200, listed(page));
    return observe()->staged;
  };
  const auto past = fate(versions_asked);
  ASSERT_TRUE(past);
  EXPECT_TRUE(past->live);
  EXPECT_FALSE(past->surely);
  EXPECT_FALSE(fate(versions_asked - 1)) << "it was never there, as far as the list tells";
}

TEST_F(WorkerStaged, AWholePageProvesNothingWithoutTheDeployedVersion) {
  std::vector<Ver> page;
  for (auto i = versions_asked; i > 0; --i) page.push_back({"w" + std::to_string(i), ""});
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, listed(page));
  EXPECT_FALSE(observe()->staged);
}

/// What is left of the one event d2 over d1, which deployed v1.
TEST_F(WorkerStaged, OnlyADeploymentOfItAndOfWhatWasLiveIsNobodysChange) {
  const auto older = deployment_json({"d1", "v1", "upload"});
  const auto events = [&](const Split& deployed, const std::string& before) {
    memory.seen = {.event = deployed.id, .version = ""};
    http.answer(200, split(deployed, before));
    http.answer(200, listed({ours, first}));
    return observe()->events.size();
  };
  EXPECT_EQ(events({"d2", "percentage", {"v1", "v2"}}, older), 0U);
  EXPECT_EQ(events({"d2", "percentage", {"v2", "v9"}}, older), 1U) << "v9 was not live";
  EXPECT_EQ(events({"d2", "percentage", {"v1", "v1"}}, older), 1U) << "without ours";
  EXPECT_EQ(events({"d2", "by-region", {"v1", "v2"}}, older), 1U);
  memory.evidence = {.event = "d0", .version = "v0"};
  EXPECT_EQ(events({"d2", "percentage", {"v1", "v2"}}, ""), 1U) << "what was live is not listed";
}

// S6
TEST_F(WorkerStaged, AnAttemptWithoutAVersionDidNotHappen) {
  memory.staged_version.reset();
  memory.names["B"].intent = Intent{.attempt = "b7", .staged = true};
  const auto look = [&](const std::vector<Ver>& versions) {
    http.answer(200, deployments({{"d1", "v1", "upload"}}));
    http.answer(200, settings);
    http.answer(200, deployments({{"d1", "v1", "upload"}}));
    http.answer(200, listed(versions));
    return observe();
  };
  const auto seen = look({{"v2", "lockstep a1: set A"}, first});
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->attempts.empty());
  EXPECT_FALSE(seen->staged);
  EXPECT_EQ(seen->liveness_note, "");

  memory.staged_version = "v4";
  const auto newer =
      look({{"v4", "lockstep c9: set A"}, {"v3", "lockstep b7: set B"}, {"v2", "x"}, first});
  EXPECT_EQ(newer->staged->version, "v4") << "what was staged after it stays the newest";

  memory.staged_version = "v2";
  memory.names["A"].intent = Intent{.attempt = "a1", .staged = true};
  const auto both =
      look({{"v4", "lockstep a1: set A"}, {"v3", "lockstep b7: set B"}, {"v2", "x"}, first});
  EXPECT_EQ(both->attempts, (std::set<std::string>{"a1", "b7"}));
  EXPECT_EQ(both->staged->version, "v4");
}

TEST(StagingMessage, TakesANameAsLongAsThereIsRoomForTheRest) {
  const auto text = [](std::size_t length) {
    const auto changes = changes_of(put(std::string(length, 'N'), "v"));
    return message_of("a1", changes, {0});
  };
  EXPECT_EQ(text(947), "lockstep a1: set " + std::string(947, 'N'));
  EXPECT_EQ(text(948), "lockstep a1:  and 1 more");
  const auto two = changes_of(put("A", "v"), removal("OLD"), put("B", "w"));
  EXPECT_EQ(message_of("a1", two, {0, 1, 2}), "lockstep a1: set A, B; removed OLD");
  EXPECT_EQ(attempt_in("lockstep  a1: set A"), "");
}

TEST(StagingMessage, NamesWhatChangedAndStaysShort) {
  std::vector<Change> changes;
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < 100; ++i) {
    changes.push_back(put("A_RATHER_LONG_NAME_" + std::to_string(i), "value-" + std::to_string(i)));
    open.push_back(i);
  }
  const auto text = message_of("0123456789abcdef", changes, open);
  EXPECT_LE(text.size(), 1000U);
  EXPECT_THAT(text, HasSubstr(" more"));
  EXPECT_THAT(text, Not(HasSubstr("value-")));
  EXPECT_EQ(attempt_in(text), "0123456789abcdef");
  EXPECT_EQ(attempt_in("lockstep is great: really"), "");
  EXPECT_EQ(attempt_in("deploy lockstep a1: x"), "");
  const auto only = changes_of(removal("OLD"));
  EXPECT_EQ(message_of("a1", only, {0}), "lockstep a1: removed OLD");
}

}  // namespace
}  // namespace lockstep::providers::cloudflare
