// The receipts of one apply().
#pragma once

#include <string>
#include <vector>

#include "model/change.hpp"
#include "model/place.hpp"

namespace lockstep::providers {

/// One receipt a change, in the order of the changes. Each is settled once; those still open are
/// what the provider's call carries.
class Tally {
 public:
  /// Settles at once, as failed and `invalid`, every change that the place is known to refuse:
  /// name, size, not UTF-8. Error `invalid`: more changes than one call takes, or a name twice.
  static Result<Tally> of(PlaceKind kind, const std::vector<Change>& changes);

  /// Positions of the changes that are not settled.
  std::vector<std::size_t> open() const;
  /// Settles one change; the receipt may be completed by the caller (token, time).
  Receipt& settle(std::size_t position, Receipt::Outcome outcome);
  /// Settles one change that did not happen, or perhaps did not.
  void settle(std::size_t position, Receipt::Outcome outcome, Error error);
  /// The same for every open change.
  void settle_open(Receipt::Outcome outcome, const Error& error);
  /// True when at least one change is done.
  bool any_done() const;
  /// All receipts; nothing may be open any more.
  std::vector<Receipt> take() { return std::move(receipts_); }

 private:
  std::vector<Receipt> receipts_;
  std::vector<bool> settled_;
};

/// The Error of a change whose request left and whose effect is not known.
Error unknown_outcome(const Error& cause);

}  // namespace lockstep::providers
