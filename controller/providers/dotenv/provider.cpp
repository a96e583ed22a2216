#include "providers/dotenv/provider.hpp"

#include <algorithm>
#include <map>

#include "base/dotenv_edit.hpp"
#include "base/text.hpp"
#include "providers/common/tally.hpp"

namespace lockstep::providers::dotenv {

namespace {

/// A committed example holds placeholders, so it is open to others like the code beside it.
bool is_example(const Path& path) {
  return path.native().ends_with(".example");
}

/// Path of the place, relative and plain. Manifests are checked for this too; a provider that
/// writes files does not rest on it.
Result<Path> path_of(const Place& place) {
  if (place.kind != PlaceKind::dotenvFile || place.parts.size() != 1) {
    return fail(ErrorKind::unsupported, place.key() + " is not a dotenv file");
  }
  Path path(place.parts[0]);
  const bool plain = path.is_relative() && path.lexically_normal() == path &&
                     std::ranges::find(path, "..") == path.end();
  if (!plain || !path.filename().native().starts_with(".dev.vars")) {
    return fail(ErrorKind::invalid,
                place.key() +
                    " must be a .dev.vars file below the folder of lockstep.local.yaml; correct "
                    "spec.place");
  }
  return path;
}

/// The evidence of a value. Never empty, as no evidence at all is.
Secret token_of(std::string_view value) {
  auto bytes = to_bytes("=");
  append(bytes, value);
  return Secret(std::move(bytes));
}

/// A file that cannot be read says nothing about the disk that holds the ledger.
Error failed_read(Error error) {
  if (error.kind == ErrorKind::storage) error.kind = ErrorKind::protocol;
  return error;
}

/// A file that is not understood is a failed read: it is never written over.
Result<std::vector<DotenvAssignment>> parse(std::string_view text, const Path& path) {
  auto read = read_dotenv(text, path.native(), DotenvEscapes::npm);
  if (read) return read;
  Error misread = read.error();
  misread.kind = ErrorKind::protocol;
  return fail(std::move(misread));
}

std::map<std::string_view, const Secret*> values_of(
    const std::vector<DotenvAssignment>& assignments) {
  std::map<std::string_view, const Secret*> out;
  for (const auto& one : assignments) out[one.name] = &one.value;
  return out;
}

/// Settles what no dotenv text can hold; gives what is to be edited.
std::vector<DotenvEdit> edits_of(const std::vector<Change>& changes, Tally& tally) {
  std::vector<DotenvEdit> out;
  for (const auto i : tally.open()) {
    const auto& change = changes[i];
    const bool put = change.op == Change::Op::put;
    if (put && !write_dotenv_value(change.value.expose())) {
      tally.settle(i, Receipt::Outcome::failed,
                   {.kind = ErrorKind::invalid,
                    .message = change.name +
                               ": a dotenv file cannot hold this mixture of quotes, backslashes "
                               "and line ends (or a NUL) unchanged; store it base64-encoded"});
      continue;
    }
    out.push_back({.name = change.name, .value = put ? &change.value : nullptr});
  }
  return out;
}

/// The text now says what the changes ask for.
void settle_written(const std::vector<Change>& changes, Tally& tally) {
  for (const auto i : tally.open()) {
    auto& receipt = tally.settle(i, Receipt::Outcome::done);
    if (changes[i].op == Change::Op::put) receipt.token = token_of(changes[i].value.expose());
  }
}

/// Every folder between the root and the file is looked at: a link there would lead out of it.
Status check_folders(const FileReader& files, const Path& root, const Path& relative) {
  Path folder = root;
  for (const auto& part : relative.parent_path()) {
    folder /= part;
    const auto info = files.info(folder);
    if (!info) return fail(failed_read(info.error()));
    if (!*info) {
      return fail(ErrorKind::not_found,
                  "there is no folder " + folder.string() + "; make it, or correct spec.place");
    }
    if ((*info)->kind != FileInfo::Kind::directory) {
      return fail(
          ErrorKind::invalid,
          folder.string() + " is not a plain folder (links are not followed); correct spec.place");
    }
  }
  return {};
}

}  // namespace

DotenvProvider::DotenvProvider(Files& files, RestedReader& reader, Clock& clock,
                               const WriteFence& fence, DotenvOptions options)
    : files_(files), reader_(reader), clock_(clock), fence_(fence), options_(std::move(options)) {}

const Capabilities& DotenvProvider::capabilities() const {
  return capabilities_of(PlaceKind::dotenvFile);
}

Result<DotenvProvider::File> DotenvProvider::look(const FileReader& files, const Path& root,
                                                  const Path& relative) {
  TRY_OK(check_folders(files, root, relative));
  File out{.path = root / relative};
  const auto info = files.info(out.path);
  if (!info) return fail(failed_read(info.error()));
  if (!*info) return out;
  if ((*info)->kind != FileInfo::Kind::file) {
    return fail(ErrorKind::invalid, out.path.string() +
                                        " is not a plain file (links are not followed); remove "
                                        "it, or correct spec.place");
  }
  out.there = true;
  out.mode = (*info)->mode;
  auto text = files.read(out.path, max_dotenv_bytes);
  if (!text) return fail(failed_read(text.error()));
  out.text = std::move(*text);
  return out;
}

Awaitable<Result<DotenvProvider::File>> DotenvProvider::open(Place place) {
  CO_TRY(const auto relative, path_of(place));
  auto reading = reader_.read(options_.root / relative,
                              [root = options_.root, relative](const FileReader& files) {
                                return look(files, root, relative);
                              });
  co_return co_await std::move(reading);
}

Awaitable<Result<Observation>> DotenvProvider::observe(Place place, const PlaceRecord&,
                                                       CallContext) {
  auto opening = open(place);
  CO_TRY(const auto file, co_await std::move(opening));
  CO_TRY(const auto assignments, parse(view(file.text), file.path));
  Observation seen{.at = clock_.wall()};
  seen.requests = 1;
  std::size_t repeated = 0;
  const auto values = values_of(assignments);
  for (const auto& [name, value] : values) {
    if (name_problem(place.kind, name)) continue;
    seen.secrets.push_back({.name = std::string(name), .token = token_of(value->expose())});
    const bool again = std::ranges::count(assignments, name, &DotenvAssignment::name) > 1;
    repeated += again ? 1 : 0;
  }
  if (repeated > 0) {
    seen.notes.push_back(count(repeated, "name") + " set more than once in " + file.path.string() +
                         "; the last line counts");
  }
  co_return seen;
}

Awaitable<Result<WriteCheck>> DotenvProvider::check(Path path) {
  if (is_example(path)) co_return WriteCheck{};
  auto asking = reader_.read(path, [tracked = options_.tracked, path](const FileReader& files) {
    return tracked(files, path);
  });
  const auto tracked = co_await std::move(asking);
  if (!tracked) co_return fail(failed_read(tracked.error()));
  if (!*tracked) co_return WriteCheck{};
  co_return WriteCheck{.ok = false,
                       .gate = Gate::NotPermitted,
                       .reason = "git tracks " + path.string() + "; run: git rm --cached " +
                                 path.string() + ", and add it to .gitignore"};
}

Awaitable<Result<WriteCheck>> DotenvProvider::check_write(Place place, const PlaceRecord&,
                                                          WriteMode, CallContext) {
  CO_TRY(const auto relative, path_of(place));
  auto checking = check(options_.root / relative);
  co_return co_await std::move(checking);
}

Awaitable<Result<Applied>> DotenvProvider::apply(Place place, std::vector<Change> changes,
                                                 const PlaceRecord&, WriteMode,
                                                 CallContext context) {
  CO_TRY_OK(path_of(place));
  CO_TRY(auto tally, Tally::of(place.kind, changes));
  Applied applied;
  const auto edits = edits_of(changes, tally);
  if (edits.empty()) {
    applied.receipts = tally.take();
    co_return applied;
  }
  auto opening = open(place);
  CO_TRY(const auto file, co_await std::move(opening));
  auto checking = check(file.path);
  CO_TRY(const auto checked, co_await std::move(checking));
  if (!checked.ok) co_return fail(ErrorKind::forbidden, checked.reason);
  CO_TRY_OK(parse(view(file.text), file.path));
  CO_TRY(auto text, edit_dotenv(view(file.text), file.path.native(), edits));
  applied.reads = 1;
  if (view(text) != view(file.text)) {
    CO_TRY_OK(fence_.check(context.deadline));
    const unsigned example_mode = file.there ? file.mode : 0644;
    const auto mode = is_example(file.path) ? example_mode : 0600;
    auto replacing =
        reader_.run(file.path, [&files = files_, path = file.path, text = std::move(text), mode] {
          return files.replace(path, view(text), mode);
        });
    const auto replaced = co_await std::move(replacing);
    applied.writes = 1;
    if (!replaced) {
      // The new file may stand there already, and only its folder not be durable yet.
      tally.settle_open(Receipt::Outcome::unknown, unknown_outcome(replaced.error()));
    }
  }
  settle_written(changes, tally);
  applied.receipts = tally.take();
  co_return applied;
}

Awaitable<Result<RolledOut>> DotenvProvider::roll_out(Place place, const PlaceRecord&,
                                                      CallContext) {
  co_return fail(ErrorKind::unsupported,
                 place.key() + " has no roll-out: what is written there is live");
}

Awaitable<Result<Attribution>> DotenvProvider::attribute(Place place, std::string, CallContext) {
  CO_TRY_OK(path_of(place));
  co_return Attribution{};
}

}  // namespace lockstep::providers::dotenv
