// The walk over a real folder: links, files that are none, and used-up descriptors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "local/manifest_walk.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ManifestLinks : public ::testing::Test {
 protected:
  ManifestLinks() {
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    write("manifests/a.yaml");
    write("outside/x.yaml");
  }
  ~ManifestLinks() override { std::filesystem::remove_all(folder_); }
  void write(const Path& path) {
    std::filesystem::create_directories((root() / path).parent_path());
    std::ofstream(root() / path) << "# " << path << "\n";
  }
  void link(const Path& path, const Path& to) {
    std::filesystem::create_symlink(to, root() / path);
  }
  ManifestFiles find() { return *find_manifests(*make_system_files(), root() / "manifests", {}); }
  std::vector<std::string> names(const ManifestFiles& found) {
    std::vector<std::string> out;
    for (const auto& file : found.files) {
      out.push_back(Path(file.name).lexically_relative(root()).string());
    }
    return out;
  }
  Path root() const { return folder_; }

 private:
  std::string folder_ = ::testing::TempDir() + "lockstep-manifests-XXXXXX";
};

TEST_F(ManifestLinks, ThatLeadOutAreRefused_S17) {
  link("manifests/b.yaml", "../outside/x.yaml");
  link("manifests/folder", root() / "outside");
  link("manifests/note.txt", "../outside/x.yaml");
  const auto found = find();
  EXPECT_THAT(names(found), ElementsAre("manifests/a.yaml"));
  EXPECT_TRUE(found.incomplete);
  ASSERT_EQ(found.problems.size(), 2U);
  for (const auto& problem : found.problems) {
    EXPECT_EQ(problem.text,
              "the symbolic link leads out of the manifests folder; copy what it names");
  }
}

TEST_F(ManifestLinks, ThatLeadNowhereMakeItIncomplete_S2) {
  link("manifests/b.yaml", "gone.yaml");
  const auto found = find();
  EXPECT_TRUE(found.incomplete);
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_EQ(found.problems[0].text, "the symbolic link leads nowhere; remove it");
}

// The test ends only when nothing waits for a writer of the FIFO.
TEST_F(ManifestLinks, ToAFifoAreRefusedAndNotWaitedForAndSoIsOneOfThatName_S15) {
  ASSERT_EQ(::mkfifo((root() / "manifests/pipe").c_str(), 0600), 0);
  link("manifests/b.yaml", "pipe");
  ASSERT_EQ(::mkfifo((root() / "manifests/c.yaml").c_str(), 0600), 0);
  const auto found = find();
  EXPECT_TRUE(found.incomplete);
  ASSERT_EQ(found.problems.size(), 2U);
  EXPECT_EQ(found.problems[0].text, "it is not a regular file; remove it");
  EXPECT_EQ(found.problems[1].text, "it is not a regular file; remove it");
}

TEST_F(ManifestLinks, SmallFilesTakeLittleMemory_S15) {
  EXPECT_LE(find().files.at(0).text.capacity(), 100U);
}

TEST_F(ManifestLinks, ExhaustedDescriptorsAreToldAsThemselves_S2) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(free);
  const rlimit none{.rlim_cur = static_cast<rlim_t>(free), .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto found = find();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(found.incomplete);
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_THAT(found.problems[0].text, HasSubstr("ulimit -n"));
}

TEST_F(ManifestLinks, InsideAreReadOnce) {
  write("manifests/real/r.yaml");
  link("manifests/again.yaml", "a.yaml");
  link("manifests/folder", "real");
  link("manifests/real/loop", "..");
  const auto found = find();
  EXPECT_THAT(names(found), ElementsAre("manifests/a.yaml", "manifests/real/r.yaml"));
  EXPECT_FALSE(found.incomplete);
}

TEST_F(ManifestLinks, AsKubernetesMountsThemAreFollowed) {
  write("manifests/..2026_01_01/cms.yaml");
  write("manifests/..2026_01_01/more/x.yaml");
  link("manifests/..data", "..2026_01_01");
  link("manifests/cms.yaml", "..data/cms.yaml");
  link("manifests/more", "..data/more");
  const auto found = find();
  EXPECT_THAT(names(found),
              ElementsAre("manifests/a.yaml", "manifests/cms.yaml", "manifests/more/x.yaml"));
  EXPECT_FALSE(found.incomplete);
}

}  // namespace
}  // namespace lockstep
