// Reading files that someone may be writing at this moment.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/files.hpp"
#include "base/offload.hpp"

namespace lockstep {

/// Reads what people and their tools write: manifests, values, keys. A file that is read while an
/// editor or `git pull` writes it holds half of a value, or half of the documents. So what a look
/// at files gave is used only when all that it read had rested: last changed long enough ago by the
/// clock of the machine, or, where that clock was set back, found the same (inode, size, time of
/// change) by looks half a second apart for as long. That is a second, and ten where a file is
/// empty or its last line has no end: its writer may only pause. Looks run off the loop, and one
/// that hangs, on a disk that does not answer, is left behind.
///
/// What cannot be known: a writer that pauses for longer, and one that pauses for more than a
/// second at the end of a line. What replaces a file in one step (rename) is never seen half.
class RestedReader {
 public:
  /// `tell` hears what is being waited for, as a sentence without its end. All outlive this, and
  /// `files` outlives the looks that hang.
  RestedReader(const FileReader& files, Clock& clock, Offload& offload,
               std::function<void(const std::string&)> tell = {});

  /// What `look(files)`, a Result, came to when all files that it read had rested. `what` names
  /// them in errors: the file or folder that the user knows. `look` owns all that it touches and
  /// may be called again. `conflict` when after 10 s something still changed (20 s where a last
  /// line has no end), `transient` when the disk did not answer for 30 s, or has not answered an
  /// earlier call for `what`, `cancelled`.
  template <class F>
  Awaitable<std::invoke_result_t<F&, const FileReader&>> read(Path what, F look) {
    return settle(std::move(what), std::move(look), [](const auto&) { return false; });
  }

  /// The same for files that prove themselves whole, because they are authenticated: a look that
  /// gives something is believed at once. `look` gives a Result of an optional.
  template <class F>
  Awaitable<std::invoke_result_t<F&, const FileReader&>> read_proven(Path what, F look) {
    return settle(std::move(what), std::move(look),
                  [](const auto& out) { return out.has_value() && out->has_value(); });
  }

  /// Runs `work`, which gives a Result, off the loop like a look, and once: what it touches need
  /// not rest. After `transient` or `cancelled` it may still take effect.
  template <class F>
  Awaitable<std::invoke_result_t<F&>> run(Path what, F work) {
    struct Work {
      F work;
      std::optional<std::invoke_result_t<F&>> out;
    };
    auto job = std::make_shared<Work>(std::move(work), std::nullopt);
    auto running = answered(std::move(what), [job] { job->out.emplace(job->work()); });
    CO_TRY_OK(co_await std::move(running));
    co_return *std::move(job->out);
  }

 private:
  /// One look; true when what it gave proves itself.
  using Look = std::function<bool(const FileReader&)>;
  struct Sighting;
  class Witness;
  /// A call that was left behind: false once it ended, gone when it never began.
  using Hanging = std::weak_ptr<const std::atomic<bool>>;

  template <class F, class P>
  Awaitable<std::invoke_result_t<F&, const FileReader&>> settle(Path what, F look, P proven) {
    struct Work {
      F look;
      std::optional<std::invoke_result_t<F&, const FileReader&>> out;
    };
    auto work = std::make_shared<Work>(std::move(look), std::nullopt);
    auto settling = until_rested(std::move(what), [work, proven](const FileReader& files) {
      return proven(work->out.emplace(work->look(files)));
    });
    CO_TRY_OK(co_await std::move(settling));
    co_return *std::move(work->out);
  }

  Awaitable<Status> until_rested(Path what, Look look);
  Awaitable<Status> answered(Path what, std::function<void()> work);
  Awaitable<Result<std::shared_ptr<const Sighting>>> look_once(Path what, Look look);

  const FileReader& files_;
  Clock& clock_;
  Offload& offload_;
  std::function<void(const std::string&)> tell_;
  std::map<Path, Hanging> hanging_;
};

}  // namespace lockstep
