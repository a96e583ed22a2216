#include <gmock/gmock.h>

#include "support/about.hpp"
#include "world.hpp"

namespace lockstep::providers::cloudflare {
namespace {

using WorkerObserve = WorkerWorld;
using WorkerCheck = WorkerWorld;
using Effect = PlaceEvent::Effect;

TEST_F(WorkerObserve, ReadsNamesWhenTheDeploymentIsNew) {
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, settings);
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  const std::string base =
      std::string(public_url) + "/accounts/" + account + "/workers/scripts/production-alokai-cms";
  EXPECT_EQ(http.asked()[0].url, base + "/deployments");
  EXPECT_EQ(http.asked()[1].url, base + "/settings");
  EXPECT_EQ(http.asked()[0].authorization, std::string("Bearer ") + api_token);
  EXPECT_EQ(seen->requests, 3U);
  ASSERT_EQ(seen->secrets.size(), 2U);
  EXPECT_EQ(seen->secrets[0].name, "SESSION_KEY");
  EXPECT_EQ(seen->secrets[1].name, "SIGNING");
  EXPECT_EQ(seen->taken, (std::map<std::string, std::string>{{"CACHE", "kv_namespace"},
                                                             {"STAGE", "plain_text"}}));
  EXPECT_EQ(seen->evidence, (PlaceEvidence{.event = "d1", .version = "v1"}));
  EXPECT_TRUE(seen->events.empty());
  EXPECT_TRUE(seen->history_complete);
}

TEST_F(WorkerObserve, IsOneReadWhileTheDeploymentStands) {
  memory.seen = memory.evidence = {.event = "d1", .version = "v1"};
  memory.seen_names = {"SESSION_KEY"};
  memory.seen_taken = {{"CACHE", "kv_namespace"}};
  http.answer(200, deployments({{"d1", "v1", "secret"}, {"d0", "v0", "upload"}}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->requests, 1U);
  EXPECT_EQ(seen->secrets.at(0).name, "SESSION_KEY");
  EXPECT_EQ(seen->taken, memory.seen_taken);
  EXPECT_TRUE(seen->events.empty());
}

TEST_F(WorkerObserve, TellsWhatHappenedSinceOurEvidenceOldestFirst) {
  memory.evidence = {.event = "d1", .version = "v1"};
  memory.seen = {.event = "d6", .version = "v6"};
  http.answer(200, deployments({{"d6", "v6", ""},
                                {"d5", "v1", "rollback"},
                                {"d4", "v4", "promotion"},
                                {"d3", "v3", "secret", "eve@example.com"},
                                {"d2", "v2", "upload"},
                                {"d1", "v1", "secret"},
                                {"d0", "v0", "upload"}}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  ASSERT_EQ(seen->events.size(), 5U);
  EXPECT_EQ(seen->events[0].id, "d2");
  EXPECT_EQ(seen->events[0].effect, Effect::keeps_secrets);
  EXPECT_EQ(seen->events[1].effect, Effect::changes_secrets);
  EXPECT_EQ(seen->events[1].author, "eve@example.com");
  EXPECT_EQ(seen->events[1].trigger, "secret");
  EXPECT_EQ(seen->events[1].version, "v3");
  EXPECT_EQ(to_rfc3339(seen->events[1].at), "2026-01-15T10:00:00Z");
  EXPECT_EQ(seen->events[2].effect, Effect::keeps_secrets);
  EXPECT_EQ(seen->events[3].effect, Effect::may_change);
  EXPECT_EQ(seen->events[4].effect, Effect::may_change);
  EXPECT_TRUE(seen->history_complete);
}

TEST_F(WorkerObserve, SaysSoWhenOurEvidenceIsOlderThanTheHistory) {
  memory.evidence = {.event = "long-ago", .version = "v0"};
  memory.seen = {.event = "d2", .version = "v2"};
  http.answer(200, deployments({{"d2", "v2", "upload"}, {"d1", "v1", "secret"}}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->history_complete);
  EXPECT_EQ(seen->events.size(), 2U);
}

TEST_F(WorkerObserve, ReadsAgainWhenSomeoneDeploysMeanwhile) {
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, settings);
  http.answer(200, deployments({{"d2", "v2", "secret"}, {"d1", "v1", "upload"}}));
  http.answer(200, settings);
  http.answer(200, deployments({{"d2", "v2", "secret"}, {"d1", "v1", "upload"}}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->requests, 5U);
  EXPECT_EQ(seen->evidence.event, "d2");

  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, settings);
  http.answer(200, deployments({{"d2", "v2", "secret"}}));
  http.answer(200, settings);
  http.answer(200, deployments({{"d3", "v3", "secret"}}));
  EXPECT_EQ(observe().error().kind, ErrorKind::conflict);
}

TEST_F(WorkerObserve, NotesBothVersionsOfSplitTraffic) {
  const auto split = envelope(
      R"({"deployments":[{"id":"d2","created_on":"2026-01-15T10:00:00Z","strategy":"percentage",
      "versions":[{"version_id":"v1","percentage":90},{"version_id":"v2","percentage":10}]}]})");
  memory.seen = {.event = "d2", .version = "v1@90+v2@10"};
  http.answer(200, split);
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->evidence, (PlaceEvidence{.event = "d2", .version = "v1@90+v2@10"}));
}

