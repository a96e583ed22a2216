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
