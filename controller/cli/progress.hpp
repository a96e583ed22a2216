// A line on the terminal while something takes long.
#pragma once

#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/scope.hpp"
#include "cli/session.hpp"

namespace lockstep::cli {

/// Shows `3 of 12 Targets, 4s` on standard error, if that is a terminal, from the first second on;
/// gone without a trace when finished. A longer wait gets a line that stays, on any standard error.
class Progress {
 public:
  /// `what` is done to `total` Targets: `reading`, `applying`.
  Progress(Session& session, std::string what, std::size_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Hears each Target's end and its waits; valid as long as this.
  reconcile::Listener listener();
  /// Takes the line away until it is due again, so that something else can be printed.
  void clear();
  /// Takes the line away. Must be awaited before this goes.
  Awaitable<void> finish();

 private:
  Awaitable<void> show();
  void tell(const reconcile::Wait& wait);

  Session& session_;
  std::string what_;
  std::size_t total_;
  std::size_t ended_ = 0;
  Mono began_;
  bool shown_ = false;
  std::map<ObjectKey, Mono> told_;  ///< Credential -> until when its wait is told
  Event gone_;
  Scope scope_;
};

}  // namespace lockstep::cli
