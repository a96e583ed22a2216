#include "base/files.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace lockstep {
namespace {

namespace fs = std::filesystem;

class SystemFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "lockstep-files-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  Path at(std::string_view name) const { return folder_ / name; }
  void put(std::string_view name, std::string_view bytes) const {
    std::ofstream(at(name), std::ios::binary) << bytes;
  }
  std::string text(std::string_view name) const {
    const auto bytes = files_->read(at(name), 1 << 20);
    return bytes ? std::string(view(*bytes)) : describe(bytes.error());
  }
  /// All names in the folder: what a replace left beside the file would be here.
  std::vector<std::string> names() const { return files_->list(folder_, 100).value(); }

  Path folder_;
  std::unique_ptr<Files> files_ = make_system_files();
};

TEST_F(SystemFiles, ReadGivesAllBytesUpToTheLimit) {
  const std::string bytes("a\0\xFF\n", 4);
  put("f", bytes);
  EXPECT_EQ(text("f"), bytes);
  EXPECT_TRUE(files_->read(at("f"), 4));
  const auto larger = files_->read(at("f"), 3);
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().kind, ErrorKind::invalid);
  put("empty", "");
  EXPECT_TRUE(files_->read(at("empty"), 0).value().empty());
}

TEST_F(SystemFiles, ReadSpansManyChunks) {
  const std::string bytes(200'001, 'x');
  put("f", bytes);
  EXPECT_EQ(text("f"), bytes);
  EXPECT_EQ(files_->read(at("f"), 200'000).error().kind, ErrorKind::invalid);
}

TEST_F(SystemFiles, ASmallFileTakesLittleMemory_S15) {
  put("f", "kind: Target\n");
  EXPECT_LE(files_->read(at("f"), 16 << 20).value().capacity(), 100U);
}

// The test ends only when opening does not wait for a writer.
TEST_F(SystemFiles, WhatIsNoRegularFileIsRefusedAtOnce_S15) {
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  fs::create_symlink("fifo", at("link"));
  for (const auto* name : {"fifo", "link"}) {
    const auto read = files_->read(at(name), 10);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::storage);
    EXPECT_EQ(read.error().message, "cannot read " + at(name).string() + ": not a regular file");
  }
}

TEST_F(SystemFiles, ExhaustedDescriptorsAreToldWithTheRemedy_S15) {
  put("f", "");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(free);
  const rlimit none{.rlim_cur = static_cast<rlim_t>(free), .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto read = files_->read(at("f"), 10);
  const auto list = files_->list(folder_, 10);
  const auto written = files_->replace(at("g"), "", 0600);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  const auto expect_told = [](const auto& result) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::storage);
    EXPECT_EQ(result.error().code, "exhausted");
    EXPECT_NE(result.error().message.find("ulimit -n"), std::string::npos);
  };
  expect_told(read);
  expect_told(list);
  expect_told(written);
}

TEST_F(SystemFiles, FactsTellAChangedFileFromTheSame) {
  put("f", "old");
  const auto first = *files_->info(at("f")).value();
  EXPECT_EQ(first.inode, files_->info(at("f")).value()->inode);
  EXPECT_EQ(first.changed, files_->info(at("f")).value()->changed);
  ASSERT_TRUE(files_->replace(at("f"), "new", 0600));
  EXPECT_NE(first.inode, files_->info(at("f")).value()->inode) << "another file of that name";
  // A writer may set the time of the last write back, never that of the last change.
  const timespec long_ago[] = {{.tv_sec = 1, .tv_nsec = 0}, {.tv_sec = 1, .tv_nsec = 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, at("f").c_str(), long_ago, 0), 0);
  const auto info = *files_->info(at("f")).value();
  EXPECT_EQ(info.modified, std::chrono::seconds(1));
  EXPECT_GE(info.changed, first.changed);
}

TEST_F(SystemFiles, SetModeTouchesTheFileItselfOnly) {
  put("f", "");
  fs::create_symlink("f", at("link"));
  ASSERT_EQ(::chmod(at("f").c_str(), 0644), 0);
  EXPECT_FALSE(files_->set_mode(at("link"), 0600));
  EXPECT_EQ(files_->info(at("f")).value()->mode, 0644U);
  EXPECT_TRUE(files_->set_mode(at("f"), 0600));
  EXPECT_EQ(files_->info(at("f")).value()->mode, 0600U);
  EXPECT_TRUE(files_->set_mode(folder_, 0700));
}

TEST_F(SystemFiles, IdentityIsOfTheFileByWhateverName) {
  put("a", "same");
  put("b", "same");
  const auto id = [&](std::string_view name) { return files_->identity(at(name)); };
  EXPECT_NE(*id("a"), *id("b"));
  fs::create_hard_link(at("a"), at("hard"));
  fs::create_symlink("a", at("link"));
  fs::create_directory(at("d"));
  for (const auto* name : {"hard", "link", "d/../a"}) EXPECT_EQ(*id(name), *id("a")) << name;
  fs::create_symlink("nowhere", at("dangling"));
  EXPECT_EQ(id("dangling").error().kind, ErrorKind::not_found);
}

TEST_F(SystemFiles, AbsentAndUnreadableAreToldApart) {
  EXPECT_EQ(files_->read(at("absent"), 10).error().kind, ErrorKind::not_found);
  EXPECT_EQ(files_->read(folder_, 10).error().kind, ErrorKind::storage);
  put("f", "");
  EXPECT_EQ(files_->read(at("f") / "below", 10).error().kind, ErrorKind::storage);
}

TEST_F(SystemFiles, ReplaceSwapsContentAndModeAndLeavesNothingBeside) {
  put("f", "old");
  ASSERT_EQ(::chmod(at("f").c_str(), 0644), 0);
  ASSERT_TRUE(files_->replace(at("f"), "new", 0600));
  EXPECT_EQ(text("f"), "new");
  EXPECT_EQ(files_->info(at("f")).value()->mode, 0600U);
  ASSERT_TRUE(files_->replace(at("made"), std::string_view("\0", 1), 0640));
  EXPECT_EQ(files_->info(at("made")).value()->mode, 0640U) << "whatever the umask is";
  EXPECT_EQ(names(), (std::vector<std::string>{"f", "made"}));
}

// S6: a reader, or a crash, sees the old file or the new one: the old one is never written into.
TEST_F(SystemFiles, S6ReplaceMakesANewFileAndKeepsTheOldOneWholeForItsReaders) {
  put("f", "old");
  std::ifstream reader(at("f"), std::ios::binary);
  const auto before = fs::hard_link_count(at("f"));
  fs::create_hard_link(at("f"), at("old-inode"));
  ASSERT_TRUE(files_->replace(at("f"), "a new and longer text", 0600));
  EXPECT_EQ(text("old-inode"), "old");
  EXPECT_EQ(fs::hard_link_count(at("old-inode")), before);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), {}), "old");
}

