#include "tests/scope/descriptor_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <string_view>

#include "gridwork/options/v1/options.pb.h"

namespace gridwork::scope {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using options::v1::Policy;

bool IsOurs(const Descriptor& message) { return message.full_name().starts_with("gridwork."); }

// ---- Walking

void EachMessage(const Descriptor& message, const std::function<void(const Descriptor&)>& visit) {
  visit(message);
  for (int i = 0; i < message.nested_type_count(); ++i) EachMessage(*message.nested_type(i), visit);
}

void EachMessage(const FileDescriptor& file, const std::function<void(const Descriptor&)>& visit) {
  for (int i = 0; i < file.message_type_count(); ++i) EachMessage(*file.message_type(i), visit);
}

void EachField(const FileDescriptor& file, const std::function<void(const FieldDescriptor&)>& visit) {
  EachMessage(file, [&](const Descriptor& message) {
    for (int i = 0; i < message.field_count(); ++i) visit(*message.field(i));
  });
}

void EachEnum(const FileDescriptor& file, const std::function<void(const EnumDescriptor&)>& visit) {
  for (int i = 0; i < file.enum_type_count(); ++i) visit(*file.enum_type(i));
  EachMessage(file, [&](const Descriptor& message) {
    for (int i = 0; i < message.enum_type_count(); ++i) visit(*message.enum_type(i));
  });
}

void EachMethod(const FileDescriptor& file, const std::function<void(const MethodDescriptor&)>& visit) {
  for (int s = 0; s < file.service_count(); ++s) {
    for (int m = 0; m < file.service(s)->method_count(); ++m) visit(*file.service(s)->method(m));
  }
}

// `message` and all that its fields can hold.
void Reach(const Descriptor& message, std::set<const Descriptor*>& reached) {
  if (!reached.insert(&message).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    if (const Descriptor* type = message.field(i)->message_type()) Reach(*type, reached);
  }
}

std::set<const Descriptor*> Reachable(const Descriptor& message) {
  std::set<const Descriptor*> reached;
  Reach(message, reached);
  return reached;
}

// ---- Words

// "lease_expire_time" -> " lease expire time ": so that a word, or several that follow each other, can be looked for.
std::string Words(std::string_view name) {
  std::string words = " ";
  for (char c : name) words += c == '_' ? ' ' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return words + " ";
}

bool HasWord(std::string_view name, std::string_view word) {
  std::string words = Words(name);
  return words.find(Words(word)) != std::string::npos ||
         words.find(Words(fmt::format("{}s", word))) != std::string::npos;
}

// The words of SCOPE.md 1, 2, 8, 9 and 10, and those that they hide behind.
constexpr std::array kForbiddenWords = {"religion",
                                        "religious",
                                        "belief",
                                        "faith",
                                        "ethnic",
                                        "ethnicity",
                                        "race",
                                        "racial",
                                        "nation",
                                        "nationality",
                                        "political",
                                        "politics",
                                        "opinion",
                                        "ideology",
                                        "petition",
                                        "petitioner",
                                        "petitioning",
                                        "union_member",
                                        "union_membership",
                                        "membership",
                                        "party",
                                        "parties",
                                        "party_member",
                                        "sexual",
                                        "sex",
                                        "sexuality",
                                        "orientation",
                                        "diagnosis",
                                        "diagnoses",
                                        "diagnostic",
                                        "disease",
                                        "illness",
                                        "criminal",
                                        "crime",
                                        "offender",
                                        "conviction",
                                        "suspect",
                                        "watchlist",
                                        "key_person",
                                        "person_score",
                                        "score_of_person",
                                        "social_credit",
                                        "credit_score",
                                        "risk_person",
                                        "person_risk",
                                        "resident",
                                        "household_head",
                                        "head_of_household",
                                        "tenant",
                                        "occupant",
                                        "visitor",
                                        "guest",
                                        "plate",
                                        "licence_plate",
                                        "face",
                                        "facial",
                                        "biometric",
                                        "fingerprint",
                                        "iris",
                                        "voiceprint",
                                        "gait",
                                        "track",
                                        "tracking",
                                        "trajectory",
                                        "whereabouts",
                                        "movement",
                                        "online_speech",
                                        "social_media",
                                        "national_id",
                                        "tip_off",
                                        "informant"};

// Names that hold such a word and are right. Each with its reason.
constexpr std::array kAllowedNames = {
    "PROGRAMME_KIND_RESIDENT_SERVICE",  // a benefit that the person applies for; about the service, not a list of
                                        // residents
};

constexpr std::array kAssemblyWords = {"worship",   "religious", "church",      "chapel",       "cathedral",
                                       "mosque",    "temple",    "synagogue",   "shrine",       "pagoda",
                                       "monastery", "assembly",  "gathering",   "congregation", "community_centre",
                                       "party",     "union",     "association", "club",         "embassy"};

// ---- Policies

const Policy* PolicyOf(const MethodDescriptor& method) {
  if (!method.options().HasExtension(options::v1::policy)) return nullptr;
  return &method.options().GetExtension(options::v1::policy);
}

bool IsRead(const MethodDescriptor& method) {
  static constexpr std::array kReads = {"Get", "List", "Search", "Locate", "Watch", "Download"};
  return std::any_of(kReads.begin(), kReads.end(), [&](std::string_view verb) {
    std::string_view name = method.name();
    return name.starts_with(verb) &&
           (name.size() == verb.size() || (name[verb.size()] >= 'A' && name[verb.size()] <= 'Z'));
  });
}

bool HasField(const Descriptor& message, const char* name, FieldDescriptor::Type type) {
  const FieldDescriptor* field = message.FindFieldByName(name);
  return field != nullptr && field->type() == type && !field->is_repeated();
}

bool IsAboutPersons(options::v1::DataClass data) {
  return data == options::v1::DATA_CLASS_PERSON || data == options::v1::DATA_CLASS_NEED;
}

// True in the packages that hold nothing about registered persons.
bool KnowsNoPersons(const FileDescriptor& file) {
  static constexpr std::array kPackages = {"gridwork.identity.", "gridwork.tasks.", "gridwork.exchange.",
                                           "gridwork.common."};
  return std::any_of(kPackages.begin(), kPackages.end(),
                     [&](const char* package) { return file.package().starts_with(package); });
}

}  // namespace

