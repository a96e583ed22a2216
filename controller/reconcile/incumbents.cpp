#include "reconcile/incumbents.hpp"

#include <algorithm>

#include "plan/claims.hpp"

namespace lockstep::reconcile {

namespace {

constexpr std::string_view prefix = "Target/";

void add_incumbent(Incumbents& out, const std::string& ns, const PlaceRecord& record) {
  if (!record.incumbent.starts_with(prefix)) return;
  out.targets.push_back({ns, record.incumbent.substr(prefix.size())});
}

}  // namespace

std::string incumbent_word(const ObjectKey& target) {
  return std::string(prefix) + target.name;
}

Awaitable<Result<Incumbents>> find_incumbents(Ledger& ledger, const DesiredTarget& target,
                                              const PlaceRecord& mine) {
  Incumbents out;
  add_incumbent(out, target.key.ns, mine);
  const bool rivalled = std::ranges::any_of(
      target.rivals, [&](const ObjectKey& rival) { return rival.ns != target.key.ns; });
  if (mine.incumbent == incumbent_word(target.key) && !rivalled) co_return out;
  auto listing = ledger.places();
  CO_TRY(const auto places, co_await std::move(listing));
  for (const auto& id : places) {
    if (id.ns == target.key.ns || id.place != target.place.key()) continue;
    auto loading = ledger.load(id);
    CO_TRY(auto record, co_await std::move(loading));
    add_incumbent(out, id.ns, record);
    if (!record.incumbent.empty()) out.elsewhere.emplace_back(id, std::move(record));
  }
  co_return out;
}

Awaitable<Status> learn_claims(Ledger& ledger, const DesiredTarget& target) {
  const PlaceId id{target.key.ns, target.place.key()};
  auto loading = ledger.load(id);
  CO_TRY(auto record, co_await std::move(loading));
  if (record.incumbent != incumbent_word(target.key)) co_return Status{};
  const auto known = encode(record);
  record = plan::learn_claims(target, std::move(record));
  if (encode(record) == known) co_return Status{};
  auto saving = ledger.save(id, record);
  CO_TRY_OK(co_await std::move(saving));
  co_return Status{};
}

Awaitable<Status> resign(Ledger& ledger, PlaceId former) {
  auto loading = ledger.load(former);
  CO_TRY(auto record, co_await std::move(loading));
  record.incumbent.clear();
  auto saving = ledger.save(std::move(former), record);
  CO_TRY_OK(co_await std::move(saving));
  co_return Status{};
}

}  // namespace lockstep::reconcile
