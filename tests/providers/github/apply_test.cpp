#include <gmock/gmock.h>

#include "support/about.hpp"
#include "world.hpp"

namespace lockstep::providers::github {
namespace {

using lockstep::testing::all_text;
using lockstep::testing::changes_of;
using lockstep::testing::put;
using lockstep::testing::removal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using O = Receipt::Outcome;

constexpr auto value = "FlyV1 fm2_lJPECAAAAAAAFAKEFAKEFAKE\n";
const auto noon = dated("Thu, 01 Jan 2026 12:00:00 GMT");
constexpr auto noon_listed = "2026-01-01T12:00:00Z";
const auto noon_time = parse_rfc3339(noon_listed).value();

struct GitHubApply : GitHubWorld {
  KeyPair key{7, "568250167242549743"};

  void answer_key() { http.answer(200, key.answer()); }
  void accept(int status = 204) { http.answer(status, status == 201 ? "{}" : "", {noon}); }
  /// The pass had seen the name, or had not.
  void intend(const std::string& name, bool was_there) {
    memory.names[name].intent = Intent{.was_there = was_there};
  }
  std::string sealed(std::size_t request) const { return key.open(http.asked().at(request).body); }
  static std::vector<O> outcomes(const Result<Applied>& applied) {
    std::vector<O> out;
    for (const auto& receipt : applied->receipts) out.push_back(receipt.outcome);
    return out;
  }
};

TEST_F(GitHubApply, SealsEachValueWithTheScopesKeyAndReadsTheTimesAfter) {
  answer_key();
  accept(201);
  accept(204);
  http.answer(204, "");
  http.answer(200, secrets({{"A", noon_listed}, {"B", "2026-01-01T12:00:03Z"}}));
  const auto applied =
      apply(environment, changes_of(put("A", value), put("B", "other-value"), removal("OLD")));
  ASSERT_TRUE(applied) << describe(applied.error());
  EXPECT_THAT(outcomes(applied), ElementsAre(O::done, O::done, O::done));
  EXPECT_THAT(asked(),
              ElementsAre("GET /repos/alokai/cms/environments/production/secrets/public-key",
                          "PUT /repos/alokai/cms/environments/production/secrets/A",
                          "PUT /repos/alokai/cms/environments/production/secrets/B",
                          "DELETE /repos/alokai/cms/environments/production/secrets/OLD",
                          "GET /repos/alokai/cms/environments/production/secrets"
                          "?per_page=100"));
  EXPECT_EQ(sealed(1), value);
  EXPECT_EQ(sealed(2), "other-value");
  EXPECT_EQ(http.asked()[1].effect, net::Effect::Write);
  EXPECT_EQ(http.asked()[3].effect, net::Effect::Write);
  EXPECT_EQ(header_of(http.asked()[1], "Content-Type"), "application/json");
  EXPECT_EQ(header_of(http.asked()[1], "User-Agent"), "lockstep");
  EXPECT_EQ(applied->reads, 2U);
  EXPECT_EQ(applied->writes, 3U);
  EXPECT_EQ(applied->receipts[0].updated_at, noon_time);
  EXPECT_EQ(applied->receipts[1].updated_at, noon_time + Seconds(3));
  EXPECT_FALSE(applied->receipts[0].answered_at);
  EXPECT_FALSE(applied->presumed);
  EXPECT_EQ(applied->note, "");
}

TEST_F(GitHubApply, S9_ARepositoryHasAKeyOfItsOwn) {
  answer_key();
  accept(201);
  http.answer(200, secrets({{"A", noon_listed}}));
  ASSERT_TRUE(apply(repository, changes_of(put("A", value))));
  EXPECT_EQ(asked()[0], "GET /repos/alokai/cms/actions/secrets/public-key");
  EXPECT_EQ(asked()[1], "PUT /repos/alokai/cms/actions/secrets/A");
}

TEST_F(GitHubApply, BytesOfAnyKindArriveAsTheyAre) {
  const std::string bytes("\0\xff\r\n\x80 end", 9);
  answer_key();
  accept(201);
  http.answer(200, secrets({{"A", noon_listed}}));
  ASSERT_TRUE(apply(repository, changes_of(put("A", bytes))));
  EXPECT_EQ(sealed(1), bytes);
}

TEST_F(GitHubApply, WhatGitHubWouldRefuseIsNotSent) {
  const auto applied = apply(repository, changes_of(put("GITHUB_X", "v"), put("A%B", "v"),
                                                    put("BIG", std::string(48'001, 'x'))));
  ASSERT_TRUE(applied);
  EXPECT_THAT(outcomes(applied), ElementsAre(O::failed, O::failed, O::failed));
  EXPECT_EQ(applied->receipts[2].error->kind, ErrorKind::invalid);
  EXPECT_TRUE(http.asked().empty());
}

TEST_F(GitHubApply, RemovalsAloneNeedNoKeyAndNoList) {
  http.answer(204, "");
  const auto applied = apply(repository, changes_of(removal("OLD")));
  EXPECT_THAT(outcomes(applied), ElementsAre(O::done));
  EXPECT_EQ(http.asked().size(), 1U);
}

TEST_F(GitHubApply, WithoutAKeyNothingIsSent) {
  for (const auto& body : {std::string("{}"), std::string(R"({"key_id":"1","key":"c2hvcnQ="})"),
                           std::string(R"({"key_id":1,"key":"x"})")}) {
    http.answer(200, body);
    EXPECT_EQ(apply(repository, changes_of(put("A", "v"))).error().kind, ErrorKind::protocol);
  }
  http.answer(404, not_found);
  http.answer(200, the_repository);
  http.answer(200, environments({}));
  EXPECT_EQ(apply(environment, changes_of(put("A", "v"))).error().kind, ErrorKind::not_found)
      << "S5: it is not created either";
}

// ---- S9: times ----------------------------------------------------------------------------------

struct Evidence {
  const char* name;
  std::string listed;  ///< "" : the name is not listed
  bool ours;
  bool presumed = false;
};
class GitHubEvidence : public GitHubApply, public ::testing::WithParamInterface<Evidence> {};

TEST_P(GitHubEvidence, S9_IsTheListsTimeOnlyNearTheAnswers) {
  answer_key();
  accept();
  const auto& row = GetParam();
  http.answer(200, row.listed.empty() ? secrets({}) : secrets({{"A", row.listed}}));
  const auto applied = apply(repository, changes_of(put("A", value)));
  EXPECT_THAT(outcomes(applied), ElementsAre(O::done));
  const auto& receipt = applied->receipts[0];
  EXPECT_EQ(receipt.updated_at.has_value(), row.ours);
  EXPECT_EQ(receipt.answered_at, row.ours ? std::nullopt : std::optional(noon_time));
  EXPECT_EQ(receipt.presumed, row.presumed);
}
INSTANTIATE_TEST_SUITE_P(All, GitHubEvidence,
                         ::testing::Values(Evidence{"Same", "2026-01-01T12:00:00Z", true},
                                           Evidence{"Early", "2026-01-01T11:59:55Z", true},
                                           Evidence{"ASecondLate", "2026-01-01T12:00:01Z", true,
                                                    true},
                                           Evidence{"Late", "2026-01-01T12:00:05Z", true, true},
                                           Evidence{"Behind", "2026-01-01T11:59:54Z", false},
                                           Evidence{"NotListed", "", false},
                                           Evidence{"Foreign", "2026-01-01T12:00:06Z", false}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(GitHubApply, S9_ATimeThatWasThereBeforeTheWriteIsNotTheWritesOwn) {
  memory.names["A"].intent = Intent{.was_there = true, .updated_before = noon_time - Seconds(2)};
  answer_key();
  accept(204);
  http.answer(200, secrets({{"A", "2026-01-01T11:59:58Z"}}));
  const auto applied = apply(repository, changes_of(put("A", value)));
  EXPECT_EQ(applied->receipts[0].updated_at, std::nullopt) << "the list may be behind";
  EXPECT_EQ(applied->receipts[0].answered_at, noon_time);
}

TEST_F(GitHubApply, S9_AListThatCannotBeReadLeavesTheAnswersTime) {
  answer_key();
  accept();
  http.answer(502, "");
  const auto applied = apply(repository, changes_of(put("A", value)));
  EXPECT_THAT(outcomes(applied), ElementsAre(O::done));
  EXPECT_EQ(applied->receipts[0].answered_at, noon_time);
}

TEST_F(GitHubApply, S9_AYesWithoutADateIsLookedAtAgain) {
  answer_key();
  http.answer(204, "");
  const auto applied = apply(repository, changes_of(put("A", value)));
  EXPECT_THAT(outcomes(applied), ElementsAre(O::unknown));
  EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::outcome_unknown);
}

// ---- others at work -----------------------------------------------------------------------------

TEST_F(GitHubApply, ARaceIsToldAndTheEvidencePresumed) {
  intend("GONE", true);
  intend("NEW", false);
  intend("SAME", true);
  answer_key();
  accept(201);
  accept(204);
  accept(204);
  http.answer(200, secrets({{"GONE", noon_listed}, {"NEW", noon_listed}, {"SAME", noon_listed}}));
  const auto applied =
      apply(repository, changes_of(put("GONE", "1"), put("NEW", "2"), put("SAME", "3")));
  EXPECT_THAT(outcomes(applied), ElementsAre(O::done, O::done, O::done));
  EXPECT_TRUE(applied->presumed);
  EXPECT_THAT(applied->note, HasSubstr("created or deleted GONE, NEW between"));
}

TEST_F(GitHubApply, ARemovalThatIs404IsDoneOnlyByTheList) {
  http.answer(404, not_found);
  http.answer(200, secrets({{"OTHER"}}));
  EXPECT_THAT(outcomes(apply(repository, changes_of(removal("OLD")))), ElementsAre(O::done));
  http.answer(404, not_found);
  http.answer(200, secrets({{"OLD"}}));
  const auto there = apply(repository, changes_of(removal("OLD")));
  EXPECT_THAT(outcomes(there), ElementsAre(O::failed));
  EXPECT_EQ(there->receipts[0].error->kind, ErrorKind::protocol);
  EXPECT_THAT(there->receipts[0].error->message, HasSubstr("and still lists it"));
  http.answer(404, not_found);
  http.answer(404, not_found);
  const auto blind = apply(repository, changes_of(removal("OLD")));
  EXPECT_THAT(outcomes(blind), ElementsAre(O::failed));
  EXPECT_THAT(blind->receipts[0].error->message, HasSubstr("its list could not be read"));
  EXPECT_EQ(blind->reads, 1U);
}

// ---- refusals in the middle ---------------------------------------------------------------------

TEST_F(GitHubApply, AStaleKeyIsAskedForAnewOnce) {
  const KeyPair fresh(9, "2");
  const auto improper =
      message("Bad request - validation failed due to an improperly encrypted secret");
  answer_key();
  http.answer(422, improper);
  http.answer(200, fresh.answer());
  accept();
  accept();
  http.answer(200, secrets({{"A", noon_listed}, {"B", noon_listed}}));
  const auto applied = apply(repository, changes_of(put("A", value), put("B", "other")));
  EXPECT_THAT(outcomes(applied), ElementsAre(O::done, O::done));
  EXPECT_EQ(fresh.open(http.asked()[3].body), value);
  EXPECT_EQ(fresh.open(http.asked()[4].body), "other");
  EXPECT_EQ(applied->reads, 3U);
  EXPECT_EQ(applied->writes, 3U);

  answer_key();
  http.answer(422, improper);
  answer_key();
  http.answer(422, improper);
  http.answer(422, improper);
  const auto refused = apply(repository, changes_of(put("A", value), put("B", "other")));
  EXPECT_THAT(outcomes(refused), ElementsAre(O::failed, O::failed));
  EXPECT_EQ(refused->receipts[0].error->kind, ErrorKind::invalid);
  EXPECT_TRUE(http.exhausted()) << "once in a batch";
}

TEST_F(GitHubApply, S4_NothingThatA422EchoesIsRepeated) {
  answer_key();
  http.answer(422, message("Invalid request.\\n\\nFlyV1 fm2_lJPECAAAAAAAFAKEFAKEFAKE does not "
                           "match /^(?:[A-Za-z0-9+])*$/."));
  accept();
  http.answer(200, secrets({{"B", noon_listed}}));
  const auto applied = apply(repository, changes_of(put("A", value), put("B", "x")));
  EXPECT_THAT(outcomes(applied), ElementsAre(O::failed, O::done)) << "it was about that name only";
  EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::invalid);
  EXPECT_THAT(all_text(applied), Not(HasSubstr("fm2_")));
}

TEST_F(GitHubApply, S4_NoRefusalRepeatsAValueOrTheToken) {
  for (const int status : {400, 401, 403, 404, 409, 500}) {
    answer_key();
    http.answer(status,
                message(std::string("you sent ") + "hunter2hunter2hunter2 with " + api_token));
    const auto applied = apply(repository, changes_of(put("A", "hunter2hunter2hunter2")));
    EXPECT_THAT(all_text(applied), Not(HasSubstr("hunter2"))) << status;
    EXPECT_THAT(all_text(applied), Not(HasSubstr("github_pat"))) << status;
  }
}

TEST_F(GitHubApply, S4_NoAnswerRepeatsAValueThatWasSentBeforeIt) {
  for (const int status : {400, 401, 403, 404, 409, 500}) {
    answer_key();
    accept();
    http.answer(status, message("before this you sent hunter2hunter2hunter2"));
    http.answer(200, secrets({{"A", noon_listed}, {"B", noon_listed}}));
    const auto applied =
        apply(repository, changes_of(put("A", "hunter2hunter2hunter2"), removal("B")));
    EXPECT_THAT(all_text(applied), Not(HasSubstr("hunter2"))) << status;
  }
}

TEST_F(GitHubApply, ALimitInTheMiddleEndsTheBatchAndKeepsWhatIsDone) {
  answer_key();
  accept();
  http.answer(403, message("You have exceeded a secondary rate limit."), {{"Retry-After", "60"}});
  http.answer(200, secrets({{"A", noon_listed}}));
  const auto applied =
      apply(repository, changes_of(put("A", "1"), put("B", "2"), put("C", "3"), removal("D")));
  EXPECT_THAT(outcomes(applied), ElementsAre(O::done, O::failed, O::failed, O::failed));
  for (const auto i : {1U, 2U, 3U}) {
    EXPECT_EQ(applied->receipts[i].error->kind, ErrorKind::throttled);
    EXPECT_THAT(*applied->receipts[i].error->retry_at,
                testing::About(sim.clock().wall() + Seconds(60)));
  }
  EXPECT_EQ(applied->receipts[0].updated_at, noon_time);
  EXPECT_EQ(applied->writes, 2U);
}

TEST_F(GitHubApply, OnlyTheChangeInFlightIsUnknown) {
  answer_key();
  accept();
  http.fail_with({.kind = ErrorKind::outcome_unknown, .message = "no whole answer"});
  http.answer(200, secrets({{"A", noon_listed}}));
  const auto applied = apply(repository, changes_of(put("A", "1"), put("B", "2"), put("C", "3")));
  EXPECT_THAT(outcomes(applied), ElementsAre(O::done, O::unknown, O::failed));
  EXPECT_EQ(applied->receipts[1].error->kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(applied->receipts[2].error->kind, ErrorKind::transient);

  answer_key();
  http.answer(503, message("Secrets service unavailable"));
  EXPECT_THAT(outcomes(apply(repository, changes_of(put("A", "1"), put("B", "2")))),
              ElementsAre(O::unknown, O::failed));
  EXPECT_TRUE(http.exhausted());
}

TEST_F(GitHubApply, AFenceThatClosesInTheMiddleSendsNoMore) {
  answer_key();
  accept();
  http.fail_with({.kind = ErrorKind::fenced, .message = "the lock is lost"});
  http.answer(200, secrets({{"A", noon_listed}}));
  const auto applied = apply(repository, changes_of(put("A", "1"), put("B", "2"), put("C", "3")));
  EXPECT_THAT(outcomes(applied), ElementsAre(O::done, O::failed, O::failed));
  EXPECT_EQ(applied->receipts[2].error->kind, ErrorKind::fenced);
  EXPECT_EQ(applied->writes, 1U);
}

TEST_F(GitHubApply, AnErrorMeansThatNothingWasSent) {
  answer_key();
  http.fail_with({.kind = ErrorKind::fenced, .message = "the lock is lost"});
  EXPECT_EQ(apply(repository, changes_of(put("A", "1"), put("B", "2"))).error().kind,
            ErrorKind::fenced);
  EXPECT_TRUE(http.exhausted());
}

TEST_F(GitHubApply, ThereIsNothingToRollOutAndNobodyToName) {
  EXPECT_EQ(sim.run(provider.roll_out(repository, memory, {})).error().kind,
            ErrorKind::unsupported);
  EXPECT_EQ(sim.run(provider.attribute(repository, "A", {}))->who, "");
  EXPECT_TRUE(sim.run(provider.check_write(repository, {}, WriteMode::live, {}))->ok);
  EXPECT_TRUE(http.asked().empty());
}

}  // namespace
}  // namespace lockstep::providers::github
