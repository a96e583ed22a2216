#include "local/lock_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace lockstep {
namespace {

using ::testing::HasSubstr;

class LockFileTest : public ::testing::Test {
 protected:
  LockFileTest() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
  ~LockFileTest() override { std::filesystem::remove_all(folder_); }
  Path path() const { return Path(folder_) / "lock"; }

 private:
  std::string folder_ = ::testing::TempDir() + "lockstep-lock-XXXXXX";
};

TEST_F(LockFileTest, OneHolderAtATimeAndTheOtherIsNamed_S7) {
  auto first = LockFile::take(path(), "lockstep controller");
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_TRUE((*first)->check(Mono{}));
  const auto second = LockFile::take(path(), "lockstep apply");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::fenced);
  EXPECT_EQ(second.error().message, "process " + std::to_string(::getpid()) +
                                        " (lockstep controller) writes to this ledger (" +
                                        path().string() +
                                        "); end it first, or name another --ledger-dir");
  first->reset();
  EXPECT_TRUE(LockFile::take(path(), "lockstep apply"));
}

TEST_F(LockFileTest, OthersCannotOpenIt) {
  const auto mode = [&] {
    return static_cast<unsigned>(std::filesystem::status(path()).permissions());
  };
  ASSERT_TRUE(LockFile::take(path(), "lockstep apply"));
  EXPECT_EQ(mode(), 0600U);
  std::filesystem::permissions(path(), std::filesystem::perms(0644));
  ASSERT_TRUE(LockFile::take(path(), "lockstep apply"));
  EXPECT_EQ(mode(), 0600U);
}

TEST_F(LockFileTest, OnlyARegularFileIsALock) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  const auto refused = LockFile::take(path(), "lockstep apply");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("not a regular file"));
}

TEST_F(LockFileTest, ALinkIsNoLock_S7) {
  const auto elsewhere = path().parent_path() / "elsewhere";
  std::ofstream(elsewhere) << "text";
  std::filesystem::create_symlink(elsewhere, path());
  auto refused = LockFile::take(path(), "lockstep apply");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("it is a symbolic link; remove it"));
  std::filesystem::remove(path());
  std::filesystem::create_hard_link(elsewhere, path());
  refused = LockFile::take(path(), "lockstep apply");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("it has another name elsewhere (a hard link)"));
  EXPECT_EQ(std::filesystem::file_size(elsewhere), 4U);
}

TEST_F(LockFileTest, EndsWithItsProcessHoweverThatEnds_S7) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const auto child = ::fork();
  if (child == 0) {
    const auto lock = LockFile::take(path(), "lockstep apply");
    const char done = lock ? 'y' : 'n';
    if (::write(ready[1], &done, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char done = 0;
  ASSERT_EQ(::read(ready[0], &done, 1), 1);
  ASSERT_EQ(done, 'y');
  const auto refused = LockFile::take(path(), "lockstep controller");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              HasSubstr("process " + std::to_string(child) + " (lockstep apply)"));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(LockFile::take(path(), "lockstep controller"));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(LockFileTest, RefusesWritesOnceTheFileIsNotItsOwn_S7) {
  const auto lock = *LockFile::take(path(), "lockstep controller");
  std::filesystem::remove(path());
  auto status = lock->check(Mono{});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::fenced);
  EXPECT_THAT(status.error().message, HasSubstr("was removed or replaced"));
  // Another process may now hold a lock of that name.
  const auto other = LockFile::take(path(), "lockstep apply");
  EXPECT_TRUE(other);
  EXPECT_FALSE(lock->check(Mono{}));
}

TEST_F(LockFileTest, RefusesWritesWhileShuttingDown_S7) {
  const auto lock = *LockFile::take(path(), "lockstep controller");
  lock->shut_down();
  const auto status = lock->check(Mono::max());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::fenced);
  EXPECT_EQ(status.error().message, "lockstep is shutting down");
}

TEST_F(LockFileTest, WhatTheHolderWroteIsMadeHarmless) {
  const auto lock = *LockFile::take(path(), "lockstep \x1b[31mcontroller\n");
  const auto refused = LockFile::take(path(), "lockstep apply");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find('\x1b'), std::string::npos);
}

TEST_F(LockFileTest, UsedUpFilesNameTheirRemedy) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto lock = LockFile::take(path(), "lockstep apply");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(lock);
  EXPECT_THAT(lock.error().message, HasSubstr("ulimit -n"));
}

TEST_F(LockFileTest, AFolderThatIsNotThereIsAStorageError) {
  const auto refused = LockFile::take(path() / "below" / "lock", "lockstep apply");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::storage);
}

}  // namespace
}  // namespace lockstep
