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

/// Why it cannot be told whether the name was given up, as `SecretSet/b no longer selects this
/// Target`: who claimed it, or may claim it since, is out of sight. "" where nobody has it, or its
/// claimant is in sight. Rests on a record after digest_claims().
std::string out_of_sight(const DesiredTarget& target, const PlaceRecord& record,
                         const std::string& name);

/// Why a person must agree before the name goes: out_of_sight(), or a SecretSet that selects no
/// Target lists it, as one does whose selector is mistyped.
std::string may_be_wanted(const DesiredTarget& target, const PlaceRecord& record,
                          const std::string& name);

/// out_of_sight() of the row's name where the row would write another value than the last, because
/// nobody can tell a rename from a part of the manifests that was left out. "" otherwise. The row
/// is of an entry of the Target.
std::string taken_from(const DesiredTarget& target, const PlaceRecord& record,
                       const PlannedSecret& row);

/// Marks what its claimant claims no more as perhaps moved to the SecretSets that went out of sight
/// since the last time; takes the mark back once they are seen, or the claimant has the name again.
/// Changes nothing while a document is not understood. Pure.
PlaceRecord digest_claims(const DesiredTarget& target, PlaceRecord record);

/// Remembers who is in force for what is there or ours, and which SecretSets select the Target. A
/// claim whose SecretSet is out of sight goes over only where nothing is written for it. Pure; a
/// steady plan gives an equal record back.
PlaceRecord remember_claims(const DesiredTarget& target, const std::vector<PlannedSecret>& rows,
                            const Observation& observation, PlaceRecord record);

/// As much of it as the manifests alone tell, for a place that is not looked at now. Pure.
PlaceRecord learn_claims(const DesiredTarget& target, PlaceRecord record);

/// Why the Target must wait for another one that works at its place, or "" when it may work there.
/// `incumbents`: of this place in the ledger, in any namespace, the Target itself included.
std::string rival_problem(const Desired& desired, const DesiredTarget& target,
                          const std::vector<ObjectKey>& incumbents);

/// The record of a place that comes from another namespace's Target: names claimed there stay
/// claimed, by a SecretSet that is out of sight here; one that our record has a claimant for, from
/// an earlier time, may be of either. Pure.
PlaceRecord inherit_claims(PlaceRecord record, const std::string& from, const PlaceRecord& former);

}  // namespace lockstep::plan
