// The secrets of developers' .dev.vars files.
#pragma once

#include <functional>

#include "base/fence.hpp"
#include "base/rested_reader.hpp"
#include "ports/provider.hpp"

namespace lockstep::providers::dotenv {

struct DotenvOptions {
  Path root;  ///< the folder of lockstep.local.yaml: paths of places are below it
  /// Whether git has the file in its index; an Error is never taken for "no". Called off the loop,
  /// so it owns what it touches.
  std::function<Result<bool>(const FileReader&, const Path&)> tracked;
};

/// Reads and writes `.dev.vars*` files, which wrangler reads with the npm package `dotenv`
/// (https://developers.cloudflare.com/workers/configuration/secrets/,
/// https://github.com/motdotla/dotenv). The evidence of a name is its value. A file that is not
/// there is an empty place: writing makes it, its folder it does not. Every other byte of a file
/// stays as it is. Links, and files that are not understood whole, are never written.
class DotenvProvider final : public Provider {
 public:
  /// All references outlive this; `reader` is of `files`. The fence is asked right before a file is
  /// replaced (S7).
  DotenvProvider(Files& files, RestedReader& reader, Clock& clock, const WriteFence& fence,
                 DotenvOptions options);

  const Capabilities& capabilities() const override;
  /// One read of the file. `not_found` when its folder is not there, `invalid` when the path leads
  /// through a link or to something that is no file, `protocol` with the line when the file is not
  /// understood. Names that no place takes (`a.b`) are not told: they may be pieces of a value.
  Awaitable<Result<Observation>> observe(Place place, const PlaceRecord& memory,
                                         CallContext context) override;
  /// Not ok while git tracks the file, unless it ends in `.example`: that one is meant to be.
  Awaitable<Result<WriteCheck>> check_write(Place place, const PlaceRecord& memory, WriteMode mode,
                                            CallContext context) override;
  /// Reads, edits what is there now, replaces; durable on return. A file that someone is writing is
  /// waited for (RestedReader). What someone writes between that read and the replacement, an
  /// instant later, is lost: files have no way to refuse it. A disk that hangs leaves the outcome
  /// unknown, and the place unread until the call that hangs has ended.
  Awaitable<Result<Applied>> apply(Place place, std::vector<Change> changes,
                                   const PlaceRecord& memory, WriteMode mode,
                                   CallContext context) override;
  /// `unsupported`: what is written is live when wrangler starts the next time.
  Awaitable<Result<RolledOut>> roll_out(Place place, const PlaceRecord& memory,
                                        CallContext context) override;
  /// Empty: a file does not tell who wrote a line.
  Awaitable<Result<Attribution>> attribute(Place place, std::string name,
                                           CallContext context) override;

 private:
  struct File {
    Path path;
    bool there = false;
    unsigned mode = 0;
    SecretBytes text;
  };
  static Result<File> look(const FileReader& files, const Path& root, const Path& relative);
  Awaitable<Result<File>> open(Place place);
  Awaitable<Result<WriteCheck>> check(Path path);

  Files& files_;
  RestedReader& reader_;
  Clock& clock_;
  const WriteFence& fence_;
  DotenvOptions options_;
};

}  // namespace lockstep::providers::dotenv
