// What an account holds beside Workers, as its list endpoints show it.
#include "base/text.hpp"
#include "sandbox/cloudflare_world.hpp"

namespace lockstep::sandbox::cloudflare {

namespace {

using Kind = CloudflareResource::Kind;

/// The resources of one kind whose name holds `filter`, each as `show` writes it.
json::array select(const Account& account, Kind kind, const std::string& filter,
                   json::object (*show)(const Resource&)) {
  json::array out;
  for (const auto& resource : account.resources) {
    if (resource.what.kind != kind) continue;
    if (resource.what.name.find(filter) != std::string::npos) out.push_back(show(resource));
  }
  return out;
}

json::object show_d1(const Resource& resource) {
  return {{"uuid", resource.id},
          {"name", resource.what.name},
          {"version", "production"},
          {"created_at", timestamp(resource.created_on)}};
}

json::object show_kv(const Resource& resource) {
  return {{"id", resource.id}, {"title", resource.what.name}, {"supports_url_encoding", true}};
}

json::object show_r2(const Resource& resource) {
  return {{"name", resource.what.name},
          {"creation_date", timestamp(resource.created_on)},
          {"location", "WEUR"},
          {"storage_class", "Standard"},
          {"jurisdiction", "default"}};
}

json::object show_gateway(const Resource& resource) {
  return {{"id", resource.what.name},
          {"created_at", timestamp(resource.created_on)},
          {"modified_at", timestamp(resource.created_on)},
          {"authentication", true},
          {"store_id", nullptr}};
}

}  // namespace

net::Response page(const Call& call, const json::array& items, std::uint64_t per_page,
                   std::uint64_t most) {
  const auto number = std::max<std::uint64_t>(call.number("page").value_or(1), 1);
  const auto size = std::clamp<std::uint64_t>(call.number("per_page").value_or(per_page), 1, most);
  json::array slice;
  for (auto i = (number - 1) * size; i < items.size() && i < number * size; ++i) {
    slice.push_back(items[i]);
  }
  const json::object info{{"count", slice.size()},
                          {"page", number},
                          {"per_page", size},
                          {"total_count", items.size()},
                          {"total_pages", (items.size() + size - 1) / size}};
  return success(slice, info);
}

net::Response get_account(World&, const Ask& ask) {
  return success(
      json::object{{"id", ask.account.id}, {"name", ask.account.name}, {"type", "standard"}});
}

net::Response list_d1(World&, const Ask& ask) {
  const auto name = ask.call.parameter("name").value_or("");
  return page(ask.call, select(ask.account, Kind::d1, name, show_d1), 20, 100);
}

net::Response list_kv(World&, const Ask& ask) {
  return page(ask.call, select(ask.account, Kind::kv, "", show_kv), 20, 100);
}

net::Response list_gateways(World&, const Ask& ask) {
  const auto search = ask.call.parameter("search").value_or("");
  return page(ask.call, select(ask.account, Kind::ai_gateway, search, show_gateway), 20, 100);
}

net::Response get_gateway(World&, const Ask& ask) {
  for (const auto& resource : ask.account.resources) {
    if (resource.what.kind == Kind::ai_gateway && resource.what.name == ask.arguments[1]) {
      return success(show_gateway(resource));
    }
  }
  return failure(404, 7002, "Gateway not found");
}

/// R2 pages by cursor: here the number of the first bucket of the page.
net::Response list_r2(World&, const Ask& ask) {
  const auto filter = ask.call.parameter("name_contains").value_or("");
  const auto all = select(ask.account, Kind::r2, filter, show_r2);
  const auto first = ask.call.number("cursor").value_or(0);
  const auto size = std::clamp<std::uint64_t>(ask.call.number("per_page").value_or(20), 1, 1000);
  json::array slice;
  for (auto i = first; i < all.size() && i < first + size; ++i) slice.push_back(all[i]);
  json::object info{{"per_page", size}};
  if (first + size < all.size()) info["cursor"] = std::to_string(first + size);
  return success(json::object{{"buckets", std::move(slice)}}, info);
}

}  // namespace lockstep::sandbox::cloudflare