TEST_F(WorkerObserve, ReadsAWorkerThatWasNeverDeployed) {
  http.answer(200, deployments({}));
  http.answer(200, settings);
  http.answer(200, deployments({}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->evidence, PlaceEvidence{});
  EXPECT_EQ(seen->secrets.size(), 2U);
}

// S3
TEST_F(WorkerObserve, GivesNoObservationAfterADoubtfulRead) {
  const std::vector<std::pair<std::string, std::string>> odd = {
      {R"({"deployments":{}})", "result.deployments is not a list"},
      {R"([])", "result is not an object"},
      {R"({"deployments":[{"id":"d1"}]})", "result.deployments[0].created_on is not there"},
      {R"({"deployments":[{"id":"d 1","created_on":"2026-01-15T10:00:00Z"}]})",
       "result.deployments[0].id is not an id"},
      {R"({"deployments":[
           {"id":"d1","created_on":"2026-01-15T10:00:00Z","strategy":"percentage"}]})",
       "result.deployments[0].versions is not there"}};
  for (const auto& [result, text] : odd) {
    http.answer(200, envelope(result));
    const auto seen = observe();
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind, ErrorKind::protocol);
    EXPECT_EQ(seen.error().message,
              "Cloudflare's answer to deployments.list was not understood: " + text);
  }
  http.answer(200, deployments({{"d1", "v1", "upload"}, {"d1", "v1", "upload"}}));
  EXPECT_EQ(observe().error().kind, ErrorKind::protocol);
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, envelope("{}"));
  EXPECT_EQ(observe().error().kind, ErrorKind::protocol);
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(
      200, envelope(R"({"bindings":[{"name":"A","type":"secret_text"},{"name":"A","type":"x"}]})"));
  EXPECT_EQ(observe().error().kind, ErrorKind::protocol);
}

// S5: a Worker that is not there is told, never made.
TEST_F(WorkerObserve, ProvesAMissingWorkerOnlyByItsCode) {
  http.answer(404, error_body(10007, "This Worker does not exist on your account."));
  EXPECT_EQ(observe().error().kind, ErrorKind::not_found);
  http.answer(404, "");
  EXPECT_EQ(observe().error().kind, ErrorKind::protocol);
  EXPECT_EQ(http.asked().size(), 2U);
}

TEST_F(WorkerObserve, TakesOnlyPlainIdsOfAtMost64Characters) {
  const auto fits = [&](const std::string& id) {
    memory.seen = {.event = id, .version = "v1"};
    http.answer(200, deployments({{id, "v1", "upload"}}));
    const auto seen = observe();
    return seen && seen->evidence.event == id;
  };
  EXPECT_TRUE(fits("azAZ09-_"));
  EXPECT_TRUE(fits(std::string(64, 'a')));
  EXPECT_FALSE(fits(std::string(65, 'a')));
  for (const char c : {'/', ':', '@', '[', '`', '{'}) EXPECT_FALSE(fits(std::string("a") + c)) << c;
}

