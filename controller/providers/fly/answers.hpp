// Reading what the Machines API answers: refusals, lists of secrets, budget.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "model/observation.hpp"
#include "net/http.hpp"
#include "net/rate_limits.hpp"
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

/// Whether an Error of `read_answer` is Fly.io's own word that an app has no such machine.
bool says_no_machine(const Error& error);

/// A list of secrets as the API gives it after a read and after a write.
struct SecretList {
  std::map<std::string, ObservedSecret, std::less<>> secrets;
  std::string version;  ///< of the app's secrets, after a write; "" when not told
};
/// `protocol` when a name is missing, twice there, or anything else is not understood.
Result<SecretList> read_secrets(const json::value& document, const Purpose& purpose);

/// What an answer says about the request budget.
net::BudgetHint fly_budget(const net::Response& response, Wall now);
/// Fly.io counts each action by itself, per machine or app: one request a second, three at once;
/// for reading one machine five, and ten at once. Secrets are not named, so they are taken for any
/// other action (https://fly.io/docs/machines/api/working-with-machines-api/#rate-limits). So each
/// kind of request has an operation of its own, and its bucket says what it is counted for.
net::RateRules fly_rate_rules();
/// Request::bucket of what is about an app (its secrets, its list of machines): the app's name.
std::string bucket_of_app(const std::string& app);
/// Request::bucket of what is about one machine: `machine/<id>`.
std::string bucket_of_machine(const std::string& machine);
/// Request::operation of reading one machine, which has a limit of its own.
inline constexpr std::string_view read_machine_operation = "machines.get";

}  // namespace lockstep::providers::fly
