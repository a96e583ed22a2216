#include "simulation/witness.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "simulation/ledger_oracle.hpp"

namespace lockstep::simulation {

namespace {

constexpr std::string_view number_header = "X-Sight";

const json::array* list_in(const json::value& body, std::string_view key) {
  const auto* list = member(body, key);
  return list ? list->if_array() : nullptr;
}

/// Of Fly.io and GitHub: `secrets`, each with a name and a time.
void read_list(const json::array& list, Sight& sight) {
  auto& names = sight.names.emplace();
  for (const auto& entry : list) {
    const auto name = text_member(entry, "name");
    const auto time = text_member(entry, "updated_at");
    if (name) names[std::string(*name)] = time ? parse_rfc3339(*time) : std::nullopt;
  }
}

void read_worker(const json::value& body, Sight& sight) {
  const auto* result = member(body, "result");
  if (!result) return;
  if (const auto* bindings = list_in(*result, "bindings")) {
    auto& names = sight.names.emplace();
    for (const auto& entry : *bindings) {
      if (text_member(entry, "type") != "secret_text") continue;
      names[std::string(text_member(entry, "name").value_or(""))] = std::nullopt;
    }
  }
  const auto* deployments = list_in(*result, "deployments");
  if (deployments && !deployments->empty()) {
    sight.deployment = std::string(text_member(deployments->front(), "id").value_or(""));
  }
}

}  // namespace

Sight read_sight(const net::Request& request, const net::Response& response) {
  Sight sight;
  sight.place = place_of_url(request.url);
  if (response.status != 200) return sight;
  const auto body = parse_json(view(response.body));
  if (!body) return sight;
  const auto path = request.url.substr(0, request.url.find('?'));
  if (sight.place == "worker") {
    read_worker(*body, sight);
  } else if (const auto* list = list_in(*body, "secrets"); list && path.ends_with("/secrets")) {
    read_list(*list, sight);
  }
  return sight;
}

sandbox::Outcome Witness::handle(const net::Request& request, Wall now) {
  oracle_.before_request();
  auto outcome = next_.handle(request, now);
  const bool read = request.effect == net::Effect::Read;
  oracle_.after_request(read ? WriteAsked{} : read_write(request));
  if (!read) return outcome;
  auto sight = read_sight(request, outcome.response);
  if (sight.names) told_[request.url] = *sight.names;
  if (const auto told = told_.find(request.url);
      outcome.response.status == 304 && told != told_.end()) {
    sight.names = told->second;
  }
  if (!sight.names && sight.deployment.empty()) return outcome;
  sight.stale = next_.seen().back().stale;
  const auto number = oracle_.shows(std::move(sight));
  outcome.response.headers.push_back({std::string(number_header), std::to_string(number)});
  return outcome;
}

std::optional<std::size_t> take_number(net::Response& response) {
  const auto found = std::ranges::find(response.headers, number_header, &net::Header::name);
  if (found == response.headers.end()) return std::nullopt;
  const auto number = static_cast<std::size_t>(std::stoul(found->value));
  response.headers.erase(found);
  return number;
}

}  // namespace lockstep::simulation
