#include "providers/fly/machines.hpp"

#include <gmock/gmock.h>

#include "machine.hpp"

namespace lockstep::providers::fly {
namespace {

using test::at;
using test::event;
using test::exit_event;
using test::in_state;
using test::json_of;
using test::read;
using test::running;
using test::Shape;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Result<std::vector<Machine>> list_of(std::string_view text) {
  const auto document = parse_json(text);
  return read_machines(*document, "machines.list");
}
Result<std::vector<std::string>> entries_of(std::string_view text) {
  return list_of(text).transform(managed_entries);
}
Result<Machine> machine_of(std::string_view text) {
  return read_machine(parse_json(text).value(), "machines.get");
}
/// Whether a machine with this configuration counts.
bool managed(const std::string& metadata) {
  return machine_of(R"({"id":"m","instance_id":"i","state":"started","config":{"metadata":)" +
                    metadata + "}}")
      ->managed;
}

TEST(FlyMachines, CountsOnlyThoseThatFlyLaunchManages) {
  EXPECT_TRUE(managed(R"({"fly_platform_version":"v2"})"));
  EXPECT_TRUE(managed(R"({"fly_platform_version":"v2","fly_process_group":"web"})"));
  EXPECT_FALSE(managed(R"({"fly_platform_version":"v1"})"));
  EXPECT_FALSE(managed("{}"));
  EXPECT_FALSE(managed("null"));
  for (const std::string group : {"fly_app_release_command", "fly_app_test_machine_command",
                                  "fly_app_console", "release_command"}) {
    const auto metadata = [&](const std::string& key) {
      return R"({"fly_platform_version":"v2",")" + key + R"(":")" + group + "\"}";
    };
    EXPECT_FALSE(managed(metadata("fly_process_group"))) << group;
    EXPECT_FALSE(managed(metadata("process_group"))) << group;
  }
}

TEST(FlyMachines, OneWhoseConfigurationIsNotToldMayRunTheOldSet) {
  const auto v2 = std::string(R"({"metadata":{"fly_platform_version":"v2"}})");
  const auto one = [](const std::string& rest) {
    return machine_of(R"({"id":"m","instance_id":"i","state":"started",)" + rest + "}").value();
  };
  EXPECT_TRUE(one(R"("config":null)").managed);
  EXPECT_FALSE(one(R"("config":null)").reachable);
  EXPECT_TRUE(one(R"("config":null,"incomplete_config":)" + v2).managed);
  EXPECT_FALSE(one(R"("config":null,"incomplete_config":{})").managed);
  EXPECT_FALSE(one(R"("config":)" + v2 + R"(,"incomplete_config":)" + v2).reachable);
  EXPECT_TRUE(one(R"("config":)" + v2).reachable);
  EXPECT_TRUE(one(R"("host_status":"ok","config":)" + v2).reachable);
  EXPECT_FALSE(one(R"("host_status":"unknown","config":)" + v2).reachable);
}

TEST(FlyMachines, WhatIsDestroyedIsGoneAndCountsNoMore) {
  for (const auto* state : {"destroyed", "destroying"}) {
    const auto machine = read({.state = state});
    EXPECT_TRUE(machine.gone) << state;
    EXPECT_FALSE(machine.managed) << state;
  }
  EXPECT_FALSE(read({.state = "stopped"}).gone);
}

// S3
TEST(FlyMachines, RefusesWhatIsNotUnderstood) {
  for (const auto* text :
       {R"({"machines":[]})", "7", "[7]", R"([{"id":"m1","state":"started"}])",
        R"([{"id":"m1","instance_id":"i","state":7}])",
        R"([{"id":"","instance_id":"i","state":"started"}])",
        R"([{"id":"a/b","instance_id":"i","state":"started"}])",
        R"([{"id":"m1","instance_id":"i","state":"started","config":7}])",
        R"([{"id":"m1","instance_id":"i","state":"started","config":{"services":7}}])",
        R"([{"id":"m1","instance_id":"i","state":"started","checks":7}])",
        R"([{"id":"m1","instance_id":"i","state":"started","checks":[{"name":"http"}]}])"}) {
    const auto list = list_of(text);
    ASSERT_FALSE(list) << text;
    EXPECT_EQ(list.error().kind, ErrorKind::protocol);
  }
  EXPECT_THAT(list_of("null").value(), IsEmpty()) << "how a Go server writes an empty list";
}

TEST(FlyMachines, AreSortedById) {
  const auto list = list_of("[" + json_of({.id = "m2"}) + "," + json_of({.id = "m1"}) + "]");
  ASSERT_TRUE(list);
  EXPECT_EQ((*list)[0].id, "m1");
  EXPECT_THAT(entries_of("[" + json_of({.id = "m2", .instance = "a"}) + "," +
                         json_of({.id = "m1", .managed = false}) + "]")
                  .value(),
              ElementsAre("m2/a"));
}

// S15
TEST(FlyMachines, EndlessListsAreRefused) {
  std::string text;
  for (int i = 0; i < 5001; ++i) {
    if (i == 5000) {
      EXPECT_TRUE(list_of("[" + text + "]"));
    }
    text += (text.empty() ? "" : ",") + json_of({.id = "m" + std::to_string(i)});
  }
  EXPECT_FALSE(list_of("[" + text + "]"));
}

// S15
TEST(FlyMachines, EndlessPartsAreRefused) {
  std::string results;
  std::string services;
  for (int i = 0; i < 1001; ++i) {
    if (i == 1000) {
      EXPECT_EQ(read({.results = results}).checks.size(), 1000U);
      EXPECT_TRUE(machine_of(json_of({.config = ",\"services\":[" + services + "]"})));
    }
    results += (i == 0 ? "" : ",") + std::string(R"({"name":"http","status":"passing"})");
    services += i == 0 ? "{}" : ",{}";
  }
  EXPECT_FALSE(machine_of(json_of({.results = results})));
  EXPECT_FALSE(machine_of(json_of({.config = ",\"services\":[" + services + "]"})));
}

TEST(FlyMachines, ReadsWhatItsConfigurationSays) {
  const auto machine =
      read({.group = "web",
            .checks = R"("http":{},"tcp":{})",
            .config = R"(,"services":[{"checks":[{},{}]},{"checks":null},{}],"standbys":["m9"])"});
  EXPECT_EQ(machine.check_count, 4U);
  EXPECT_TRUE(machine.standby);
  EXPECT_EQ(machine.group, "web");
  EXPECT_EQ(machine.region, "fra");
  EXPECT_FALSE(read({.config = R"(,"standbys":[])"}).standby);
  EXPECT_EQ(read({.config = R"(,"services":null)"}).check_count, 0U);
  EXPECT_EQ(machine_of(R"({"id":"m","instance_id":"i","state":"started",
                           "config":{"metadata":{"process_group":"old"}}})")
                ->group,
            "old");
}

