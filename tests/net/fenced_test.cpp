#include "net/fenced.hpp"

#include <gtest/gtest.h>

#include "support/scripted_http.hpp"
#include "support/sim.hpp"

namespace lockstep::net {
namespace {

using lockstep::testing::ScriptedHttp;
using lockstep::testing::Simulation;

/// A lease that ends at an instant.
class Lease final : public WriteFence {
 public:
  explicit Lease(Mono until) : until_(until) {}
  Status check(Mono deadline) const override {
    if (deadline < until_) return {};
    return fail(ErrorKind::fenced, "the lease ends too soon");
  }

 private:
  Mono until_;
};

TEST(Fenced, RefusesAWriteThatWouldOutliveTheLease_S7) {
  Simulation sim;
  ScriptedHttp http;
  const Lease lease(sim.clock().mono() + std::chrono::seconds(10));
  Fenced fenced(http, lease);
  const auto late =
      sim.run(fenced.send({.method = "PUT",
                           .effect = Effect::Write,
                           .deadline = sim.clock().mono() + std::chrono::seconds(11)}));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::fenced);
  const auto endless = sim.run(fenced.send({.method = "PUT", .effect = Effect::Write}));
  ASSERT_FALSE(endless);
  EXPECT_TRUE(http.asked().empty());
}

TEST(Fenced, LetsShortWritesAndAllReadsPass_S7) {
  Simulation sim;
  ScriptedHttp http;
  const Lease lease(sim.clock().mono() + std::chrono::seconds(10));
  Fenced fenced(http, lease);
  http.answer(200, "");
  EXPECT_TRUE(sim.run(fenced.send({.method = "PUT",
                                   .effect = Effect::Write,
                                   .deadline = sim.clock().mono() + std::chrono::seconds(9)})));
  const Lease lost(Mono{});
  Fenced closed(http, lost);
  http.answer(200, "");
  EXPECT_TRUE(sim.run(closed.send({.effect = Effect::Read})));
  EXPECT_EQ(http.asked().size(), 2U);
}

}  // namespace
}  // namespace lockstep::net
