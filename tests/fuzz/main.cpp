// libFuzzer's entry (https://llvm.org/docs/LibFuzzer.html): LOCKSTEP_FUZZ_TARGET names the target.
// tests/run calls it; by hand: LOCKSTEP_FUZZ_TARGET=dotenv build/fuzz/tests/lockstep-fuzz FOLDER...
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "fuzz/target.hpp"

namespace {
lockstep::fuzz::OneInput chosen = nullptr;
}

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const auto* name = std::getenv("LOCKSTEP_FUZZ_TARGET");
  for (const auto& target : lockstep::fuzz::targets()) {
    if (name && target.name == name) chosen = target.one_input;
  }
  if (chosen) return 0;
  std::fputs("LOCKSTEP_FUZZ_TARGET must be one of:", stderr);
  for (const auto& target : lockstep::fuzz::targets()) {
    std::fprintf(stderr, " %s", std::string(target.name).c_str());
  }
  std::fputs("\n", stderr);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen({reinterpret_cast<const char*>(data), size});
  return 0;
}