TEST(FlyMachines, ReadsTheResultsOfChecks) {
  const auto machine =
      read({.results = R"({"name":"http","status":"passing","updated_at":"2026-01-01T00:00:05Z"},
                     {"name":"bg_deployments_compat_http","status":"critical"},
                     {"name":"tcp","status":"warning","updated_at":"yesterday"})"});
  EXPECT_TRUE(machine_of(R"({"id":"m","instance_id":"i","state":"started","checks":null})"));
  ASSERT_EQ(machine.checks.size(), 2U) << "flyctl's own check does not count";
  EXPECT_EQ(machine.checks[0].updated_at, at(5));
  EXPECT_EQ(machine.checks[1].status, "warning");
  EXPECT_EQ(machine.checks[1].updated_at, std::nullopt);
}

TEST(FlyMachines, RunsOrIsAtRestOrNeither) {
  for (const auto* state : {"started", "starting", "failed"}) {
    EXPECT_TRUE(in_state(state).runs() && !in_state(state).at_rest()) << state;
  }
  for (const auto* state : {"stopped", "suspended", "created"}) {
    EXPECT_TRUE(!in_state(state).runs() && in_state(state).at_rest()) << state;
  }
  for (const auto* state : {"stopping", "replacing", ""}) {
    EXPECT_TRUE(!in_state(state).runs() && !in_state(state).at_rest()) << state;
  }
}

TEST(FlyMachineEvents, TellOnlyOfThisInstance) {
  const auto old_life = "," + event("start", 3) + "," + exit_event(2, 9, false, true, 7);
  for (const auto* begins : {"update", "launch"}) {
    const auto machine = read({.events = event("start", 12) + "," + event(begins, 10) + old_life});
    EXPECT_EQ(machine.started_at, at(12));
    EXPECT_EQ(machine.updated_at, at(10));
    EXPECT_FALSE(machine.exit) << "that was an earlier life";
    EXPECT_EQ(read({.events = event(begins, 10) + old_life}).started_at, std::nullopt);
  }
  EXPECT_EQ(read({.events = event("start", 12)}).updated_at, std::nullopt);
}

TEST(FlyMachineEvents, TheNewestOfAKindCounts) {
  const auto machine =
      read({.events = event("start", 30) + "," + exit_event(28, 1, false, true, 2) + "," +
                      event("start", 20) + "," + exit_event(18, 0, true, false, 0) + "," +
                      event("update", 10)});
  EXPECT_EQ(machine.started_at, at(30));
  ASSERT_TRUE(machine.exit);
  EXPECT_EQ(machine.exit->code, 1);
  EXPECT_EQ(machine.exit->restarts, 2);
  EXPECT_TRUE(machine.exit->restarting);
  EXPECT_FALSE(machine.exit->requested);
}

TEST(FlyMachineEvents, WhatAnExitDoesNotTellIsNothing) {
  const auto machine = read({.events = event("exit", 5, R"(,"request":{"exit_event":{}})")});
  ASSERT_TRUE(machine.exit);
  EXPECT_FALSE(machine.exit->requested);
  EXPECT_FALSE(machine.exit->restarting);
  EXPECT_EQ(machine.exit->restarts, 0);
  EXPECT_EQ(machine.exit->code, 0);
}

TEST(FlyMachines, TextsHaveAtMost64Characters) {
  const auto fits = [](std::size_t length) {
    const std::string text(length, 'x');
    std::vector<bool> out;
    for (const auto* key : {"id", "instance_id", "state", "region", "host_status"}) {
      json::object document{{"id", "m"}, {"instance_id", "i"}, {"state", "started"}};
      document[key] = text;
      out.push_back(read_machine(document, "machines.get").has_value());
    }
    return out;
  };
  EXPECT_THAT(fits(64), ::testing::Each(true));
  EXPECT_THAT(fits(65), ::testing::Each(false));
}

TEST(FlyMachineEvents, AnExitMayBeWrapped) {
  const auto machine = read({.events = event("exit", 5, R"(,"request":{"MonitorEvent":{
      "exit_event":{"exit_code":4,"requested_stop":true}},"restart_count":1})")});
  ASSERT_TRUE(machine.exit);
  EXPECT_EQ(machine.exit->code, 4);
  EXPECT_TRUE(machine.exit->requested);
  EXPECT_FALSE(machine.exit->restarting);
  EXPECT_EQ(machine.exit->restarts, 1);
  EXPECT_FALSE(read({.events = event("exit", 5)}).exit) << "says nothing";
  EXPECT_FALSE(read({.events = event("exit", 5, R"(,"request":{})")}).exit);
  EXPECT_FALSE(read({.events = event("exit", 5, R"(,"request":{"exit_event":7})")}).exit);
  EXPECT_FALSE(read({.events = event("stop", 5, R"(,"request":{"exit_event":{}})")}).exit);
}

TEST(FlyMachineEvents, ATimeThatIsNoneIsNotTold) {
  for (const auto* time : {"-1", "4102444800001", "9223372036854775807", "\"x\"", "null"}) {
    const auto text = R"({"type":"start","timestamp":)" + std::string(time) + "}";
    EXPECT_EQ(read({.events = text}).started_at, std::nullopt) << time;
  }
  EXPECT_TRUE(read({.events = R"({"type":"start","timestamp":0})"}).started_at);
  EXPECT_TRUE(read({.events = R"({"type":"start","timestamp":4102444800000})"}).started_at);
}

PlaceRecord wrote(std::string name, std::optional<Wall> when, bool staged = true) {
  PlaceRecord out;
  out.names[std::move(name)] = {.updated_at = when, .staged = staged};
  return out;
}
/// Of m1, updated so many seconds after at(0).
Machine updated(double seconds, std::string instance = "i1") {
  auto out = running("m1", std::move(instance));
  out.updated_at = at(seconds);
  return out;
}

TEST(FlyOldInstances, TheLastWriteIsTheNewestThatIsNotLive) {
  EXPECT_EQ(last_write({}), std::nullopt);
  EXPECT_EQ(last_write(wrote("A", std::nullopt)), std::nullopt);
  EXPECT_EQ(last_write(wrote("A", at(5), false)), std::nullopt) << "that one is live";
  auto both = wrote("A", at(5));
  both.names["B"] = {.updated_at = at(3), .staged = true};
  EXPECT_EQ(last_write(both), at(5));
  both.names["B"].updated_at = at(7);
  EXPECT_EQ(last_write(both), at(7));
}

TEST(FlyOldInstances, AreThoseOfTheWriteAndThoseFromBeforeIt) {
  const std::vector<std::string> then = {"m1/i0"};
  EXPECT_THAT(old_entries({updated(7)}, then, at(10)), ElementsAre("m1/i0", "m1/i1"))
      << "the list at the write was behind";
  EXPECT_THAT(old_entries({updated(8)}, then, at(10)), ElementsAre("m1/i0"))
      << "clocks differ: ours must never look older than the write";
  EXPECT_THAT(old_entries({updated(12)}, then, at(10)), ElementsAre("m1/i0"));
  EXPECT_THAT(old_entries({updated(7)}, then, std::nullopt), ElementsAre("m1/i0"));
  EXPECT_THAT(old_entries({running()}, then, at(10)), ElementsAre("m1/i0")) << "not told";
  EXPECT_THAT(old_entries({updated(7, "i0")}, then, at(10)), ElementsAre("m1/i0")) << "once";
  EXPECT_THAT(old_entries({updated(7)}, {}, at(10)), IsEmpty()) << "not known";
  EXPECT_THAT(old_entries({updated(7)}, {std::string(no_more)}, at(10)),
              ElementsAre("m1/i1", "none"));
  auto unmanaged = updated(7);
  unmanaged.managed = false;
  EXPECT_THAT(old_entries({unmanaged}, then, at(10)), ElementsAre("m1/i0"));
}

TEST(FlyMachines, WhatALaterListLacksIsKept) {
  const auto out = merged({running("m1", "i1"), running("m2", "i2"), running("m3", "i3")},
                          {running("m2", "i9"), running("m4", "i4")});
  EXPECT_THAT(managed_entries(out), ElementsAre("m1/i1", "m2/i9", "m3/i3", "m4/i4"));
  EXPECT_EQ(out[2].id, "m3") << "sorted";
}

TEST(FlyOldInstances, WhatTheListLacksIsTold) {
  const std::vector<Machine> machines = {running("m1", "i9"), running("m3", "i3")};
  EXPECT_THAT(unlisted(machines, {"m1/i1", "m2/i2", "m33/i3", "none"}), ElementsAre("m2", "m33"));
  EXPECT_THAT(unlisted(machines, {"m1/i1", "none"}), IsEmpty());
}

TEST(FlyMachines, EntriesAreSortedWhateverTheyComeFrom) {
  EXPECT_THAT(managed_entries({running("m2", "i2"), running("m1", "i1")}),
              ElementsAre("m1/i1", "m2/i2"));
}

TEST(FlyScope, CountsWhatAnUpdateRestartsAndWhatItLeaves) {
  auto unmanaged = running("m4", "i4");
  unmanaged.managed = false;
  auto gone = in_state("destroyed", "m5", "i5");
  gone.gone = true;
  gone.managed = false;
  const std::vector<Machine> machines = {running("m1", "i1"), in_state("stopped", "m2", "i2"),
                                         running("m3", "i3"), unmanaged, gone};
  const auto all = scope_of(machines, {});
  EXPECT_EQ(all, (RollOutScope{.restarts = 2, .stopped = 1, .unmanaged = {"m4"}}));
  const auto some = scope_of(machines, {"m1/i1", "m3/i0"});
  EXPECT_EQ(some, (RollOutScope{.restarts = 1, .stopped = 0, .unmanaged = {"m4"}}));
}

TEST(FlyRawConfig, IsTheMemberByteForByte) {
  const auto raw = [](std::string_view body) { return raw_config(body).value_or("(none)"); };
  EXPECT_EQ(raw(R"({"config":{"a":1}})"), R"({"a":1})");
  EXPECT_EQ(raw(R"( { "id" : "m1" , "config" : { "a" : [ 1 , {} ] } , "x" : 1 } )"),
            R"({ "a" : [ 1 , {} ] })");
  EXPECT_EQ(raw(R"({"a":{"config":{"no":1}},"b":["config"],"config":{"yes":1}})"), R"({"yes":1})");
  EXPECT_EQ(raw(R"({"s":"\"},{\"config\":1","config":{"q":"}\"{\\"}})"), R"({"q":"}\"{\\"})");
  EXPECT_EQ(raw(R"({"a\"config":{"x":1},"config":{"yes":1}})"), R"({"yes":1})");
  EXPECT_EQ(raw(R"({"a\\":1,"config":{"yes":1}})"), R"({"yes":1})");
  EXPECT_EQ(raw(R"({"n":12,"t":true,"z":null,"config":null})"), "null");
  EXPECT_EQ(raw(R"({"config":7})"), "7");
  EXPECT_EQ(raw(R"({"id":"m1"})"), "(none)");
  EXPECT_EQ(raw("{}"), "(none)");
  EXPECT_EQ(raw("[]"), "(none)");
  EXPECT_EQ(raw(R"("config":1)"), "(none)");
  EXPECT_EQ(raw(R"({"config)"), "(none)");
  EXPECT_EQ(raw(R"({"":1,"config":2})"), "2");
  EXPECT_EQ(raw("{\n\t\"config\":\r{}}"), "{}");
}

TEST(FlyLiveness, IsLiveOnlyWhenNoOldInstanceIsLeft) {
  EXPECT_EQ(liveness({"m1/i1", "m2/i2"}, {"m1/i1", "m2/i9"}).note,
            "1 of 2 machines runs the old set");
  EXPECT_EQ(liveness({"m1/i1", "m2/i2"}, {"m1/i1", "m2/i2"}).note,
            "2 of 2 machines run the old set");
  EXPECT_FALSE(liveness({"m1/i1"}, {"m1/i1"}).live);
  EXPECT_TRUE(liveness({"m1/i1", "m2/i2"}, {"m1/i8", "m2/i9"}).live);
  EXPECT_TRUE(liveness({std::string(no_more)}, {"m1/i1"}).live);
  EXPECT_FALSE(liveness({"m1/i1"}, {}).live);
  EXPECT_EQ(liveness({std::string(no_more)}, {}).note,
            "staged for the first deployment: the app has no machine");
  // The machines could not be read at the write: nothing is proved.
  EXPECT_FALSE(liveness({}, {"m1/i1"}).live);
  EXPECT_EQ(liveness({}, {"m1/i1"}).note,
            "staged: which of the 1 machine started before the write is not known");
}

TEST(FlyLiveness, TheNoteAfterAWriteSaysWhatMakesItLive) {
  EXPECT_EQ(note_after_write("cp", {}), "staged for the first deployment: the app has no machine");
  EXPECT_EQ(note_after_write("cp", {"m1/i1"}),
            "staged: 1 machine runs the old set until `fly secrets sync -a cp` and `fly secrets "
            "deploy -a cp`, or the next deploy");
  EXPECT_EQ(note_after_write("cp", {"m1/i1", "m2/i2"}).substr(0, 39),
            "staged: 2 machines run the old set unti");
}

}  // namespace
}  // namespace lockstep::providers::fly
