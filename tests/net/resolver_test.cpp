#include "net/resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "files_limit.hpp"
#include "loop.hpp"
#include "net/os_error.hpp"
#include "support/sim.hpp"

namespace lockstep::net {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Addresses loopback(int last = 1) {
  return {asio::ip::make_address("127.0.0." + std::to_string(last))};
}

/// Look-ups that end when the test says so.
struct Names {
  using Done = std::function<void(Result<Addresses>)>;
  Lookup lookup() {
    return [this](std::string host, Done done) -> Status {
      if (!refusal.empty()) return fail(ErrorKind::transient, refusal);
      asked.push_back(host);
      waiting.push_back(std::move(done));
      return {};
    };
  }
  void answer(std::size_t which, Result<Addresses> outcome) {
    waiting.at(which)(std::move(outcome));
  }

  std::vector<std::string> asked;
  std::vector<Done> waiting;
  std::string refusal;
};

struct ResolverTest : ::testing::Test {
  /// What one caller got; nothing while it waits.
  using Outcome = std::shared_ptr<std::optional<Result<Addresses>>>;

  static Awaitable<void> keep(Resolver& resolver, std::string host, Outcome out) {
    *out = co_await resolver.addresses(std::move(host));
  }
  Outcome ask(const std::string& host) {
    auto out = std::make_shared<std::optional<Result<Addresses>>>();
    callers.start(keep(*resolver, host, out));
    turn();
    return out;
  }
  /// Lets everything happen that needs no time.
  void turn() {
    sim.run_until(sim.clock().mono(), [] { return false; });
  }
  void pass(Nanos time) { (void)sim.run(sim.clock().sleep_until(sim.clock().mono() + time)); }
  void answer(std::size_t which, Result<Addresses> outcome) {
    names.answer(which, std::move(outcome));
    turn();
  }
  void TearDown() override {
    callers.cancel();
    turn();
    EXPECT_TRUE(callers.drained());
  }

