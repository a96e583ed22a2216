#include "api/explain.hpp"

#include <gtest/gtest.h>

#include "api/describe.hpp"
#include "api/kind_table.hpp"

namespace lockstep::api {
namespace {

TEST(Explain, ShowsAField) {
  EXPECT_EQ(explain("target.interval").value(), R"(KIND:     Target (lockstep.dev/v1alpha1)
FIELD:    spec.interval <duration>

How often the place is looked at; at least 30s.

ALLOWED:
  default "5m"
  at least 30s
  a whole number and a unit: 30s, 10m, 4h, 90d
)");
}

TEST(Explain, TakesKindsAsPeopleWriteThem) {
  const auto text = explain("SecretSet").value();
  EXPECT_EQ(explain("secretsets").value(), text);
  EXPECT_EQ(explain("SECRETSET").value(), text);
  EXPECT_EQ(explain("lsset").value(), text);
  EXPECT_EQ(explain("secretset.spec").value(), text);
  EXPECT_EQ(explain("secretset.spec.secrets").value(), explain("secretset.secrets").value());
  EXPECT_TRUE(explain("secretset.metadata.labels"));
}

TEST(Explain, GoesThroughListsMapsAndChoices) {
  EXPECT_THAT(explain("secretset.secrets.overrides.format.url.schemes").value(),
              ::testing::HasSubstr("The allowed schemes"));
  EXPECT_THAT(explain("target.place").value(), ::testing::HasSubstr("Exactly one of: "));
  EXPECT_THAT(explain("target.policy.drift").value(),
              ::testing::HasSubstr("one of Repair, Report"));
}

TEST(Explain, NamesTheNearestForAMistake) {
  EXPECT_EQ(explain("targt").error().message, "unknown kind \"targt\" (did you mean \"Target\"?)");
  EXPECT_EQ(explain("target.policy.drft").error().message,
            "Target.spec.policy: unknown field \"drft\" (did you mean \"drift\"?)");
  EXPECT_EQ(explain("target.interval.x").error().message, "Target.spec.interval has no fields");
  EXPECT_FALSE(explain(""));
  EXPECT_FALSE(explain("target."));
}

void check_docs(const Object& object, const std::string& path, std::size_t depth) {
  EXPECT_FALSE(object.doc.empty()) << path;
  ASSERT_LT(depth, 12U);
  for (const auto& field : object.fields) {
    const auto at = path + "." + std::string(field.name);
    EXPECT_TRUE(field.doc.ends_with('.')) << at;
    EXPECT_TRUE(explain(at)) << at;
    if (const auto* inner = object_behind(*field.shape)) check_docs(*inner, at, depth + 1);
  }
}

TEST(Explain, EveryFieldHasASentenceAndAnExplanation) {
  for (const auto& kind : kinds) check_docs(kind.spec(), std::string(kind.name), 0);
}

}  // namespace
}  // namespace lockstep::api
