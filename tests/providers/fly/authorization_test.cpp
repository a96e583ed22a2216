#include "providers/fly/authorization.hpp"

#include <gtest/gtest.h>

namespace lockstep::providers::fly {
namespace {

std::string header_of(std::string_view token) {
  Confidential hidden;
  return std::string(authorization(Secret(token), hidden).expose());
}

TEST(FlyAuthorization, FollowsFlyGo) {
  EXPECT_EQ(header_of("fo1_opaqueFAKE"), "Bearer fo1_opaqueFAKE");
  EXPECT_EQ(header_of("Bearer  fo1_opaqueFAKE"), "Bearer fo1_opaqueFAKE");
  EXPECT_EQ(header_of("FlyV1 fm2_aFAKE,fm2_bFAKE"), "FlyV1 fm2_aFAKE,fm2_bFAKE");
  EXPECT_EQ(header_of("bearer FLYV1 Bearer  fm2_aFAKE"), "FlyV1 fm2_aFAKE");
  EXPECT_EQ(header_of("fm1r_aFAKE, opaqueFAKE ,fm1a_bFAKE"), "FlyV1 fm1r_aFAKE,fm1a_bFAKE");
  EXPECT_EQ(header_of("opaqueFAKE,otherFAKE"), "Bearer opaqueFAKE,otherFAKE");
  EXPECT_EQ(header_of("Basic opaqueFAKE"), "Bearer Basic opaqueFAKE") << "no scheme of Fly.io";
  EXPECT_EQ(header_of("fm2_aFAKE,"), "FlyV1 fm2_aFAKE");
}

// S4
TEST(FlyAuthorization, HidesEachTokenOfTheList) {
  Confidential hidden;
  (void)authorization(Secret("FlyV1 fm2_aFAKE, opqFAKE"), hidden);
  for (const auto* said :
       {"you sent fm2_aFAKE", "you sent opqFAKE", "you sent fm2_aFAKE, opqFAKE"}) {
    EXPECT_EQ(hidden.clean(said).text().find("FAKE"), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace lockstep::providers::fly
