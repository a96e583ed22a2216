#include <gtest/gtest.h>

#include "plan/builders.hpp"
#include "plan/print.hpp"

namespace lockstep::plan {
namespace {

TEST(Print, SaysWhenInSyncIsOnlyPresumed) {
  TargetPlan plan;
  plan.key = {"moltworker", "gateway"};
  plan.place = {PlaceKind::cloudflareWorker,
                {"0123456789abcdef0123456789abcdef", "production-moltworker-gateway"}};
  plan.environment = "production";
  PlannedSecret row;
  row.name = "A";
  row.desired = true;
  row.state = State::InSync;
  row.certainty = Certainty::presumed;
  plan.secrets = {row};
  EXPECT_NE(to_text(std::span(&plan, 1), {}).find("all in sync (presumed: someone deployed since)"),
            std::string::npos);
  plan.secrets[0].certainty = Certainty::version;
  EXPECT_EQ(to_text(std::span(&plan, 1), {}).find("presumed"), std::string::npos);
}

}  // namespace
}  // namespace lockstep::plan
