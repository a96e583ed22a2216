#include "app/app.hpp"

#include "app/local_config.hpp"
#include "app/provider_registry.hpp"
#include "local/manifest_directory.hpp"
#include "sources/generate.hpp"

namespace lockstep {

namespace {

/// Members in the order in which they use each other; destroyed from the last to the first.
class AppParts final : public App {
 public:
  AppParts(Seams seams, AppOptions options, LocalSetup setup,
           std::unique_ptr<net::HttpClient> transport, std::unique_ptr<Ledger> ledger)
      : metrics_(options.metrics_name_secrets),
        transport_(std::move(transport)),
        ledger_(std::move(ledger)),
        secrets_(std::move(setup.stand_ins), {.files = seams.files,
                                              .locks = seams.locks,
                                              .environment = seams.environment,
                                              .clock = seams.clock,
                                              .random = seams.random,
                                              .offload = seams.offload,
                                              .reader = seams.reader}),
        providers_(*transport_, seams.fence, seams.clock, seams.random, secrets_, metrics_,
                   seams.log, std::move(setup.endpoints), seams.files, seams.reader,
                   {.root = options.local_file.parent_path(),
                    .tracked = [git = git_variables(seams.environment)](
                                   const FileReader& files,
                                   const Path& file) { return tracked_by_git(files, file, git); }}),
        manifests_(make_manifest_directory(
            {.root = options.manifests, .admin_folders = std::move(setup.admin_folders)},
            seams.reader)),
        reconciler_({.clock = seams.clock,
                     .random = seams.random,
                     .ledger = *ledger_,
                     .source = secrets_,
                     .providers = providers_,
                     .status = status_,
                     .log = seams.log,
                     .metrics = metrics_,
                     .generate = generate,
                     .local_file_problem =
                         [this](const SourceKey& key) { return secrets_.local_file_problem(key); },
                     .shares =
                         [this](const SourceKey& key, const ObjectKey& other) {
                           return secrets_.shares(key, {.ns = other.ns, .name = other.name});
                         }},
                    *manifests_, seams.executor, options.reconciler) {}

  ManifestStore& manifests() override { return *manifests_; }
  reconcile::Reconciler& reconciler() override { return reconciler_; }
  StatusReader& status() override { return status_; }
  Metrics& metrics() override { return metrics_; }
  Ledger& ledger() override { return *ledger_; }
  LocalSecrets& secrets() override { return secrets_; }

 private:
  Metrics metrics_;
  StatusStore status_;
  std::unique_ptr<net::HttpClient> transport_;
  std::unique_ptr<Ledger> ledger_;
  LocalSecrets secrets_;
  ProviderRegistry providers_;
  std::unique_ptr<ManifestStore> manifests_;
  reconcile::Reconciler reconciler_;
};

}  // namespace

Awaitable<Result<std::unique_ptr<App>>> make_app(Seams seams, AppOptions options) {
  auto configuring = read_local_setup(seams.reader, git_variables(seams.environment),
                                      options.local_file, options.local_file_required);
  CO_TRY(auto setup, co_await std::move(configuring));
  CO_TRY(auto transport, seams.transport({.ca_file = setup.ca_file}));
  auto opening =
      open_ledger({.paths = options.ledger, .mode = options.mode, .vfs = options.ledger_vfs},
                  seams.files, seams.random, seams.offload);
  CO_TRY(auto ledger, co_await std::move(opening));
  if (seams.around_ledger) ledger = seams.around_ledger(std::move(ledger));
  co_return std::make_unique<AppParts>(std::move(seams), std::move(options), std::move(setup),
                                       std::move(transport), std::move(ledger));
}

}  // namespace lockstep
