#include "fuzz/target.hpp"
#include "providers/github/pages.hpp"
#include "providers/github/protections.hpp"

namespace lockstep::fuzz {

namespace gh = providers::github;

/// An answer of the REST API and every reading of it. S4: the token is never told.
void github(std::string_view bytes) {
  constexpr std::string_view token = "github_pat_sandbox_not_a_real_token_0001";
  constexpr int statuses[] = {200, 301, 401, 403, 404, 422, 429, 500};
  const auto chosen = choice(bytes);
  providers::Confidential hidden;
  hidden.add(token);
  const gh::Purpose purpose{.operation = "secrets.list",
                            .doing = "reading the secrets of alokai/cms",
                            .effect = (chosen & 8U) != 0 ? net::Effect::Write : net::Effect::Read};
  const net::Response response{
      .status = statuses[chosen % 8], .headers = {}, .body = to_bytes(bytes)};
  auto document = gh::read_answer(response, purpose, hidden, Wall{});
  gh::stay_away(response, Wall{});
  const auto told = [&](const auto& result) {
    if (!result) hold(!describe(result.error()).contains(token), "S4");
    return result.has_value();
  };
  if (!told(document)) return;
  told(gh::read_protection(*document, purpose));
  const std::vector<json::value> pages = {std::move(*document)};
  told(gh::read_environments(pages, purpose));
  told(gh::read_patterns(pages, purpose));
  const auto secrets = gh::read_secrets(pages, purpose);
  if (!told(secrets)) return;
  for (const auto& [name, secret] : *secrets) hold(!name.empty(), "a secret has a name");
}

}  // namespace lockstep::fuzz
