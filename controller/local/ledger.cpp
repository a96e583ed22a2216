#include "local/ledger.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <mutex>

#include "base/json.hpp"
#include "local/ledger_store.hpp"

namespace lockstep {

namespace {

constexpr std::string_view place_kind = "place";
constexpr std::string_view generated_kind = "generated";

/// Several words as one id: a JSON list, so that no two lists share a text.
std::string to_id(std::initializer_list<std::string_view> words) {
  json::array out;
  for (const auto word : words) out.emplace_back(word);
  return json::serialize(out);
}

Result<PlaceId> place_of_id(std::string_view id) {
  auto words = parse_json(id);
  const auto* list = words ? words->if_array() : nullptr;
  if (!list || list->size() != 2 || !list->at(0).is_string() || !list->at(1).is_string()) {
    return fail(ErrorKind::storage, "a row is named in a way this version does not know");
  }
  return PlaceId{.ns = std::string(list->at(0).get_string()),
                 .place = std::string(list->at(1).get_string())};
}

class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(LedgerPaths paths, std::unique_ptr<LedgerStore> store, Offload& offload)
      : paths_(std::move(paths)), store_(std::move(store)), offload_(offload) {}

  const Fingerprinter* fingerprinter() const override { return &store_->key(); }

  Awaitable<Result<PlaceRecord>> load(PlaceId id) override {
    co_return co_await run<PlaceRecord>(
        [id = to_id({id.ns, id.place})](LedgerStore& store) -> Result<PlaceRecord> {
          TRY(const auto document, store.get(place_kind, id));
          if (!document) return PlaceRecord{};
          TRY(auto record, decode_place_record(document->body));
          if (record.sequence == document->sequence) return record;
          return fail(ErrorKind::storage, "a record does not fit its row");
        });
  }

  Awaitable<Result<std::uint64_t>> save(PlaceId id, const PlaceRecord& record) override {
    auto work = [id = to_id({id.ns, id.place}),
                 record = PlaceRecord(record)](LedgerStore& store) mutable {
      return store.put(place_kind, id, record.sequence, [&record](std::uint64_t sequence) {
        record.sequence = sequence;
        return encode(record);
      });
    };
    co_return co_await run<std::uint64_t>(std::move(work));
  }

  Awaitable<Result<std::vector<PlaceId>>> places() override {
    using Places = std::vector<PlaceId>;
    co_return co_await run<Places>([](LedgerStore& store) -> Result<Places> {
      TRY(const auto ids, store.ids(place_kind));
      Places out;
      for (const auto& id : ids) {
        TRY(auto place, place_of_id(id));
        out.push_back(std::move(place));
      }
      std::ranges::sort(out);
      return out;
    });
  }

  Awaitable<Result<std::optional<std::string>>> generated(SecretId id) override {
    using Text = std::optional<std::string>;
    co_return co_await run<Text>(
        [id = to_id({id.ns, id.scope, id.key})](LedgerStore& store) -> Result<Text> {
          TRY(auto document, store.get(generated_kind, id));
          if (!document) return Text();
          return Text(std::move(document->body));
        });
  }

  Awaitable<Result<void>> remember_generated(SecretId id, std::string fingerprint) override {
    co_return co_await run<void>(
        [id = to_id({id.ns, id.scope, id.key}), fingerprint](LedgerStore& store) -> Status {
          TRY(const auto known, store.get(generated_kind, id));
          if (known && known->body == fingerprint) return {};
          TRY_OK(store.put(generated_kind, id, known ? known->sequence : 0,
                           [&fingerprint](std::uint64_t) { return fingerprint; }));
          return {};
        });
  }

  Awaitable<Result<std::vector<Hold>>> holds(PlaceId id) override {
    using Holds = std::vector<Hold>;
    co_return co_await run<Holds>(
        [this, id = to_id({id.ns, id.place})](LedgerStore& store) -> Result<Holds> {
          TRY(auto rows, told(store.holds().all()));
          Holds out;
          for (auto& row : rows) {
            if (row.place == id) out.push_back(std::move(row.hold));
          }
          return out;
        });
  }

  Awaitable<Result<std::vector<std::pair<PlaceId, Hold>>>> all_holds() override {
    using Holds = std::vector<std::pair<PlaceId, Hold>>;
    co_return co_await run<Holds>([this](LedgerStore& store) -> Result<Holds> {
      TRY(auto rows, told(store.holds().all()));
      Holds out;
      for (auto& row : rows) {
        TRY(auto place, place_of_id(row.place));
        out.emplace_back(std::move(place), std::move(row.hold));
      }
      return out;
    });
  }

  Awaitable<Result<void>> hold(PlaceId id, Hold hold) override {
    auto work = [this, id = to_id({id.ns, id.place}),
                 hold = std::move(hold)](LedgerStore& store) -> Status {
      return told(store.holds().put({.place = id, .hold = hold}));
    };
    co_return co_await run<void>(std::move(work));
  }

  Awaitable<Result<bool>> release(PlaceId id, std::string name) override {
    auto work = [this, id = to_id({id.ns, id.place}), name](LedgerStore& store) -> Result<bool> {
      return told(store.holds().erase(id, name));
    };
    co_return co_await run<bool>(std::move(work));
  }

 private:
  /// Gives what HoldTable found wrong the text of a ledger that someone altered.
  template <class T>
  Result<T> told(Result<T> result) const {
    if (result || result.error().code != HoldTable::altered) return result;
    return fail(ledger_fault(LedgerFault::altered, paths_, "its holds"));
  }

