// What a row of a plan says, before it is laid out.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "model/plan.hpp"

namespace lockstep::plan {

/// What becomes of a row, for the eye and for the summary.
enum class Fate : std::uint8_t {
  runs,       ///< apply does it now
  approval,   ///< waits for a person's yes
  waits,      ///< waits for time, a hold or a choice of the user
  blocked,    ///< cannot be done: a gate that is a failure
  no_value,   ///< someone must provide a value
  answer,     ///< a value is made once another place has answered
  drifted,    ///< changed by others and only reported
  unadopted,  ///< was there before lockstep and is left alone
  extra,      ///< not desired and left alone
  staged,     ///< written, waits to become live
  unknown,    ///< the place could not be read
  quiet,      ///< nothing to tell
};
Fate fate_of(const PlannedSecret& row);

/// One row in words. All text is harmless.
struct Line {
  char sign = ' ';        ///< + ~ - ! ? or a blank
  std::string_view word;  ///< create, update, delete, adopt, waits, leave, keep
  std::string name;
  std::string reason;  ///< what is, with its certainty where it says more
  std::string detail;  ///< since when, by whom, why it waits
  bool quiet = false;  ///< shown only when all rows are asked for
};
Line line_of(const TargetPlan& plan, const PlannedSecret& row, Wall now);

/// `14:02` on the day of `now`, else `2026-01-15`; UTC.
std::string day_or_time(Wall when, Wall now);
/// Text that others may have written, without what steers a terminal or hides a line.
std::string harmless(std::string_view text);
/// What a person can do about a place that could not be read, or a step that failed.
std::string remedy(const Error& error, Wall now);
/// True for what ends without a person, at a known or unknown time: lockstep asks again.
bool passes_by_itself(const Error& error);

/// True when lockstep cannot look after such places yet: nothing is read, nothing is wrong.
bool not_built(const TargetPlan& plan);

/// A roll-out in one sentence: what restarts, what does not, what is left alone, why it waits.
std::string roll_out_text(const RollOutPlan& roll_out);
/// Why a roll-out waits, without the command that ends the waiting.
std::string why_not_rolled_out(const TargetPlan& plan);

/// How many rows have which fate.
struct Tally {
  std::size_t secrets = 0;
  std::size_t in_sync = 0;
  std::map<ActionKind, std::size_t> runs;
  std::map<Gate, std::size_t> waits;
  std::map<Gate, std::size_t> blocked;
  std::map<Fate, std::size_t> fates;
  std::size_t not_built = 0;         ///< names at places that are not built, which are Unknown too
  std::size_t restarts = 0;          ///< machines that restart when what runs becomes live
  std::size_t broken_documents = 0;  ///< of the manifests: what they ask for is not in the plans

  void add(const TargetPlan& plan);
  std::size_t of(Fate fate) const;
  std::size_t of(ActionKind action) const;
};
/// `1 document is broken`.
std::string broken_text(std::size_t documents);

/// One sentence: `3 to change (1 create, 1 update, 1 delete), 1 waits for approval.`
std::string to_sentence(const Tally& tally);

/// How the approval of one Target is given, or when it can be; "" when nothing waits for one.
/// `alone`: it is the only Target shown, so "above" is enough.
std::string approval_text(const TargetPlan& plan, bool alone);

}  // namespace lockstep::plan
