#include "telemetry/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <tuple>

#include "base/unicode.hpp"
#include "telemetry/error_stream.hpp"

namespace lockstep {

namespace {

using prometheus::ClientMetric;
using prometheus::Labels;
using prometheus::MetricFamily;

// The words of model/state.hpp, which this room may not use: a state at zero has a series too, so
// that a query needs no `or vector(0)`. A test holds the list to the model's.
constexpr std::string_view states[] = {
    "Unknown",       "Unadopted",
    "Removed",       "ChangedOutOfBand",
    "Unverifiable",  "SourceUnavailable",
    "SourceMissing", "Invalid",
    "Missing",       "Stale",
    "Staged",        "InSync",
    "Extra",
};

// The names, labels and buckets that dashboards for controllers expect:
// https://github.com/kubernetes-sigs/controller-runtime/blob/main/pkg/internal/controller/metrics/metrics.go
const std::string controller = "target";
const prometheus::Histogram::BucketBoundaries reconcile_buckets = {
    0.005, 0.01, 0.025, 0.05, 0.1,  0.15, 0.2,  0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6,
    0.7,   0.8,  0.9,   1.0,  1.25, 1.5,  1.75, 2.0,  2.5, 3.0,  3.5, 4.0,  4.5, 5,
    6,     7,    8,     9,    10,   15,   20,   25,   30,  40,   50,  60};

/// Names come from manifests and from places; Prometheus refuses a whole page for one byte that is
/// not UTF-8, and people read pages on terminals.
std::string clean(std::string_view text) {
  return only_harmless(text, "?");
}

Labels labels_of(const TargetLabels& target) {
  return {{"namespace", clean(target.ns)},
          {"environment", clean(target.environment)},
          {"target", clean(target.target)},
          {"provider", clean(target.provider)}};
}

Labels with(Labels labels, std::initializer_list<std::pair<std::string, std::string_view>> more) {
  for (const auto& [name, value] : more) labels[name] = clean(value);
  return labels;
}

double seconds(Wall when) {
  return std::chrono::duration<double>(when.time_since_epoch()).count();
}

void add(MetricFamily& family, const Labels& labels, double value) {
  ClientMetric metric;
  for (const auto& [name, text] : labels) metric.label.push_back({name, text});
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

MetricFamily gauge(std::string name, std::string help) {
  MetricFamily family;
  family.name = std::move(name);
  family.help = std::move(help);
  family.type = prometheus::MetricType::Gauge;
  return family;
}

MetricFamily lost_family() {
  MetricFamily family;
  family.name = "lockstep_log_lines_lost_total";
  family.help = "Lines that could not be written to standard error";
  family.type = prometheus::MetricType::Counter;
  family.metric.emplace_back().counter.value = static_cast<double>(standard_error().lost());
  return family;
}

}  // namespace

struct Metrics::Impl {
  struct Rotation {
    Wall last, due;
  };

  bool secret_names = true;
  // Series of a Target are made of these at every scrape: replacing the entry replaces them all.
  std::map<TargetLabels, TargetGauges> targets;
  std::map<TargetLabels, std::map<std::string, Rotation>> rotations;

  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& counter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  prometheus::Family<prometheus::Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }

  prometheus::Family<prometheus::Counter>& reconcile_total = counter(
      "controller_runtime_reconcile_total", "Total number of reconciliations per controller");
  prometheus::Counter& reconcile_errors =
      counter("controller_runtime_reconcile_errors_total",
              "Total number of reconciliation errors per controller")
          .Add({{"controller", controller}});
  prometheus::Histogram& reconcile_time =
      prometheus::BuildHistogram()
          .Name("controller_runtime_reconcile_time_seconds")
          .Help("Length of time per reconciliation per controller")
          .Register(registry)
          .Add({{"controller", controller}}, reconcile_buckets);
  const Labels queue_labels = {{"name", controller}, {"controller", controller}};
  prometheus::Gauge& queue_depth =
      gauges("workqueue_depth", "Current depth of workqueue").Add(queue_labels);
  prometheus::Counter& queue_adds =
      counter("workqueue_adds_total", "Total number of adds handled by workqueue")
          .Add(queue_labels);
  prometheus::Counter& queue_retries =
      counter("workqueue_retries_total", "Total number of retries handled by workqueue")
          .Add(queue_labels);
  prometheus::Family<prometheus::Counter>& drift_detected =
      counter("lockstep_drift_detected_total", "Drifts that were new when a pass saw them");
  prometheus::Family<prometheus::Counter>& writes =
      counter("lockstep_writes_total", "Names written or deleted at places, by outcome");
  prometheus::Family<prometheus::Counter>& requests = counter(
      "lockstep_provider_requests_total", "Requests to providers, by HTTP status or kind of error");
  prometheus::Family<prometheus::Gauge>& budgets =
      gauges("lockstep_provider_budget_remaining",
             "Requests that could leave at once with this credential");

