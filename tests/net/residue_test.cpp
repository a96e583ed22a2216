// S4: what a request and its answer carried is not left behind in freed memory. Every block that
// C++ or OpenSSL gives back is searched for a canary first.
// Not under AddressSanitizer, which has allocation functions of its own to pair up.
#if !__has_feature(address_sanitizer)
#include <gtest/gtest.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <string.h>  // memmem

#include <cstdlib>
#include <new>

#include "loop.hpp"
#include "net/transport.hpp"
#include "pki.hpp"

namespace {

// Only its parts stand in the program, so the search finds no constant of the test itself.
char canary[64];
std::size_t canary_size = 0;
long left_behind = 0;

void inspect(void* block) {
  if (block == nullptr || canary_size == 0) return;
  if (memmem(block, malloc_usable_size(block), canary, canary_size) != nullptr) ++left_behind;
}

void* crypto_malloc(std::size_t n, const char*, int) {
  return std::malloc(n);
}
void crypto_free(void* p, const char*, int) {
  inspect(p);
  std::free(p);
}
void* crypto_realloc(void* p, std::size_t n, const char*, int) {
  void* q = std::malloc(n);
  if (p != nullptr && q != nullptr) {
    memcpy(q, p, std::min(n, malloc_usable_size(p)));
    inspect(p);
    std::free(p);
  }
  return q;
}

/// OpenSSL takes the hooks only before its first allocation.
const int hooked = CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);

}  // namespace

void* operator new(std::size_t n) {
  if (void* p = std::malloc(n == 0 ? 1 : n)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept {
  inspect(p);
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  ::operator delete(p);
}

namespace lockstep::net {
namespace {

using namespace lockstep::net::testing;

void plant() {
  for (int i = 0; i < 40; ++i) canary[i] = static_cast<char>('A' + i * 7 % 26);
  canary_size = 40;
  left_behind = 0;
}

/// One exchange whose credential, request body and answer hold the canary; how many blocks kept it.
long exchange(bool tls) {
  Loop loop;
  Pki pki;
  ServerOptions options;
  if (tls) {
    const auto leaf = pki.issue("IP:127.0.0.1");
    options.certificate_file = leaf.certificate_file;
    options.key_file = leaf.key_file;
  }
  plant();
  int status = 0;
  {
    Served served(loop, handler([](Request request) {
                    return Response{.status = 200, .headers = {}, .body = std::move(request.body)};
                  }),
                  options);
    auto client = *make_transport(loop.executor(), loop.clock(), {.ca_file = pki.ca_file()});
    for (int i = 0; i < 3; ++i) {
      SecretBytes body(static_cast<std::size_t>(i) * 30'000, 'x');
      append(body, {canary, canary_size});
      auto answer = send(loop, *client,
                         {.method = "PUT",
                          .url = served.url(),
                          .authorization = Secret(std::string_view(canary, canary_size)),
                          .body = std::move(body),
                          .effect = Effect::Write});
      if (answer && view(answer->body).ends_with(std::string_view(canary, canary_size))) ++status;
    }
  }
  const long found = left_behind;
  canary_size = 0;
  return status == 3 ? found : -1;
}

TEST(Residue, InspectorSeesAPlainString) {
  plant();
  {
    const std::string copy(canary, canary_size);
  }
  EXPECT_EQ(left_behind, 1);
  canary_size = 0;
}

TEST(Residue, PlainExchangeLeavesNothing_S4) {
  EXPECT_EQ(exchange(false), 0);
}

TEST(Residue, EncryptedExchangeLeavesNothing_S4) {
  ASSERT_EQ(hooked, 1) << "OpenSSL allocated before the hooks were set";
  EXPECT_EQ(exchange(true), 0);
}

}  // namespace
}  // namespace lockstep::net

#endif
