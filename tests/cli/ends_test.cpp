// How the process ends: signals, limits of the system, readers who are away.
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>

#include "cli/program.hpp"
#include "cli/shop.hpp"

namespace lockstep::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(LastWords, OnlyErrorNumbersAreUsedUpLimits) {
  const boost::system::error_code no_name(EAGAIN, boost::asio::error::get_addrinfo_category());
  EXPECT_THAT(last_words(boost::system::system_error(no_name)), HasSubstr("defect"))
      << "the same number means another thing there";
  EXPECT_THAT(last_words(boost::system::system_error(
                  boost::system::error_code(EMFILE, boost::system::system_category()))),
              HasSubstr("ulimit -n"));
}

TEST_F(Shop, AFileThatMayNotGrowIsToldWithItsRemedyAndNothingIsLost_S8) {
  auto how = options();
  how.most_bytes = 24 << 10;  // the ledger needs more
  const auto done = Process({"apply", "--yes"}, how).finish();
  EXPECT_EQ(done.code, 1) << done.out << done.err;
  EXPECT_THAT(done.err + done.out, HasSubstr("ulimit -f"));
  EXPECT_EQ(writes(), 0u) << "nothing is written that cannot be remembered";
  EXPECT_EQ(lockstep({"apply", "--yes"}).code, 0);
}

TEST_F(Shop, AResultBeyondTheLimitOfAFileIsAnError) {
  auto how = options();
  how.most_bytes = 64;
  how.out_file = folder_ / "result";
  const auto done = Process({"explain", "target"}, how).finish();
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("cannot write to standard output"));
  EXPECT_THAT(done.err, HasSubstr("ulimit -f"));
}

TEST_F(Shop, AReaderWhoLeftMakesAFailureButNoHalfApply) {
  auto how = options();
  how.closed_pipe = true;
  const auto shown = Process({"plan"}, how).finish();
  EXPECT_EQ(shown.code, 1);
  EXPECT_THAT(shown.err, HasSubstr("cannot write to standard output"));
  const auto done = Process({"apply", "--yes"}, how).finish();
  EXPECT_EQ(done.code, 1) << "its report was not read";
  EXPECT_EQ(lockstep({"plan", "--detailed-exit-code"}).code, 0) << "and yet all of it was done";
}

TEST_F(Shop, AYesToAPlanThatCouldNotBeShownIsNone_S13) {
  auto how = options();
  how.closed_pipe = true;
  how.typed = "yes\n";
  const auto done = Process({"apply"}, how).finish();
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("the plan could not be shown"));
  EXPECT_EQ(writes(), 0u);
}

TEST_F(Shop, ALogThatNobodyReadsStopsNeitherPassesNorSigterm_S14) {
  auto how = options();
  how.full_err = true;
  Process controller({"controller", "--listen", "127.0.0.1:0", "--print-address", "address",
                      "--log-level", "debug"},
                     how);
  while (at_fly("SEALING_KEY").empty() || at_worker("SESSION_KEY").empty()) {
  }
  controller.signal(SIGTERM);
  EXPECT_EQ(controller.end_unread(), 0);
}

TEST_F(Shop, SigtermEndsACommandWhoseResultNobodyReads) {
  write("manifests/shop.yaml~", "");
  auto how = options();
  how.full_out = true;
  Process plan({"plan", "--offline"}, how);
  ASSERT_TRUE(plan.wait_for("note: "));  // what follows is the result
  plan.signal(SIGTERM);
  EXPECT_EQ(plan.end_unread(), 1) << "as every command that is interrupted";
}

TEST_F(Shop, AnApplyThatIsStoppedTellsWhatIsDoneWhatIsNotAndWhatIsNotKnown_S8) {
  // The Worker is written; Fly.io takes the value and does not say so.
  std::promise<void> sent;
  fly_.set_faults([&, told = false](const net::Request& request) mutable -> sandbox::Fault {
    if (request.method != "POST") return {};
    if (!std::exchange(told, true)) sent.set_value();
    return {.kind = sandbox::Fault::Kind::delay, .delay = std::chrono::minutes(5)};
  });
  const auto apply = start({"apply", "--yes"});
  sent.get_future().wait();
  while (at_worker("SESSION_KEY").empty()) {
  }
  apply->signal(SIGTERM);
  const auto ended = apply->finish();
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, HasSubstr("stopping: what is running ends"));
  EXPECT_THAT(ended.err, HasSubstr("interrupted: of 5 changes 2 done, 0 not done, 3 not known "
                                   "(shop/api DATABASE_URL, "));
  EXPECT_THAT(ended.out, HasSubstr("? shop/api  DATABASE_URL  not known whether created"));
  on_loop([&] { fly_.set_faults({}); });
  EXPECT_EQ(lockstep({"apply", "--yes"}).code, 0);
}

}  // namespace
}  // namespace lockstep::cli::testing
