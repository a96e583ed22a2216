#include "local/manifest_directory.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "api/load.hpp"
#include "base/digest.hpp"
#include "local/manifest_walk.hpp"

namespace lockstep {

namespace {

bool admin_only(std::string_view kind) {
  return kind == "Credential" || kind == "Environment";
}

/// Equal for equal names, contents and unread files.
std::string revision_of(const ManifestFiles& found) {
  std::string all;
  for (const auto& file : found.files) {
    all += sha256_hex(file.name) + sha256_hex(view(file.text)) + (file.admin ? "a" : "-");
  }
  for (const auto& problem : found.problems) all += sha256_hex(api::to_string(problem));
  for (const auto& note : found.notes) all += sha256_hex(api::to_string(note));
  return sha256_hex(all);
}

/// Puts together what the files held.
class Merge {
 public:
  explicit Merge(const ManifestOptions& options) : options_(options) {}

  void take(ManifestFiles found) {
    out_.problems = std::move(found.problems);
    out_.notes = std::move(found.notes);
    out_.incomplete = found.incomplete;
    out_.why_incomplete = std::move(found.why_incomplete);
    for (const auto& file : found.files) {
      auto loaded = api::load_yaml(file.name, view(file.text));
      if (loaded.incomplete) doubt(std::move(loaded.why_incomplete));
      std::ranges::move(loaded.problems, std::back_inserter(out_.problems));
      for (auto& broken : loaded.broken) {
        if (allowed(file, broken.kind, broken.ns, broken.name, broken.at)) {
          out_.broken.push_back(std::move(broken));
        }
      }
      for (auto& document : loaded.documents) take(file, std::move(document));
    }
  }

  ManifestSnapshot finish() {
    refuse_duplicates();
    std::ranges::sort(out_.problems, {}, [](const api::Problem& problem) {
      return std::tie(problem.at, problem.path, problem.text);
    });
    return std::move(out_);
  }

 private:
  using Identity = std::tuple<std::string, std::string, std::string>;  // kind, namespace, name

  static Identity identity(const api::Document& document) {
    const auto& metadata = api::metadata(document);
    return {std::string(api::kind_name(document)), metadata.ns, metadata.name};
  }

  void take(const ManifestFile& file, api::Document document) {
    const auto& [kind, ns, name] = identity(document);
    const auto& at = api::location(document);
    if (!allowed(file, kind, ns, name, at)) return;
    if (out_.documents.size() == api::max_documents) {
      if (!std::exchange(full_, true)) {
        complain(at, "there are more than " + std::to_string(api::max_documents) +
                         " documents; the rest was not read");
      }
      doubt("what follows " + to_string(at) + " was not read");
      return;
    }
    out_.documents.push_back(std::move(document));
  }

  /// S17: what grants access comes from the admin's folders only.
  bool allowed(const ManifestFile& file, std::string_view kind, const std::string& ns,
               const std::string& name, const Location& at) {
    if (file.admin || !admin_only(kind)) return true;
    std::string folders;
    for (const auto& folder : options_.admin_folders) {
      folders += (folders.empty() ? "" : ", ") + folder.lexically_normal().string();
    }
    complain(at, std::string(kind) + " " + ns + "/" + name +
                     " does not count here: adminManifests allows it in " + folders +
                     " only; move it there");
    return false;
  }

  /// Nobody can say which of two documents is meant: both are named, neither is used.
  void refuse_duplicates() {
    std::map<Identity, std::vector<Location>> places;
    for (const auto& document : out_.documents) {
      places[identity(document)].push_back(api::location(document));
    }
    for (const auto& broken : out_.broken) {
      places[{broken.kind, broken.ns, broken.name}].push_back(broken.at);
    }
    std::erase_if(places, [](const auto& entry) { return entry.second.size() < 2; });
    for (const auto& [id, all] : places) {
      const auto& [kind, ns, name] = id;
      for (std::size_t i = 0; i < all.size(); ++i) {
        complain(all[i], kind + " " + ns + "/" + name + " is written again at " +
                             to_string(all[i == 0 ? 1 : 0]) + "; keep one of them");
      }
    }
    std::erase_if(out_.documents, [&](const api::Document& document) {
      const auto id = identity(document);
      if (!places.contains(id)) return false;
      const auto& [kind, ns, name] = id;
      out_.broken.push_back({.kind = kind, .ns = ns, .name = name, .at = api::location(document)});
      return true;
    });
  }

  /// Of several reasons the first is told.
  void doubt(std::string why) {
    if (!std::exchange(out_.incomplete, true)) out_.why_incomplete = std::move(why);
  }

  void complain(const Location& at, std::string text) {
    out_.problems.push_back({.at = at, .path = "", .text = std::move(text)});
  }

  const ManifestOptions& options_;
  ManifestSnapshot out_;
  bool full_ = false;
};

using Snapshot = std::shared_ptr<const ManifestSnapshot>;

/// Gives `last` back when nothing has changed.
Result<Snapshot> snapshot_of(const FileReader& files, const ManifestOptions& options,
                             const Snapshot& last) {
  TRY(auto found, find_manifests(files, options.root, options.admin_folders));
  auto revision = revision_of(found);
  if (last && last->revision == revision) return last;
  Merge merge(options);
  merge.take(std::move(found));
  auto snapshot = merge.finish();
  snapshot.revision = std::move(revision);
  return std::make_shared<const ManifestSnapshot>(std::move(snapshot));
}

class ManifestDirectory final : public ManifestStore {
 public:
  ManifestDirectory(ManifestOptions options, RestedReader& reader)
      : options_(std::move(options)), reader_(reader) {}

  Awaitable<Result<ManifestSnapshot>> load() override {
    auto reading = reader_.read(
        options_.root, [options = options_, last = last_](const FileReader& files) mutable {
          auto now = snapshot_of(files, options, last);
          // Looking again because a file has not rested yet, nothing is parsed twice.
          if (now) last = *now;
          return now;
        });
    CO_TRY(auto snapshot, co_await std::move(reading));
    last_ = snapshot;
    co_return *snapshot;
  }

 private:
  ManifestOptions options_;
  RestedReader& reader_;
  Snapshot last_;
};

}  // namespace

std::unique_ptr<ManifestStore> make_manifest_directory(ManifestOptions options,
                                                       RestedReader& reader) {
  return std::make_unique<ManifestDirectory>(std::move(options), reader);
}

}  // namespace lockstep
