#include "base/rested_reader.hpp"

#include <gmock/gmock.h>

#include "support/about.hpp"
#include "support/dead_disk.hpp"
#include "support/memory_files.hpp"
#include "support/sim.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;

using testing::About;
using testing::DeadDisk;
using testing::JustAfter;
using Text = Result<std::string>;

/// Files that are written while they are read.
struct Rested : ::testing::Test {
  testing::Simulation sim;
  testing::Power power{1};
  testing::MemoryFiles files{power};
  std::unique_ptr<Offload> offload = make_offload_inline();
  std::vector<std::string> told;
  RestedReader reader{files, sim.clock(), *offload,
                      [this](const std::string& text) { told.push_back(text); }};
  Scope writers{sim.executor()};

  Rested() {
    files.tell_time([this] { return sim.clock().wall(); });
    files.put_directory("/m", 0755);
    pass(1h);
  }
  void pass(Nanos span) {
    bool over = false;
    Scope scope(sim.executor());
    scope.start([](Clock& clock, Nanos s, bool& out) -> Awaitable<void> {
      (void)co_await clock.sleep_until(clock.mono() + s);
      out = true;
    }(sim.clock(), span, over));
    sim.run_until(Mono::max(), [&] { return over && scope.drained(); });
  }
  /// Does `act` so long after now.
  void later(Nanos after, std::function<void()> act) {
    writers.start([](Clock& clock, Nanos s, std::function<void()> deed) -> Awaitable<void> {
      if (co_await clock.sleep_until(clock.mono() + s) == Ended::finished) deed();
    }(sim.clock(), after, std::move(act)));
  }
  static Text text_of(const FileReader& from, const Path& path) {
    TRY(const auto bytes, from.read(path, 1000));
    return std::string(view(bytes));
  }
  Text read(const Path& path) {
    return sim.run(
        reader.read(path, [path](const FileReader& from) { return text_of(from, path); }));
  }
  /// All files of a folder, one after the other.
  Text read_all(const Path& folder) {
    return sim.run(reader.read(folder, [folder](const FileReader& from) -> Text {
      TRY(const auto names, from.list(folder, 100));
      std::string all;
      for (const auto& name : names) {
        TRY(const auto text, text_of(from, folder / name));
        all += text + "\n";
      }
      return all;
    }));
  }
  /// How long `act` took in virtual time.
  Nanos took(const std::function<void()>& act) {
    const auto began = sim.clock().mono();
    act();
    return sim.clock().mono() - began;
  }
};

TEST_F(Rested, AFileThatHasRestedCostsNoTime) {
  files.put("/m/f", "whole\n");
  pass(1s);
  EXPECT_THAT(took([&] { EXPECT_EQ(read("/m/f").value(), "whole\n"); }), About(0s));
  EXPECT_TRUE(told.empty());
}

TEST_F(Rested, AFileJustWrittenTakesASecondAndNobodyIsBothered) {
  files.put("/m/f", "whole\n");
  pass(400ms);
  EXPECT_THAT(took([&] { EXPECT_EQ(read("/m/f").value(), "whole\n"); }), About(600ms));
  EXPECT_TRUE(told.empty());
}

TEST_F(Rested, AWriterThatTakesThreeSecondsOverOneValueIsWaitedFor_S3) {
  files.put("/m/f", "API_KEY=");
  for (int i = 1; i <= 3; ++i) later(i * 750ms, [this] { files.append("/m/f", "prod-"); });
  later(3s, [this] { files.append("/m/f", "\n"); });
  EXPECT_THAT(took([&] { EXPECT_EQ(read("/m/f").value(), "API_KEY=prod-prod-prod-\n"); }),
              About(4s));
}

TEST_F(Rested, AWriterThatWritesLineByLineIsWaitedForAndTold) {
  files.put("/m/f", "A=1\n");
  for (int i = 1; i <= 4; ++i) later(i * 750ms, [this] { files.append("/m/f", "B=2\n"); });
  EXPECT_THAT(took([&] { EXPECT_EQ(read("/m/f").value(), "A=1\nB=2\nB=2\nB=2\nB=2\n"); }),
              About(4s));
  EXPECT_EQ(told, std::vector<std::string>{"waiting for /m/f, which is being written"});
}

