#include "faults.hpp"

#include <memory>

namespace lockstep::conformance {

namespace {

using sandbox::Fault;

Fault status(int code, std::string body, std::vector<net::Header> headers = {}) {
  return {.kind = Fault::Kind::status,
          .status = code,
          .body = std::move(body),
          .headers = std::move(headers)};
}

Fault usual(int code) {
  return {.kind = Fault::Kind::error_body, .status = code};
}

}  // namespace

std::vector<FaultRow> fault_rows(const PlaceWorld& world, const std::string& said) {
  const auto own = world.own_error(said);
  const auto html = "<html><body>" + said + "</body></html>";
  using enum ErrorKind;
  return {
      {"401", usual(401), unauthorized, Effect::refused},
      {"403", usual(403), forbidden, Effect::refused},
      {"401 in odd words", status(401, own), unauthorized, Effect::refused},
      {"403 in odd words", status(403, own), forbidden, Effect::refused},
      {"429", usual(429), throttled, Effect::refused},
      {"429 with Retry-After", status(429, own, {{"Retry-After", "7"}}), throttled,
       Effect::refused},
      {"500", usual(500), transient, Effect::open},
      {"500 in odd words", status(500, own), transient, Effect::open},
      {"502", usual(502), transient, Effect::open},
      {"503 as a page", status(503, html), transient, Effect::open},
      {"a page that says 200", status(200, html), protocol, Effect::open},
      {"an empty 200", status(200, ""), protocol, Effect::open},
      {"an empty object", status(200, "{}"), protocol, Effect::open},
      {"null", status(200, "null"), protocol, Effect::open},
      {"204", status(204, ""), protocol, Effect::open},
      {"a redirect", status(302, html, {{"Location", "https://elsewhere.example.com/"}}), protocol,
       Effect::open},
      {"a bare 404", status(404, "404 page not found\n"), protocol, Effect::open},
      {"404 as a page", status(404, html), protocol, Effect::open},
      {"404 in odd words", status(404, own), protocol, Effect::open},
      {"a cut answer", {.kind = Fault::Kind::cut_body}, protocol, Effect::open},
      {"a reset", {.kind = Fault::Kind::reset}, transient, Effect::not_sent},
      {"a lost answer", {.kind = Fault::Kind::lost_answer}, transient, Effect::open},
      {"no answer in time",
       {.kind = Fault::Kind::delay, .delay = std::chrono::hours(1)},
       transient,
       Effect::open},
  };
}

sandbox::FaultPlan at_request(std::size_t index, sandbox::Fault fault) {
  return [count = std::make_shared<std::size_t>(0), index, fault = std::move(fault)](
             const net::Request&) { return (*count)++ == index ? fault : sandbox::Fault{}; };
}

}  // namespace lockstep::conformance
