// What a change of manifests asks for, told from manifests alone.
#include "plan/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "documents.hpp"

namespace lockstep {
namespace {

using plan::Turn;
using testing::Documents;
using ::testing::ElementsAre;
using testing::entry;
using ::testing::HasSubstr;
using ::testing::Not;

const plan::ComparedName& name_of(const plan::Comparison& comparison, std::string_view name) {
  return *std::ranges::find(comparison.targets.front().names, name, &plan::ComparedName::name);
}

TEST(Compare, WithoutABaseListsWhatIsAskedFor) {
  const auto comparison = plan::compare(nullptr, Documents().build());
  EXPECT_FALSE(comparison.differs());
  EXPECT_EQ(plan::to_text(comparison),
            "cms/app   flyApp/production-app   production\n"
            "    TOKEN   source values, key TOKEN\n"
            "\n"
            "1 Target, 1 name asked for. No place was looked at.\n");
}

TEST(Compare, TheSameManifestsDifferInNothing) {
  const auto desired = Documents().build();
  auto comparison = plan::compare(&desired, desired);
  EXPECT_FALSE(comparison.differs());
  EXPECT_EQ(plan::to_text(comparison), "These manifests ask for the same as before.\n");
  comparison.broken_documents = 1;
  EXPECT_EQ(plan::to_text(comparison),
            "These manifests ask for the same as before. But 1 document is broken: what it asks "
            "for is not shown.\n");
}

TEST(Compare, NamesComeGoAndChange) {
  Documents before, after;
  before.set.secrets.push_back(entry("GONE"));
  auto& token = after.set.secrets.front();
  token.format.emplace().min_length = 32;
  token.value = api::Generate{};
  after.production.sources.front().writable = true;
  after.set.secrets.push_back(entry("NEW"));
  const auto base = before.build();
  const auto comparison = plan::compare(&base, after.build());
  EXPECT_TRUE(comparison.differs());
  EXPECT_EQ(name_of(comparison, "NEW").turn, Turn::added);
  EXPECT_EQ(name_of(comparison, "GONE").turn, Turn::removed);
  EXPECT_THAT(name_of(comparison, "GONE").then, HasSubstr("deleted after 1h if lockstep created"));
  EXPECT_EQ(name_of(comparison, "GONE").approval, "");
  EXPECT_THAT(name_of(comparison, "TOKEN").changes,
              ElementsAre(HasSubstr("value: source values, key TOKEN -> generated, 32 bytes"),
                          "format: any -> minLength 32"));
  EXPECT_THAT(plan::to_text(comparison),
              HasSubstr("Names: 1 added, 1 changed, 1 removed, 0 as before."));
}

TEST(Compare, ASetThatStopsSelectingATargetWouldNeedAnApproval) {
  Documents before, after;
  const auto other = testing::secret_set("other", {"app"}, {entry("KEPT")});
  before.more.push_back(other);
  after.more.push_back(other);
  after.set.targets.names = {"elsewhere"};
  after.more.push_back(testing::fly_target("elsewhere", "production-elsewhere"));
  const auto base = before.build();
  const auto comparison = plan::compare(&base, after.build());
  EXPECT_EQ(name_of(comparison, "TOKEN").approval,
            "SecretSet/runtime no longer selects this Target");
}

TEST(Compare, ANameGivenUpBesideASetThatIsLeftOutWouldNeedAnApproval_S2) {
  Documents before, after;
  before.set.secrets.push_back(entry("GONE"));
  before.more.push_back(testing::secret_set("other", {"app"}, {entry("OTHER")}));
  const auto base = before.build();
  EXPECT_EQ(name_of(plan::compare(&base, after.build()), "GONE").approval,
            "SecretSet/other, which may claim it now, is not in the manifests any more");
}

TEST(Compare, ATargetThatGoesLeavesItsNamesWhereTheyAre) {
  Documents before, after;
  before.more.push_back(testing::fly_target("zombie", "production-zombie"));
  before.set.targets.names.emplace_back("zombie");
  const auto base = before.build();
  const auto comparison = plan::compare(&base, after.build());
  ASSERT_EQ(comparison.targets.size(), 2u);
  EXPECT_EQ(comparison.targets[1].turn, Turn::removed);
  EXPECT_THAT(comparison.targets[1].names.front().then, HasSubstr("stays there"));
}

TEST(Compare, PolicyAndConsequenceAreTold) {
  Documents before, after;
  after.target.policy.prune = api::Prune::All;
  auto& rule = after.set.secrets.front().rotation.emplace();
  rule.policy = api::RotationPolicy::CompromisedOnly;
  rule.consequence = "Tokens become unreadable";
  const auto base = before.build();
  const auto comparison = plan::compare(&base, after.build());
  EXPECT_THAT(comparison.targets.front().changes, ElementsAre("policy.prune: Owned -> All"));
  EXPECT_THAT(name_of(comparison, "TOKEN").approval, HasSubstr("Tokens become unreadable"));
}

TEST(Compare, MarkdownCannotBeFormattedByAManifest) {
  Documents after;
  after.set.secrets.front().value = api::Literal{"<b>@someone</b> | #1"};
  const auto text = plan::to_markdown(plan::compare(nullptr, after.build()), {});
  EXPECT_THAT(text, Not(HasSubstr("<b>")));
  EXPECT_THAT(text, Not(HasSubstr("@someone")));
}

TEST(Compare, JsonHasEveryDocumentedMember) {
  const auto desired = Documents().build();
  const api::Problem problem{.at = {"a.yaml", 3, 1}, .path = "spec.x", .text = "wrong"};
  const auto text = plan::to_json(plan::compare(&desired, desired), std::span(&problem, 1));
  for (const auto* member :
       {"version",  "offline",     "base",    "differs", "baseProblems", "targets", "key",   "turn",
        "place",    "environment", "changes", "gates",   "names",        "name",    "value", "then",
        "approval", "problems",    "file",    "line",    "column",       "path",    "text"}) {
    EXPECT_THAT(text, HasSubstr("\"" + std::string(member) + "\":")) << member;
  }
}

}  // namespace
}  // namespace lockstep