TEST_F(Rested, AWriterThatPausesInTheMiddleOfALineIsWaitedFor_S3) {
  files.put("/m/f", "API_KEY=prod-");
  later(8s, [this] { files.append("/m/f", "value\n"); });
  pass(2s);
  EXPECT_THAT(took([&] { EXPECT_EQ(read("/m/f").value(), "API_KEY=prod-value\n"); }), About(7s));
  EXPECT_EQ(told, std::vector<std::string>{"/m/f ends without a newline and was changed 2 s ago: "
                                           "waiting until it has rested for 10 s"});
}

TEST_F(Rested, AWriterThatPausesAgainAndAgainIsWaitedForPastTenSeconds_S3) {
  files.put("/m/f", "API_KEY=prod");
  later(5s, [this] { files.append("/m/f", "-val"); });
  later(11s, [this] { files.append("/m/f", "ue\n"); });
  EXPECT_THAT(took([&] { EXPECT_EQ(read("/m/f").value(), "API_KEY=prod-value\n"); }), About(12s));
}

TEST_F(Rested, AFileThatWasEmptiedToBeWrittenIsWaitedFor_S3) {
  files.put("/m/f", "old\n");
  files.put("/m/f", "");
  later(9s, [this] { files.append("/m/f", "new\n"); });
  EXPECT_THAT(took([&] { EXPECT_EQ(read("/m/f").value(), "new\n"); }), About(10s));
  EXPECT_EQ(told, std::vector<std::string>{"/m/f is empty and was changed 0 s ago: waiting until "
                                           "it has rested for 10 s"});
}

TEST_F(Rested, WhatHasNoLineEndIsBelievedAfterTenSecondsAndThenCostsNothing) {
  files.put("/m/f", "a value alone");
  files.put("/m/empty", "");
  pass(3s);
  EXPECT_THAT(took([&] { EXPECT_EQ(read("/m/f").value(), "a value alone"); }), About(7s));
  EXPECT_THAT(took([&] { EXPECT_EQ(read("/m/f").value(), "a value alone"); }), About(0s));
  EXPECT_THAT(took([&] { EXPECT_EQ(read("/m/empty").value(), ""); }), About(0s));
}

TEST_F(Rested, OfManyFilesTheOneWithoutALineEndIsNamed) {
  files.put("/m/a", "whole\n");
  files.put("/m/b", "half");
  pass(500ms);
  files.put("/m/c", "whole\n");
  EXPECT_GE(took([&] { EXPECT_TRUE(read_all("/m")); }), 9500ms);
  EXPECT_THAT(told, ::testing::ElementsAre(::testing::StartsWith("/m/b ends without a newline")));
}

TEST_F(Rested, WhatIsKnownToBeWholeNeedsNoLineEnd) {
  files.put("/m/f", "checksummed");
  const auto look = [](const FileReader& from) -> Text {
    TRY(auto text, text_of(from, "/m/f"));
    from.needs_no_line_end("/m/f");
    return text;
  };
  EXPECT_THAT(took([&] { EXPECT_EQ(sim.run(reader.read("/m/f", look)).value(), "checksummed"); }),
              About(1s));
}

TEST_F(Rested, ACheckoutFileByFileIsReadWhole_S2) {
  for (const auto* name : {"/m/a", "/m/b", "/m/c"}) files.put(name, "old");
  pass(1h);
  later(100ms, [this] { files.put("/m/a", "new"); });
  later(800ms, [this] { files.drop("/m/b"); });
  later(1600ms, [this] { files.put("/m/b", "new"); });
  later(2400ms, [this] { files.put("/m/c", "new"); });
  pass(100ms);
  EXPECT_EQ(read_all("/m").value(), "new\nnew\nnew\n");
}

TEST_F(Rested, AFileThatIsAwayForAMomentIsNotTakenForRemoved_S2) {
  files.put("/m/a", "a");
  pass(1h);
  files.drop("/m/a");
  later(900ms, [this] { files.put("/m/a", "a2"); });
  EXPECT_EQ(read("/m/a").value(), "a2");
  files.drop("/m/a");
  EXPECT_THAT(took([&] { EXPECT_EQ(read_all("/m").value(), ""); }), About(1s));
}

