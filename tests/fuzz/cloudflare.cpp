#include "fuzz/target.hpp"
#include "providers/cloudflare/staging.hpp"

namespace lockstep::fuzz {

namespace cf = providers::cloudflare;

/// An answer of the API and every reading of it. S4: the token that it may quote is never told.
void cloudflare(std::string_view bytes) {
  constexpr std::string_view token = "sandbox-cloudflare-not-a-real-token-001";
  constexpr int statuses[] = {200, 400, 401, 403, 404, 409, 429, 500};
  const auto chosen = choice(bytes);
  providers::Confidential hidden;
  hidden.add(token);
  const cf::Purpose purpose{.operation = "deployments.list",
                            .doing = "reading the deployments of production-cms",
                            .effect = (chosen & 8U) != 0 ? net::Effect::Write : net::Effect::Read};
  const net::Response response{
      .status = statuses[chosen % 8], .headers = {}, .body = to_bytes(bytes)};
  auto document = cf::read_envelope(response, purpose, hidden, Wall{});
  const auto told = [&](const auto& result) {
    if (!result) hold(!describe(result.error()).contains(token), "S4");
    return result.has_value();
  };
  if (!told(document)) return;
  const cf::Answer answer{.document = std::move(*document), .hidden = std::move(hidden)};
  const auto deployments = cf::read_deployments(answer, purpose);
  const auto versions = cf::read_versions(answer, purpose);
  told(cf::read_bindings(answer, purpose));
  told(cf::read_version_id(answer, purpose));
  if (told(deployments)) {
    cf::evidence_of(*deployments);
    cf::since(*deployments, "v1");
    if (!deployments->empty()) cf::read_staging("s", {}, *deployments, {});
  }
  if (told(versions)) {
    for (const auto& version : *versions) hold(!version.id.empty(), "a version has an id");
    const auto deployed = deployments ? *deployments : std::vector<cf::Deployment>();
    cf::check("s", deployed, *versions, std::nullopt);
    cf::check_staged("s", deployed, *versions, std::nullopt);
  }
}

}  // namespace lockstep::fuzz
