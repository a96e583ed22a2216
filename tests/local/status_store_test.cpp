#include "local/status_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

TargetStatus status_of(const std::string& ns, const std::string& name, std::size_t reads = 0) {
  TargetStatus out;
  out.key = {ns, name};
  out.reads = reads;
  return out;
}

TEST(StatusStore, GivesTheLatestOutcomeOfEachTargetSorted) {
  StatusStore store;
  store.put(status_of("cms", "b"));
  store.put(status_of("cms", "a", 1));
  store.put(status_of("alpha", "z"));
  store.put(status_of("cms", "a", 2));
  const auto all = store.all();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(to_string(all[0]->key), "alpha/z");
  EXPECT_EQ(to_string(all[1]->key), "cms/a");
  EXPECT_EQ(all[1]->reads, 2U);
  EXPECT_EQ(to_string(all[2]->key), "cms/b");
}

TEST(StatusStore, IsReadyOnceEveryKnownTargetHadAPass) {
  StatusStore store;
  EXPECT_FALSE(store.ready());
  store.know({{"cms", "a"}, {"cms", "b"}});
  store.put(status_of("cms", "a"));
  EXPECT_FALSE(store.ready());
  store.put(status_of("cms", "b"));
  EXPECT_TRUE(store.ready());
  store.know({{"cms", "b"}, {"cms", "c"}});
  EXPECT_FALSE(store.ready());
  EXPECT_EQ(store.all().size(), 1U);
  store.know({{"cms", "b"}});
  EXPECT_TRUE(store.ready());
}

}  // namespace
}  // namespace lockstep
