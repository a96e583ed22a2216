#include "plan/print_rows.hpp"

#include <algorithm>

#include "base/error_codes.hpp"
#include "base/text.hpp"
#include "base/unicode.hpp"
#include "plan/diff.hpp"

namespace lockstep::plan {

namespace {

char sign_of(ActionKind action) {
  switch (action) {
    case ActionKind::create:
      return '+';
    case ActionKind::update:
    case ActionKind::adopt:
      return '~';
    case ActionKind::remove:
      return '-';
    case ActionKind::none:
      return ' ';
  }
  return ' ';
}

Fate fate_without_action(const PlannedSecret& row) {
  switch (row.state) {
    case State::Unknown:
      return Fate::unknown;
    case State::Unadopted:
      return Fate::unadopted;
    case State::Removed:
    case State::ChangedOutOfBand:
    case State::Unverifiable:
    case State::Stale:
      return Fate::drifted;
    case State::SourceMissing:
      return row.optional ? Fate::quiet : Fate::no_value;
    case State::SourceUnavailable:
      return row.needs_answer_of.empty() ? Fate::no_value : Fate::answer;
    case State::Invalid:
    case State::Missing:
      return Fate::no_value;
    case State::Staged:
      return Fate::staged;
    case State::InSync:
      return Fate::quiet;
    case State::Extra:
      return Fate::extra;
  }
  return Fate::quiet;
}

/// Sign and word of a row.
std::pair<char, std::string_view> mark(const PlannedSecret& row, Fate fate) {
  switch (fate) {
    case Fate::runs:
      return {sign_of(row.action), to_string(row.action)};
    case Fate::approval:
    case Fate::waits:
      return {sign_of(row.action), "waits"};
    case Fate::blocked:
      return {'!', "waits"};
    case Fate::answer:
      return {'?', "waits"};
    case Fate::no_value:
      return {'?', row.state == State::Missing ? "leave" : "keep"};
    case Fate::drifted:
    case Fate::unadopted:
    case Fate::extra:
      return {'!', "leave"};
    case Fate::staged:
      return {'~', "waits"};
    case Fate::unknown:
      return {'?', "leave"};
    case Fate::quiet:
      return {row.due ? '!' : ' ', "keep"};
  }
  return {' ', "keep"};
}

/// Whether the certainty tells the reader more than the reason does.
bool tells_certainty(const PlannedSecret& row) {
  if (row.certainty == Certainty::none || row.state == State::Extra || row.absent) return false;
  if (row.certainty == Certainty::presumed) return true;
  return row.state == State::Removed || row.state == State::ChangedOutOfBand ||
         row.state == State::Unverifiable || row.state == State::Staged ||
         row.state == State::InSync;
}

std::string gate_text(const TargetPlan& plan, const PlannedSecret& row) {
  const auto told_above = std::ranges::find(plan.gates, std::pair(*row.gate, row.gate_reason));
  std::string text(to_string(*row.gate));
  if (told_above == plan.gates.end() && !row.gate_reason.empty()) text += ": " + row.gate_reason;
  return text;
}

std::string detail_of(const TargetPlan& plan, const PlannedSecret& row, Wall now) {
  std::vector<std::string> parts;
  std::string drift;
  // Of a deletion the gate says what counts: when it happens.
  if (row.since && row.state != State::Extra) drift = "since " + day_or_time(*row.since, now);
  if (!row.who.empty()) drift += (drift.empty() ? "by " : " by ") + row.who;
  const bool writes = row.action == ActionKind::create || row.action == ActionKind::update;
  if (!drift.empty()) {
    parts.push_back(drift);
  } else if (row.runs() && writes) {
    parts.push_back(row.source);
  }
  if (row.gate && row.gate != Gate::AwaitingApproval) parts.push_back(gate_text(plan, row));
  if (!row.needs_approval.empty()) {
    const std::string word = row.runs()                           ? "approved: "
                             : row.gate == Gate::AwaitingApproval ? "needs approval: "
                                                                  : "then needs approval: ";
    parts.push_back(word + row.needs_approval);
  }
  if (row.due) parts.emplace_back("its rotation is due");
  return join(parts, "; ");
}

}  // namespace

Fate fate_of(const PlannedSecret& row) {
  if (row.gate == Gate::AwaitingApproval) return Fate::approval;
  if (row.gate) return is_patient(*row.gate) ? Fate::waits : Fate::blocked;
  if (row.action != ActionKind::none) return Fate::runs;
  return fate_without_action(row);
}

Line line_of(const TargetPlan& plan, const PlannedSecret& row, Wall now) {
  const auto fate = fate_of(row);
  const auto [sign, word] = mark(row, fate);
  std::string reason = row.reason;
  if (tells_certainty(row)) reason += " · " + std::string(to_string(row.certainty));
  return {.sign = sign,
          .word = word,
          .name = harmless(row.name),
          .reason = harmless(reason),
          .detail = harmless(detail_of(plan, row, now)),
          .quiet = fate == Fate::quiet && !row.due};
}

bool not_built(const TargetPlan& plan) {
  return plan.unreadable && plan.unreadable->kind == ErrorKind::unsupported && !plan.gates.empty();
}

std::string why_not_rolled_out(const TargetPlan& plan) {
  std::string why = plan.roll_out ? plan.roll_out->gate_reason : "";
  const auto command = "lockstep rollout " + to_string(plan.key);
  for (const auto& end : {"; then: " + command, "waits for: " + command}) {
    if (why.ends_with(end)) why.resize(why.size() - end.size());
  }
  return harmless(why);
}

std::string roll_out_text(const RollOutPlan& roll_out) {
  const auto& scope = roll_out.scope;
  const auto be = [](std::size_t n) { return n == 1 ? " is" : " are"; };
  std::vector<std::string> parts;
  if (!roll_out.runs()) {
    const auto n = scope.machines();
    parts.push_back(count(n, "machine") + (n == 1 ? " runs" : " run") + " the old set");
    const std::string gate = roll_out.gate ? std::string(to_string(*roll_out.gate)) + ": " : "";
    parts.push_back(gate + roll_out.gate_reason);
  } else if (scope.machines() == 0) {
    parts.emplace_back("every machine is updated; their health is looked at");
  } else {
    if (scope.restarts != 0) {
      parts.push_back(count(scope.restarts, "machine") +
                      (scope.restarts == 1 ? " restarts" : " restart, one group at a time"));
    }
    if (scope.stopped != 0) {
      parts.push_back(count(scope.stopped, "stopped machine") + be(scope.stopped) +
                      " updated, not started");
    }
  }
  if (const auto n = scope.unmanaged.size(); n != 0) {
    constexpr std::size_t most_named = 5;
    const auto named = std::span(scope.unmanaged).first(std::min(n, most_named));
    parts.push_back("left alone: " + count(n, "machine") + " that Fly Launch does not manage (" +
                    join(named, ", ") + (n > most_named ? ", ..." : "") + ")");
  }
  return harmless(join(parts, "; "));
}

std::string day_or_time(Wall when, Wall now) {
  const auto text = to_rfc3339(when);
  const bool today = text.substr(0, 10) == to_rfc3339(now).substr(0, 10);
  return today ? text.substr(11, 5) : text.substr(0, 10);
}

std::string harmless(std::string_view text) {
  return only_harmless(text, "\uFFFD");
}

std::string remedy(const Error& error, Wall now) {
  switch (error.kind) {
    case ErrorKind::transient:
    case ErrorKind::conflict:
      return "try again; if it stays, look at the provider's status page";
    case ErrorKind::outcome_unknown:
      return "try again: whether the change was made is unknown, and the next look finds out";
    case ErrorKind::throttled:
      if (!error.retry_at) return "try again later";
      return "try again after " + until_text(*error.retry_at, now) +
             "; plan, status and diff wait for it with " + wait_option(*error.retry_at, now);
    case ErrorKind::not_found:
      return "create the place, or correct spec.place of the Target";
    case ErrorKind::unauthorized:
      return "put a token that works behind its Credential";
    case ErrorKind::forbidden:
      return "give the token behind its Credential that right, or put one there that has it";
    case ErrorKind::protocol:
      if (error.code == cut_off) {
        return "try again: the connection ended in the middle of the answer, so nothing of it "
               "counts; if it stays, look at the network and the proxy on the way";
      }
      if (error.code.starts_with("http_30")) return "correct the repository's name in the Target";
      if (error.location.line != 0) return "mend that line; lockstep never writes over it";
      return "try again; if it stays, check that the place exists and that its token may read it";
    case ErrorKind::invalid:
      return "correct the Target or its Credential";
    case ErrorKind::unsupported:
      return "take it out, or leave it: nothing else waits for it";
    case ErrorKind::storage:
      return "mend the ledger or the disk first; see the message";
    case ErrorKind::fenced:
      return "another lockstep works here: let it end, then try again";
    case ErrorKind::cancelled:
      return "run it again";
    case ErrorKind::internal:
      return "this is a defect of lockstep: report it";
  }
  return "try again";
}

bool passes_by_itself(const Error& error) {
  switch (error.kind) {
    case ErrorKind::transient:
    case ErrorKind::throttled:
    case ErrorKind::conflict:
    case ErrorKind::outcome_unknown:
      return true;
    case ErrorKind::protocol:
      return error.code == cut_off;
    case ErrorKind::not_found:
    case ErrorKind::unauthorized:
    case ErrorKind::forbidden:
    case ErrorKind::invalid:
    case ErrorKind::unsupported:
    case ErrorKind::storage:
    case ErrorKind::fenced:
    case ErrorKind::cancelled:
    case ErrorKind::internal:
      return false;
  }
  return false;
}

}  // namespace lockstep::plan
