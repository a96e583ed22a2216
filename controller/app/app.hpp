// The whole program, put together: the only place that names concrete classes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/fence.hpp"
#include "base/files.hpp"
#include "base/offload.hpp"
#include "base/random.hpp"
#include "base/rested_reader.hpp"
#include "local/ledger.hpp"
#include "local/status_store.hpp"
#include "net/http.hpp"
#include "net/transport.hpp"
#include "reconcile/reconciler.hpp"
#include "sources/environment.hpp"
#include "sources/local_secrets.hpp"

namespace lockstep {

/// What the world gives: the product's own, or a simulation's. All outlive the App.
struct Seams {
  asio::any_io_executor executor;
  Clock& clock;
  Random& random;
  Files& files;
  FileLocks& locks;
  Offload& offload;
  RestedReader& reader;  ///< of `files`
  const Environment& environment;
  const WriteFence& fence;
  EventLog& log;
  /// The end of every request: net::make_transport, or an emulator in the same process.
  std::function<Result<std::unique_ptr<net::HttpClient>>(net::TransportOptions)> transport;
};

/// What the user chose.
struct AppOptions {
  Path manifests;                    ///< the folder of manifests, as the user gave it
  Path local_file;                   ///< lockstep.local.yaml; may be absent when nothing needs it
  bool local_file_required = false;  ///< the user named it, so its absence is an error
  LedgerPaths ledger;
  OpenMode mode = OpenMode::read;  ///< write: the caller holds the ledger's lock
  std::string ledger_vfs;          ///< SQLite VFS; empty: the system's
  bool metrics_name_secrets = true;
  reconcile::Reconciler::Options reconciler;
};

/// One lockstep. Destroying it has no outside effect.
class App {
 public:
  virtual ~App() = default;
  virtual ManifestStore& manifests() = 0;
  virtual reconcile::Reconciler& reconciler() = 0;
  virtual StatusReader& status() = 0;
  virtual Metrics& metrics() = 0;
  virtual Ledger& ledger() = 0;
  virtual LocalSecrets& secrets() = 0;
};

/// Reads lockstep.local.yaml, opens the ledger and connects everything. `invalid` lists every
/// problem of lockstep.local.yaml; `storage` when the ledger is refused.
Awaitable<Result<std::unique_ptr<App>>> make_app(Seams seams, AppOptions options);

}  // namespace lockstep
