#include "simulation/faults.hpp"

namespace lockstep::simulation {

using sandbox::Fault;

const std::vector<FaultCase>& fault_cases() {
  static const std::vector<FaultCase> all{
      {"status500", {.kind = Fault::Kind::status, .status = 500, .body = "<html>oops</html>"}},
      {"status502", {.kind = Fault::Kind::status, .status = 502}},
      {"unauthorized", {.kind = Fault::Kind::error_body, .status = 401}},
      {"forbidden", {.kind = Fault::Kind::error_body, .status = 403}},
      {"bare404", {.kind = Fault::Kind::status, .status = 404, .body = "404 page not found"}},
      {"throttled", {.kind = Fault::Kind::error_body, .status = 429}},
      {"empty200", {.kind = Fault::Kind::status, .status = 200, .body = "{}"}},
      {"html200", {.kind = Fault::Kind::status, .status = 200, .body = "<html>maintenance</html>"}},
      {"redirect",
       {.kind = Fault::Kind::status,
        .status = 302,
        .headers = {{"Location", "https://evil.example/"}}}},
      {"cutBody", {.kind = Fault::Kind::cut_body}},
      {"reset", {.kind = Fault::Kind::reset}},
      {"lostAnswer", {.kind = Fault::Kind::lost_answer}},
      {"staleRead", {.kind = Fault::Kind::stale_read}},
      {"slow", {.kind = Fault::Kind::delay, .delay = std::chrono::minutes(10)}},
  };
  return all;
}

}  // namespace lockstep::simulation
