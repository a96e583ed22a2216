// What an apply did, told from what was found before and what is there after.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "reconcile/pass.hpp"

namespace lockstep::cli {

/// One change that was to be made.
struct Deed {
  std::string target;  ///< `molecule/control-plane`
  std::string name;
  ActionKind action = ActionKind::none;
  bool done = false;
  bool unknown = false;  ///< it may have been done: its answer was lost, and the next look tells
  std::string why;       ///< why it was not done, or what is not known
};

/// What a roll-out did at one Target.
struct RollOutDeed {
  std::string target;
  std::vector<std::string> machines;  ///< ids of those that run the new set now, healthy
  std::string stopped;                ///< the machine that stopped it, and why; "" when none did
};
/// Of the Targets where machines were updated, or one could not be.
std::vector<RollOutDeed> roll_outs_of(std::span<const reconcile::PassOutcome> outcomes);

/// Names whose write may have happened, by Target: their intents are open in the ledger.
using OpenWrites = std::map<ObjectKey, std::set<std::string>>;

/// Every change that the plans found to be made at once, in their order, and what came of it. A
/// place that cannot be read afterwards proves nothing: its changes are not told as done.
std::vector<Deed> deeds_of(std::span<const reconcile::PassOutcome> outcomes,
                           const OpenWrites& open = {});

/// How many changes a list of plans would make at once; those that a person approved by their
/// digest count only with `approved`.
std::size_t changes_to_make(std::span<const TargetPlan> plans, bool approved);

/// What the passes of an apply may do. Its look is as patient as the other commands that look, so
/// that a place which does not answer keeps no other from being written (S14).
reconcile::PassOptions apply_options(const ApplyCommand& command, bool write);

/// Whether a typed yes covers the Target that was shown so: of one that could not be read nothing
/// was (S13). Only `--yes` agrees to what was not shown.
bool covered_by_yes(const TargetPlan& shown);

/// What a person who stopped an apply must know: how much is done, not done and not known, and how
/// many Targets were not looked at.
std::string interrupted(std::span<const Deed> deeds, std::size_t unseen);

/// The deeds for people: a line each, then a sum; "" when there are none.
std::string to_text(std::span<const Deed> deeds, std::span<const RollOutDeed> roll_outs = {});

/// The plan, then a table of the deeds, then what is left, for a comment or a job's summary.
std::string to_markdown(const std::string& planned, std::span<const Deed> deeds,
                        std::span<const RollOutDeed> roll_outs, const std::string& left);

/// `{"version": 1, "planned": PLAN, "done": [...], "failed": [...], "rolledOut": [...], "left":
/// PLAN}` where a PLAN is what plan::to_json gives, a deed is `{"target", "name", "action", "why"}`
/// and a roll-out `{"target", "machines": [ID], "stopped"}`. `left` is null
/// when nothing was tried.
std::string to_json(const std::string& planned, std::span<const Deed> deeds,
                    std::span<const RollOutDeed> roll_outs, const std::string& left);

}  // namespace lockstep::cli
