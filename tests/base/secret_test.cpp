#include "base/secret.hpp"

#include <sstream>
#include <type_traits>

namespace lockstep {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

// S4: what does not compile cannot leak.
static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(!Streamable<Secret> && !std::is_convertible_v<Secret, std::string_view> &&
              !std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_constructible_v<std::string, Secret>);

TEST(Secret, KeepsExactBytes) {
  const std::string_view bytes("a\0b\xFF\n", 5);
  const Secret secret(bytes);
  EXPECT_EQ(secret.expose(), bytes);
  EXPECT_EQ(secret.size(), 5U);
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, CloneIsASecondOwnerAndAMoveLeavesNothing) {
  Secret first("value-one");
  const Secret second = first.clone();
  const Secret third = std::move(first);
  EXPECT_EQ(second.expose(), "value-one");
  EXPECT_EQ(third.expose(), "value-one");
  EXPECT_NE(second.expose().data(), third.expose().data());
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): the guarantee under test
}

TEST(Secret, EqualComparesBytes) {
  EXPECT_TRUE(equal(Secret("abc"), Secret("abc")));
  EXPECT_FALSE(equal(Secret("abc"), Secret("abd")));
  EXPECT_FALSE(equal(Secret("abc"), Secret("abcd")));
  EXPECT_TRUE(equal(Secret(), Secret("")));
}

TEST(Wipe, OverwritesEveryByte) {
  char bytes[] = "value";
  wipe(bytes, sizeof bytes);
  EXPECT_EQ(std::string_view(bytes, sizeof bytes), std::string_view("\0\0\0\0\0\0", 6));
}

TEST(SecretBytes, AppendAndViewAreExact) {
  SecretBytes bytes = to_bytes("a");
  append(bytes, std::string_view("\0b", 2));
  EXPECT_EQ(view(bytes), std::string_view("a\0b", 3));
}

}  // namespace
}  // namespace lockstep