TEST_F(SystemFiles, ReplaceThatFailsChangesNothing) {
  fs::create_directory(at("directory"));
  EXPECT_FALSE(files_->replace(at("directory"), "x", 0600));
  EXPECT_FALSE(files_->replace(at("no/such"), "x", 0600));
  EXPECT_EQ(names(), (std::vector<std::string>{"directory"}));
}

TEST_F(SystemFiles, CreateNeverTakesThePlaceOfSomething) {
  ASSERT_TRUE(files_->create(at("f"), "first", 0600));
  const auto second = files_->create(at("f"), "second", 0600);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_EQ(text("f"), "first");
  fs::create_symlink("nowhere", at("dangling"));
  EXPECT_EQ(files_->create(at("dangling"), "x", 0600).error().kind, ErrorKind::conflict);
  EXPECT_EQ(names(), (std::vector<std::string>{"dangling", "f"}));
}

TEST_F(SystemFiles, InfoLooksAtThePathItself) {
  put("f", "four");
  fs::create_directory(at("d"));
  fs::create_symlink("f", at("link"));
  fs::create_symlink("nowhere", at("dangling"));
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  const auto kind = [&](std::string_view name) { return files_->info(at(name)).value()->kind; };
  EXPECT_EQ(kind("f"), FileInfo::Kind::file);
  EXPECT_EQ(kind("d"), FileInfo::Kind::directory);
  EXPECT_EQ(kind("link"), FileInfo::Kind::symlink);
  EXPECT_EQ(kind("dangling"), FileInfo::Kind::symlink);
  EXPECT_EQ(kind("pipe"), FileInfo::Kind::other);
  EXPECT_EQ(files_->info(at("f")).value()->size, 4U);
  EXPECT_TRUE(files_->info(at("f")).value()->owned_by_us);
  EXPECT_FALSE(files_->info(at("absent")).value());
  EXPECT_FALSE(files_->info(at("f") / "below").value());
}

