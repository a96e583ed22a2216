#include "base/rested_reader.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

constexpr auto rest = std::chrono::seconds(1);
constexpr auto pause = std::chrono::milliseconds(500);
constexpr auto shortest_pause = std::chrono::milliseconds(10);
constexpr auto patience = std::chrono::seconds(10);
constexpr auto answer_limit = std::chrono::seconds(30);

}  // namespace

/// What one look saw of the files: enough to tell whether another saw the same.
struct RestedReader::Sighting {
  struct Stamp {
    bool there = false;
    FileInfo::Kind kind = FileInfo::Kind::file;
    std::uint64_t inode = 0, size = 0;  ///< of files that were read
    Nanos changed{};
    bool operator==(const Stamp&) const = default;
  };
  std::map<Path, Stamp> stamps;
  Nanos newest{};  ///< when something was last changed
  Path newest_path;
  bool proven = false;
  std::atomic<bool> running = true;

  void note_change(const Path& path, Nanos changed) {
    if (changed < newest) return;
    newest = changed;
    newest_path = path;
  }
  /// What differs from an earlier look; "" when nothing does.
  Path difference(const Sighting& before) const {
    for (const auto& [path, stamp] : stamps) {
      const auto found = before.stamps.find(path);
      if (found == before.stamps.end() || found->second != stamp) return path;
    }
    for (const auto& [path, stamp] : before.stamps) {
      if (!stamps.contains(path)) return path;
    }
    return {};
  }
};

/// Passes a look on to the files and writes down what it saw. Facts of a file are taken after it
/// was read: a change between the two then shows as a new one. Of what is not read only the kind
/// counts, so that a log that grows beside the manifests disturbs nobody.
class RestedReader::Witness final : public FileReader {
 public:
  Witness(const FileReader& files, Sighting& seen) : files_(files), seen_(seen) {}

  Result<SecretBytes> read(const Path& path, std::size_t limit) const override {
    auto bytes = files_.read(path, limit);
    const auto real = files_.resolve(path).value_or(path);
    const auto info = files_.info(real);
    if (!info || !*info) {
      note_absence(real);
      return bytes;
    }
    seen_.stamps[real] = {.there = true,
                          .kind = (*info)->kind,
                          .inode = (*info)->inode,
                          .size = (*info)->size,
                          .changed = (*info)->changed};
    seen_.note_change(real, (*info)->changed);
    return bytes;
  }
  Result<std::optional<FileInfo>> info(const Path& path) const override {
    auto info = files_.info(path);
    if (info && !*info) note_absence(path);
    if (info && *info) seen_.stamps.try_emplace(path, Sighting::Stamp{true, (*info)->kind});
    return info;
  }
  Result<std::vector<std::string>> list(const Path& path, std::size_t limit) const override {
    auto names = files_.list(path, limit);
    note_folder(path);
    return names;
  }
  Result<Path> resolve(const Path& path) const override { return files_.resolve(path); }

 private:
  /// It may have been taken away an instant ago, to be put back.
  void note_absence(const Path& path) const {
    seen_.stamps[path] = {};
    note_folder(path.has_parent_path() ? path.parent_path() : Path("."));
  }
  /// Names come and go with the folder's own time of change.
  void note_folder(const Path& path) const {
    const auto info = files_.info(files_.resolve(path).value_or(path));
    if (info && *info) seen_.note_change(path, (*info)->changed);
  }

  const FileReader& files_;
  Sighting& seen_;
};

RestedReader::RestedReader(const FileReader& files, Clock& clock, Offload& offload,
                           std::function<void(const std::string&)> tell)
    : files_(files), clock_(clock), offload_(offload), tell_(std::move(tell)) {}

Awaitable<Result<std::shared_ptr<const RestedReader::Sighting>>> RestedReader::look_once(
    Path what, Look look) {
  const auto silent = [&what] {
    return fail(ErrorKind::transient, "the disk does not answer for " + what.string() +
                                          "; mend what holds it (a network share that is away?)");
  };
  if (const auto earlier = hanging_.find(what); earlier != hanging_.end()) {
    if (*earlier->second) co_return silent();
    hanging_.erase(earlier);
  }
  auto seen = std::make_shared<Sighting>();
  auto looking = offload_.run_until(clock_, clock_.mono() + answer_limit,
                                    [seen, look = std::move(look), &files = files_] {
                                      seen->proven = look(Witness(files, *seen));
                                      seen->running = false;
                                      return true;
                                    });
  const auto looked = co_await std::move(looking);
  if (looked.how == Ended::finished) co_return seen;
  hanging_[what] = Hanging(seen, &seen->running);
  if (looked.how == Ended::cancelled) {
    co_return fail(ErrorKind::cancelled, "stopped while reading " + what.string());
  }
  co_return silent();
}

Awaitable<Status> RestedReader::until_rested(Path what, Look look) {
  const auto give_up = clock_.mono() + patience;
  std::shared_ptr<const Sighting> before;
  Mono still_since{};
  for (bool told = false;;) {
    const auto began = clock_.mono();
    const auto wall = clock_.wall().time_since_epoch();
    auto looking = look_once(what, look);
    CO_TRY(auto seen, co_await std::move(looking));
    if (seen->proven || seen->newest <= wall - rest) co_return Status{};
    const auto moved = before ? seen->difference(*before) : Path();
    if (!before || !moved.empty()) still_since = began;
    if (began - still_since >= rest) co_return Status{};
    const auto moving = moved.empty() ? seen->newest_path : moved;
    if (began >= give_up) {
      co_return fail(ErrorKind::conflict, moving.string() +
                                              " is still being written after 10 s; wait for its "
                                              "writer to end, then try again");
    }
    if (!moved.empty() && !std::exchange(told, true) && tell_) {
      tell_("waiting for " + moving.string() + ", which is being written");
    }
    before = std::move(seen);
    const Nanos left = before->newest + rest - wall;
    const auto next = began + std::min<Nanos>(pause, std::max<Nanos>(left, shortest_pause));
    if (co_await clock_.sleep_until(next) != Ended::finished) {
      co_return fail(ErrorKind::cancelled, "stopped while waiting for " + moving.string());
    }
  }
}

}  // namespace lockstep
