// A small real world: a folder with manifests, values and keys, and emulated providers on a socket.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <future>
#include <thread>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "cli/process.hpp"
#include "net/server.hpp"
#include "sandbox/cloudflare.hpp"
#include "sandbox/fly.hpp"

namespace lockstep::cli::testing {

/// One Fly app and one Worker with a few secrets each. The emulators live on a thread of their own;
/// touch them through on_loop() only.
class Shop : public ::testing::Test {
 protected:
  Shop();
  ~Shop() override;

  /// Runs `lockstep` in the folder until it ends.
  Finished lockstep(const std::vector<std::string>& words, const std::string& typed = "");
  /// The same, still running.
  std::unique_ptr<Process> start(const std::vector<std::string>& words);
  Process::Options options() const { return {.folder = folder_, .environment = environment_}; }

  void write(const std::string& name, const std::string& text, unsigned mode = 0644);
  /// What the sources give: NAME=VALUE lines.
  void values(const std::string& lines);
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }

  /// Runs `f` where the emulators live and gives what it returns.
  template <class F>
  auto on_loop(F f) -> decltype(f()) {
    std::packaged_task<decltype(f())()> task(std::move(f));
    auto result = task.get_future();
    boost::asio::post(loop_, [&task] { task(); });
    return result.get();
  }
  std::string at_fly(const std::string& name);
  std::string at_worker(const std::string& name);
  /// How many writing requests both providers got.
  std::size_t writes();
  /// Someone else writes a secret of the Fly app.
  void someone_sets(const std::string& name, const std::string& value);

  std::filesystem::path folder_;
  std::map<std::string, std::string> environment_;
  boost::asio::io_context loop_{1};
  std::unique_ptr<Clock> clock_;
  sandbox::FlyEmulator fly_;
  sandbox::CloudflareEmulator cloudflare_;

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<Files> files_;
  std::thread thread_;
};

/// `GET path` on loopback under that host name: status line, headers and body.
std::string http_get(std::uint16_t port, const std::string& path,
                     const std::string& host = "localhost");

}  // namespace lockstep::cli::testing
