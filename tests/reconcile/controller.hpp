// The controller on the bench: manifests put together by hand, two Targets, virtual time.
#pragma once

#include <gtest/gtest.h>

#include "plan/documents.hpp"
#include "reconcile/bench.hpp"
#include "reconcile/reconciler.hpp"

namespace lockstep::testing {

class FakeManifests final : public ManifestStore {
 public:
  Awaitable<Result<ManifestSnapshot>> load() override {
    if (hangs_on) {
      const auto ended = co_await hangs_on->sleep_until(Mono::max());
      EXPECT_EQ(ended, Ended::cancelled);
      co_return fail(ErrorKind::cancelled, "left behind");
    }
    if (error) co_return fail(*error);
    co_return snapshot;
  }
  void put(const Documents& documents) {
    snapshot.documents = {documents.credential, documents.production, documents.target,
                          documents.set};
    snapshot.documents.insert(snapshot.documents.end(), documents.more.begin(),
                              documents.more.end());
    snapshot.revision = std::to_string(++revision_);
  }
  ManifestSnapshot snapshot;
  std::optional<Error> error;
  Clock* hangs_on = nullptr;  ///< the disk does not answer

 private:
  int revision_ = 0;
};

class Fence final : public WriteFence {
 public:
  Status check(Mono) const override {
    if (held) return {};
    return fail(ErrorKind::fenced, "the lock file was removed");
  }
  bool held = true;
};

/// Two Targets, `cms/app` and `cms/second`, each with TOKEN and OLD; nothing keeps them from work.
struct Controller : Bench {
  Documents documents;
  FakeManifests manifests;
  Scope scope{sim.executor()};
  reconcile::Reconciler reconciler{services, manifests, sim.executor(), {}};
  Fence fence;
  std::optional<Status> ended;

  Controller() {
    documents.credential.grants[0].actions = {api::Action::Read, api::Action::Write,
                                              api::Action::Delete};
    documents.more.push_back(fly_target("second", "production-second"));
    documents.set = secret_set("runtime", {"app", "second"}, {entry("OLD"), entry("TOKEN")});
    for (const auto* name : {"OLD", "TOKEN"}) {
      source.values[{"cms", "production-values", name}] = std::string("value-of-") + name;
    }
    manifests.put(documents);
  }
  void start() {
    scope.start([](reconcile::Reconciler& r, const WriteFence& right,
                   std::optional<Status>& over) -> Awaitable<void> {
      auto running = r.run(right);
      over = co_await std::move(running);
    }(reconciler, fence, ended));
  }
  void run_for(Nanos span) {
    sim.run_until(sim.clock().mono() + span, [] { return false; });
  }
  ~Controller() {
    reconciler.stop();
    sim.run_until(Mono::max(), [&] { return scope.drained(); });
  }
  void drop_entry(const std::string& name) {
    std::erase_if(documents.set.secrets, [&](const auto& e) { return e.name == name; });
    manifests.put(documents);
  }
};

}  // namespace lockstep::testing
