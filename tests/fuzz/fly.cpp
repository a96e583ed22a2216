#include "fuzz/target.hpp"
#include "providers/fly/answers.hpp"
#include "providers/fly/machines.hpp"
#include "providers/fly/settings.hpp"
#include "providers/fly/update.hpp"

namespace lockstep::fuzz {

namespace api = providers::fly;

namespace {

/// What an update would send back is what the machine has.
void send_back(std::string_view body, const json::value& document) {
  const auto config = api::raw_config(body);
  if (!config || !document.is_object()) return;
  const auto* there = member(document, "config");
  const auto read = parse_json(*config);
  hold(there && read && *read == *there, "the configuration is the one that stands there");
  providers::Confidential settings;
  api::hide_settings(*config, settings);
}

}  // namespace

/// An answer of the Machines API and every reading of it. S4: the token is never told.
void fly(std::string_view bytes) {
  constexpr std::string_view token = "fm2_sandbox_not_a_real_token_001";
  constexpr int statuses[] = {200, 400, 401, 403, 404, 412, 429, 500};
  const auto chosen = choice(bytes);
  providers::Confidential hidden;
  hidden.add(token);
  const api::Purpose purpose{.operation = "secrets.list",
                             .doing = "reading the secrets of molecule-cp",
                             .effect = (chosen & 8U) != 0 ? net::Effect::Write : net::Effect::Read};
  const net::Response response{
      .status = statuses[chosen % 8], .headers = {}, .body = to_bytes(bytes)};
  const auto document = api::read_answer(response, purpose, hidden, Wall{});
  const auto told = [&](const auto& result) {
    if (!result) hold(!describe(result.error()).contains(token), "S4");
    return result.has_value();
  };
  if (!told(document)) return;
  told(api::read_secrets(*document, purpose));
  told(api::read_machine(*document, "machines.get"));
  told(api::read_machines(*document, "machines.list"));
  const auto lease = api::read_lease(*document, "148e");
  if (told(lease)) hold(lease->nonce.find_first_of(" \r\n") == std::string::npos, "one word");
  send_back(bytes, *document);
}

}  // namespace lockstep::fuzz
