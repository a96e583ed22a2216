#include "model/record.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <concepts>

#include "base/json.hpp"

namespace lockstep {

std::string to_string(const SecretId& id) {
  return id.ns + "/" + id.scope + "/" + id.key;
}

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::created:
      return "created";
    case Origin::adopted:
      return "adopted";
    case Origin::trusted:
      return "trusted";
  }
  return "created";
}

namespace {

constexpr std::uint64_t record_version = 1;

// One list of fields a struct serves both directions. The structured bindings fail to compile when
// a field is added to the struct and not here, so nothing is ever dropped silently.

template <class R, class T>
concept MaybeConst = std::same_as<std::remove_const_t<R>, T>;

template <class Io, MaybeConst<PlaceEvidence> R>
void fields(Io& io, R& record) {
  auto& [event, version] = record;
  io("event", event);
  io("version", version);
}

template <class Io, MaybeConst<Intent> R>
void fields(Io& io, R& record) {
  auto& [remove, fingerprint, attempt, started, was_there, token_before, updated_before,
         place_before, staged] = record;
  io("remove", remove);
  io("fingerprint", fingerprint);
  io("attempt", attempt);
  io("started", started);
  io("wasThere", was_there);
  io("tokenBefore", token_before);
  io("updatedBefore", updated_before);
  io("placeBefore", place_before);
  io("staged", staged);
}

template <class Io, MaybeConst<NameRecord> R>
void fields(Io& io, R& record) {
  auto& [origin, fingerprint, token, updated_at, answered_at, presumed, written, claimant,
         may_be_of, compromised_only, first_seen, written_at, value_since, drift_since, drift_state,
         drift_by, undesired_since, repairs, contested, staged, intent] = record;
  io("origin", origin);
  io("fingerprint", fingerprint);
  io("token", token);
  io("updatedAt", updated_at);
  io("answeredAt", answered_at);
  io("presumed", presumed);
  io("written", written);
  io("claimant", claimant);
  io("mayBeOf", may_be_of);
  io("compromisedOnly", compromised_only);
  io("firstSeen", first_seen);
  io("writtenAt", written_at);
  io("valueSince", value_since);
  io("driftSince", drift_since);
  io("driftState", drift_state);
  io("driftBy", drift_by);
  io("undesiredSince", undesired_since);
  io("repairs", repairs);
  io("contested", contested);
  io("staged", staged);
  io("intent", intent);
}

template <class Io, MaybeConst<PlaceRecord> R>
void fields(Io& io, R& record) {
  auto& [incumbent, selecting_sets, evidence, presumed, seen, seen_names, seen_taken, machines,
         staged_version, roll_out_due, roll_out_begun, roll_out_stopped, deletions,
         names_at_window_start, repairs, contested, names, sequence] = record;
  io("incumbent", incumbent);
  io("selectingSets", selecting_sets);
  io("evidence", evidence);
  io("presumed", presumed);
  io("seen", seen);
  io("seenNames", seen_names);
  io("seenTaken", seen_taken);
  io("machines", machines);
  io("stagedVersion", staged_version);
  io("rollOutDue", roll_out_due);
  io("rollOutBegun", roll_out_begun);
  io("rollOutStopped", roll_out_stopped);
  io("deletions", deletions);
  io("namesAtWindowStart", names_at_window_start);
  io("repairs", repairs);
  io("contested", contested);
  io("names", names);
  io("sequence", sequence);
}

template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;
template <class T>
constexpr bool is_list = false;
template <class T>
constexpr bool is_list<std::vector<T>> = true;
template <class T>
constexpr bool is_map = false;
template <class T>
constexpr bool is_map<std::map<std::string, T>> = true;

/// Writes members in the order of the field list; an empty optional has no member.
class Writer {
 public:
  template <class T>
  void operator()(std::string_view name, const T& value) {
    if constexpr (is_optional<T>) {
      if (value) out_.emplace(name, write(*value));
    } else {
      out_.emplace(name, write(value));
    }
  }

  template <class T>
  static json::value write(const T& value) {
    if constexpr (std::same_as<T, Wall>) {
      return json::string(to_rfc3339_exact(value));
    } else if constexpr (std::same_as<T, std::string> || std::is_enum_v<T>) {
      return json::string(text_of(value));
    } else if constexpr (std::integral<T>) {
      return json::value(value);
    } else if constexpr (is_list<T>) {
      json::array out;
      for (const auto& item : value) out.push_back(write(item));
      return out;
    } else if constexpr (is_map<T>) {
      json::object out;
      for (const auto& [key, item] : value) out.emplace(key, write(item));
      return out;
    } else {
      Writer members;
      fields(members, value);
      return std::move(members.out_);
    }
  }

