#include "providers/common/tally.hpp"

#include <set>

#include "base/json.hpp"
#include "base/text.hpp"

namespace lockstep::providers {

namespace {

std::optional<std::string> problem(PlaceKind kind, const Change& change) {
  if (auto refused = name_problem(kind, change.name)) return refused;
  const auto most = max_value_bytes(kind);
  if (change.value.size() > most) {
    return "the value has " + count(change.value.size(), "byte") + ", " +
           std::string(to_string(kind)) + " takes at most " + std::to_string(most);
  }
  if (capabilities_of(kind).utf8_only && !is_utf8(change.value.expose())) {
    return "the value is not UTF-8, and " + std::string(to_string(kind)) +
           " takes text only: store it base64-encoded";
  }
  return std::nullopt;
}

}  // namespace

Result<Tally> Tally::of(PlaceKind kind, const std::vector<Change>& changes) {
  const auto most = capabilities_of(kind).max_changes;
  if (changes.size() > most) {
    return fail(ErrorKind::invalid, "at most " + count(most, "change") + " fit in one call, not " +
                                        std::to_string(changes.size()));
  }
  Tally tally;
  tally.settled_.assign(changes.size(), false);
  std::set<std::string_view> names;
  for (const auto& change : changes) {
    if (!names.insert(change.name).second) {
      return fail(ErrorKind::invalid, change.name + " is in one call twice");
    }
    tally.receipts_.push_back({.name = change.name});
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    // Workers may hold names that are no identifiers, and those must stay removable:
    // https://github.com/cloudflare/workers-sdk/issues/3069
    const bool removable = kind == PlaceKind::cloudflareWorker;
    if (changes[i].op == Change::Op::remove && removable) continue;
    if (auto refused = problem(kind, changes[i])) {
      tally.settle(i, Receipt::Outcome::failed,
                   {.kind = ErrorKind::invalid, .message = changes[i].name + ": " + *refused});
    }
  }
  return tally;
}

std::vector<std::size_t> Tally::open() const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < settled_.size(); ++i) {
    if (!settled_[i]) out.push_back(i);
  }
  return out;
}

Receipt& Tally::settle(std::size_t position, Receipt::Outcome outcome) {
  settled_[position] = true;
  auto& receipt = receipts_[position];
  receipt.outcome = outcome;
  return receipt;
}

void Tally::settle(std::size_t position, Receipt::Outcome outcome, Error error) {
  settle(position, outcome).error = std::move(error);
}

void Tally::settle_open(Receipt::Outcome outcome, const Error& error) {
  for (const auto i : open()) settle(i, outcome, error);
}

bool Tally::any_done() const {
  for (const auto& receipt : receipts_) {
    if (receipt.outcome == Receipt::Outcome::done) return true;
  }
  return false;
}

Error unknown_outcome(const Error& cause) {
  Error error = cause;
  error.kind = ErrorKind::outcome_unknown;
  error.message = "it is not known whether the write happened (" + cause.message +
                  "); the next pass looks before it does anything";
  return error;
}

}  // namespace lockstep::providers