TEST_F(SystemFiles, TellsWhatIsNotOursAlone) {
  put("f", "");
  const auto why = [&](std::string_view name) {
    return not_ours_alone(*files_->info(at(name)).value());
  };
  EXPECT_EQ(why("f"), "");
  fs::create_symlink("f", at("link"));
  EXPECT_EQ(why("link"), "is a symbolic link");
  EXPECT_EQ(why("f"), "");
  fs::create_hard_link(at("f"), at("hard"));
  for (const auto* name : {"f", "hard"}) {
    EXPECT_EQ(why(name), "has another name elsewhere (a hard link)");
  }
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  for (const Path& path : {at("pipe"), folder_}) {
    EXPECT_EQ(not_ours_alone(*files_->info(path).value()), "is not a regular file");
  }
  EXPECT_EQ(not_ours_alone({.owned_by_us = false}), "belongs to another user");
}

TEST(OpenToOthers, NamesTheModeThatCloses) {
  const auto told = [](unsigned mode, Others may) {
    return open_to_others("/k", {.mode = mode}, may);
  };
  for (const unsigned mode : {0600U, 0400U, 0700U}) {
    EXPECT_EQ(told(mode, Others::nothing), "");
    EXPECT_EQ(told(mode, Others::reading), "");
  }
  for (const unsigned mode : {0644U, 0640U, 0604U, 0601U}) {
    EXPECT_EQ(told(mode, Others::nothing), "others can use this file; close it: chmod 600 /k");
    EXPECT_EQ(told(mode, Others::reading), "");
  }
  for (const unsigned mode : {0620U, 0602U, 0666U}) {
    EXPECT_EQ(told(mode, Others::nothing), "others can write this file; close it: chmod 600 /k");
    EXPECT_EQ(told(mode, Others::reading), "others can write this file; close it: chmod go-w /k");
  }
}

TEST_F(SystemFiles, ListIsSortedAndBounded) {
  for (const auto* name : {"b", "a", "B", ".hidden", "é"}) put(name, "");
  EXPECT_EQ(names(), (std::vector<std::string>{".hidden", "B", "a", "b", "é"}));
  EXPECT_TRUE(files_->list(folder_, 5));
  EXPECT_EQ(files_->list(folder_, 4).error().kind, ErrorKind::invalid);
  EXPECT_EQ(files_->list(at("absent"), 4).error().kind, ErrorKind::not_found);
}

TEST_F(SystemFiles, MakeDirectoryAndRemoveAreIdempotent) {
  EXPECT_TRUE(files_->make_directory(at("d"), 0700));
  EXPECT_EQ(files_->info(at("d")).value()->mode, 0700U);
  EXPECT_TRUE(files_->make_directory(at("d"), 0700));
  EXPECT_FALSE(files_->make_directory(at("no/such"), 0700));
  put("f", "");
  EXPECT_FALSE(files_->make_directory(at("f"), 0700)) << "a file is no directory";
  EXPECT_TRUE(files_->remove(at("f")));
  EXPECT_TRUE(files_->remove(at("f")));
  EXPECT_FALSE(files_->remove(at("d"))) << "a directory is no file";
  EXPECT_EQ(names(), (std::vector<std::string>{"d"}));
}

TEST_F(SystemFiles, ResolveFollowsEveryLink) {
  fs::create_directory(at("d"));
  put("d/f", "x");
  fs::create_directory_symlink("d", at("link"));
  const auto real = fs::canonical(folder_);
  EXPECT_EQ(files_->resolve(at("link/../link/f")).value(), real / "d/f");
  EXPECT_EQ(files_->resolve(at("absent")).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace lockstep