 private:
  static std::string_view text_of(const std::string& text) { return text; }
  template <class E>
    requires std::is_enum_v<E>
  static std::string_view text_of(E word) {
    return to_string(word);
  }
  json::object out_;
};

/// Reads exactly the members of the field list: one missing, one too many or one of another type
/// ends the reading with a text that names it.
class Reader {
 public:
  Reader(const json::value& in, std::string path, std::string& problem)
      : in_(in.if_object()), path_(std::move(path)), problem_(problem) {
    if (!in_) complain("", "is not an object");
  }

  template <class T>
  void operator()(std::string_view name, T& out) {
    if (!in_) return;
    const auto* found = in_->if_contains(name);
    known_.push_back(name);
    if constexpr (is_optional<T>) {
      if (found) read(*found, name, out.emplace());
    } else if (found) {
      read(*found, name, out);
    } else {
      complain(name, "is missing");
    }
  }

  /// After the last field: whatever else is there was written by a newer lockstep.
  void finish() {
    if (!in_) return;
    for (const auto& entry : *in_) {
      if (std::ranges::find(known_, std::string_view(entry.key())) == known_.end()) {
        complain(entry.key(), "is not known to this version");
      }
    }
  }

 private:
  template <class T>
  void read(const json::value& from, std::string_view name, T& out) {
    if constexpr (std::same_as<T, std::string>) {
      if (!from.is_string()) return complain(name, "is not text");
      out = std::string_view(from.get_string());
    } else if constexpr (std::same_as<T, bool>) {
      if (!from.is_bool()) return complain(name, "is not true or false");
      out = from.get_bool();
    } else if constexpr (std::same_as<T, std::uint64_t>) {
      const bool fits = from.is_uint64() || (from.is_int64() && from.get_int64() >= 0);
      if (!fits) return complain(name, "is not a whole number");
      out = from.to_number<std::uint64_t>();
    } else if constexpr (std::same_as<T, Wall>) {
      const auto when = from.is_string() ? parse_rfc3339(from.get_string()) : std::nullopt;
      if (!when) return complain(name, "is not a time");
      out = *when;
    } else if constexpr (std::same_as<T, State>) {
      read_word(from, name, out, State::Extra);
    } else if constexpr (std::same_as<T, Origin>) {
      read_word(from, name, out, Origin::trusted);
    } else {
      read_nested(from, name, out);
    }
  }

  template <class T>
  void read_nested(const json::value& from, std::string_view name, T& out) {
    if constexpr (is_list<T>) {
      if (!from.is_array()) return complain(name, "is not a list");
      for (const auto& item : from.get_array()) read(item, name, out.emplace_back());
    } else if constexpr (is_map<T>) {
      if (!from.is_object()) return complain(name, "is not an object");
      Reader inner(from, path_ + std::string(name) + ".", problem_);
      for (const auto& entry : from.get_object()) {
        inner.read(entry.value(), entry.key(), out[entry.key()]);
      }
    } else {
      Reader inner(from, path_ + std::string(name) + ".", problem_);
      fields(inner, out);
      inner.finish();
    }
  }

  /// An enumeration whose last member is `last`.
  template <class E>
  void read_word(const json::value& from, std::string_view name, E& out, E last) {
    if (!from.is_string()) return complain(name, "is not text");
    for (int i = 0; i <= static_cast<int>(last); ++i) {
      if (to_string(static_cast<E>(i)) != std::string_view(from.get_string())) continue;
      out = static_cast<E>(i);
      return;
    }
    complain(name, "is a word this version does not know");
  }

  void complain(std::string_view name, std::string_view what) {
    if (!problem_.empty()) return;
    auto path = path_ + std::string(name);
    if (path.ends_with('.')) path.pop_back();
    if (path.empty()) path = "the whole";
    problem_ = RemoteText::from(path, {}).text() + " " + std::string(what);
  }

  const json::object* in_;
  std::string path_;
  std::string& problem_;
  std::vector<std::string_view> known_;
};

}  // namespace

std::string encode(const PlaceRecord& record) {
  auto out = Writer::write(record);
  out.get_object().emplace("version", record_version);
  return json::serialize(out);
}

Result<PlaceRecord> decode_place_record(std::string_view text) {
  auto parsed = parse_json(text);
  if (!parsed) return fail(ErrorKind::storage, "a ledger record is not readable: not JSON");
  std::string problem;
  PlaceRecord record;
  std::uint64_t version = 0;
  Reader reader(*parsed, "", problem);
  reader("version", version);
  if (problem.empty() && version > record_version) {
    return fail(ErrorKind::storage,
                "a ledger record was written by a newer lockstep (record version " +
                    std::to_string(version) + "); use that version");
  }
  fields(reader, record);
  reader.finish();
  if (!problem.empty()) {
    return fail(ErrorKind::storage, "a ledger record is not readable: " + problem +
                                        "; use the lockstep version that wrote it");
  }
  return record;
}

}  // namespace lockstep