Findings CheckPolicies(const FileDescriptor& file) {
  Findings findings;
  EachMethod(file, [&](const MethodDescriptor& method) {
    const Policy* policy = PolicyOf(method);
    if (policy == nullptr) {
      findings.push_back(fmt::format("{}: no policy", method.full_name()));
      return;
    }
    if (policy->rules().empty() && policy->services().empty() &&
        policy->open_to() == options::v1::OPEN_TO_UNSPECIFIED) {
      findings.push_back(fmt::format("{}: its policy lets nobody in", method.full_name()));
    }
    for (const auto& rule : policy->rules()) {
      if (rule.roles().empty() && rule.relation() == options::v1::RELATION_UNSPECIFIED) {
        findings.push_back(fmt::format("{}: a rule without roles and relation", method.full_name()));
      }
      if (std::find(rule.roles().begin(), rule.roles().end(), options::v1::ROLE_UNSPECIFIED) != rule.roles().end()) {
        findings.push_back(fmt::format("{}: a rule with ROLE_UNSPECIFIED", method.full_name()));
      }
    }
  });
  return findings;
}

Findings CheckDataClasses(const FileDescriptor& file) {
  std::set<const Descriptor*> reached;
  EachMethod(file, [&](const MethodDescriptor& method) {
    Reach(*method.input_type(), reached);
    Reach(*method.output_type(), reached);
  });
  Findings findings;
  for (const Descriptor* message : reached) {
    if (!IsOurs(*message)) continue;
    if (message->options().GetExtension(options::v1::data_class) != options::v1::DATA_CLASS_UNSPECIFIED) continue;
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor& field = *message->field(i);
      if (field.options().GetExtension(options::v1::data).class_() == options::v1::DATA_CLASS_UNSPECIFIED) {
        findings.push_back(
            fmt::format("{}: neither it nor its message says what kind of data it holds", field.full_name()));
      }
    }
  }
  return findings;
}

Findings CheckLists(const FileDescriptor& file) {
  Findings findings;
  EachMethod(file, [&](const MethodDescriptor& method) {
    if (!method.name().starts_with("List")) return;
    auto add = [&](std::string_view what) { findings.push_back(fmt::format("{}: {}", method.full_name(), what)); };
    if (!HasField(*method.input_type(), "page_size", FieldDescriptor::TYPE_INT32)) add("no int32 page_size");
    if (!HasField(*method.input_type(), "page_token", FieldDescriptor::TYPE_STRING)) add("no string page_token");
    if (!HasField(*method.output_type(), "next_page_token", FieldDescriptor::TYPE_STRING))
      add("no string next_page_token");
    const Policy* policy = PolicyOf(method);
    if (policy != nullptr && policy->resource().empty()) add("its policy names no resource, so that it gets no scope");
  });
  return findings;
}

Findings CheckRequestIds(const FileDescriptor& file) {
  Findings findings;
  EachMethod(file, [&](const MethodDescriptor& method) {
    if (IsRead(method)) return;
    const Policy* policy = PolicyOf(method);
    if (policy != nullptr && policy->naturally_idempotent()) return;
    if (!HasField(*method.input_type(), "request_id", FieldDescriptor::TYPE_STRING)) {
      findings.push_back(fmt::format("{}: a write without string request_id", method.full_name()));
    }
  });
  return findings;
}

