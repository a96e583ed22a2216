// Memory that is wiped when it is given back.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace lockstep {

/// Overwrites `size` bytes at `data`; the compiler cannot remove it.
void wipe(void* data, std::size_t size) noexcept;

/// An allocator that wipes every block before it frees it.
template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) noexcept {}
  T* allocate(std::size_t n) { return std::allocator<T>{}.allocate(n); }
  void deallocate(T* p, std::size_t n) noexcept {
    wipe(p, n * sizeof(T));
    std::allocator<T>{}.deallocate(p, n);
  }
  bool operator==(const WipingAllocator&) const noexcept { return true; }
};

/// Bytes that may hold a secret value: file contents, request and response bodies.
/// Growing or freeing leaves nothing behind. Never copy them into a std::string.
using SecretBytes = std::vector<char, WipingAllocator<char>>;

/// A view of all bytes; valid until `bytes` changes.
inline std::string_view view(const SecretBytes& bytes) {
  return {bytes.data(), bytes.size()};
}

/// Appends `text` to `bytes`.
inline void append(SecretBytes& bytes, std::string_view text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}

/// A copy of `text` in wiped memory.
inline SecretBytes to_bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

}  // namespace lockstep