  /// `work(store)` off the loop, one at a time; errors get the ledger's name.
  template <class T>
  Awaitable<Result<T>> run(std::function<Result<T>(LedgerStore&)> work) {
    co_return co_await offload_.run([this, work = std::move(work)]() -> Result<T> {
      const std::lock_guard one_at_a_time(mutex_);
      auto result = work(*store_);
      if (!result) return fail(ledger_error(paths_, std::move(result).error()));
      return result;
    });
  }

  LedgerPaths paths_;
  std::mutex mutex_;
  std::unique_ptr<LedgerStore> store_;
  Offload& offload_;
};

/// What a plan sees before the first apply.
class NoLedger final : public Ledger {
 public:
  explicit NoLedger(LedgerPaths paths) : paths_(std::move(paths)) {}
  const Fingerprinter* fingerprinter() const override { return nullptr; }
  Awaitable<Result<PlaceRecord>> load(PlaceId) override { co_return PlaceRecord{}; }
  Awaitable<Result<std::uint64_t>> save(PlaceId, const PlaceRecord&) override {
    co_return refused();
  }
  Awaitable<Result<std::vector<PlaceId>>> places() override { co_return std::vector<PlaceId>{}; }
  Awaitable<Result<std::optional<std::string>>> generated(SecretId) override {
    co_return std::optional<std::string>();
  }
  Awaitable<Result<void>> remember_generated(SecretId, std::string) override {
    co_return refused();
  }
  Awaitable<Result<std::vector<Hold>>> holds(PlaceId) override { co_return std::vector<Hold>{}; }
  Awaitable<Result<std::vector<std::pair<PlaceId, Hold>>>> all_holds() override {
    co_return std::vector<std::pair<PlaceId, Hold>>{};
  }
  Awaitable<Result<void>> hold(PlaceId, Hold) override { co_return refused(); }
  Awaitable<Result<bool>> release(PlaceId, std::string) override { co_return false; }

 private:
  std::unexpected<Error> refused() const {
    return fail(ledger_error(paths_, Error{.message = "there is none yet"}));
  }
  LedgerPaths paths_;
};

/// Makes a directory and those above it, for us alone.
Status make_directories(Files& files, const Path& directory) {
  if (directory.empty()) return {};
  TRY(const auto there, files.info(directory));
  if (there) return {};
  if (directory.has_parent_path() && directory.parent_path() != directory) {
    TRY_OK(make_directories(files, directory.parent_path()));
  }
  return files.make_directory(directory, 0700);
}

/// Takes from others what they may do with a file or folder of ours; tells it in `closed`.
Status close_to_others(Files& files, const Path& path, unsigned mode,
                       std::vector<std::string>& closed) {
  TRY(const auto info, files.info(path));
  const bool open =
      info && info->kind != FileInfo::Kind::symlink && info->owned_by_us && (info->mode & 077) != 0;
  if (!open) return {};
  TRY_OK(files.set_mode(path, mode));
  closed.push_back(path.string() + " was open to others and is closed now");
  return {};
}

Result<std::vector<std::string>> make_private(Files& files, const LedgerPaths& paths) {
  TRY_OK(make_directories(files, paths.directory));
  TRY_OK(make_directories(files, paths.key.parent_path()));
  TRY(const auto real, files.resolve(paths.directory));
  TRY(const auto info, files.info(real));
  if (info && !info->owned_by_us) {
    return fail(ledger_fault(LedgerFault::foreign_directory, paths));
  }
  if (info && (info->mode & 022) != 0) {
    return fail(ledger_fault(LedgerFault::unsafe_directory, paths));
  }
  TRY_OK(check_ledger_files(files, paths));
  std::vector<std::string> closed;
  TRY_OK(close_to_others(files, real, 0700, closed));
  for (const auto* name : {"ledger.db", "ledger.db-wal", "ledger.db-shm", ".gitignore"}) {
    TRY_OK(close_to_others(files, real / name, 0600, closed));
  }
  TRY_OK(close_to_others(files, paths.mark(), 0600, closed));
  auto ignored = files.create(paths.directory / ".gitignore", "*\n", 0600);
  if (!ignored && ignored.error().kind != ErrorKind::conflict) return fail(ignored.error());
  return closed;
}

}  // namespace

Result<std::vector<std::string>> make_ledger_directory(Files& files, const LedgerPaths& paths) {
  auto made = make_private(files, paths);
  if (!made) return fail(ledger_error(paths, std::move(made).error()));
  return made;
}

Awaitable<Result<std::unique_ptr<Ledger>>> open_ledger(LedgerOptions options, Files& files,
                                                       Random& random, Offload& offload) {
  LedgerStore::Options store_options{.paths = options.paths,
                                     .vfs = options.vfs,
                                     .write = options.mode == OpenMode::write,
                                     .hold = options.mode == OpenMode::hold,
                                     .fresh_key = {},
                                     .fresh_id = {}};
  if (store_options.write) {
    CO_TRY_OK(make_ledger_directory(files, options.paths));
    // Drawn here, on the loop: randomness belongs to it.
    SecretBytes key(LedgerKey::size);
    random.fill({reinterpret_cast<unsigned char*>(key.data()), key.size()});
    store_options.fresh_key = Secret(std::move(key));
    store_options.fresh_id = random_hex(random, 16);
  }
  auto store = co_await offload.run([options = std::move(store_options), &files]() mutable {
    return LedgerStore::open(std::move(options), files);
  });
  if (!store) co_return fail(ledger_error(options.paths, std::move(store).error()));
  if (!*store) co_return std::make_unique<NoLedger>(options.paths);
  co_return std::make_unique<SqliteLedger>(options.paths, *std::move(store), offload);
}

}  // namespace lockstep
