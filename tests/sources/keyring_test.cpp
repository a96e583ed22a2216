#include "sources/keyring.hpp"

#include <utility>

#include "fixtures.hpp"
#include "support/dead_disk.hpp"

namespace lockstep {
namespace {

using testing::cheap;
using testing::error_text;
using testing::Machine;
using testing::text;
using namespace std::chrono_literals;

const SourceKey jwt{.ns = "cms", .secret = "cms-generated", .key = "cms-runtime.AUTH_JWT_SECRET"};
const SourceKey csrf{.ns = "cms", .secret = "cms-generated", .key = "cms-runtime.CSRF_SECRET"};
const Path path = "/m/secure/lockstep.keyring";

struct KeyringTest : ::testing::Test {
  Machine machine;
  KeyringStandIn with_file{.path = path, .key_file = "/m/secure/keyring.key", .passphrase_env = {}};
  KeyringStandIn with_passphrase{.path = path, .key_file = {}, .passphrase_env = "LOCKSTEP_PASS"};

  void SetUp() override {
    machine.files.put("/m/secure/keyring.key", std::string(64, 'a'));
    machine.environment.set("LOCKSTEP_PASS", Secret("fake correct horse"));
  }
  Keyring open() { return Keyring(with_file, machine.seams(), cheap); }
  template <class T>
  T run(Awaitable<T> work) {
    return machine.sim.run(std::move(work));
  }
  std::string& bytes() { return machine.files.entries.at(path).bytes; }
};

TEST_F(KeyringTest, ThereIsNothingBeforeTheFirstPutMakesTheFile) {
  auto keyring = open();
  EXPECT_EQ(text(run(keyring.get(jwt))), "(no such key)");
  EXPECT_FALSE(machine.files.entries.contains(path));
  EXPECT_EQ(text(run(keyring.put_if_absent(jwt, Secret("fake-jwt-1")))), "fake-jwt-1");
  EXPECT_EQ(machine.files.entries.at(path).mode, 0600u);
  EXPECT_TRUE(machine.locks.held.empty());
  EXPECT_EQ(text(run(open().get(jwt))), "fake-jwt-1");
  EXPECT_EQ(text(run(open().get(csrf))), "(no such key)");
}

TEST_F(KeyringTest, APassphraseOpensItToo) {
  Keyring keyring(with_passphrase, machine.seams(), cheap);
  EXPECT_EQ(text(run(keyring.put_if_absent(jwt, Secret("fake-jwt-1")))), "fake-jwt-1");
  Keyring again(with_passphrase, machine.seams(), cheap);
  EXPECT_EQ(text(run(again.get(jwt))), "fake-jwt-1");
}

TEST_F(KeyringTest, AMovedValueTakesItsHistoryAlongAndOverwritesNothing) {
  auto keyring = open();
  ASSERT_TRUE(run(keyring.put(jwt, Secret("fake-jwt-1"))));
  ASSERT_TRUE(run(keyring.put(jwt, Secret("fake-jwt-2"))));
  ASSERT_TRUE(run(keyring.put(csrf, Secret("fake-csrf"))));
  EXPECT_THAT(error_text(run(keyring.move(jwt, csrf))), ::testing::HasSubstr("is not overwritten"));
  auto renamed = jwt;
  renamed.key = "cms-web.AUTH_JWT_SECRET";
  ASSERT_TRUE(run(keyring.move(jwt, renamed)));
  EXPECT_EQ(text(run(open().get(renamed))), "fake-jwt-2");
  EXPECT_EQ(text(run(open().get(jwt))), "(no such key)");
  EXPECT_EQ(text(run(open().get(csrf))), "fake-csrf");
  EXPECT_EQ(run(open().list())->at(1).previous, 1u);
  EXPECT_EQ(run(keyring.move(jwt, renamed)).error().kind, ErrorKind::not_found);
}

// S16
TEST_F(KeyringTest, PutIfAbsentNeverOverwrites) {
  auto keyring = open();
  EXPECT_EQ(text(run(keyring.put_if_absent(jwt, Secret("fake-jwt-1")))), "fake-jwt-1");
  EXPECT_EQ(text(run(keyring.put_if_absent(jwt, Secret("fake-jwt-2")))), "fake-jwt-1");
  EXPECT_EQ(text(run(open().get(jwt))), "fake-jwt-1");
  EXPECT_EQ(run(open().list())->at(0).previous, 0u);
}

// S16: the second process read the keyring before the first one wrote it.
TEST_F(KeyringTest, PutIfAbsentSeesWhatAnotherProcessPutMeanwhile) {
  auto one = open();
  auto two = open();
  EXPECT_EQ(text(run(one.put_if_absent(csrf, Secret("fake-csrf")))), "fake-csrf");
  EXPECT_EQ(text(run(two.get(jwt))), "(no such key)");
  EXPECT_EQ(text(run(one.put_if_absent(jwt, Secret("fake-one")))), "fake-one");
  EXPECT_EQ(text(run(two.put_if_absent(jwt, Secret("fake-two")))), "fake-one");
  EXPECT_EQ(text(run(two.get(csrf))), "fake-csrf");
}

Awaitable<void> put_into(Keyring& keyring, std::string value, std::vector<std::string>& out) {
  out.push_back(text(co_await keyring.put_if_absent(jwt, Secret(value))));
}

TEST_F(KeyringTest, WaitsForTheLockOfAnotherProcess) {
  auto keyring = open();
  auto other = *machine.locks.try_lock(path.string() + ".lock");
  std::vector<std::string> out;
  Scope scope(machine.sim.executor());
  scope.start(put_into(keyring, "fake-late", out));
  auto& clock = machine.sim.clock();
  machine.sim.run_until(clock.mono() + std::chrono::seconds(5), [] { return false; });
  EXPECT_FALSE(machine.files.entries.contains(path));
  other.reset();
  machine.sim.run_until(Mono::max(), [&] { return scope.drained(); });
  EXPECT_EQ(out, std::vector<std::string>{"fake-late"});
}

TEST_F(KeyringTest, GivesUpOnALockThatIsNeverFree) {
  auto keyring = open();
  const auto other = *machine.locks.try_lock(path.string() + ".lock");
  const auto result = run(keyring.put_if_absent(jwt, Secret("fake")));
  EXPECT_EQ(error_text(result),
            "/m/secure/lockstep.keyring: another lockstep has been changing the keyring for 10 s: "
            "end it, or try again");
  EXPECT_EQ(result.error().kind, ErrorKind::conflict);
}

TEST_F(KeyringTest, AFailedWriteLeavesAllAsItWas) {
  auto keyring = open();
  ASSERT_TRUE(run(keyring.put_if_absent(jwt, Secret("fake-jwt"))));
  const auto before = bytes();
  machine.files.disk_full = true;
  const auto result = run(keyring.put_if_absent(csrf, Secret("fake-csrf")));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::storage);
  EXPECT_EQ(bytes(), before);
  EXPECT_TRUE(machine.locks.held.empty());
  EXPECT_EQ(text(run(keyring.get(csrf))), "(no such key)");
}

TEST_F(KeyringTest, ReadsTheFileOnceUntilRefresh) {
  auto writer = open();
  ASSERT_TRUE(run(writer.put(jwt, Secret("fake-1"))));
  auto reader = open();
  EXPECT_EQ(text(run(reader.get(jwt))), "fake-1");
  ASSERT_TRUE(run(writer.put(jwt, Secret("fake-2"))));
  const auto reads = machine.files.reads;
  EXPECT_EQ(text(run(reader.get(jwt))), "fake-1");
  EXPECT_EQ(machine.files.reads, reads);
  reader.refresh();
  EXPECT_EQ(text(run(reader.get(jwt))), "fake-2");
}

/// Does the first piece of work at once, but tells of its end a second later.
class LateOffload final : public Offload {
 public:
  explicit LateOffload(Clock& clock) : clock_(clock) {}
  Awaitable<void> run_erased(std::function<void()> work) override {
    work();
    if (!std::exchange(late_, false)) co_return;
    const auto ended = co_await clock_.sleep_until(clock_.mono() + std::chrono::seconds(1));
    EXPECT_EQ(ended, Ended::finished);
  }

