// Whose a name and a place are: what is remembered of it, and when it may become another's.
//
// One rule for both: the former keeps it until it is seen that it gave it up. While a document of
// its namespace is not understood, or any text, nothing can be seen, and a newcomer waits.
#pragma once

#include <string>
#include <vector>

#include "model/desired.hpp"
#include "model/observation.hpp"
#include "model/plan.hpp"
#include "model/record.hpp"

namespace lockstep::plan {

/// Who claimed the name when it was last seen in force, as `SecretSet/name`; "" when nobody did.
const std::string& remembered_claim(const PlaceRecord& record, const std::string& name);

/// Whether that SecretSet selects the Target; what it claims there is then seen whole.
bool selects(const DesiredTarget& target, std::string_view claim);

/// Whether the entry is the one in force for its name. False where another entry or the former
/// claimant has it, and for two entries of one SecretSet, because the ledger cannot tell them
/// apart: such an entry waits, and its value must not be used.
bool works_here(const DesiredTarget& target, const PlaceRecord& record,
                const DesiredSecret& secret);

/// The former claimant, when it is out of sight here and the row would write another value than
/// the last: nobody can tell a rename from a part of the manifests that was left out. "" otherwise.
/// The row is of an entry of the Target.
std::string taken_from(const DesiredTarget& target, const PlaceRecord& record,
                       const PlannedSecret& row);

/// Remembers who is in force for what is there or ours. A claim whose SecretSet is out of sight
/// goes over only where nothing is written for it. Pure; a steady plan gives an equal record back.
PlaceRecord remember_claims(const DesiredTarget& target, const std::vector<PlannedSecret>& rows,
                            const Observation& observation, PlaceRecord record);

/// Why the Target must wait for another one that works at its place, or "" when it may work there.
/// `incumbents`: of this place in the ledger, in any namespace, the Target itself included.
std::string rival_problem(const Desired& desired, const DesiredTarget& target,
                          const std::vector<ObjectKey>& incumbents);

/// The record of a place that comes from another namespace's Target: names claimed there stay
/// claimed, by a SecretSet that is out of sight here. Pure.
PlaceRecord inherit_claims(PlaceRecord record, const std::string& from, const PlaceRecord& former);

}  // namespace lockstep::plan
