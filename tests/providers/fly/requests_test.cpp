#include "providers/fly/requests.hpp"

#include <gtest/gtest.h>

namespace lockstep::providers::fly {
namespace {

TEST(FlyRequests, NamesStayInsideTheirSegment) {
  EXPECT_EQ(app_path("molecule-cp", "/secrets"), "/v1/apps/molecule-cp/secrets");
  EXPECT_EQ(app_path("a/../b?c", ""), "/v1/apps/a%2F..%2Fb%3Fc");
  EXPECT_EQ(machine_path("cp", "m1"), "/v1/apps/cp/machines/m1");
  EXPECT_EQ(machine_path("cp", "m/1", "/lease?ttl=60"), "/v1/apps/cp/machines/m%2F1/lease?ttl=60");
}

TEST(FlyRequests, AWriteSaysThatItIsOne) {
  const auto request = write_request("DELETE", "/v1/apps/cp", "leases.release");
  EXPECT_EQ(request.method, "DELETE");
  EXPECT_EQ(request.url, "/v1/apps/cp");
  EXPECT_EQ(request.effect, net::Effect::Write);
  EXPECT_EQ(request.operation, "leases.release");
}

}  // namespace
}  // namespace lockstep::providers::fly
