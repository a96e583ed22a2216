// Each rule over the whole tree, and over a text that breaks it: a rule that cannot fail is no
// rule.
#include "architecture/rules.hpp"

namespace lockstep::architecture {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const Rooms& rooms() {
  static const Rooms all = read_rooms();
  return all;
}
const std::vector<SourceFile>& controller() {
  static const auto all = read_tree({"controller"});
  return all;
}

/// All complaints of one rule, one a line.
template <class Rule>
std::string broken_by(const std::vector<SourceFile>& files, Rule rule) {
  std::string out;
  for (const auto& file : files) {
    for (const auto& complaint : rule(file)) out += complaint + "\n";
  }
  return out;
}

std::vector<SourceFile> only(const std::vector<SourceFile>& files,
                             bool (*wanted)(std::string_view)) {
  std::vector<SourceFile> out;
  for (const auto& file : files) {
    if (wanted(file.path)) out.push_back(file);
  }
  return out;
}

const Rooms small = parse_rooms("base: \nnet: base\nplan: base\n");

TEST(Tree, IsRead) {
  EXPECT_GE(rooms().order.size(), 14U);
  EXPECT_GT(controller().size(), 30U);
}

TEST(Rooms, UseOnlyRoomsAboveThem) {
  EXPECT_THAT(rooms_out_of_order(rooms()), IsEmpty());
  EXPECT_THAT(rooms_out_of_order(parse_rooms("a: b\nb: \nc: a b\n")), SizeIs(1));
}

TEST(Rooms, IncludeOnlyWhatTheyDeclare) {
  EXPECT_EQ(broken_by(only(controller(), is_cpp),
                      [](const auto& file) { return undeclared_includes(file, rooms()); }),
            "");
  const auto complaints = [](std::string path, std::string text) {
    return undeclared_includes({std::move(path), std::move(text)}, small);
  };
  EXPECT_THAT(complaints("controller/net/a.cpp", "#include \"base/x.hpp\"\n"), IsEmpty());
  EXPECT_THAT(complaints("controller/net/a.cpp", "#include \"net/x.hpp\"\n"), IsEmpty());
  EXPECT_THAT(complaints("controller/plan/a.cpp", "#include \"net/x.hpp\"\n"), SizeIs(1));
  EXPECT_THAT(complaints("controller/plan/a.cpp", "#  include <net/x.hpp>\n"), SizeIs(1));
  EXPECT_THAT(complaints("controller/plan/a.cpp", "#include \"../net/x.hpp\"\n"), SizeIs(1));
  EXPECT_THAT(complaints("controller/plan/a.cpp", "#include \"x.hpp\"\n"), SizeIs(1));
  EXPECT_THAT(complaints("controller/cellar/a.cpp", ""), SizeIs(1));
}

TEST(Libraries, StayOutOfHeadersAndInTheirRoom) {
  EXPECT_EQ(broken_by(only(controller(), is_cpp), heavy_includes), "");
  EXPECT_EQ(broken_by(only(read_tree({"tests"}), is_header), heavy_includes), "");
  for (const auto* header :
       {"boost/beast/http.hpp", "boost/asio/ssl.hpp", "boost/asio/experimental/parallel_group.hpp",
        "spdlog/spdlog.h", "CLI/CLI.hpp", "yaml-cpp/yaml.h", "yaml.h", "sqlite3.h", "sodium.h",
        "prometheus/registry.h", "boost/url.hpp"}) {
    const auto text = "#include <" + std::string(header) + ">\n";
    EXPECT_THAT(heavy_includes({"controller/net/a.hpp", text}), SizeIs(1)) << header;
    EXPECT_THAT(heavy_includes({"controller/plan/a.cpp", text}), SizeIs(1)) << header;
  }
  EXPECT_THAT(heavy_includes({"controller/local/a.cpp", "#include <sqlite3.h>\n"}), IsEmpty());
}

TEST(Libraries, HaveOneFileThatKnowsThem) {
  EXPECT_THAT(shared_libraries(controller()), IsEmpty());
  EXPECT_THAT(shared_libraries({{"controller/telemetry/a.cpp", "#include <spdlog/logger.h>\n"},
                                {"controller/telemetry/b.cpp", "#include <spdlog/spdlog.h>\n"}}),
              SizeIs(1));
}

TEST(Ports, HaveNoBodies) {
  EXPECT_EQ(broken_by(read_tree({"controller/ports"}), bodies_in_ports), "");
  const auto complaints = [](std::string text) {
    return bodies_in_ports({"controller/ports/a.hpp", std::move(text)});
  };
  EXPECT_THAT(complaints("class A {\n public:\n  virtual ~A() = default;\n"
                         "  virtual int f() const = 0;  // {\n  int g() { return 1; }\n};\n"
                         "struct B {\n  int n{};\n};\n"),
              IsEmpty());
  EXPECT_THAT(complaints("struct A {\n  int f() {\n    return 1;\n  }\n};\n"), SizeIs(1));
  EXPECT_THAT(complaints("struct A {\n  int f() const override\n  {\n    return 1;\n  }\n};\n"),
              SizeIs(1));
  EXPECT_THAT(complaints("struct A {\n  A() : n(1) {\n    g();\n  }\n  int n;\n};\n"), SizeIs(1));
}

TEST(Sandbox, IsAnOracleThatKnowsNoProvider) {
  EXPECT_EQ(broken_by(read_tree({"tests/sandbox"}), sandbox_knows_providers), "");
  for (const auto* text : {"#include \"providers/fly/api.hpp\"\n",
                           "#include \"../../controller/providers/fly/api.hpp\"\n"}) {
    EXPECT_THAT(sandbox_knows_providers({"tests/sandbox/fly.cpp", text}), SizeIs(1));
  }
}

TEST(Providers, DoNotKnowEachOther) {
  EXPECT_EQ(broken_by(read_tree({"controller/providers"}), provider_knows_provider), "");
  const std::string path = "controller/providers/fly/a.cpp";
  EXPECT_THAT(provider_knows_provider({path,
                                       "#include \"providers/fly/b.hpp\"\n"
                                       "#include \"providers/common/c.hpp\"\n"}),
              IsEmpty());
  EXPECT_THAT(provider_knows_provider({path, "#include \"providers/cloudflare/b.hpp\"\n"}),
              SizeIs(1));
}

TEST(Seams, AreNotGoneRound) {
  EXPECT_EQ(broken_by(only(controller(), is_cpp), detours), "");
  const std::string path = "controller/plan/a.cpp";
  for (const auto* text :
       {"asio::co_spawn(x);", "auto t = std::chrono::system_clock::now();",
        "auto t = steady_clock::now();", "int n = rand();", "int n = std::rand();",
        "std::random_device d;", "std::mt19937_64 e;", "RAND_bytes(p, 1);", "std::ifstream in;",
        "std::cout << 1;", "printf(x);", "std::printf(x);", "::getenv(x);", "asio::steady_timer t;",
        "std::this_thread::sleep_for(s);"}) {
    EXPECT_THAT(detours({path, text}), SizeIs(1)) << text;
  }
  for (const auto* text : {"// std::cout and rand() and co_spawn", "/* getenv\n */ int n;",
                           "auto s = \"printf(rand())\";", "auto s = R\"(\" getenv)\";",
                           "snprintf(b, n, f);", "int operand(int);", "int strand();",
                           "int n = 1'000; // rand()", "#include <boost/asio/co_spawn.hpp>"}) {
    EXPECT_THAT(detours({path, text}), IsEmpty()) << text;
  }
  EXPECT_THAT(detours({"controller/base/scope.cpp", "asio::co_spawn(x);"}), IsEmpty());
}

TEST(Files, HaveAtMost400Lines) {
  EXPECT_EQ(broken_by(only(controller(), is_cpp), too_long), "");
  EXPECT_EQ(broken_by(only(read_tree({"tests"}), is_cpp), too_long), "");
  EXPECT_THAT(too_long({"a.cpp", std::string(400, '\n')}), IsEmpty());
  EXPECT_THAT(too_long({"a.cpp", std::string(401, '\n')}), SizeIs(1));
}

TEST(Rooms, HaveAReadmeOfAtMostAPage) {
  EXPECT_EQ(::testing::PrintToString(rooms_without_readme(controller(), rooms())), "{}");
  EXPECT_THAT(rooms_without_readme({}, small), SizeIs(3));
  EXPECT_THAT(rooms_without_readme({{"controller/base/README.md", std::string(61, '\n')},
                                    {"controller/net/README.md", std::string(60, '\n')},
                                    {"controller/plan/README.md", ""}},
                                   small),
              SizeIs(1));
}

TEST(Tree, NamesNoPathOfAMachine) {
  EXPECT_EQ(
      broken_by(read_tree({".ci", "CMakeLists.txt", "CMakePresets.json", "README.md", "charts",
                           "cmake", "controller", "crds", "manifests", "packages.txt", "tests"}),
                machine_paths),
      "");
  for (const std::string folder : {"work", "tmp", "home", "root", "Users"}) {
    EXPECT_THAT(machine_paths({"a.sh", "cd /" + folder + "/x\n"}), SizeIs(1));
    EXPECT_THAT(machine_paths({"a.cpp", "f(\"/" + folder + "/x\");\n"}), SizeIs(1));
    EXPECT_THAT(machine_paths({"a.md", "https://example.com/" + folder + "/x\n"}), IsEmpty());
  }
}

}  // namespace
}  // namespace lockstep::architecture
