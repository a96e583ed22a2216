#include "simulation/buggy_program.hpp"

#include "app/provider_registry.hpp"
#include "local/git_index.hpp"
#include "sources/generate.hpp"

namespace lockstep::simulation {

namespace {

using namespace std::chrono_literals;

/// Remembers wrongly.
class BuggyLedger final : public PassingLedger {
 public:
  BuggyLedger(Ledger& next, Bug bug) : PassingLedger(next), bug_(bug) {}
  Awaitable<Result<PlaceRecord>> load(PlaceId id) override {
    auto loading = next_.load(std::move(id));
    CO_TRY(auto record, co_await std::move(loading));
    if (bug_ != Bug::forgets_intents) co_return record;
    std::erase_if(record.names, [](const auto& n) { return n.second.intent && !n.second.written; });
    for (auto& [name, known] : record.names) known.intent.reset();
    co_return record;
  }
  Awaitable<Result<std::uint64_t>> save(PlaceId id, const PlaceRecord& record) override {
    auto wrong = record;
    if (bug_ == Bug::forgets_repairs) wrong.repairs.clear();
    if (bug_ == Bug::forgets_deletions) wrong.deletions.clear();
    if (bug_ == Bug::counts_names_as_repairs && !record.repairs.empty()) {
      wrong.repairs.push_back(record.repairs.back() + 1us);
    }
    if (bug_ == Bug::counts_writes_as_repairs) count_writes(wrong);
    if (bug_ == Bug::forgets_sets) wrong.selecting_sets.emplace();
    for (auto& [name, known] : wrong.names) {
      if (bug_ == Bug::calls_all_created) known.origin = Origin::created;
      if (bug_ == Bug::forgets_rules) known.compromised_only = false;
      if (bug_ == Bug::forgets_claims) known.claimant.clear();
      if (bug_ == Bug::forgets_sets) known.may_be_of.reset();
      if (bug_ == Bug::forgets_what_was_seen && known.intent) known.intent->place_before = {};
    }
    auto saving = next_.save(std::move(id), wrong);
    co_return co_await std::move(saving);
  }

 private:
  /// Every write of a name that was written before counts as one.
  static void count_writes(PlaceRecord& record) {
    for (auto& [name, known] : record.names) {
      const bool again = known.written_at && known.first_seen != known.written_at;
      if (!again || std::ranges::count(known.repairs, *known.written_at) > 0) continue;
      known.repairs.push_back(*known.written_at);
      if (std::ranges::count(record.repairs, *known.written_at) > 0) continue;
      record.repairs.push_back(*known.written_at);
    }
  }

  Bug bug_;
};

/// Says "durable" and keeps everything in memory.
class LosingLedger final : public PassingLedger {
 public:
  explicit LosingLedger(std::unique_ptr<Ledger> ledger)
      : PassingLedger(*ledger), ledger_(std::move(ledger)) {}
  Awaitable<Result<PlaceRecord>> load(PlaceId id) override {
    if (const auto kept = kept_.find(id); kept != kept_.end()) co_return kept->second;
    auto loading = next_.load(std::move(id));
    co_return co_await std::move(loading);
  }
  Awaitable<Result<std::uint64_t>> save(PlaceId id, const PlaceRecord& record) override {
    auto& kept = kept_[id] = record;
    co_return ++kept.sequence;
  }

 private:
  std::unique_ptr<Ledger> ledger_;
  std::map<PlaceId, PlaceRecord> kept_;
};

/// A Fly that is read and written wrongly, and a Worker that is written past its newer version.
class BuggyProvider final : public Provider {
 public:
  BuggyProvider(Provider& next, Bug bug, net::HttpClient& http, Clock& clock, EventLog& log,
                bool& reading)
      : next_(next), bug_(bug), http_(http), clock_(clock), log_(log), reading_(reading) {}
  const Capabilities& capabilities() const override { return next_.capabilities(); }

