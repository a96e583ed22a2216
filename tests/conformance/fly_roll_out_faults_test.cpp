// A roll-out on a Fly.io that is behind, ambiguous and loses answers, with others at work: at every
// request each fault and each act. What must hold is told in fly_app.hpp.
#include <gmock/gmock.h>

#include "fly_app.hpp"

namespace lockstep::conformance {
namespace {

using namespace std::chrono_literals;
using sandbox::Fault;
using sandbox::FlyStart;
using Kind = Fault::Kind;

const FlyKind kinds[] = {
    {.name = "Plain"},
    {.name = "Behind", .read_lag = 8s},
    {.name = "Disagreeing", .read_lag = 8s, .fresh_every = 2},
    {.name = "LateChecks", .read_lag = 2s, .fresh_every = 3, .check_time = 20s},
    {.name = "SilentLeases", .read_lag = 8s, .fresh_every = 2, .leases_tell_instance = false},
};

struct Named {
  const char* name;
  Fault fault;
  bool may_stop = false;  ///< a refusal for good: a person has to say that it goes on
};

Fault of(Kind kind, int status) {
  return {.kind = kind, .status = status};
}
Fault body(const char* text) {
  return {.kind = Kind::status, .status = 200, .body = text};
}

const std::vector<Named>& faults() {
  static const std::vector<Named> all = {
      {"Done408", of(Kind::late_error, 408)},
      {"Done412", of(Kind::late_error, 412)},
      {"Done422", of(Kind::late_error, 422)},
      {"Done500", of(Kind::late_error, 500)},
      {"Done503", of(Kind::late_error, 503)},
      {"Says400", of(Kind::error_body, 400)},
      {"Says403", of(Kind::error_body, 403)},
      {"Says404", of(Kind::error_body, 404)},
      {"Says408", of(Kind::error_body, 408)},
      {"Says409", of(Kind::error_body, 409)},
      {"Says412", of(Kind::error_body, 412), true},
      {"Says422", of(Kind::error_body, 422), true},
      {"Says429", of(Kind::error_body, 429)},
      {"Says500", of(Kind::error_body, 500)},
      {"Cut", {.kind = Kind::cut_body}},
      {"Reset", {.kind = Kind::reset}},
      {"Lost", {.kind = Kind::lost_answer}},
      {"Stale", {.kind = Kind::stale_read}},
      {"Slow", {.kind = Kind::delay, .delay = 10min}},
      {"Null", body("null")},
      {"NoMachines", body("[]")},
      {"Empty", body("{}")},
      {"APage", body("<html>maintenance</html>")},
  };
  return all;
}

/// Three that run, in two groups, one with a check; one at rest; one that is not managed.
struct SmallApp : FlyApp {
  explicit SmallApp(const FlyKind& kind) : FlyApp(kind) {
    first = add({.checked = true});
    second = add();
    third = add({.group = "worker"});
    stopped = add({.started = false});
    unmanaged = add({.fly_launch = false});
    write();
    // Lists are sorted by id, so these are the first two that are touched.
    if (second < first) std::swap(first, second);
  }
  std::string first, second, third, stopped, unmanaged;
};

/// Every so-many-th request meets a fault: all of them where nothing else is odd.
std::size_t stride(const FlyKind& kind) {
  return kind.read_lag == Nanos{} ? 1 : 3;
}

std::size_t requests_of(const FlyKind& kind) {
  SmallApp app(kind);
  const auto before = app.requests();
  app.converge();
  return app.requests() - before;
}

class FlyFaults : public ::testing::TestWithParam<FlyKind> {};

TEST_P(FlyFaults, WithoutAnyItConvergesAndUpdatesEachOnce) {
  SmallApp app(GetParam());
  EXPECT_LE(app.converge(), GetParam().read_lag == Nanos{} ? 1U : 6U);
  EXPECT_EQ(app.broken(), "");
  EXPECT_EQ(app.stops, 0U);
  EXPECT_EQ(app.updated(), 4U);
  EXPECT_FALSE(app.live(app.unmanaged));
  for (const auto& id : app.fly.machines(fly_app)) EXPECT_FALSE(app.fly.leased(id, app.now()));
}

TEST_P(FlyFaults, AtAnyRequestNeverHarmAndItConverges_S3_S6_S11) {
  const auto requests = requests_of(GetParam());
  std::size_t start = 0;
  for (const auto& row : faults()) {
    for (auto index = start++ % stride(GetParam()); index < requests; index += stride(GetParam())) {
      SCOPED_TRACE(std::string(row.name) + " at request " + std::to_string(index));
      SmallApp app(GetParam());
      const auto met = app.requests() + index;
      app.fly.set_faults([&](const net::Request&) {
        // The hook has counted this request already.
        return app.requests() == met + 1 ? row.fault : Fault{};
      });
      app.converge();
      ASSERT_EQ(app.broken(), "");
      ASSERT_EQ(app.updated(), 4U) << "each is updated once";
      if (!row.may_stop) ASSERT_EQ(app.stops, 0U) << "nothing is wrong with any machine";
    }
  }
}

TEST_P(FlyFaults, OfAWholeMinuteNeverHarmAndItConverges_S3_S6_S11) {
  for (const auto& row : faults()) {
    for (const Nanos begin : {0s, 5s, 14s}) {
      SCOPED_TRACE(std::string(row.name) + " after " + to_human(begin));
      SmallApp app(GetParam());
      const auto from = app.now() + begin;
      app.fly.set_faults([&](const net::Request&) {
        return app.now() >= from && app.now() < from + 1min ? row.fault : Fault{};
      });
      app.converge(30);
      ASSERT_EQ(app.broken(), "");
      ASSERT_EQ(app.updated(), 4U) << "each is updated once";
    }
  }
}

TEST_P(FlyFaults, HalfOfAllRequestsNeverHarmAndItConverges_S3_S6_S11) {
  for (const auto& row : faults()) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      SCOPED_TRACE(std::string(row.name) + ", seed " + std::to_string(seed));
      SmallApp app(GetParam());
      const auto random = lockstep::testing::make_seeded_random(seed);
      const auto until = app.now() + 10min;
      app.fly.set_faults([&](const net::Request&) {
        return app.now() < until && uniform(*random, 2) == 0 ? row.fault : Fault{};
      });
      app.converge(30);
      ASSERT_EQ(app.broken(), "");
      ASSERT_EQ(app.updated(), 4U) << "each is updated once";
    }
  }
}