 private:
  Clock& clock_;
  bool late_ = true;
};

Awaitable<void> get_from(Keyring& keyring, SourceKey id, std::vector<std::string>& out) {
  out.push_back(text(co_await keyring.get(std::move(id))));
}

TEST_F(KeyringTest, AReadBegunBeforeAChangeDoesNotHideIt) {
  ASSERT_TRUE(run(open().put(csrf, Secret("fake-csrf"))));
  machine.work_by(std::make_unique<LateOffload>(machine.sim.clock()));
  auto keyring = open();
  std::vector<std::string> early;
  std::vector<std::string> put;
  Scope scope(machine.sim.executor());
  scope.start(get_from(keyring, csrf, early));
  scope.start(put_into(keyring, "fake-jwt", put));
  machine.sim.run_until(Mono::max(), [&] { return scope.drained(); });
  EXPECT_EQ(early, std::vector<std::string>{"fake-csrf"});
  EXPECT_EQ(put, std::vector<std::string>{"fake-jwt"});
  EXPECT_EQ(text(run(keyring.get(jwt))), "fake-jwt");
}

// Half of a key in hexadecimal digits is a whole one in raw bytes.
TEST_F(KeyringTest, AKeyFileThatIsBeingWrittenIsWaitedFor_S16) {
  ASSERT_TRUE(run(open().put(jwt, Secret("fake-jwt"))));
  machine.write_slowly("/m/secure/keyring.key", {std::string(32, 'a'), std::string(32, 'a')}, 5s);
  EXPECT_EQ(text(run(open().get(jwt))), "fake-jwt");
}

TEST_F(KeyringTest, AKeyFileThatIsWholeByItsLengthIsNotWaitedFor) {
  ASSERT_TRUE(run(open().put(jwt, Secret("fake-jwt"))));
  machine.files.entries["/m/secure/keyring.key"].changed = machine.sim.clock().wall();
  const auto began = machine.sim.clock().mono();
  EXPECT_EQ(text(run(open().get(jwt))), "fake-jwt");
  EXPECT_LT(machine.sim.clock().mono() - began, 2s);
}

TEST_F(KeyringTest, AWriteThatHangsIsLeftBehindAndKeepsTheLock_S14) {
  ASSERT_TRUE(run(open().put(csrf, Secret("fake-csrf"))));
  // The folder, the lock, the key and the keyring are answered.
  auto hanging = std::make_unique<testing::DeadDisk>(machine.sim.clock(), 4);
  auto& disk = *hanging;
  machine.work_by(std::move(hanging));
  auto keyring = open();
  const auto put = run(keyring.put(jwt, Secret("fake-jwt")));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind, ErrorKind::transient);
  EXPECT_EQ(disk.asked, 5);
  EXPECT_EQ(machine.locks.held.size(), 1U);
  EXPECT_EQ(run(keyring.get(jwt)).error().kind, ErrorKind::transient) << "it may yet change";
  disk.answer();
  EXPECT_TRUE(machine.locks.held.empty());
  EXPECT_EQ(text(run(keyring.get(jwt))), "fake-jwt");
}

