// S4: what Cloudflare's texts repeat of a value is not told, and decides what it decided before.
#include <gmock/gmock.h>

#include "base/remote_text.hpp"
#include "world.hpp"

namespace lockstep::providers::cloudflare {
namespace {

using lockstep::testing::all_text;
using lockstep::testing::changes_of;
using lockstep::testing::put;
using ::testing::HasSubstr;
using ::testing::Not;
using WorkerTexts = WorkerWorld;
using O = Receipt::Outcome;

constexpr auto value = "kX9vT2mQ8zRw";

std::string version(const std::string& id, int number, const std::string& author,
                    const std::string& message) {
  return R"({"id":")" + id + R"(","number":)" + std::to_string(number) +
         R"(,"metadata":{"created_on":"2026-01-15T09:00:00Z","author_email":")" + author +
         R"("},"annotations":{"workers/message":")" + message + R"("}})";
}

TEST_F(WorkerTexts, S4_ARefusalThatRepeatsAPieceKeepsItsCodeAndOurWords) {
  for (const auto* text : {"bad kX9vT2mQ8zR", "bad kX9vT-2mQ8z", "bad 6b583976543",
                           "bad &#107;X9v&#84;", "bad a1g5dlQybVE4elJ3", "bad K X 9 V T"}) {
    answer_clear();
    http.answer(400, error_body(10021, text));
    const auto applied = apply(changes_of(put("A", value)));
    ASSERT_TRUE(applied);
    EXPECT_EQ(applied->receipts[0].error->code, "10021");
    EXPECT_EQ(applied->receipts[0].error->remote.text(), left_out_text) << text;
    EXPECT_THAT(all_text(applied),
                HasSubstr("Cloudflare refuses the request " + std::string(left_out_text)));
  }
}

TEST_F(WorkerTexts, S4_ANumberThatIsAValueIsNoCode) {
  answer_clear();
  http.answer(400, error_body(48151623, "refused"));
  const auto applied = apply(changes_of(put("PIN", "4815162342")));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->receipts[0].error->code, "http_400");
}

TEST_F(WorkerTexts, S4_AVersionsAuthorAfterAStagedWriteRepeatsNoValue) {
  answer_clear();
  http.answer(200, envelope(R"({"id":"v3"})"));
  http.answer(200, R"({"success":true,"result":{"bindings":[{"type":"secret_text","name":"A"}]}})");
  http.answer(200,
              envelope("{\"items\":[" + version("v3", 3, "us@example.com", "lockstep a1: set A") +
                       "," + version("v2", 2, "kx9vt2mq@example.com", "checkout") + "," +
                       version("v1", 1, "ann@example.com", "") + "]}"));
  const auto applied = apply(changes_of(put("A", value)), WriteMode::staged);
  ASSERT_TRUE(applied);
  EXPECT_THAT(applied->note, HasSubstr("version v2 by " + std::string(left_out_text)));
  EXPECT_THAT(applied->note, Not(HasSubstr("kx9vt2mq")));
}

TEST_F(WorkerTexts, S4_ABindingsTypeRepeatsNoValue) {
  answer_clear();
  http.answer(400, error_body(10053));
  http.answer(200, R"({"success":true,"result":{"bindings":[{"type":"kX9vT2mQ","name":"A"}]}})");
  const auto applied = apply(changes_of(put("A", value)));
  ASSERT_TRUE(applied);
  EXPECT_THAT(all_text(applied), Not(HasSubstr("kX9vT2mQ")));
}

// A credential that shares words with what Cloudflare says must not change what is decided.
struct WorkerWords : WorkerWorld {
  CloudflareWorkerProvider worded{http, sim.clock(),
                                  lockstep::testing::token_of("secret-upload-lockstep-set-A"),
                                  CloudflareOptions{.account_id = account}};
};

TEST_F(WorkerWords, ATriggerDecidesAsItCame) {
  memory.evidence = {.event = "d1", .version = "v1"};
  http.answer(200, deployments({{"d3", "v3", "secret", "secret@example.com"},
                                {"d2", "v2", "upload"},
                                {"d1", "v1", "secret"}}));
  http.answer(200, settings);
  http.answer(200, deployments({{"d3", "v3", "secret", "secret@example.com"},
                                {"d2", "v2", "upload"},
                                {"d1", "v1", "secret"}}));
  const auto seen = sim.run(worded.observe(place, memory, {}));
  ASSERT_TRUE(seen);
  ASSERT_EQ(seen->events.size(), 2U);
  EXPECT_EQ(seen->events[0].effect, PlaceEvent::Effect::keeps_secrets);
  EXPECT_EQ(seen->events[1].effect, PlaceEvent::Effect::changes_secrets);
  EXPECT_EQ(seen->events[1].trigger, "secret") << "Cloudflare's own word";
  EXPECT_EQ(seen->events[1].author, left_out_text);
}

TEST_F(WorkerWords, AnAttemptIsFoundInTheMessageAsItCame) {
  memory.staged_version = "v3";
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200,
              envelope("{\"items\":[" + version("v3", 3, "us@example.com", "lockstep a2: set A") +
                       "," + version("v2", 2, "us@example.com", "lockstep a1: set A") + "," +
                       version("v1", 1, "ann@example.com", "") + "]}"));
  const auto check = sim.run(worded.check_write(place, memory, WriteMode::staged, {}));
  ASSERT_TRUE(check);
  EXPECT_TRUE(check->ok) << check->reason;
}

}  // namespace
}  // namespace lockstep::providers::cloudflare