/// What others do in the middle of a roll-out. Not before the update of the very machine whose
/// state they change: the Machines API knows no condition on a state.
struct Act {
  const char* name;
  void (*act)(SmallApp& app);
  std::string SmallApp::*machine = nullptr;
  bool updates = false;  ///< somebody else's updates are among those counted
};

const Act acts[] = {
    {"DeploysAll",
     [](SmallApp& app) {
       for (const auto& id : app.fly.machines(fly_app)) app.theirs.insert(id);
       app.fly.deploy(fly_app, app.now());
     },
     nullptr, true},
    {"DeploysOne",
     [](SmallApp& app) {
       app.theirs.insert(app.second);
       app.fly.deploy_machine(fly_app, app.second, app.now());
     },
     nullptr, true},
    {"DeploysTheFirst",
     [](SmallApp& app) {
       app.theirs.insert(app.first);
       app.fly.deploy_machine(fly_app, app.first, app.now());
     },
     nullptr, true},
    {"StopsAnIdleOne",
     [](SmallApp& app) {
       app.theirs.insert(app.second);
       app.fly.stop_machine(fly_app, app.second, app.now());
     },
     &SmallApp::second},
    {"StartsOne",
     [](SmallApp& app) {
       app.theirs.insert(app.stopped);
       app.fly.start_machine(fly_app, app.stopped, app.now());
     },
     &SmallApp::stopped},
    {"DestroysOne", [](SmallApp& app) { app.fly.destroy_machine(fly_app, app.second, app.now()); }},
    {"DestroysTheFirst",
     [](SmallApp& app) { app.fly.destroy_machine(fly_app, app.first, app.now()); }},
    {"AddsOne",
     [](SmallApp& app) {
       app.theirs.insert(app.fly.add_machine(fly_app, {.checked = true}, app.now()));
     }},
    {"ReplacesOne",
     [](SmallApp& app) {
       app.fly.destroy_machine(fly_app, app.second, app.now());
       app.theirs.insert(app.fly.add_machine(fly_app, {}, app.now()));
     }},
    {"LeasesOne",
     [](SmallApp& app) { app.fly.lease_machine(app.second, 30s, app.now()); }},
};

