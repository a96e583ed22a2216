// Machines as Fly.io shows them, for the tests of what is decided on them.
#pragma once

#include <string>

#include "providers/fly/machines.hpp"

namespace lockstep::providers::fly::test {

/// Seconds after a moment in 2026, by Fly.io's clock.
inline Wall at(double seconds) {
  constexpr auto start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  return Wall(start) + std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(seconds));
}

/// A machine that Fly Launch manages and that runs.
inline Machine running(std::string id = "m1", std::string instance = "i1") {
  Machine out;
  out.id = std::move(id);
  out.instance = std::move(instance);
  out.state = "started";
  out.group = "web";
  out.managed = true;
  return out;
}
inline Machine in_state(std::string state, std::string id = "m1", std::string instance = "i1") {
  auto out = running(std::move(id), std::move(instance));
  out.state = std::move(state);
  return out;
}
/// One with a check of this status, which is of the present start.
inline Machine checked(std::string status) {
  auto out = running();
  out.check_count = 1;
  out.started_at = at(0);
  out.checks = {{.name = "http", .status = std::move(status), .updated_at = at(1)}};
  return out;
}

/// The same machines as JSON text.
struct Shape {
  std::string id = "m1";
  std::string instance = "i1";
  std::string state = "started";
  std::string group = "web";
  std::string host = "ok";
  std::string checks = {};  ///< members of `config.checks`
  std::string results = {};
  std::string events = {};
  std::string config = {};  ///< more of its members
  bool managed = true;
};
inline std::string json_of(const Shape& shape) {
  const auto platform = shape.managed ? R"("fly_platform_version":"v2",)" : "";
  return R"({"id":")" + shape.id + R"(","instance_id":")" + shape.instance + R"(","state":")" +
         shape.state + R"(","region":"fra","host_status":")" + shape.host +
         R"(","config":{"metadata":{)" + platform + R"("fly_process_group":")" + shape.group +
         R"("},"checks":{)" + shape.checks + "}" + shape.config + R"(},"checks":[)" +
         shape.results + R"(],"events":[)" + shape.events + "]}";
}
/// An event of that type so many seconds after at(0); `more` members.
inline std::string event(std::string type, double seconds, std::string more = "") {
  const auto ms = at(seconds).time_since_epoch() / std::chrono::milliseconds(1);
  return R"({"type":")" + std::move(type) + R"(","timestamp":)" + std::to_string(ms) +
         std::move(more) + "}";
}
inline std::string exit_event(double seconds, int code, bool requested, bool restarting,
                              int restarts) {
  const auto text = [](bool is) { return std::string(is ? "true" : "false"); };
  return event("exit", seconds,
               R"(,"request":{"restart_count":)" + std::to_string(restarts) +
                   R"(,"exit_event":{"exit_code":)" + std::to_string(code) +
                   R"(,"requested_stop":)" + text(requested) + R"(,"restarting":)" +
                   text(restarting) + "}}");
}

inline Machine read(const Shape& shape) {
  const auto document = parse_json(json_of(shape));
  return read_machine(*document, "machines.get").value();
}

}  // namespace lockstep::providers::fly::test
