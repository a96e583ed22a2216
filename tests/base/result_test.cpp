#include "base/result.hpp"

#include "base/clock.hpp"
#include "support/sim.hpp"

namespace lockstep {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(ErrorKind::invalid, "odd");
  return n / 2;
}
Result<std::string> quarter(int n) {
  TRY(const int once, half(n));
  TRY(const int twice, half(once));
  return std::to_string(twice);
}
Status even(int n) {
  TRY_OK(half(n));
  return {};
}
Awaitable<Result<int>> later(int n) {
  co_return half(n);
}
Awaitable<Result<int>> quarter_later(int n) {
  CO_TRY(const int once, co_await later(n));
  CO_TRY_OK(even(once));
  CO_TRY(const int twice, co_await later(once));
  co_return twice;
}

TEST(Result, TryGivesTheValueOrReturnsTheError) {
  EXPECT_EQ(quarter(8).value(), "2");
  EXPECT_EQ(quarter(7).error().message, "odd");
  EXPECT_EQ(quarter(6).error().kind, ErrorKind::invalid);
  EXPECT_TRUE(even(2));
  EXPECT_FALSE(even(3));
}

TEST(Result, CoTryDoesTheSameInACoroutine) {
  testing::Simulation sim;
  EXPECT_EQ(sim.run(quarter_later(8)).value(), 2);
  EXPECT_FALSE(sim.run(quarter_later(6)));
  EXPECT_FALSE(sim.run(quarter_later(5)));
}

TEST(Result, AndThenAndTransformChain) {
  EXPECT_EQ(half(8).and_then(half).transform([](int n) { return n + 40; }).value(), 42);
  EXPECT_EQ(half(6).and_then(half).transform([](int n) { return n; }).error().message, "odd");
  EXPECT_EQ(half(3).and_then(half).error().message, "odd");
}

TEST(Error, DescribeIsOneLineWithPlaceAndRemoteText) {
  Error error{.kind = ErrorKind::forbidden, .message = "cannot write"};
  EXPECT_EQ(describe(error), "cannot write");
  error.location = {"manifests/a.yaml", 12, 7};
  error.remote = RemoteText::from("no\nscope", {});
  EXPECT_EQ(describe(error), "manifests/a.yaml:12:7: cannot write (the server says: \"no scope\")");
}

TEST(Error, S4_DescribeSaysThatATextWasLeftOutInOurOwnWords) {
  const std::vector<std::string_view> sent = {"hunter2hunter2"};
  const Error error{.kind = ErrorKind::invalid,
                    .message = "refused",
                    .remote = RemoteText::from("not hunter2", sent)};
  EXPECT_EQ(describe(error),
            "refused (the provider's text repeats a part of what was sent and is left out)");
}

TEST(Location, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(to_string(Location{}), "");
  EXPECT_EQ(to_string(Location{"a.yaml"}), "a.yaml");
  EXPECT_EQ(to_string(Location{"a.yaml", 3}), "a.yaml:3");
  EXPECT_EQ(to_string(Location{"a.yaml", 3, 9}), "a.yaml:3:9");
  EXPECT_EQ(to_string(Location{"a.yaml", 0, 9}), "a.yaml");
}

TEST(ErrorKind, EveryKindHasItsOwnWord) {
  std::set<std::string_view> words;
  for (int n = 0; n <= static_cast<int>(ErrorKind::internal); ++n) {
    words.insert(to_string(static_cast<ErrorKind>(n)));
  }
  EXPECT_EQ(words.size(), static_cast<std::size_t>(ErrorKind::internal) + 1);
}

}  // namespace
}  // namespace lockstep
