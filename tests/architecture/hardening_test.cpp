// What ships is hardened: read from the program itself, because a flag can be lost on its way.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "architecture/elf.hpp"

namespace lockstep::architecture {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What is missing; "" when nothing is.
std::string weaknesses(const Hardening& program) {
  std::string out;
  if (!program.pie) out += "not position independent\n";
  if (!program.relro) out += "no RELRO\n";
  if (!program.bind_now) out += "binds lazily, so RELRO is only partial\n";
  if (program.executable_stack) out += "executable stack\n";
  if (!program.imports.contains("__stack_chk_fail")) out += "no stack protector\n";
  const bool fortified = std::ranges::any_of(program.imports, [](const std::string& name) {
    return name.starts_with("__") && name.ends_with("_chk");
  });
  if (!fortified) out += "no fortified function\n";
  if (!program.main_has_endbr && !program.cet_note) out += "no branch tracking (CET)\n";
  return out;
}

TEST(Hardening, OfTheProgramThatShips) {
  if (std::string_view(LOCKSTEP_PROFILE) != "release") {
    std::cout << "not checked: only the release profile is hardened\n";
    return;
  }
  const auto program =
      read_hardening(bytes_of(std::filesystem::path(LOCKSTEP_BINARY_DIR) / "lockstep"));
  ASSERT_TRUE(program) << "no program, or not for x86-64";
  EXPECT_EQ(weaknesses(*program), "");
  if (!program->cet_note) {
    std::cout << "note: compiled for CET, but the C library's start files are not, so the loader"
                 " will not switch it on\n";
  }
}

TEST(Hardening, ReaderSeesThisVeryProgram) {
  const auto self = read_hardening(bytes_of("/proc/self/exe"));
  ASSERT_TRUE(self);
  // Under sanitizers memcpy and its like are the program's own; this one never is.
  EXPECT_TRUE(self->imports.contains("__libc_start_main"));
  EXPECT_FALSE(self->executable_stack);
}

TEST(Hardening, ReaderRefusesWhatIsNoProgram) {
  EXPECT_FALSE(read_hardening(""));
  EXPECT_FALSE(read_hardening("#!/bin/sh\n"));
  EXPECT_FALSE(read_hardening(bytes_of("/proc/self/exe").substr(0, 4096))) << "cut";
}

TEST(Hardening, EveryWeaknessIsSeen) {
  Hardening good{.pie = true,
                 .relro = true,
                 .bind_now = true,
                 .executable_stack = false,
                 .cet_note = false,
                 .main_has_endbr = true,
                 .imports = {"__stack_chk_fail", "__memcpy_chk"}};
  EXPECT_EQ(weaknesses(good), "");
  good.imports = {"__stack_chk_fail", "memcpy"};
  EXPECT_EQ(weaknesses(good), "no fortified function\n");
  const auto none = weaknesses(Hardening{});
  EXPECT_EQ(std::ranges::count(none, '\n'), 7);
}

}  // namespace
}  // namespace lockstep::architecture