TEST_F(Rested, OfTheSameSizeAndTimeAnotherFileIsAnotherOne) {
  const auto at = sim.clock().wall();
  files.tell_time([at] { return at; });
  files.put("/m/f", "old");
  later(250ms, [this] { files.put("/m/f", "new"); });
  EXPECT_EQ(read("/m/f").value(), "new");
  EXPECT_EQ(told.size(), 1U) << "the second look saw another inode";
}

TEST_F(Rested, AnotherSizeAloneIsAChange) {
  const auto at = sim.clock().wall();
  files.tell_time([at] { return at; });
  files.put("/m/f", "half");
  later(250ms, [this] { files.append("/m/f", " and whole"); });
  EXPECT_EQ(read("/m/f").value(), "half and whole");
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(Rested, AnotherTimeAloneIsAChange) {
  files.put("/m/f", "same");
  later(250ms, [this] { files.append("/m/f", ""); });
  EXPECT_EQ(read("/m/f").value(), "same");
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(Rested, AWriterWithoutEndIsAnErrorThatNamesTheFile) {
  files.put("/m/f", "x\n");
  for (int i = 1; i <= 100; ++i) later(i * 200ms, [this] { files.append("/m/f", "x\n"); });
  Text result;
  EXPECT_THAT(took([&] { result = read("/m/f"); }), About(10s));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::conflict);
  EXPECT_EQ(describe(result.error()),
            "/m/f is still being written after 10 s; wait for its writer to end, then try again");
}

TEST_F(Rested, AWriterThatNeverEndsALineIsAnErrorAfterTwentySeconds) {
  files.put("/m/f", "");
  for (int i = 1; i <= 20; ++i) later(i * 2s, [this] { files.append("/m/f", "x"); });
  Text result;
  EXPECT_THAT(took([&] { result = read("/m/f"); }), About(20s));
  ASSERT_FALSE(result);
  EXPECT_THAT(describe(result.error()),
              ::testing::StartsWith("/m/f is still being written after 20 s"));
}

TEST_F(Rested, ATimeInTheFutureHasRestedAfterASecondOfLooking) {
  files.put("/m/f", "whole\n");
  files.put("/m/g", "without end");
  sim.jump_wall(-48h);
  EXPECT_THAT(took([&] { EXPECT_EQ(read("/m/f").value(), "whole\n"); }), About(1s));
  EXPECT_THAT(took([&] { EXPECT_EQ(read("/m/g").value(), "without end"); }), About(10s));
}

TEST_F(Rested, AClockSetForwardMakesNoFileRestedThatIsBeingWritten) {
  files.put("/m/f", "ha");
  for (int i = 1; i <= 4; ++i) later(i * 300ms, [this] { files.append("/m/f", "lf"); });
  later(10ms, [this] { sim.jump_wall(24h); });
  EXPECT_EQ(read("/m/f").value(),
            "half"
            "lf"
            "lf"
            "lf");
}

TEST_F(Rested, WhatOnlyLiesBesideMayGrow) {
  files.put("/m/f", "whole");
  files.put("/m/app.log", "");
  pass(1h);
  for (int i = 0; i <= 100; ++i) later(i * 200ms, [this] { files.append("/m/app.log", "x"); });
  const auto look = [](const FileReader& from) -> Text {
    TRY(const auto names, from.list("/m", 10));
    for (const auto& name : names) TRY_OK(from.info("/m/" + name));
    return text_of(from, "/m/f");
  };
  EXPECT_THAT(took([&] { EXPECT_EQ(sim.run(reader.read("/m", look)).value(), "whole"); }),
              About(0s));
}

TEST_F(Rested, WhatProvesItselfIsNotWaitedFor) {
  files.put("/m/keyring", "sealed");
  const auto look = [](const FileReader& from) -> Result<std::optional<std::string>> {
    TRY(auto text, text_of(from, "/m/keyring"));
    if (text != "sealed") return fail(ErrorKind::invalid, "damaged");
    return std::optional(std::move(text));
  };
  EXPECT_THAT(took([&] { EXPECT_TRUE(sim.run(reader.read_proven("/m/keyring", look))); }),
              About(0s));
  files.put("/m/keyring", "sea");
  later(900ms, [this] { files.append("/m/keyring", "led"); });
  EXPECT_TRUE(sim.run(reader.read_proven("/m/keyring", look))) << "half of it is waited for";
  files.put("/m/keyring", "sea");
  EXPECT_FALSE(sim.run(reader.read_proven("/m/keyring", look)));
}

TEST_F(Rested, ErrorsOfALookComeOutOnceItsFilesHaveRested) {
  files.put("/m/f", std::string(1001, 'x'));
  EXPECT_EQ(read("/m/f").error().kind, ErrorKind::invalid);
  EXPECT_EQ(read("/m/none").error().kind, ErrorKind::not_found);
}

TEST_F(Rested, AStopEndsTheWait) {
  files.put("/m/f", "");
  std::optional<Text> result;
  Scope scope(sim.executor());
  scope.start([](Rested& self, std::optional<Text>& out) -> Awaitable<void> {
    auto reading =
        self.reader.read("/m/f", [](const FileReader& from) { return text_of(from, "/m/f"); });
    out = co_await std::move(reading);
  }(*this, result));
  later(100ms, [&] { scope.cancel(); });
  EXPECT_THAT(took([&] { sim.run_until(Mono::max(), [&] { return scope.drained(); }); }),
              About(100ms));
  EXPECT_EQ(result->error().kind, ErrorKind::cancelled);
}

TEST_F(Rested, ADiskThatDoesNotAnswerIsLeftBehindAndAskedOnce_S14) {
  files.put("/m/f", "whole");
  files.put("/m/g", "other");
  pass(1h);
  DeadDisk disk(sim.clock());
  RestedReader impatient(files, sim.clock(), disk);
  const auto ask = [&](Path path) {
    return sim.run(
        impatient.read(path, [path](const FileReader& from) { return text_of(from, path); }));
  };
  Text first;
  EXPECT_THAT(took([&] { first = ask("/m/f"); }), About(30s));
  EXPECT_EQ(first.error().kind, ErrorKind::transient);
  EXPECT_EQ(
      describe(first.error()),
      "the disk does not answer for /m/f; mend what holds it (a network share that is away?)");
  EXPECT_THAT(took([&] { EXPECT_FALSE(ask("/m/f")); }), About(0s))
      << "one call that hangs is enough";
  EXPECT_EQ(disk.asked, 1);
  disk.answer();
  EXPECT_EQ(ask("/m/f").value(), "whole");
}

TEST_F(Rested, WorkThatHangsIsLeftBehindWithAllThatItOwns_S14) {
  DeadDisk disk(sim.clock());
  RestedReader impatient(files, sim.clock(), disk);
  const auto write = [&](std::string text) {
    return sim.run(impatient.run(Path("/m/f"), [&files = files, text = std::move(text)] {
      return files.replace("/m/f", text, 0600);
    }));
  };
  Status first;
  EXPECT_THAT(took([&] { first = write("first\n"); }), About(30s));
  EXPECT_EQ(first.error().kind, ErrorKind::transient);
  EXPECT_FALSE(write("second\n")) << "the first may still happen";
  EXPECT_FALSE(sim.run(impatient.read("/m/f", [](const FileReader& from) {
    return text_of(from, "/m/f");
  }))) << "nor is read what it may change";
  disk.answer();
  EXPECT_EQ(files.text("/m/f"), "first\n");
  EXPECT_TRUE(write("second\n"));
  EXPECT_EQ(files.text("/m/f"), "second\n");
}

/// Every thread hangs already: what is asked is never begun.
struct FullPool final : Offload {
  explicit FullPool(Clock& of) : clock(of) {}
  Awaitable<void> run_erased(std::function<void()> work) override {
    if (!full) co_return work();
    (void)co_await clock.sleep_until(Mono::max());
  }
  Clock& clock;
  bool full = true;
};

TEST_F(Rested, WhatNeverBeganIsAskedAgain) {
  files.put("/m/f", "whole\n");
  pass(1h);
  FullPool pool(sim.clock());
  RestedReader waiting(files, sim.clock(), pool);
  const auto ask = [&] {
    return sim.run(
        waiting.read("/m/f", [](const FileReader& from) { return text_of(from, "/m/f"); }));
  };
  EXPECT_EQ(ask().error().kind, ErrorKind::transient);
  pool.full = false;
  EXPECT_EQ(ask().value(), "whole\n");
}

}  // namespace
}  // namespace lockstep
