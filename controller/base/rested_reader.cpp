#include "base/rested_reader.hpp"

#include <algorithm>
#include <utility>

namespace lockstep {

namespace {

constexpr auto rest = std::chrono::seconds(1);
/// Of what ends in the middle of a line: so long a writer may pause there.
constexpr auto long_rest = std::chrono::seconds(10);
constexpr auto pause = std::chrono::milliseconds(500);
constexpr auto shortest_pause = std::chrono::milliseconds(10);
constexpr auto patience = std::chrono::seconds(10);
constexpr auto answer_limit = std::chrono::seconds(30);

std::string seconds(Nanos span) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(std::max(Nanos{}, span));
  return std::to_string(whole.count()) + " s";
}

}  // namespace

/// What one look saw of the files: enough to tell whether another saw the same.
struct RestedReader::Sighting {
  struct Stamp {
    bool there = false;
    FileInfo::Kind kind = FileInfo::Kind::file;
    std::uint64_t inode = 0, size = 0;  ///< of files that were read
    Nanos changed{};
    bool open_end = false;  ///< it is empty, or its last line has no end
    bool operator==(const Stamp&) const = default;
  };
  /// What must still rest, at some moment.
  struct Wait {
    Nanos rest{};  ///< how long it must have rested; none: all has
    Nanos left{};
    Path path;        ///< what takes longest
    Nanos changed{};  ///< when that was last changed

    void consider(const Path& which, Nanos at, Nanos span, Nanos wall) {
      const auto more = at + span - wall;
      if (more <= Nanos{} || span < rest || (span == rest && more <= left)) return;
      *this = {.rest = span, .left = more, .path = which, .changed = at};
    }
  };
  std::map<Path, Stamp> stamps;
  Nanos folders_changed{};  ///< when names last came or went
  Path changed_folder;
  bool proven = false;

  Wait wait(Nanos wall) const {
    Wait out;
    out.consider(changed_folder, folders_changed, rest, wall);
    for (const auto& [path, stamp] : stamps) {
      out.consider(path, stamp.changed, stamp.open_end ? Nanos(long_rest) : Nanos(rest), wall);
    }
    return out;
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
                          .changed = (*info)->changed,
                          .open_end = bytes && !ends_a_line(view(*bytes))};
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
  Result<FileId> identity(const Path& path) const override { return files_.identity(path); }
  void needs_no_line_end(const Path& path) const override {
    const auto stamp = seen_.stamps.find(files_.resolve(path).value_or(path));
    if (stamp != seen_.stamps.end()) stamp->second.open_end = false;
  }

 private:
  static bool ends_a_line(std::string_view text) {
    return text.ends_with('\n');
  }
  /// It may have been taken away an instant ago, to be put back.
  void note_absence(const Path& path) const {
    seen_.stamps[path] = {};
    note_folder(path.has_parent_path() ? path.parent_path() : Path("."));
  }
  /// Names come and go with the folder's own time of change.
  void note_folder(const Path& path) const {
    const auto info = files_.info(files_.resolve(path).value_or(path));
    if (!info || !*info || (*info)->changed < seen_.folders_changed) return;
    seen_.folders_changed = (*info)->changed;
    seen_.changed_folder = path;
  }

  const FileReader& files_;
  Sighting& seen_;
};

RestedReader::RestedReader(const FileReader& files, Clock& clock, Offload& offload,
                           std::function<void(const std::string&)> tell)
    : files_(files), clock_(clock), offload_(offload), tell_(std::move(tell)) {}

Awaitable<Status> RestedReader::answered(Path what, std::function<void()> work) {
  const auto silent = [&what] {
    return fail(ErrorKind::transient, "the disk does not answer for " + what.string() +
                                          "; mend what holds it (a network share that is away?)");
  };
  if (const auto earlier = hanging_.find(what); earlier != hanging_.end()) {
    const auto running = earlier->second.lock();
    if (running && *running) co_return silent();
    hanging_.erase(earlier);
  }
  auto running = std::make_shared<std::atomic<bool>>(true);
  auto working =
      offload_.run_until(clock_, clock_.mono() + answer_limit, [running, work = std::move(work)] {
        work();
        *running = false;
        return true;
      });
  const auto worked = co_await std::move(working);
  if (worked.how == Ended::finished) co_return Status{};
  hanging_[what] = running;
  if (worked.how == Ended::cancelled) {
    co_return fail(ErrorKind::cancelled, "stopped while the disk was asked for " + what.string());
  }
  co_return silent();
}

Awaitable<Result<std::shared_ptr<const RestedReader::Sighting>>> RestedReader::look_once(
    Path what, Look look) {
  auto seen = std::make_shared<Sighting>();
  auto looking = answered(std::move(what), [seen, look = std::move(look), &files = files_] {
    seen->proven = look(Witness(files, *seen));
  });
  CO_TRY_OK(co_await std::move(looking));
  co_return seen;
}

Awaitable<Status> RestedReader::until_rested(Path what, Look look) {
  const auto start = clock_.mono();
  std::shared_ptr<const Sighting> before;
  Mono still_since{};
  Nanos limit = patience;
  for (bool told = false;;) {
    const auto began = clock_.mono();
    const auto wall = clock_.wall().time_since_epoch();
    auto looking = look_once(what, look);
    CO_TRY(auto seen, co_await std::move(looking));
    const auto wait = seen->wait(wall);
    if (seen->proven || wait.rest == Nanos{}) co_return Status{};
    const auto moved = before ? seen->difference(*before) : Path();
    if (!before || !moved.empty()) still_since = began;
    if (began - still_since >= wait.rest) co_return Status{};
    const bool open_end = wait.rest > rest;
    const auto moving = moved.empty() ? wait.path : moved;
    if (open_end) limit = patience + long_rest;
    if (began - start >= limit) {
      co_return fail(ErrorKind::conflict, moving.string() + " is still being written after " +
                                              seconds(limit) +
                                              "; wait for its writer to end, then try again");
    }
    if (tell_ && open_end && wait.left > rest && !std::exchange(told, true)) {
      tell_(wait.path.string() +
            (seen->stamps.at(wait.path).size == 0 ? " is empty" : " ends without a newline") +
            " and was changed " + seconds(wall - wait.changed) +
            " ago: waiting until it has rested for " + seconds(long_rest));
    } else if (tell_ && !open_end && !moved.empty() && !std::exchange(told, true)) {
      tell_("waiting for " + moving.string() + ", which is being written");
    }
    before = std::move(seen);
    const auto next = began + std::min<Nanos>(pause, std::max<Nanos>(wait.left, shortest_pause));
    if (co_await clock_.sleep_until(next) != Ended::finished) {
      co_return fail(ErrorKind::cancelled, "stopped while waiting for " + moving.string());
    }
  }
}

}  // namespace lockstep
