// The port to where values come from.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace lockstep {

/// One key of one Secret.
struct SourceKey {
  std::string ns;
  std::string secret;
  std::string key;
  auto operator<=>(const SourceKey&) const = default;
};

/// Reads values.
class Source {
 public:
  virtual ~Source() = default;
  /// The value; nothing when the Secret was read and has no such key; an Error when it could not
  /// be read, which is never taken for "no such key".
  virtual Awaitable<Result<std::optional<Secret>>> get(SourceKey key) = 0;
  /// Why get() found nothing, where more is known than that there is no such key: `environment
  /// variable STRIPE_API_KEY is not set (lockstep.local.yaml:4)`. Never a value; "" otherwise.
  virtual std::string why_missing(const SourceKey&) const { return ""; }
  /// Drops what was read before, so that the next get() sees changes. Called once a pass.
  virtual void refresh() = 0;
};

/// Also keeps values that lockstep generated.
class WritableSource : public Source {
 public:
  /// Keeps `value` unless the key has one; gives back what the key has now, durably. A lost race
  /// or a crash leaves exactly one value.
  virtual Awaitable<Result<Secret>> put_if_absent(SourceKey key, Secret value) = 0;
  /// True when the Secret can keep generated values.
  virtual bool writable(const std::string& ns, const std::string& secret) const = 0;
};

}  // namespace lockstep
