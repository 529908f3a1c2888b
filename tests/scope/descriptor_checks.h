// What SCOPE.md and ARCHITECTURE.md ask of the APIs, as functions over descriptors. Each returns one line for each
// violation.
#pragma once
#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace gridwork::scope {

using Findings = std::vector<std::string>;
using google::protobuf::FileDescriptor;

// Every method has a policy that lets somebody in; no rule names the unspecified role.
Findings CheckPolicies(const FileDescriptor& file);
// Every message that a method takes or gives says what kind of data its fields hold.
Findings CheckDataClasses(const FileDescriptor& file);
// Every List has page_size, page_token and next_page_token, and a policy with a resource but no object, so that it gets
// a scope.
Findings CheckLists(const FileDescriptor& file);
// Every write carries a request_id, or is idempotent by nature.
Findings CheckRequestIds(const FileDescriptor& file);
// Identity, tasks and exchange hold and show no data about registered persons (SCOPE.md 1, 5).
Findings CheckNoPersons(const FileDescriptor& file);
// No message has room for what nobody declared: Any, Struct, Value, map.
Findings CheckNoOpenTypes(const FileDescriptor& file);
// No field and no value of an enum is named after what is not built at all (SCOPE.md 10). A tripwire: vocabularies are
// reviewed by people.
Findings CheckNames(const FileDescriptor& file);
// No kind of place for worship or for the assembly of a group (SCOPE.md 10).
Findings CheckPlaceKinds(const FileDescriptor& file);
// No stream of positions (SCOPE.md 10).
Findings CheckLocationStreams(const FileDescriptor& file);
// The zero of every enum is NAME_UNSPECIFIED.
Findings CheckEnumZeros(const FileDescriptor& file);
// Fields of the type Timestamp, and no others, are named *_time.
Findings CheckTimestamps(const FileDescriptor& file);

// All of them.
Findings CheckFile(const FileDescriptor& file);

}  // namespace gridwork::scope
