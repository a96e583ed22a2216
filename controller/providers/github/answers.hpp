// What GitHub's answers mean: the table of refusals, limits, budget.
#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"
#include "net/budget.hpp"
#include "net/http.hpp"
#include "providers/common/confidential.hpp"

namespace lockstep::providers::github {

inline constexpr std::string_view public_url = "https://api.github.com";

/// What a request was for, in words for people and errors.
struct Purpose {
  std::string operation;  ///< `secrets.list`
  std::string doing;      ///< `reading the secrets of environment production of alokai/cms`
  net::Effect effect = net::Effect::Read;
  std::string repository_field = {};  ///< the manifest's field to correct when a repository moved

  /// How an Error about a field names this answer.
  std::string answer() const { return "GitHub's answer to " + operation; }
};

/// Error::code of a 422 that says that a value was sealed with another key than the scope's.
inline constexpr std::string_view improper_seal = "improperly_encrypted";

/// The Error of an answer that is no yes. For a Write whatever leaves its effect open is
/// `outcome_unknown`. A 422 is never quoted: it repeats what was submitted. Statuses and texts:
/// https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api,
/// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
Error refusal(const net::Response& response, const Purpose& purpose, const Confidential& hidden,
              Wall now);

/// The document of an answer 200 or 201; the Error of any other.
Result<json::value> read_answer(const net::Response& response, const Purpose& purpose,
                                const Confidential& hidden, Wall now);

/// How long an answer that speaks of a limit asks to stay away; nothing for every other answer.
std::optional<Nanos> stay_away(const net::Response& response, Wall now);

/// What an answer says about the request budget (`x-ratelimit-*`, `Retry-After`, and secondary
/// limits, which have no headers of their own).
net::BudgetHint github_budget(const net::Response& response, Wall now);
/// 5,000 requests an hour for a user or an App's installation; 4,500 leave room for people. The
/// secondary limit is 900 reads a minute.
/// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
net::RateBudget::Options github_budget_options();

}  // namespace lockstep::providers::github
