#include <absl/flags/flag.h>

#include "common/config/config.h"
#include "common/server/server.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:0", "host:port of the gRPC port (mutual TLS)");
ABSL_FLAG(std::string, metrics_listen, "", "host:port of the plain HTTP port for /metrics; empty: none");
ABSL_FLAG(
    std::string, tls_authority, "",
    "PEM file: the authority that signs the certificates of all peers; read anew when it changes, as the two below");
ABSL_FLAG(std::string, tls_certificate, "", "PEM file: this service's certificate");
ABSL_FLAG(std::string, tls_key, "", "PEM file: the key of --tls_certificate");
ABSL_FLAG(bool, reflection, false, "list the services to anybody with a certificate (gRPC reflection)");
ABSL_FLAG(int, workers, 12, "threads for interactive calls");
ABSL_FLAG(int, bulk_workers, 4, "threads for bulk calls: imports, exports, first syncs");
ABSL_FLAG(int, queue, 1024, "calls that may wait for a thread, in each class");
ABSL_FLAG(absl::Duration, drain, absl::ZeroDuration(),
          "how long to go on serving after SIGTERM, until no new calls arrive");
ABSL_FLAG(std::string, request_log_key_file, "",
          "file with 64 hex digits, the same on all replicas: keys the hashes of the request log");
ABSL_FLAG(std::string, page_token_key_file, "", "file with 64 hex digits, the same on all replicas: seals page tokens");

namespace gridwork::server {

Config ConfigFromFlags() {
  using config::ReadFile;
  using config::ReadKey;
  Config out;
  out.listen = absl::GetFlag(FLAGS_listen);
  out.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  config::ParseHostPort("listen", out.listen);
  if (!out.metrics_listen.empty()) config::ParseHostPort("metrics_listen", out.metrics_listen);
  out.tls = {.authority = ReadFile("tls_authority", absl::GetFlag(FLAGS_tls_authority)),
             .certificate = ReadFile("tls_certificate", absl::GetFlag(FLAGS_tls_certificate)),
             .key = ReadFile("tls_key", absl::GetFlag(FLAGS_tls_key))};
  out.tls.files = {.authority = absl::GetFlag(FLAGS_tls_authority),
                   .certificate = absl::GetFlag(FLAGS_tls_certificate),
                   .key = absl::GetFlag(FLAGS_tls_key)};
  out.reflection = absl::GetFlag(FLAGS_reflection);
  out.workers = absl::GetFlag(FLAGS_workers);
  out.bulk_workers = absl::GetFlag(FLAGS_bulk_workers);
  out.queue = absl::GetFlag(FLAGS_queue);
  if (out.workers < 1 || out.bulk_workers < 1 || out.queue < 1)
    config::Wrong("--workers, --bulk_workers and --queue must be at least 1");
  out.drain = absl::GetFlag(FLAGS_drain);
  out.request_log_key = ReadKey("request_log_key_file", absl::GetFlag(FLAGS_request_log_key_file));
  out.page_token_key = ReadKey("page_token_key_file", absl::GetFlag(FLAGS_page_token_key_file));
  return out;
}

}  // namespace gridwork::server