  lockstep::testing::Simulation sim;
  Names names;
  std::unique_ptr<Resolver> resolver = std::make_unique<Resolver>(
      sim.executor(), sim.clock(), names.lookup(), Resolver::Options{.most = 3});
  Scope callers{sim.executor()};
};

TEST_F(ResolverTest, ANameThatHangsDelaysNoOther_S14) {
  std::vector<Outcome> hanging;
  for (int i = 0; i < 50; ++i) hanging.push_back(ask("api.machines.dev"));
  EXPECT_THAT(names.asked, ElementsAre("api.machines.dev")) << "one look-up, whoever asks";
  const auto healthy = ask("api.cloudflare.com");
  answer(1, loopback());
  ASSERT_TRUE(*healthy);
  EXPECT_EQ(**healthy, loopback());
  for (const auto& one : hanging) EXPECT_FALSE(*one);
  answer(0, loopback(2));
  for (const auto& one : hanging) EXPECT_EQ(**one, loopback(2));
}

TEST_F(ResolverTest, AnAnswerIsUsedAgainForAWhile) {
  const auto first = ask("api.github.com");
  answer(0, loopback());
  pass(seconds(29));
  EXPECT_EQ(**ask("api.github.com"), loopback());
  EXPECT_EQ(names.asked.size(), 1U);
  pass(seconds(2));
  EXPECT_FALSE(*ask("api.github.com"));
  EXPECT_EQ(names.asked.size(), 2U);
}

TEST_F(ResolverTest, AFailureAnswersItsCallersAndIsNotKept) {
  const auto one = ask("api.fly.io"), two = ask("api.fly.io");
  answer(0, fail(ErrorKind::transient, "cannot resolve api.fly.io: try again"));
  for (const auto& outcome : {one, two}) {
    ASSERT_TRUE(*outcome);
    EXPECT_EQ((*outcome)->error().message, "cannot resolve api.fly.io: try again");
  }
  const auto later = ask("api.fly.io");
  answer(1, loopback());
  EXPECT_EQ(**later, loopback());
}

TEST_F(ResolverTest, ALookUpThatWasGivenUpAnswersWhoeverAsksNext) {
  const auto given_up = ask("slow.example");
  callers.cancel();
  turn();
  ASSERT_TRUE(*given_up);
  EXPECT_EQ((*given_up)->error().kind, ErrorKind::cancelled);

  Scope others(sim.executor());
  auto out = std::make_shared<std::optional<Result<Addresses>>>();
  others.start(keep(*resolver, "slow.example", out));
  turn();
  answer(0, loopback());
  EXPECT_EQ(**out, loopback());
  EXPECT_EQ(names.asked.size(), 1U);
}

TEST_F(ResolverTest, LookUpsAreBoundedAndFurtherNamesWaitForOne_S15) {
  for (const auto* name : {"one.example", "two.example", "three.example"}) ask(name);
  const auto fourth = ask("four.example");
  EXPECT_EQ(names.asked.size(), 3U);
  answer(1, loopback());
  ASSERT_EQ(names.asked.back(), "four.example");
  answer(3, loopback(4));
  EXPECT_EQ(**fourth, loopback(4));
}

TEST_F(ResolverTest, AnAnswerThatLedNowhereIsForgotten) {
  ask("api.github.com");
  answer(0, loopback());
  resolver->forget("api.github.com");
  ask("api.github.com");
  EXPECT_EQ(names.asked.size(), 2U);
}

TEST_F(ResolverTest, AddressesAreBoundedAndNoneIsAFailure_S15) {
  const auto many = ask("many.example"), none = ask("none.example");
  answer(0, Addresses(100, loopback().front()));
  answer(1, Addresses());
  EXPECT_EQ((**many)->size(), 8U);
  EXPECT_EQ((*none)->error().message, "cannot resolve none.example: no address");
}

TEST_F(ResolverTest, ALiteralNeedsNoLookUp) {
  EXPECT_EQ(**ask("127.0.0.1"), loopback());
  EXPECT_EQ((**ask("::1"))->size(), 1U);
  EXPECT_TRUE(names.asked.empty());
}

TEST_F(ResolverTest, ALookUpThatCannotBeginIsTold) {
  names.refusal = "no thread for it";
  const auto refused = ask("api.fly.io");
  ASSERT_TRUE(*refused);
  EXPECT_EQ((*refused)->error().message, "no thread for it");
  names.refusal.clear();
  ask("api.fly.io");
  EXPECT_EQ(names.asked.size(), 1U) << "and the next caller tries";
}

TEST_F(ResolverTest, ALookUpMayOutliveTheResolver_S6) {
  ask("slow.example");
  ask("slower.example");
  callers.cancel();
  turn();
  names.answer(0, loopback());
  resolver.reset();
  turn();
  answer(1, loopback());
}

TEST(Resolver, ALookUpMayOutliveItsLoop_S6) {
  Names names;
  {
    net::testing::Loop loop;
    Resolver resolver(loop.executor(), loop.clock(), names.lookup(), {});
    Scope callers(loop.executor());
    callers.start(
        [](Resolver& r) -> Awaitable<void> { (void)co_await r.addresses("a.example"); }(resolver));
    loop.turn_until([&] { return !names.waiting.empty(); });
    callers.cancel();
    loop.turn_until([&] { return callers.drained(); });
  }
  names.answer(0, loopback());
}

TEST(SystemLookup, AnswersFromAnotherThread) {
  net::testing::Loop loop;
  Resolver resolver(loop.executor(), loop.clock(), system_lookup(), {});
  const auto found = loop.run(resolver.addresses("localhost"));
  ASSERT_TRUE(found) << found.error().message;
  for (const auto& address : *found) EXPECT_TRUE(address.is_loopback());
  std::promise<std::thread::id> answered;
  ASSERT_TRUE(system_lookup()(
      "localhost", [&](const auto&) { answered.set_value(std::this_thread::get_id()); }));
  EXPECT_NE(answered.get_future().get(), std::this_thread::get_id());
  // A label of more than 63 characters: refused without asking anyone.
  const auto host = std::string(64, 'a') + ".invalid";
  const auto none = loop.run(resolver.addresses(host));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::transient);
  EXPECT_THAT(none.error().message, HasSubstr("cannot resolve " + host));
}

TEST(SystemLookup, WithoutFilesItNamesTheRemedy) {
  std::promise<Result<Addresses>> answered;
  const testing::NoMoreFiles none(0);
  ASSERT_TRUE(system_lookup()("lockstep.invalid", [&](Result<Addresses> outcome) {
    answered.set_value(std::move(outcome));
  }));
  const auto found = answered.get_future().get();
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("ulimit -n"));
}

TEST(OsError, UsedUpLimitsNameTheirRemedy) {
  const auto text = [](int number) { return explain({number, boost::system::system_category()}); };
  EXPECT_THAT(text(EMFILE), HasSubstr("ulimit -n"));
  EXPECT_THAT(text(ENFILE), HasSubstr("fs.file-max"));
  EXPECT_THAT(text(EAGAIN), HasSubstr("ulimit -u"));
  EXPECT_EQ(text(ECONNREFUSED), "Connection refused");
  for (const int number : {EMFILE, ENFILE, EAGAIN, ECONNREFUSED}) {
    EXPECT_EQ(is_used_up_limit({number, boost::system::system_category()}), number != ECONNREFUSED);
  }
}

}  // namespace
}  // namespace lockstep::net