TEST_P(FlyFaults, OthersAtWorkBeforeAnyRequestNeverMakeItHarm_S11) {
  const auto requests = requests_of(GetParam());
  std::size_t start = 0;
  for (const auto& row : acts) {
    for (auto index = start++ % stride(GetParam()); index < requests; index += stride(GetParam())) {
      SCOPED_TRACE(std::string(row.name) + " before request " + std::to_string(index));
      SmallApp app(GetParam());
      app.before(index, [&](const net::Request& request) {
        const auto updated = machine_updated_by(request);
        if (row.machine && updated == app.*row.machine) return;
        row.act(app);
      });
      app.converge();
      ASSERT_EQ(app.broken(), "");
      ASSERT_EQ(app.stops, 0U);
      if (!row.updates) ASSERT_LE(app.updated(), 5U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EachFly, FlyFaults, ::testing::ValuesIn(kinds),
                         [](const auto& info) { return std::string(info.param.name); });

/// How the first machine takes its start with the new set.
struct Start {
  const char* name;
  FlyStart how;
  bool checked;
  bool stops;
};

class FlyStarts : public ::testing::TestWithParam<std::tuple<FlyKind, Start>> {};

TEST_P(FlyStarts, ThatFailTouchNoOtherMachineUntilItIsMended_S11) {
  const auto& [kind, start] = GetParam();
  FlyApp app(kind);
  const auto one = app.add({.checked = start.checked});
  const auto two = app.add({.checked = start.checked});
  const auto first = std::min(one, two);
  const auto second = std::max(one, two);
  app.fly.set_start(fly_app, first, start.how);
  app.write();
  for (int i = 0; i < 5 && app.stops == 0 && !app.live(second); ++i) {
    const auto done = app.step();
    if (done && !done->machine.empty()) {
      EXPECT_EQ(done->machine, first);
      ++app.stops;
    }
    app.wait(10s);
  }
  EXPECT_EQ(app.stops != 0, start.stops);
  EXPECT_EQ(app.live(second), !start.stops);
  EXPECT_EQ(app.broken(), "");
  // Asked again, as after a crash: it is looked at first, and no other one is touched.
  for (int i = 0; start.stops && i < 3; ++i) {
    const auto again = app.step();
    EXPECT_FALSE(app.live(second));
    EXPECT_FALSE(again && again->machine.empty()) << "it is not well";
  }
  app.fly.set_start(fly_app, first, FlyStart::well);
  if (start.stops) app.fly.deploy_machine(fly_app, first, app.now());
  app.wait(30s);
  app.converge();
  EXPECT_TRUE(app.live(second));
  EXPECT_EQ(app.broken(), "");
}

constexpr Start starts[] = {
    {"Critical", FlyStart::critical, true, true}, {"Crashes", FlyStart::crashes, false, true},
    {"CrashesUnderChecks", FlyStart::crashes, true, true}, {"Hangs", FlyStart::hangs, false, true},
    {"Dies", FlyStart::dies, false, true}, {"DiesUnderChecks", FlyStart::dies, true, true},
    {"Stumbles", FlyStart::stumbles, false, false},
    {"StumblesUnderChecks", FlyStart::stumbles, true, false},
};

INSTANTIATE_TEST_SUITE_P(EachStart, FlyStarts,
                         ::testing::Combine(::testing::ValuesIn(kinds),
                                            ::testing::ValuesIn(starts)),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param).name) +
                                  std::get<1>(info.param).name;
                         });

}  // namespace
}  // namespace lockstep::conformance
