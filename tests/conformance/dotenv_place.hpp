// A developer's .dev.vars file.
#pragma once

#include <stdexcept>

#include "place_world.hpp"
#include "providers/dotenv/provider.hpp"
#include "support/memory_files.hpp"
#include "support/npm_dotenv.hpp"

namespace lockstep::conformance {

/// Counts what reaches the file, as an emulator counts requests.
class CountedFiles final : public Files {
 public:
  explicit CountedFiles(Files& files) : files_(files) {}
  Result<SecretBytes> read(const Path& path, std::size_t limit) const override {
    ++reads;
    return files_.read(path, limit);
  }
  /// A file that is not there is read too, by the look at it.
  Result<std::optional<FileInfo>> info(const Path& path) const override {
    auto info = files_.info(path);
    if (info && !*info && path.filename().native().starts_with(".dev.vars")) ++reads;
    return info;
  }
  Result<std::vector<std::string>> list(const Path& path, std::size_t limit) const override {
    return files_.list(path, limit);
  }
  Status replace(const Path& path, std::string_view bytes, unsigned mode) override {
    ++writes;
    return files_.replace(path, bytes, mode);
  }
  Status make_directory(const Path& path, unsigned mode) override {
    ++writes;
    return files_.make_directory(path, mode);
  }
  Status remove(const Path& path) override {
    ++writes;
    return files_.remove(path);
  }
  Status set_mode(const Path& path, unsigned mode) override {
    ++writes;
    return files_.set_mode(path, mode);
  }
  mutable std::size_t reads = 0;
  std::size_t writes = 0;

 private:
  Files& files_;
};

class OpenFence final : public WriteFence {
 public:
  Status check(Mono) const override { return {}; }
};

class DotenvPlace final : public PlaceWorld {
 public:
  DotenvPlace() {
    files_.put_directory("apps", 0755);
    files_.put_directory("apps/cms", 0755);
  }

  Provider& provider() override { return provider_; }
  bool over_http() const override { return false; }
  sandbox::Emulator& emulator() override { throw std::logic_error("a file has no emulator"); }
  std::size_t requests() override { return counted_.reads + counted_.writes; }
  std::size_t writes() override { return counted_.writes; }
  Place place() const override { return {PlaceKind::dotenvFile, {"apps/cms/.dev.vars"}}; }
  Place missing_place() const override { return {PlaceKind::dotenvFile, {"apps/no/.dev.vars"}}; }
  std::string token() const override { return ""; }
  void revoke_token() override {}
  std::vector<std::string> refused_names() const override {
    return {"", "1ST", "WITH-DASH", "WITH BLANK", "WITH.DOT", "\xC3\x9C", "LINE\nEND", "EQUALS="};
  }
  std::string own_error(std::string_view) const override { return ""; }

  void person_puts(const std::string& name, std::string_view value) override {
    person_removes(name);
    write(files_.text(path_) + name + " = '" + std::string(value) + "' # by hand\n");
  }
  void person_removes(const std::string& name) override {
    const auto text = files_.text(path_);
    std::string kept;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at) + 1;
      const auto line = text.substr(at, end - at);
      if (!line.starts_with(name + "=") && !line.starts_with(name + " =")) kept += line;
      at = end;
    }
    write(kept);
  }
  void person_deploys() override {}
  std::string person() const override { return ""; }

  std::optional<std::string> value(const std::string& name) const override {
    const auto all = lockstep::testing::NpmDotenv::parse(files_.text(path_));
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& [name, value] : lockstep::testing::NpmDotenv::parse(files_.text(path_))) {
      out.push_back(name);
    }
    return out;
  }
  /// Folders; the file itself may come with its first name.
  std::vector<std::string> places() const override {
    auto out = files_.paths();
    std::erase(out, path_);
    return out;
  }

 private:
  void write(const std::string& text) { files_.put(path_, text); }

  const std::string path_ = "apps/cms/.dev.vars";
  lockstep::testing::Power power_{1};
  lockstep::testing::MemoryFiles files_{power_};
  CountedFiles counted_{files_};
  OpenFence fence_;
  std::unique_ptr<Offload> offload_ = make_offload_inline();
  RestedReader reader_{counted_, sim.clock(), *offload_};
  providers::dotenv::DotenvProvider provider_{
      counted_,
      reader_,
      sim.clock(),
      fence_,
      {.root = "",
       .tracked = [](const FileReader&, const Path&) -> Result<bool> { return false; }}};
};

}  // namespace lockstep::conformance