TEST_F(WorkerObserve, CutsWhatOthersWroteAt120Characters) {
  memory.evidence = {.event = "d1", .version = "v1"};
  memory.seen = {.event = "d2", .version = "v2"};
  const auto author = [&](std::size_t length) {
    http.answer(200, deployments({{"d2", "v2", "secret", std::string(length, 'e')},
                                  {"d1", "v1", "upload"}}));
    return observe()->events.at(0).author;
  };
  EXPECT_EQ(author(120), std::string(120, 'e'));
  EXPECT_NE(author(121), std::string(121, 'e'));
}

TEST_F(WorkerObserve, SortsNamesAndKnowsKindsOfBindingsUpTo64Characters) {
  const auto with_kind = [&](const std::string& kind) {
    memory.seen = {};
    http.answer(200, deployments({{"d1", "v1", "upload"}}));
    http.answer(200, envelope(R"({"bindings":[{"type":"secret_text","name":"B"},
      {"type":"secret_text","name":"C"},{"type":"secret_text","name":"A"},{"type":")" +
                              kind + R"(","name":"KIND"}]})"));
    http.answer(200, deployments({{"d1", "v1", "upload"}}));
    return observe();
  };
  const auto seen = with_kind(std::string(64, 'k'));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->secrets.at(0).name, "A");
  EXPECT_EQ(seen->secrets.at(2).name, "C");
  EXPECT_THAT(seen->at, testing::About(sim.clock().wall()));
  EXPECT_FALSE(with_kind(std::string(65, 'k')));
}

TEST_F(WorkerObserve, AnIntentOfAnOlderReleaseAwaitsNoVersion) {
  memory.seen = memory.evidence = {.event = "d1", .version = "v1"};
  memory.seen_names = {"SESSION_KEY"};
  memory.names["B"].intent = Intent{.attempt = "b7"};
  http.answer(200, deployments({{"d1", "v1", "secret"}}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->requests, 1U);
}

// S17
TEST_F(WorkerObserve, RefusesAPlaceThatOnlyLooksLikeAWorker) {
  EXPECT_EQ(&provider.capabilities(), &capabilities_of(PlaceKind::cloudflareWorker));
  place = {.kind = PlaceKind::cloudflarePages, .parts = {account, "production-alokai-cms"}};
  EXPECT_EQ(observe().error().kind, ErrorKind::unsupported);
  place = {.kind = PlaceKind::cloudflareWorker, .parts = {account}};
  EXPECT_EQ(observe().error().kind, ErrorKind::unsupported);
  EXPECT_TRUE(http.asked().empty());
}

// S17
TEST_F(WorkerObserve, RefusesAnotherAccountsPlace) {
  place.parts[0] = "ffffffffffffffffffffffffffffffff";
  EXPECT_EQ(observe().error().kind, ErrorKind::unsupported);
  place = {.kind = PlaceKind::cloudflarePages, .parts = {account, "p", "Production"}};
  EXPECT_EQ(observe().error().kind, ErrorKind::unsupported);
  EXPECT_TRUE(http.asked().empty());
}

TEST_F(WorkerObserve, EncodesNamesInPaths) {
  place.parts[1] = "../x?y";
  http.answer(404, error_body(10007));
  EXPECT_FALSE(observe());
  EXPECT_NE(http.asked()[0].url.find("/scripts/..%2Fx%3Fy/deployments"), std::string::npos);
}

// S4: hostile texts in what is shown.
TEST_F(WorkerObserve, CleansAuthorsAndTriggers) {
  memory.evidence = memory.seen = {.event = "d1", .version = "v1"};
  memory.seen.event = "d2";
  http.answer(200, deployments({{"d2", "v2", "secret", std::string("eve\\u001b[31m ") + api_token},
                                {"d1", "v1", "upload"}}));
  const auto seen = observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->events.at(0).author.find('\x1b'), std::string::npos);
  EXPECT_EQ(seen->events.at(0).author.find("FAKE"), std::string::npos);
}

