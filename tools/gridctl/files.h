// Small local files: read whole, written so that a crash leaves the old or the new text, never half of one.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace gridwork::ctl {

// INVALID_ARGUMENT FILE_UNREADABLE names the path. At most 16 MiB: what is larger is streamed, not read.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// As ReadFile(), without the line ends at its end; FILE_EMPTY when nothing is left. For passwords and secrets.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

// Through a temporary file beside it, fsync and rename. `mode` as in chmod: 0600 for what is secret.
absl::Status WriteFile(const std::string& path, std::string_view text, unsigned mode);

// Makes the folder and its parents, 0700 what is new.
absl::Status MakeFolder(const std::string& path);

}  // namespace gridwork::ctl
