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
/// at files gave is used only when all that it read had rested for a second: last changed that long
/// ago by the clock of the machine, or, where that clock was set back, found the same (inode, size,
/// time of change) by looks half a second apart. Looks run off the loop, and one that hangs, on a
/// disk that does not answer, is left behind.
///
/// A writer that pauses for longer than a second in the middle cannot be told from one that is
/// done; what replaces a file in one step (rename) is never seen half.
class RestedReader {
 public:
  /// `tell` hears what is being waited for, as a sentence without its end. All outlive this, and
  /// `files` outlives the looks that hang.
  RestedReader(const FileReader& files, Clock& clock, Offload& offload,
               std::function<void(const std::string&)> tell = {});

  /// What `look(files)`, a Result, came to when all files that it read had rested. `what` names
  /// them in errors: the file or folder that the user knows. `look` owns all that it touches and
  /// may be called again. `conflict` when after 10 s something still changed, `transient` when the
  /// disk did not answer for 30 s, or has not answered an earlier look at `what`, `cancelled`.
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

 private:
  /// One look; true when what it gave proves itself.
  using Look = std::function<bool(const FileReader&)>;
  struct Sighting;
  class Witness;
  using Hanging = std::shared_ptr<const std::atomic<bool>>;

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
  Awaitable<Result<std::shared_ptr<const Sighting>>> look_once(Path what, Look look);

  const FileReader& files_;
  Clock& clock_;
  Offload& offload_;
  std::function<void(const std::string&)> tell_;
  std::map<Path, Hanging> hanging_;  ///< looks that were left behind; false once they ended
};

}  // namespace lockstep
