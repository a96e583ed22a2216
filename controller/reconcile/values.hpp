// The values that a Target shall hold, read and checked.
#pragma once

#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "plan/diff.hpp"
#include "reconcile/services.hpp"

namespace lockstep::reconcile {

/// One name's value and what is known of it.
struct ResolvedValue {
  plan::ValueSight sight;
  Secret value;              ///< empty unless the sight is available and the value exists
  bool to_generate = false;  ///< available, but not made yet: made only when it is written
};
using ResolvedValues = std::map<std::string, ResolvedValue>;

/// Reads the value of every desired name that has one; of rival entries only the one that works
/// here by the ledger. Makes nothing.
Awaitable<ResolvedValues> resolve_values(const Services& services, const DesiredTarget& target,
                                         const PlaceRecord& record);

/// Makes the value of a `generate` entry that is marked to_generate and keeps it: no place that
/// shall hold it has the name (S16). Gives what the source keeps, which is someone else's value
/// when that one was faster.
Awaitable<Result<Secret>> generate_value(const Services& services, const DesiredSecret& secret);

/// The same entry where its value may not be made, for that reason. Whoever made it meanwhile may
/// have written it too: then it is the source that counts.
Awaitable<ResolvedValue> not_to_generate(const Services& services, const DesiredTarget& target,
                                         const DesiredSecret& secret, std::string why);

/// Why the value may not be used; "" when it may. Never quotes it.
std::string value_problem(const DesiredSecret& secret, PlaceKind kind, std::string_view value);

}  // namespace lockstep::reconcile
