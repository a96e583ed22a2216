// What a write, and the answer to it, make of the ledger's memory and of the plan. Pure: the pass
// hands in what it knows and saves what comes out.
#pragma once

#include <string>

#include "model/change.hpp"
#include "model/plan.hpp"
#include "model/record.hpp"

namespace lockstep::reconcile {

/// What a pass knows of a name when it takes it into its care.
struct Taken {
  const ObservedSecret* seen = nullptr;  ///< nullptr: the name was not there
  std::string token;                     ///< HMAC of the provider's digest; "" where none
  /// Its entry says `rotation.policy: CompromisedOnly` (S16).
  bool compromised_only = false;
  Wall now{};  ///< one for all names of a batch
};

/// The name's record with the intent of this write or removal. What was not ours before counts as
/// adopted when it was there, as created when not: only what we created may be pruned as owned
/// (S1). A CompromisedOnly rule holds from here, whatever comes of the write (S16).
NameRecord intended(NameRecord known, const PlannedSecret& row, const Taken& taken, Intent intent);

/// The record of a name that is taken as it is (`adopt: Trust`); it must be there.
NameRecord trusted(NameRecord known, const PlannedSecret& row, const Taken& taken);

/// The record after a put that is done, with evidence that is ours; `taken.token` is of the digest
/// in the receipt. A write that undoes someone else's change counts as a repair, any other settles
/// what was contested (S20).
NameRecord written(NameRecord known, const PlannedSecret& row, const Taken& taken,
                   const Receipt& receipt, const Applied& applied);

/// The row after the same.
PlannedSecret written_row(PlaceKind kind, PlannedSecret row, const NameRecord& known);

/// The place's record after the removal of a name is done; `names` were there before the pass.
PlaceRecord removed(PlaceRecord record, const std::string& name, std::size_t names, Wall now);

/// The place's record after a batch: its evidence, and what is known without another read. Of a
/// batch that is not done at all, or whose evidence may be someone else's, nothing is taken.
/// `repaired`: the batch undid someone else's change, which is one repair of the place (S20).
PlaceRecord proven(PlaceKind kind, PlaceRecord record, const Applied& applied, bool repaired,
                   Wall now);

}  // namespace lockstep::reconcile
