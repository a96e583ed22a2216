// Every metric lockstep exports, by what happened; names and labels stand in metrics.cpp and in
// the README. No label ever holds a value.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace lockstep {

/// The labels that say which Target.
struct TargetLabels {
  std::string ns;
  std::string environment;
  std::string target;
  std::string provider;
  auto operator<=>(const TargetLabels&) const = default;
};

/// All gauges of one Target, replaced as a whole after a pass.
struct TargetGauges {
  std::map<std::string, std::size_t> by_state;  ///< State word -> how many names
  struct Drift {
    std::string secret;
    std::string state;
    std::string certainty;
  };
  std::vector<Drift> drift;                    ///< names that are not InSync
  std::map<std::string, std::size_t> by_gate;  ///< Gate word -> how many names
  Wall last_observed{};
};

class Metrics {
 public:
  /// `secret_names` false leaves out every series that names a secret.
  explicit Metrics(bool secret_names = true);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// controller_runtime_reconcile_total, controller_runtime_reconcile_time_seconds.
  /// result: success, error, requeue, requeue_after.
  void reconciled(std::string_view result, Nanos took);
  /// workqueue_depth, workqueue_adds_total, workqueue_retries_total.
  void queue(std::size_t depth);
  void queue_added(bool retry);
  /// lockstep_target_secrets, lockstep_secret_drift, lockstep_target_gated,
  /// lockstep_target_last_observed_timestamp_seconds.
  void target(const TargetLabels& labels, const TargetGauges& gauges);
  void target_gone(const TargetLabels& labels);
  /// lockstep_drift_detected_total
  void drift_detected(const TargetLabels& labels, std::string_view state);
  /// lockstep_writes_total; action: create, update, delete; outcome: done, unchanged, failed,
  /// unknown.
  void written(const TargetLabels& labels, std::string_view action, std::string_view outcome);
  /// lockstep_secret_last_rotated_timestamp_seconds, lockstep_secret_rotation_due_timestamp_seconds
  void rotation(const TargetLabels& labels, std::string_view secret, Wall last, Wall due);
  /// lockstep_provider_requests_total; code: HTTP status, or the kind of error.
  void requested(std::string_view provider, std::string_view credential, std::string_view operation,
                 std::string_view code);
  /// lockstep_provider_budget_remaining
  void budget(std::string_view provider, std::string_view credential, std::uint64_t remaining);

  /// The Prometheus text exposition of everything.
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockstep
