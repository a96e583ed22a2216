// The last lines of a plan: how many of what, and how to approve.
#include <algorithm>

#include "base/text.hpp"
#include "plan/print_rows.hpp"

namespace lockstep::plan {

namespace {

template <class Map>
std::size_t total(const Map& counts) {
  std::size_t sum = 0;
  for (const auto& [key, n] : counts) sum += n;
  return sum;
}

/// `1 create, 2 update`.
template <class Map>
std::string itemised(const Map& counts) {
  std::vector<std::string> parts;
  for (const auto& [key, n] : counts)
    parts.push_back(std::to_string(n) + " " + std::string(to_string(key)));
  return join(parts, ", ");
}

/// `1 waits`, `2 wait`.
std::string with_verb(std::size_t n, std::string_view verb, std::string_view rest) {
  return std::to_string(n) + " " + std::string(verb) + (n == 1 ? "s " : " ") + std::string(rest);
}

}  // namespace

void Tally::add(const TargetPlan& plan) {
  secrets += plan.desired_count();
  in_sync += plan.in_sync_count();
  if (lockstep::plan::not_built(plan)) not_built += plan.secrets.size();
  if (plan.roll_out && plan.roll_out->runs()) restarts += plan.roll_out->scope.restarts;
  for (const auto& row : plan.secrets) {
    const auto fate = fate_of(row);
    ++fates[fate];
    if (fate == Fate::runs) ++runs[row.action];
    if (fate == Fate::waits) ++waits[*row.gate];
    if (fate == Fate::blocked) ++blocked[*row.gate];
  }
}

std::size_t Tally::of(Fate fate) const {
  const auto found = fates.find(fate);
  return found == fates.end() ? 0 : found->second;
}

std::size_t Tally::of(ActionKind action) const {
  const auto found = runs.find(action);
  return found == runs.end() ? 0 : found->second;
}

std::string broken_text(std::size_t documents) {
  return count(documents, "document") + (documents == 1 ? " is" : " are") + " broken";
}

std::string to_sentence(const Tally& tally) {
  std::vector<std::string> parts;
  const auto add = [&](Fate fate, auto text) {
    if (const auto n = tally.of(fate); n != 0) parts.push_back(text(n));
  };
  if (const auto n = total(tally.runs); n != 0) {
    parts.push_back(std::to_string(n) + " to change (" + itemised(tally.runs) + ")");
  }
  add(Fate::approval, [](auto n) { return with_verb(n, "wait", "for approval"); });
  add(Fate::waits, [&](auto n) { return with_verb(n, "wait", "(" + itemised(tally.waits) + ")"); });
  add(Fate::blocked, [&](auto n) {
    return std::to_string(n) + " cannot be done (" + itemised(tally.blocked) + ")";
  });
  add(Fate::no_value, [](auto n) { return with_verb(n, "need", "a value"); });
  add(Fate::answer, [](auto n) { return with_verb(n, "wait", "for another place's answer"); });
  add(Fate::drifted, [](auto n) { return std::to_string(n) + " drifted and left alone"; });
  add(Fate::unadopted, [](auto n) { return std::to_string(n) + " not adopted"; });
  add(Fate::staged, [](auto n) { return std::to_string(n) + " written but not live"; });
  const auto unknown = tally.of(Fate::unknown);
  if (unknown > tally.not_built) {
    parts.push_back(std::to_string(unknown - tally.not_built) + " Unknown");
  }
  if (tally.not_built != 0) {
    parts.push_back(std::to_string(tally.not_built) + " at places that are not built yet");
  }
  if (tally.restarts != 0) {
    parts.push_back(count(tally.restarts, "machine") +
                    (tally.restarts == 1 ? " restarts" : " restart"));
  }
  // Beside an exit code of 2 nobody shall read that all is well.
  const auto end =
      tally.broken_documents == 0 ? "." : ", but " + broken_text(tally.broken_documents) + ".";
  if (parts.empty()) {
    return (tally.secrets == 0
                ? "Nothing is desired"
                : "Nothing to change: all " + count(tally.secrets, "secret") + " in sync") +
           end;
  }
  if (tally.runs.empty() && tally.restarts == 0)
    parts.front() = "Nothing to change now, " + parts.front();
  return join(parts, ", ") + end;
}

std::string approval_text(const TargetPlan& plan, bool alone) {
  const auto waits = [](const auto& row) { return fate_of(row) == Fate::approval; };
  if (std::ranges::none_of(plan.secrets, waits)) return "";
  const auto name = to_string(plan.key);
  if (!plan.approval_digest.empty()) {
    return "lockstep apply --target " + name + " --approve " + plan.approval_digest;
  }
  std::size_t first = 0;
  for (const auto& row : plan.secrets) first += row.runs() ? 1 : 0;
  std::string text = "`lockstep apply";
  if (!alone) text += " --target " + name;
  text += "` prints its digest";
  if (first == 0) return text;
  text += first == 1 ? " once the change " : " once the " + std::to_string(first) + " changes ";
  return text + (alone ? "above " : "there ") + (first == 1 ? "is done" : "are done");
}

}  // namespace lockstep::plan
