#include "sources/keyring.hpp"

namespace lockstep {

namespace {

constexpr auto lock_patience = std::chrono::seconds(10);
constexpr auto lock_pause = std::chrono::milliseconds(20);

Error at(Error error, const Path& path) {
  if (error.location.file.empty()) error.location.file = path.string();
  return error;
}

/// Nothing where there is no file. A symbolic link is refused: replacing the file would replace
/// the link and leave the old keyring behind.
Result<std::optional<SecretBytes>> read_bytes(const FileReader& files, const Path& path) {
  const auto info = files.info(path);
  if (info && !*info) return std::optional<SecretBytes>();
  if (info && (*info)->kind != FileInfo::Kind::file) {
    return fail(ErrorKind::invalid, "the keyring is not a regular file; name the file itself");
  }
  auto bytes = files.read(path, max_keyring_bytes);
  if (bytes) return std::optional(*std::move(bytes));
  // A disk that we do not write to is no reason to stop writing: not `storage`.
  return fail(ErrorKind::invalid,
              "the keyring cannot be read; it must be readable by the user that runs lockstep and "
              "at most 16 MiB");
}

std::string name_of(const SourceKey& id) {
  return id.ns + "/" + id.secret + "/" + id.key;
}

}  // namespace

Keyring::Keyring(KeyringStandIn where, LocalSeams seams, KeyringCost cost)
    : where_(std::move(where)), seams_(seams), cost_(cost) {}

Error Keyring::absent() const {
  return {.kind = ErrorKind::not_found,
          .message = "there is no keyring; the first apply that generates a value makes it",
          .location = {.file = where_.path.string()},
          .code = std::string(keyring_code::absent)};
}

Awaitable<Result<KeyringKey>> Keyring::key() {
  if (new_key_) co_return new_key_->clone();
  if (where_.key_file) {
    auto reading =
        seams_.reader.read(*where_.key_file, [path = *where_.key_file](const FileReader& files) {
          return read_keyring_key_file(files, path);
        });
    co_return co_await std::move(reading);
  }
  const auto variable = where_.passphrase_env.value_or("");
  const auto* passphrase = seams_.environment.find(variable);
  if (!passphrase || passphrase->empty()) {
    co_return fail(Error{
        .kind = ErrorKind::invalid,
        .message = variable.empty() ? "the keyring has no key: give it keyFile or passphrase"
                                    : "the keyring's passphrase is missing: set the environment "
                                      "variable " +
                                          variable,
        .location = {.file = where_.path.string()},
        .code = std::string(keyring_code::no_key)});
  }
  co_return KeyringKey{.kind = KeyringKey::Kind::passphrase, .secret = passphrase->clone()};
}

Awaitable<Result<std::unique_ptr<HeldLock>>> Keyring::lock() {
  const Path path = where_.path.string() + ".lock";
  const auto give_up = seams_.clock.mono() + lock_patience;
  for (;;) {
    auto locking =
        seams_.reader.run(path, [&locks = seams_.locks, path]() { return locks.try_lock(path); });
    CO_TRY(auto held, co_await std::move(locking));
    if (held) co_return held;
    if (seams_.clock.mono() >= give_up) {
      co_return fail(Error{.kind = ErrorKind::conflict,
                           .message = "another lockstep has been changing the keyring for 10 s: "
                                      "end it, or try again",
                           .location = {.file = where_.path.string()}});
    }
    const auto ended = co_await seams_.clock.sleep_until(seams_.clock.mono() + lock_pause);
    if (ended == Ended::cancelled) {
      co_return fail(ErrorKind::cancelled, "stopped while waiting for the keyring's lock");
    }
  }
}

Awaitable<Result<std::optional<Keyring::Read>>> Keyring::read() {
  auto finding = this->key();
  CO_TRY(auto key, co_await std::move(finding));
  auto known = keys_ ? std::optional(keys_->clone()) : std::nullopt;
  // Authenticated and replaced in one step, so one that opens is whole, also right after a write.
  auto reading = seams_.reader.read_proven(
      where_.path,
      [path = where_.path, key = std::move(key),
       known = std::move(known)](const FileReader& files) mutable -> Result<std::optional<Read>> {
        TRY(const auto bytes, read_bytes(files, path));
        if (!bytes) return std::optional<Read>();
        TRY(const auto kdf, read_keyring_kdf(view(*bytes)));
        if (!known || known->kdf != kdf) {
          TRY(known, derive_keyring_keys(key, kdf));
        }
        TRY(auto contents, open_keyring(view(*bytes), *known));
        return std::optional(Read{.keys = known->clone(), .contents = std::move(contents)});
      });
  auto out = co_await std::move(reading);
  if (!out) co_return fail(at(std::move(out).error(), where_.path));
  if (*out) keys_ = (*out)->keys.clone();
  co_return std::move(out);
}

Awaitable<Result<std::shared_ptr<const KeyringContents>>> Keyring::contents() {
  if (contents_) co_return contents_;
  const auto epoch = epoch_;
  auto reading = read();
  CO_TRY(auto found, co_await std::move(reading));
  if (!found) co_return nullptr;
  auto contents = std::make_shared<const KeyringContents>(std::move(found->contents));
  if (epoch == epoch_) contents_ = contents;
  co_return contents;
}

void Keyring::refresh() {
  contents_.reset();
  ++epoch_;
}

Awaitable<Result<Keyring::Opened>> Keyring::open_for_change(WhenAbsent when_absent) {
  auto preparing = seams_.reader.run(
      where_.path, [&files = seams_.files, path = where_.path, when_absent]() -> Result<bool> {
        if (when_absent == WhenAbsent::make) {
          TRY_OK(files.make_directory(path.parent_path(), 0700));
          return true;
        }
        TRY(const auto info, files.info(path));
        return info.has_value();
      });
  CO_TRY(const bool usable, co_await std::move(preparing));
  if (!usable) co_return fail(absent());
  auto locking = lock();
  CO_TRY(auto held, co_await std::move(locking));
  auto reading = read();
  CO_TRY(auto found, co_await std::move(reading));
  if (found) {
    co_return Opened{.lock = std::move(held),
                     .keys = std::move(found->keys),
                     .contents = std::move(found->contents)};
  }
  if (when_absent == WhenAbsent::refuse) co_return fail(absent());
  auto finding = this->key();
  CO_TRY(auto key, co_await std::move(finding));
  const auto kdf = new_keyring_kdf(key, cost_, seams_.random);
  auto keys = co_await seams_.offload.run([&] { return derive_keyring_keys(key, kdf); });
  if (!keys) co_return fail(at(std::move(keys).error(), where_.path));
  co_return Opened{.lock = std::move(held), .keys = *std::move(keys)};
}

Awaitable<Result<void>> Keyring::commit(Opened opened) {
  // A write that hangs keeps the lock until it has ended.
  const auto kept = std::make_shared<Opened>(std::move(opened));
  auto writing =
      seams_.reader.run(where_.path,
                        [&files = seams_.files, path = where_.path, kept,
                         nonce = new_keyring_nonce(seams_.random)]() -> Status {
                          TRY(const auto bytes, seal_keyring(kept->contents, kept->keys, nonce));
                          return files.replace(path, view(bytes), 0600);
                        });
  auto written = co_await std::move(writing);
  // Also after a failed write: the new file may be in place, only not surely durable.
  refresh();
  if (!written) co_return fail(at(std::move(written).error(), where_.path));
  kept->lock.reset();
  keys_ = std::move(kept->keys);
  contents_ = std::make_shared<const KeyringContents>(std::move(kept->contents));
  co_return Status();
}

Awaitable<Result<std::optional<Secret>>> Keyring::get(SourceKey id) {
  auto reading = contents();
  CO_TRY(const auto held, co_await std::move(reading));
  if (!held) co_return std::nullopt;
  const auto found = held->entries.find(id);
  if (found == held->entries.end()) co_return std::nullopt;
  co_return found->second.current.value.clone();
}

Awaitable<Result<Secret>> Keyring::put_if_absent(SourceKey id, Secret value) {
  auto opening = open_for_change(WhenAbsent::make);
  CO_TRY(auto opened, co_await std::move(opening));
  const auto [entry, fresh] = opened.contents.entries.try_emplace(std::move(id));
  if (fresh) entry->second.current = {.value = std::move(value), .since = seams_.clock.wall()};
  auto kept = entry->second.current.value.clone();
  // Written also when it was there: whoever put it may have crashed before it was durable.
  auto committing = commit(std::move(opened));
  CO_TRY_OK(co_await std::move(committing));
  co_return kept;
}

Awaitable<Result<void>> Keyring::put(SourceKey id, Secret value) {
  auto opening = open_for_change(WhenAbsent::make);
  CO_TRY(auto opened, co_await std::move(opening));
  const auto [found, fresh] = opened.contents.entries.try_emplace(std::move(id));
  auto& entry = found->second;
  if (fresh || !equal(entry.current.value, value)) {
    if (!fresh) entry.previous.insert(entry.previous.begin(), std::move(entry.current));
    entry.current = {.value = std::move(value), .since = seams_.clock.wall()};
  }
  auto committing = commit(std::move(opened));
  co_return co_await std::move(committing);
}

Awaitable<Result<std::vector<KeyringItem>>> Keyring::list() {
  auto reading = contents();
  CO_TRY(const auto held, co_await std::move(reading));
  if (!held) co_return fail(absent());
  std::vector<KeyringItem> out;
  for (const auto& [id, entry] : held->entries) {
    out.push_back({.id = id, .since = entry.current.since, .previous = entry.previous.size()});
  }
  co_return out;
}

Awaitable<Result<void>> Keyring::rekey(KeyringKey key) {
  auto opening = open_for_change(WhenAbsent::refuse);
  CO_TRY(auto opened, co_await std::move(opening));
  const auto kdf = new_keyring_kdf(key, cost_, seams_.random);
  auto keys = co_await seams_.offload.run([&] { return derive_keyring_keys(key, kdf); });
  if (!keys) co_return fail(at(std::move(keys).error(), where_.path));
  opened.keys = *std::move(keys);
  auto committing = commit(std::move(opened));
  CO_TRY_OK(co_await std::move(committing));
  new_key_ = std::move(key);
  co_return Status();
}

Error Keyring::lacks(const SourceKey& id) const {
  return {.kind = ErrorKind::not_found,
          .message =
              "the keyring has no " + name_of(id) + "; `lockstep keyring list` shows what it has",
          .location = {.file = where_.path.string()}};
}

Awaitable<Result<void>> Keyring::move(SourceKey from, SourceKey to) {
  auto opening = open_for_change(WhenAbsent::refuse);
  CO_TRY(auto opened, co_await std::move(opening));
  auto& entries = opened.contents.entries;
  if (!entries.contains(from)) co_return fail(lacks(from));
  if (entries.contains(to)) {
    co_return fail(Error{.kind = ErrorKind::invalid,
                         .message = "the keyring has a value for " + name_of(to) +
                                    " already, and it is not overwritten; move that one away first",
                         .location = {.file = where_.path.string()}});
  }
  auto entry = entries.extract(from);
  entry.key() = std::move(to);
  entries.insert(std::move(entry));
  auto committing = commit(std::move(opened));
  co_return co_await std::move(committing);
}

Awaitable<Result<void>> Keyring::export_key(SourceKey id, Path to) {
  auto reading = contents();
  CO_TRY(const auto held, co_await std::move(reading));
  if (!held) co_return fail(absent());
  const auto found = held->entries.find(id);
  if (found == held->entries.end()) {
    co_return fail(lacks(id));
  }
  auto writing = seams_.reader.run(
      to, [&files = seams_.files, to, value = found->second.current.value.clone()]() -> Status {
        auto made = files.create(to, value.expose(), 0600);
        if (made || made.error().kind != ErrorKind::conflict) return made;
        return fail(ErrorKind::invalid,
                    to.string() + " is there already and is not overwritten; name a new file");
      });
  co_return co_await std::move(writing);
}

Awaitable<Result<std::size_t>> Keyring::forget_previous() {
  auto opening = open_for_change(WhenAbsent::refuse);
  CO_TRY(auto opened, co_await std::move(opening));
  std::size_t forgotten = 0;
  for (auto& [id, entry] : opened.contents.entries) {
    forgotten += entry.previous.size();
    entry.previous.clear();
  }
  auto committing = commit(std::move(opened));
  CO_TRY_OK(co_await std::move(committing));
  co_return forgotten;
}

}  // namespace lockstep