// S8
TEST_F(WorkerCheck, IsOkOnlyWhenTheNewestVersionHasAllTraffic) {
  answer_clear();
  EXPECT_TRUE(check_write()->ok);

  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, versions({"v2", "v1"}));
  const auto newer = check_write();
  ASSERT_TRUE(newer);
  EXPECT_FALSE(newer->ok);
  EXPECT_EQ(newer->reason,
            "version v2 by bob@example.com of 2026-01-15T09:00:00Z is newer than the deployed v1, "
            "and a write of secrets would ship it; deploy or discard it first "
            "(`wrangler versions deploy --name production-alokai-cms`)");
}

// S8
TEST_F(WorkerCheck, RefusesSplitTrafficUnknownStrategiesAndNothingDeployed) {
  const auto with = [](const std::string& rest) {
    return envelope(R"({"deployments":[{"id":"d2","created_on":"2026-01-15T10:00:00Z",)" + rest +
                    "}]}");
  };
  const std::vector<std::string> refused = {
      with(
          R"("strategy":"percentage","versions":[{"version_id":"v1","percentage":99.5},
                                                 {"version_id":"v2","percentage":0.5}])"),
      with(R"("strategy":"percentage","versions":[{"version_id":"v1","percentage":50}])"),
      with(R"("strategy":"percentage","versions":[])"),
      with(R"("strategy":"geography")"),
      with(R"("versions":[{"version_id":"v1","percentage":100}])"),
      deployments({})};
  for (const auto& body : refused) {
    http.answer(200, body);
    http.answer(200, versions({"v1"}));
    const auto check = check_write();
    ASSERT_TRUE(check) << body;
    EXPECT_FALSE(check->ok) << body;
    EXPECT_FALSE(check->reason.empty());
    const bool strategy = !body.contains("percentage\",") && body.contains("d2");
    EXPECT_EQ(check->reason.contains("a strategy that lockstep does not know"), strategy) << body;
  }
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, versions({}));
  EXPECT_FALSE(check_write()->ok);
}

// S8
TEST_F(WorkerCheck, SaysThatTheNewerVersionIsWhatLockstepStaged) {
  memory.staged_version = "v2";
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(200, versions({"v2", "v1"}));
  const auto check = check_write();
  ASSERT_TRUE(check);
  EXPECT_FALSE(check->ok);
  EXPECT_THAT(check->reason, ::testing::StartsWith("version v2, which lockstep staged at "));
}

// S8: an unreadable check is no permission.
TEST_F(WorkerCheck, IsAnErrorWhenItCannotBeRead) {
  http.answer(200, deployments({{"d1", "v1", "upload"}}));
  http.answer(500, "");
  EXPECT_EQ(check_write().error().kind, ErrorKind::transient);
}

TEST_F(WorkerObserve, AttributesToTheNewestThatMayHaveChangedSecrets) {
  http.answer(200, deployments({{"d3", "v3", "upload", "cy@example.com"},
                                {"d2", "v2", "secret", "eve@example.com"}}));
  auto who = sim.run(provider.attribute(place, "SESSION_KEY", {}));
  ASSERT_TRUE(who);
  EXPECT_EQ(who->who, "eve@example.com");
  EXPECT_EQ(who->how, "secret through wrangler");
  EXPECT_EQ(to_rfc3339(*who->when), "2026-01-15T10:00:00Z");

  http.answer(200, deployments({{"d2", "v2", "secret", ""}}));
  http.answer(200, versions({"v3", "v2"}));
  who = sim.run(provider.attribute(place, "SESSION_KEY", {}));
  EXPECT_EQ(who->who, "bob@example.com");

  http.answer(200, deployments({{"d2", "v2", "secret", ""}}));
  http.answer(200, versions({"v3", "v1"}));
  EXPECT_EQ(sim.run(provider.attribute(place, "SESSION_KEY", {}))->who, "") << "v2 is not listed";

  http.answer(200, deployments({{"d3", "v3", "upload"}}));
  EXPECT_EQ(sim.run(provider.attribute(place, "SESSION_KEY", {}))->who, "");
}

}  // namespace
}  // namespace lockstep::providers::cloudflare
