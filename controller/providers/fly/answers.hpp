// Reading what the Machines API answers: refusals, lists of secrets, budget.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "model/observation.hpp"
#include "net/budget.hpp"
#include "net/http.hpp"
#include "providers/common/confidential.hpp"

namespace lockstep::providers::fly {

/// What a request was for, in words for people and errors.
struct Purpose {
  std::string operation;  ///< `secrets.list`
  std::string doing;      ///< `reading the secrets of molecule-cp`
  net::Effect effect = net::Effect::Read;
};

/// The document of a successful answer; the Error of any other. A refusal is decided by what the
/// body says before the status; for a Write, whatever leaves its effect open is `outcome_unknown`.
/// Bodies: https://fly.io/docs/machines/api/working-with-machines-api/ and
/// https://github.com/superfly/fly-go (flaps/flaps_error.go).
Result<json::value> read_answer(const net::Response& response, const Purpose& purpose,
                                const Confidential& hidden, Wall now);

/// A list of secrets as the API gives it after a read and after a write.
struct SecretList {
  std::map<std::string, ObservedSecret, std::less<>> secrets;
  std::string version;  ///< of the app's secrets, after a write; "" when not told
};
/// `protocol` when a name is missing, twice there, or anything else is not understood.
Result<SecretList> read_secrets(const json::value& document, const Purpose& purpose);

/// What an answer says about the request budget.
net::BudgetHint fly_budget(const net::Response& response, Wall now);
/// Fly.io limits most actions to one request a second, three in a burst, per app; secrets are not
/// named, so the same is assumed (https://fly.io/docs/machines/api/working-with-machines-api/).
net::RateBudget::Options fly_budget_options();

}  // namespace lockstep::providers::fly