Findings CheckNoPersons(const FileDescriptor& file) {
  Findings findings;
  if (!KnowsNoPersons(file)) return findings;
  EachMessage(file, [&](const Descriptor& message) {
    if (IsAboutPersons(message.options().GetExtension(options::v1::data_class))) {
      findings.push_back(fmt::format("{}: data about registered persons", message.full_name()));
    }
  });
  EachField(file, [&](const FieldDescriptor& field) {
    if (IsAboutPersons(field.options().GetExtension(options::v1::data).class_())) {
      findings.push_back(fmt::format("{}: data about registered persons", field.full_name()));
    }
  });
  EachMethod(file, [&](const MethodDescriptor& method) {
    const Policy* policy = PolicyOf(method);
    if (policy == nullptr) return;
    for (const auto& rule : policy->rules()) {
      for (int shown : rule.shows()) {
        if (IsAboutPersons(static_cast<options::v1::DataClass>(shown))) {
          findings.push_back(fmt::format("{}: a rule shows data about registered persons", method.full_name()));
        }
      }
    }
  });
  return findings;
}

Findings CheckNoOpenTypes(const FileDescriptor& file) {
  static const std::set<std::string> kOpen = {"google.protobuf.Any", "google.protobuf.Struct", "google.protobuf.Value",
                                              "google.protobuf.ListValue"};
  Findings findings;
  EachField(file, [&](const FieldDescriptor& field) {
    if (field.containing_type()->options().map_entry()) return;
    if (field.is_map()) {
      findings.push_back(fmt::format("{}: a map", field.full_name()));
    } else if (field.message_type() != nullptr && kOpen.contains(field.message_type()->full_name())) {
      findings.push_back(
          fmt::format("{}: {} has room for anything", field.full_name(), field.message_type()->full_name()));
    }
  });
  return findings;
}

Findings CheckNames(const FileDescriptor& file) {
  Findings findings;
  auto check = [&](const std::string& name, const std::string& full_name) {
    if (std::find(kAllowedNames.begin(), kAllowedNames.end(), name) != kAllowedNames.end()) return;
    for (const char* word : kForbiddenWords) {
      if (HasWord(name, word))
        findings.push_back(fmt::format("{}: \"{}\" is not built at all (SCOPE.md)", full_name, word));
    }
  };
  EachField(file, [&](const FieldDescriptor& field) { check(field.name(), field.full_name()); });
  EachEnum(file, [&](const EnumDescriptor& type) {
    for (int i = 0; i < type.value_count(); ++i) check(type.value(i)->name(), type.value(i)->full_name());
  });
  return findings;
}

Findings CheckPlaceKinds(const FileDescriptor& file) {
  Findings findings;
  EachEnum(file, [&](const EnumDescriptor& type) {
    if (type.name() != "PlaceKind") return;
    for (int i = 0; i < type.value_count(); ++i) {
      for (const char* word : kAssemblyWords) {
        if (HasWord(type.value(i)->name(), word)) {
          findings.push_back(fmt::format("{}: no kind for \"{}\" (SCOPE.md 10)", type.value(i)->full_name(), word));
        }
      }
    }
  });
  return findings;
}

Findings CheckLocationStreams(const FileDescriptor& file) {
  Findings findings;
  EachMethod(file, [&](const MethodDescriptor& method) {
    if (!method.client_streaming()) return;
    for (const Descriptor* message : Reachable(*method.input_type())) {
      bool position = message->full_name() == "gridwork.common.v1.Point";
      for (int i = 0; i < message->field_count(); ++i) position |= HasWord(message->field(i)->name(), "latitude");
      if (position)
        findings.push_back(fmt::format("{}: a stream of positions ({})", method.full_name(), message->full_name()));
    }
  });
  return findings;
}

Findings CheckEnumZeros(const FileDescriptor& file) {
  Findings findings;
  EachEnum(file, [&](const EnumDescriptor& type) {
    const auto* zero = type.FindValueByNumber(0);
    if (zero == nullptr || !zero->name().ends_with("_UNSPECIFIED")) {
      findings.push_back(fmt::format("{}: its zero is not *_UNSPECIFIED", type.full_name()));
    }
  });
  return findings;
}

Findings CheckTimestamps(const FileDescriptor& file) {
  Findings findings;
  EachField(file, [&](const FieldDescriptor& field) {
    bool timestamp =
        field.message_type() != nullptr && field.message_type()->full_name() == "google.protobuf.Timestamp";
    bool named = field.name().ends_with("_time") || field.name().ends_with("_times");
    if (timestamp && !named)
      findings.push_back(fmt::format("{}: a Timestamp that is not named *_time", field.full_name()));
    if (named && !timestamp) findings.push_back(fmt::format("{}: named *_time, but no Timestamp", field.full_name()));
  });
  return findings;
}

Findings CheckFile(const FileDescriptor& file) {
  Findings all;
  for (auto* check : {CheckPolicies, CheckDataClasses, CheckLists, CheckRequestIds, CheckNoPersons, CheckNoOpenTypes,
                      CheckNames, CheckPlaceKinds, CheckLocationStreams, CheckEnumZeros, CheckTimestamps}) {
    Findings findings = check(file);
    all.insert(all.end(), findings.begin(), findings.end());
  }
  return all;
}

}  // namespace gridwork::scope