  Awaitable<Result<Observation>> observe(Place place, const PlaceRecord& memory,
                                         CallContext context) override {
    const bool waits = bug_ == Bug::reads_one_place_after_another;
    while (waits && reading_) {
      if (co_await clock_.sleep_until(clock_.mono() + 1ms) != Ended::finished) break;
    }
    reading_ = true;
    auto looking = next_.observe(place, memory, context);
    auto seen = co_await std::move(looking);
    reading_ = false;
    if (!seen && bug_ == Bug::empty_when_unreadable) {
      Observation nothing;
      nothing.at = clock_.wall();
      co_return nothing;
    }
    if (seen) {
      there_.clear();
      for (const auto& secret : seen->secrets) there_.push_back(secret.name);
    }
    co_return seen;
  }
  Awaitable<Result<WriteCheck>> check_write(Place place, const PlaceRecord& memory, WriteMode mode,
                                            CallContext context) override {
    auto checking = next_.check_write(std::move(place), memory, mode, std::move(context));
    auto check = co_await std::move(checking);
    if (check && bug_ == Bug::ignores_newer_versions) check->ok = true;
    co_return check;
  }
  Awaitable<Result<Applied>> apply(Place place, std::vector<Change> changes,
                                   const PlaceRecord& memory, WriteMode mode,
                                   CallContext context) override {
    if (bug_ == Bug::logs_values) {
      for (const auto& change : changes) log_.info("writing", {{"value", change.value.expose()}});
    }
    if (bug_ == Bug::deletes_extras) {
      for (const auto& name : there_) {
        const bool changed = std::ranges::find(changes, name, &Change::name) != changes.end();
        if (changed || memory.names.contains(name)) continue;
        changes.push_back({.op = Change::Op::remove, .name = name, .value = {}});
      }
    }
    if (bug_ == Bug::ignores_newer_versions && place.kind == PlaceKind::cloudflareWorker) {
      auto writing = write_anyway(std::move(changes));
      co_return co_await std::move(writing);
    }
    auto applying =
        next_.apply(std::move(place), std::move(changes), memory, mode, std::move(context));
    co_return co_await std::move(applying);
  }
  Awaitable<Result<RolledOut>> roll_out(Place place, const PlaceRecord& memory,
                                        CallContext context) override {
    return next_.roll_out(std::move(place), memory, std::move(context));
  }
  Awaitable<Result<Attribution>> attribute(Place place, std::string name,
                                           CallContext context) override {
    return next_.attribute(std::move(place), std::move(name), std::move(context));
  }

 private:
  /// The bulk write without the check before it.
  Awaitable<Result<Applied>> write_anyway(std::vector<Change> changes) {
    JsonWriter body;
    body.begin_object().key("secrets").begin_object();
    Applied out;
    for (const auto& change : changes) {
      body.key(change.name).begin_object();
      body.key("name").string(change.name).key("text").string(change.value.expose());
      body.key("type").string("secret_text").end_object();
      out.receipts.push_back({.name = change.name, .outcome = Receipt::Outcome::done});
    }
    net::Request request;
    request.method = "PATCH";
    request.url = "https://api.cloudflare.com/client/v4/accounts/" + account + "/workers/scripts/" +
                  worker + "/secrets-bulk";
    request.headers = {{"Content-Type", "application/merge-patch+json"}};
    request.authorization = Secret("Bearer cf-fake-0123456789abcdefghijklmnopqrstuvwxyz");
    request.body = body.end_object().end_object().take();
    request.effect = net::Effect::Write;
    request.deadline = clock_.mono() + 60s;
    auto sending = http_.send(std::move(request));
    CO_TRY(const auto answer, co_await std::move(sending));
    (void)answer;
    co_return out;
  }

  Provider& next_;
  Bug bug_;
  net::HttpClient& http_;
  Clock& clock_;
  EventLog& log_;
  bool& reading_;  ///< of all places
  std::vector<std::string> there_;
};

class BuggyProviders final : public Providers {
 public:
  BuggyProviders(Providers& next, Bug bug, net::HttpClient& http, Clock& clock, EventLog& log)
      : next_(next), bug_(bug), http_(http), clock_(clock), log_(log) {}
  Result<Provider*> find(PlaceKind kind, const api::Credential* credential) override {
    TRY(auto* real, next_.find(kind, credential));
    auto& wrapped = wrapped_[real];
    if (!wrapped)
      wrapped = std::make_unique<BuggyProvider>(*real, bug_, http_, clock_, log_, reading_);
    return wrapped.get();
  }
  Result<CredentialInspector*> inspector(const api::Credential& credential) override {
    return next_.inspector(credential);
  }
  Result<ProtectionReader*> protections(const api::Credential& credential) override {
    return next_.protections(credential);
  }