  std::vector<MetricFamily> target_families() const {
    auto secrets = gauge("lockstep_target_secrets", "Names at a Target, by state");
    auto drift =
        gauge("lockstep_secret_drift", "1 for each name that is not InSync; no series when it is");
    auto gated = gauge("lockstep_target_gated", "Names at a Target that wait, by gate");
    auto observed = gauge("lockstep_target_last_observed_timestamp_seconds",
                          "When the place was last read completely; 0: never");
    for (const auto& [target, gauges] : targets) {
      const auto labels = labels_of(target);
      auto by_state = gauges.by_state;
      for (const auto state : states) by_state.try_emplace(std::string(state), 0);
      for (const auto& [state, n] : by_state) {
        add(secrets, with(labels, {{"state", state}}), static_cast<double>(n));
      }
      for (const auto& [gate, n] : gauges.by_gate) {
        add(gated, with(labels, {{"gate", gate}}), static_cast<double>(n));
      }
      add(observed, labels, seconds(gauges.last_observed));
      if (!secret_names) continue;
      for (const auto& each : gauges.drift) {
        if (each.state == "InSync") continue;
        add(drift,
            with(labels,
                 {{"secret", each.secret}, {"state", each.state}, {"certainty", each.certainty}}),
            1);
      }
    }
    return {secrets, drift, gated, observed};
  }

  std::vector<MetricFamily> rotation_families() const {
    auto last =
        gauge("lockstep_secret_last_rotated_timestamp_seconds", "When the secret was last rotated");
    auto due = gauge("lockstep_secret_rotation_due_timestamp_seconds",
                     "When its rotation rule asks for the next rotation");
    if (!secret_names) return {};
    for (const auto& [target, secrets] : rotations) {
      for (const auto& [secret, times] : secrets) {
        const auto labels = with(labels_of(target), {{"secret", secret}});
        if (times.last != Wall{}) add(last, labels, seconds(times.last));
        if (times.due != Wall{}) add(due, labels, seconds(times.due));
      }
    }
    return {last, due};
  }
};

Metrics::Metrics(bool secret_names) : impl_(std::make_unique<Impl>()) {
  impl_->secret_names = secret_names;
  // As controller-runtime does, so that rate() sees the first of each.
  for (const char* result : {"success", "error", "requeue", "requeue_after"}) {
    impl_->reconcile_total.Add({{"controller", controller}, {"result", result}});
  }
}
Metrics::~Metrics() = default;

void Metrics::reconciled(std::string_view result, Nanos took) {
  impl_->reconcile_total.Add({{"controller", controller}, {"result", clean(result)}}).Increment();
  if (result == "error") impl_->reconcile_errors.Increment();
  impl_->reconcile_time.Observe(std::chrono::duration<double>(took).count());
}

void Metrics::queue(std::size_t depth) {
  impl_->queue_depth.Set(static_cast<double>(depth));
}

void Metrics::queue_added(bool retry) {
  impl_->queue_adds.Increment();
  if (retry) impl_->queue_retries.Increment();
}

void Metrics::target(const TargetLabels& labels, const TargetGauges& gauges) {
  impl_->targets.insert_or_assign(labels, gauges);
}

void Metrics::target_gone(const TargetLabels& labels) {
  impl_->targets.erase(labels);
  impl_->rotations.erase(labels);
}

void Metrics::drift_detected(const TargetLabels& labels, std::string_view state) {
  impl_->drift_detected.Add(with(labels_of(labels), {{"state", state}})).Increment();
}

void Metrics::written(const TargetLabels& labels, std::string_view action,
                      std::string_view outcome) {
  impl_->writes.Add(with(labels_of(labels), {{"action", action}, {"outcome", outcome}}))
      .Increment();
}

void Metrics::rotation(const TargetLabels& labels, std::string_view secret, Wall last, Wall due) {
  impl_->rotations[labels].insert_or_assign(std::string(secret), Impl::Rotation{last, due});
}

void Metrics::requested(std::string_view provider, std::string_view credential,
                        std::string_view operation, std::string_view code) {
  impl_->requests
      .Add(with({}, {{"provider", provider},
                     {"credential", credential},
                     {"operation", operation},
                     {"code", code}}))
      .Increment();
}

void Metrics::budget(std::string_view provider, std::string_view credential,
                     std::uint64_t remaining) {
  impl_->budgets.Add(with({}, {{"provider", provider}, {"credential", credential}}))
      .Set(static_cast<double>(remaining));
}

std::string Metrics::text() const {
  auto families = impl_->registry.Collect();
  for (auto& family : impl_->target_families()) families.push_back(std::move(family));
  for (auto& family : impl_->rotation_families()) families.push_back(std::move(family));
  families.push_back(lost_family());
  std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });

  // The registry keeps series in hash order; a page that only changes where something happened can
  // be compared, in tests and by eye.
  std::ranges::sort(families, {}, &MetricFamily::name);
  for (auto& family : families) {
    std::ranges::sort(family.metric, [](const auto& a, const auto& b) {
      return std::ranges::lexicographical_compare(
          a.label, b.label, [](const auto& x, const auto& y) {
            return std::tie(x.name, x.value) < std::tie(y.name, y.value);
          });
    });
    // Two names may look alike once they are clean; a repeated series would spoil the page.
    const auto twins = std::ranges::unique(
        family.metric, [](const auto& a, const auto& b) { return a.label == b.label; });
    family.metric.erase(twins.begin(), twins.end());
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace lockstep
