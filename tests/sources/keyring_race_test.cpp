// The keyring on a real disk with real locks, between processes and between threads.
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <set>

#include "fixtures.hpp"

namespace lockstep {
namespace {

using testing::cheap;

struct KeyringRace : ::testing::Test {
  Path folder;
  std::unique_ptr<Files> files = make_system_files();

  void SetUp() override {
    std::string name = ::testing::TempDir() + "lockstep-keyring-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    ASSERT_TRUE(files->replace(folder / "key", std::string(64, 'a'), 0600));
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
};

/// A real machine: what the product runs on.
struct World {
  asio::io_context loop;
  std::unique_ptr<Files> files = make_system_files();
  std::unique_ptr<FileLocks> locks = make_system_file_locks();
  std::unique_ptr<Clock> clock = make_system_clock(loop.get_executor());
  std::unique_ptr<Random> random = make_system_random();
  std::unique_ptr<Offload> offload = make_offload_pool(2, *clock);
  RestedReader reader{*files, *clock, *offload};
  Environment environment;
  Keyring keyring;

  explicit World(const Path& folder)
      : keyring(
            {.path = folder / "made" / "keyring", .key_file = folder / "key", .passphrase_env = {}},
            {.files = *files,
             .locks = *locks,
             .environment = environment,
             .clock = *clock,
             .random = *random,
             .offload = *offload,
             .reader = reader},
            cheap) {}
};

const SourceKey shared_key{.ns = "n", .secret = "s", .key = "shared"};

/// Puts a key of its own and one that all processes want; keeps what it was told of the latter.
Awaitable<void> put_both(Keyring& keyring, Files& files, Path out, std::string mine) {
  const auto own =
      co_await keyring.put_if_absent({.ns = "n", .secret = "s", .key = mine}, Secret(mine));
  const auto kept = co_await keyring.put_if_absent(shared_key, Secret("fake-of-" + mine));
  const bool good = own && kept && files.replace(out, kept->expose(), 0600);
  if (!good) ::_exit(1);
}

// S16: two processes, or a dozen, leave exactly one value, and nobody's own value is lost.
TEST_F(KeyringRace, ProcessesLeaveExactlyOneValue) {
  constexpr int processes = 12;
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      World world(folder);
      const auto mine = std::to_string(i);
      asio::co_spawn(world.loop,
                     put_both(world.keyring, *world.files, folder / ("out" + mine), mine),
                     [](std::exception_ptr thrown) {
                       if (thrown) ::_exit(2);
                     });
      world.loop.run();
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const auto child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  std::set<std::string> told;
  for (int i = 0; i < processes; ++i) {
    const auto out = files->read(folder / ("out" + std::to_string(i)), 100);
    ASSERT_TRUE(out);
    told.emplace(view(*out));
  }
  EXPECT_EQ(told.size(), 1u);

  const auto key = read_keyring_key_file(*files, folder / "key");
  const auto bytes = files->read(folder / "made" / "keyring", max_keyring_bytes);
  ASSERT_TRUE(key && bytes);
  const auto kdf = read_keyring_kdf(view(*bytes));
  ASSERT_TRUE(kdf);
  const auto contents = open_keyring(view(*bytes), *derive_keyring_keys(*key, *kdf));
  ASSERT_TRUE(contents);
  EXPECT_EQ(contents->entries.size(), processes + 1u);
  EXPECT_EQ(contents->entries.at(shared_key).current.value.expose(), *told.begin());
  EXPECT_EQ(files->info(folder / "made")->value().mode, 0700u);
  EXPECT_EQ(files->info(folder / "made" / "keyring")->value().mode, 0600u);
}

TEST_F(KeyringRace, TasksOfOneProcessLoseNothing) {
  World world(folder);
  constexpr int tasks = 8;
  for (int i = 0; i < tasks; ++i) {
    const auto mine = std::to_string(i);
    asio::co_spawn(world.loop, put_both(world.keyring, *world.files, folder / ("out" + mine), mine),
                   [](std::exception_ptr thrown) { EXPECT_FALSE(thrown); });
  }
  world.loop.run();
  std::size_t kept = 0;
  asio::co_spawn(world.loop, world.keyring.list(), [&](std::exception_ptr, auto items) {
    if (items) kept = items->size();
  });
  world.loop.restart();
  world.loop.run();
  EXPECT_EQ(kept, tasks + 1u);
}

TEST_F(KeyringRace, ALockIsHeldUntilItGoes) {
  const auto locks = make_system_file_locks();
  auto first = locks->try_lock(folder / "lock");
  ASSERT_TRUE(first && *first);
  auto second = locks->try_lock(folder / "lock");
  ASSERT_TRUE(second);
  EXPECT_EQ(*second, nullptr);
  first->reset();
  second = locks->try_lock(folder / "lock");
  ASSERT_TRUE(second);
  EXPECT_NE(*second, nullptr);
  EXPECT_FALSE(locks->try_lock(folder / "none" / "lock"));
}

TEST_F(KeyringRace, ALinkIsNoLock) {
  const auto locks = make_system_file_locks();
  std::ofstream(folder / "elsewhere") << "text";
  std::filesystem::create_symlink(folder / "elsewhere", folder / "lock");
  EXPECT_EQ(locks->try_lock(folder / "lock").error().message,
            "cannot lock " + (folder / "lock").string() + ": it is a symbolic link; remove it");
  std::filesystem::remove(folder / "lock");
  std::filesystem::create_hard_link(folder / "elsewhere", folder / "lock");
  EXPECT_EQ(locks->try_lock(folder / "lock").error().message,
            "cannot lock " + (folder / "lock").string() +
                ": it has another name elsewhere (a hard link); remove it");
}

}  // namespace
}  // namespace lockstep