 private:
  Providers& next_;
  Bug bug_;
  net::HttpClient& http_;
  Clock& clock_;
  EventLog& log_;
  bool reading_ = false;
  std::map<Provider*, std::unique_ptr<BuggyProvider>> wrapped_;
};

/// Takes what it does not understand for nothing.
class BuggyManifests final : public ManifestStore {
 public:
  BuggyManifests(ManifestStore& next, Bug bug) : next_(next), bug_(bug) {}
  Awaitable<Result<ManifestSnapshot>> load() override {
    auto loading = next_.load();
    CO_TRY(auto snapshot, co_await std::move(loading));
    if (bug_ == Bug::ignores_broken_documents) {
      snapshot.broken.clear();
      snapshot.incomplete = false;
    }
    co_return snapshot;
  }

 private:
  ManifestStore& next_;
  Bug bug_;
};

/// The real App with a reconciler of its own between wrapped ports.
class BuggyApp final : public App {
 public:
  BuggyApp(Bug bug, std::unique_ptr<App> real, std::unique_ptr<net::HttpClient> http,
           const Seams& seams)
      : real_(std::move(real)),
        http_(std::move(http)),
        registry_(*http_, seams.fence, seams.clock, seams.random, real_->secrets(),
                  real_->metrics(), seams.log, {}, seams.files, seams.reader,
                  {.root = "",
                   .tracked = [](const FileReader& files,
                                 const Path& file) { return tracked_by_git(files, file); }}),
        providers_(registry_, bug, *http_, seams.clock, seams.log),
        manifests_(real_->manifests(), bug),
        ledger_(real_->ledger(), bug),
        reconciler_({.clock = seams.clock,
                     .random = seams.random,
                     .ledger = ledger_,
                     .source = real_->secrets(),
                     .providers = providers_,
                     .status = status_,
                     .log = seams.log,
                     .metrics = real_->metrics(),
                     .generate = generate,
                     .local_file_problem =
                         [this, bug](const SourceKey& key) {
                           return bug == Bug::feeds_local_files
                                  ? []() -> Awaitable<std::string> { co_return ""; }()
                                  : real_->secrets().local_file_problem(key);
                         },
                     .shares =
                         [this](const SourceKey& key, const ObjectKey& other) {
                           return real_->secrets().shares(key,
                                                          {.ns = other.ns, .name = other.name});
                         }},
                    manifests_, seams.executor, {}) {}
  ManifestStore& manifests() override { return manifests_; }
  reconcile::Reconciler& reconciler() override { return reconciler_; }
  StatusReader& status() override { return status_; }
  Metrics& metrics() override { return real_->metrics(); }
  Ledger& ledger() override { return real_->ledger(); }
  LocalSecrets& secrets() override { return real_->secrets(); }

 private:
  std::unique_ptr<App> real_;
  std::unique_ptr<net::HttpClient> http_;
  StatusStore status_;
  ProviderRegistry registry_;
  BuggyProviders providers_;
  BuggyManifests manifests_;
  BuggyLedger ledger_;
  reconcile::Reconciler reconciler_;
};

Awaitable<Result<std::unique_ptr<App>>> make_buggy(Bug bug, Seams seams, AppOptions options) {
  CO_TRY(auto http, seams.transport({}));
  if (bug == Bug::loses_commits) {
    seams.around_ledger = [watch = seams.around_ledger](std::unique_ptr<Ledger> ledger) {
      return watch(std::make_unique<LosingLedger>(std::move(ledger)));
    };
  }
  auto making = make_app(seams, std::move(options));
  CO_TRY(auto real, co_await std::move(making));
  co_return std::make_unique<BuggyApp>(bug, std::move(real), std::move(http), seams);
}

}  // namespace

void plant(World& world, Bug bug) {
  world.make = [bug](Seams seams, AppOptions options) {
    return make_buggy(bug, std::move(seams), std::move(options));
  };
}

}  // namespace lockstep::simulation