TEST_F(KeyringTest, OneThatIsPutBackSlowlyIsWaitedForAndOneWrittenWholeIsNot) {
  ASSERT_TRUE(run(open().put(jwt, Secret("fake-jwt"))));
  const auto whole = bytes();
  machine.write_slowly(path, {whole.substr(0, 100), whole.substr(100)}, 900ms);
  EXPECT_EQ(text(run(open().get(jwt))), "fake-jwt");
  machine.files.entries[path].changed = machine.sim.clock().wall();
  const auto began = machine.sim.clock().mono();
  EXPECT_EQ(text(run(open().get(jwt))), "fake-jwt");
  EXPECT_LT(machine.sim.clock().mono() - began, 100ms);
}

TEST_F(KeyringTest, KeepsPreviousValuesUntilForgotten) {
  auto keyring = open();
  ASSERT_TRUE(run(keyring.put(jwt, Secret("fake-OLD-1"))));
  ASSERT_TRUE(run(keyring.put(jwt, Secret("fake-OLD-2"))));
  ASSERT_TRUE(run(keyring.put(jwt, Secret("fake-NEW"))));
  ASSERT_TRUE(run(keyring.put(jwt, Secret("fake-NEW"))));
  ASSERT_TRUE(run(keyring.put(csrf, Secret("fake-csrf"))));
  auto items = run(open().list());
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 2u);
  EXPECT_EQ(items->at(0).id, jwt);
  EXPECT_EQ(items->at(0).previous, 2u);
  EXPECT_EQ(to_rfc3339(items->at(0).since), "2026-01-01T00:00:00Z");
  EXPECT_EQ(items->at(1).id, csrf);

  const auto size = bytes().size();
  const auto forgotten = run(open().forget_previous());
  ASSERT_TRUE(forgotten);
  EXPECT_EQ(*forgotten, 2u);
  EXPECT_LT(bytes().size(), size);
  EXPECT_EQ(run(open().list())->at(0).previous, 0u);
  EXPECT_EQ(text(run(open().get(jwt))), "fake-NEW");
}

TEST_F(KeyringTest, RekeyChangesWhatOpensIt) {
  auto keyring = open();
  ASSERT_TRUE(run(keyring.put(jwt, Secret("fake-old"))));
  ASSERT_TRUE(run(keyring.put(jwt, Secret("fake-jwt"))));
  ASSERT_TRUE(run(keyring.rekey(
      {.kind = KeyringKey::Kind::passphrase, .secret = Secret("fake correct horse")})));
  keyring.refresh();
  EXPECT_EQ(text(run(keyring.get(jwt))), "fake-jwt");
  EXPECT_EQ(text(run(keyring.put_if_absent(csrf, Secret("fake-csrf")))), "fake-csrf");
  EXPECT_EQ(run(open().get(jwt)).error().code, keyring_code::wrong_key);
  Keyring again(with_passphrase, machine.seams(), cheap);
  EXPECT_EQ(text(run(again.get(jwt))), "fake-jwt");
  EXPECT_EQ(run(again.list())->at(0).previous, 1u);
}

TEST_F(KeyringTest, ExportsExactBytesToANewFileOnly) {
  const std::string_view value("fake-\0-bytes\n", 13);
  auto keyring = open();
  ASSERT_TRUE(run(keyring.put(jwt, Secret(value))));
  ASSERT_TRUE(run(keyring.export_key(jwt, "/m/out")));
  EXPECT_EQ(machine.files.entries.at("/m/out").bytes, value);
  EXPECT_EQ(machine.files.entries.at("/m/out").mode, 0600u);
  EXPECT_EQ(error_text(run(keyring.export_key(jwt, "/m/out"))),
            "/m/out is there already and is not overwritten; name a new file");
  EXPECT_EQ(error_text(run(keyring.export_key(csrf, "/m/new"))),
            "/m/secure/lockstep.keyring: the keyring has no "
            "cms/cms-generated/cms-runtime.CSRF_SECRET; `lockstep keyring list` shows what it has");
}

TEST_F(KeyringTest, TellsAbsenceWrongKeyAndDamageApart) {
  const std::string absent =
      "/m/secure/lockstep.keyring: there is no keyring; the first apply that generates a value "
      "makes it";
  EXPECT_EQ(error_text(run(open().list())), absent);
  EXPECT_EQ(error_text(run(open().forget_previous())), absent);
  EXPECT_EQ(error_text(run(open().export_key(jwt, "/m/out"))), absent);
  EXPECT_EQ(error_text(run(open().rekey({.secret = Secret(std::string(32, 'b'))}))), absent);
  EXPECT_EQ(run(open().list()).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(machine.files.entries.contains(path));
  EXPECT_FALSE(machine.files.entries.contains("/m/out"));

  ASSERT_TRUE(run(open().put(jwt, Secret("fake-jwt"))));
  machine.files.put("/m/secure/keyring.key", std::string(64, 'b'));
  EXPECT_EQ(error_text(run(open().get(jwt))),
            "/m/secure/lockstep.keyring: this key does not open the keyring, which is undamaged: "
            "give the key it was made with (keyFile or passphrase in lockstep.local.yaml)");
  machine.files.put("/m/secure/keyring.key", std::string(64, 'a'));
  bytes().back() ^= 1;
  EXPECT_EQ(error_text(run(open().get(jwt))),
            "/m/secure/lockstep.keyring: the keyring is damaged or was tampered with (its contents "
            "do not pass authentication): put back a good copy; nothing was changed");
}

// S6, S16: a keyring that cannot be read is never written over.
TEST_F(KeyringTest, NoChangeReplacesAFileThatDoesNotOpen) {
  ASSERT_TRUE(run(open().put(jwt, Secret("fake-jwt"))));
  const auto good = bytes();
  for (const std::string& bad :
       {good.substr(0, good.size() - 1), std::string(), std::string("something else")}) {
    bytes() = bad;
    EXPECT_FALSE(run(open().put_if_absent(jwt, Secret("fake-2"))));
    EXPECT_FALSE(run(open().put(jwt, Secret("fake-2"))));
    EXPECT_FALSE(run(open().rekey({.secret = Secret(std::string(32, 'b'))})));
    EXPECT_FALSE(run(open().forget_previous()));
    EXPECT_EQ(bytes(), bad);
  }
  machine.files.put("/m/secure/keyring.key", std::string(64, 'b'));
  bytes() = good;
  EXPECT_FALSE(run(open().put_if_absent(csrf, Secret("fake-2"))));
  EXPECT_EQ(bytes(), good);
  EXPECT_TRUE(machine.locks.held.empty());
}

TEST_F(KeyringTest, RefusesALinkAndAnUnreadableFile) {
  ASSERT_TRUE(run(open().put(jwt, Secret("fake-jwt"))));
  machine.files.entries.at(path).readable = false;
  const auto unreadable = run(open().get(jwt));
  EXPECT_EQ(error_text(unreadable),
            "/m/secure/lockstep.keyring: the keyring cannot be read; it must be readable by the "
            "user that runs lockstep and at most 16 MiB");
  EXPECT_EQ(unreadable.error().kind, ErrorKind::invalid);
  machine.files.entries.at(path) = {.bytes = {}, .kind = FileInfo::Kind::symlink};
  EXPECT_EQ(error_text(run(open().put(jwt, Secret("fake-2")))),
            "/m/secure/lockstep.keyring: the keyring is not a regular file; name the file itself");
}

TEST_F(KeyringTest, NeedsItsKeyEvenBeforeThereIsAFile) {
  machine.files.entries.erase("/m/secure/keyring.key");
  const auto result = run(open().get(jwt));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, keyring_code::no_key);
  EXPECT_FALSE(run(open().put_if_absent(jwt, Secret("fake"))));
  EXPECT_FALSE(machine.files.entries.contains(path));

  for (const auto* value : {"unset", ""}) {
    Environment other;
    if (*value == '\0') other.set("LOCKSTEP_PASS", Secret());
    auto seams = machine.seams();
    const LocalSeams bare{.files = seams.files,
                          .locks = seams.locks,
                          .environment = other,
                          .clock = seams.clock,
                          .random = seams.random,
                          .offload = seams.offload,
                          .reader = seams.reader};
    Keyring keyring(with_passphrase, bare, cheap);
    EXPECT_EQ(error_text(run(keyring.get(jwt))),
              "/m/secure/lockstep.keyring: the keyring's passphrase is missing: set the "
              "environment variable LOCKSTEP_PASS");
  }
  Keyring none({.path = path, .key_file = {}, .passphrase_env = {}}, machine.seams(), cheap);
  EXPECT_EQ(error_text(run(none.get(jwt))),
            "/m/secure/lockstep.keyring: the keyring has no key: give it keyFile or passphrase");
}

}  // namespace
}  // namespace lockstep
