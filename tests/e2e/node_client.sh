#!/usr/bin/env bash
# Starts identity and tasks as processes on the test databases, and lets a client in another language (grpc-js) work with them.
#   node_client.sh MIGRATE IDENTITY TASKS SOURCE_DIR      within tools/with-databases, as ctest does
set -euo pipefail
migrate=$1 identity=$2 tasks=$3 source=$4
: "${GRIDWORK_TEST_DIR:?run it by tools/test or tools/with-databases}"
# shellcheck source=tools/lib.sh
. "$source/tools/lib.sh"
dir=$(mktemp -d "$GRIDWORK_TEST_DIR/e2e.XXXXXX")

finish() {
  local code=$?
  stop_pidfile "$dir/tasks.pid"
  stop_pidfile "$dir/identity.pid"
  if [ "$code" != 0 ]; then tail -n 5 "$dir"/*.log >&2 || true; fi
  sql -e "DROP SCHEMA IF EXISTS e2e_identity; DROP SCHEMA IF EXISTS e2e_tasks"
  exit "$code"
}
sql() {
  MYSQL_PWD=$(cat "$GRIDWORK_TEST_MYSQL_PASSWORD_FILE") mariadb --no-defaults --protocol=tcp --host=127.0.0.1 \
    --port="$GRIDWORK_TEST_MYSQL_PORT" --user="$GRIDWORK_TEST_MYSQL_USER" --ssl-ca="$GRIDWORK_TEST_MYSQL_CA" --ssl-verify-server-cert "$@"
}
trap finish EXIT

"$source/tools/pki" "$dir/pki" identity tasks
for key in request-log page-token key-encryption; do openssl rand -hex 32 >"$dir/$key.key"; done
echo e2e-secret >"$dir/bootstrap.secret"

# start NAME BINARY FLAG...   on a free port, in a schema of its own
start() {
  local name=$1 binary=$2 port
  shift 2
  port=$(free_port $((27000 + RANDOM % 1000)))
  sql -e "CREATE SCHEMA e2e_$name"
  local database=(--mysql_port="$GRIDWORK_TEST_MYSQL_PORT" --mysql_ca="$GRIDWORK_TEST_MYSQL_CA" --mysql_schema="e2e_$name"
    --mysql_user="$GRIDWORK_TEST_MYSQL_USER" --mysql_password_file="$GRIDWORK_TEST_MYSQL_PASSWORD_FILE")
  "$migrate" --service="$name" "${database[@]}" >"$dir/migrate.log"
  spawn "$dir" "$name" "$binary" --listen="127.0.0.1:$port" --tls_authority="$dir/pki/ca.pem" --tls_certificate="$dir/pki/svc-$name.pem" \
    --tls_key="$dir/pki/svc-$name.key" --request_log_key_file="$dir/request-log.key" --page_token_key_file="$dir/page-token.key" \
    "${database[@]}" "$@"
  wait_for "$dir/$name.pid" 30 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
  echo "$port" >"$dir/$name.port"
}

start identity "$identity" --ca_certificate="$dir/pki/ca.pem" --ca_key="$dir/pki/ca.key" --key_encryption_key_file="$dir/key-encryption.key" \
  --bootstrap_secret_file="$dir/bootstrap.secret"
mkdir "$dir/objects"
start tasks "$tasks" --identity="localhost:$(cat "$dir/identity.port")" --redis_port="$GRIDWORK_TEST_REDIS_PORT" \
  --redis_password_file="$GRIDWORK_TEST_REDIS_PASSWORD_FILE" --object_store_directory="$dir/objects"

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/device.key" 2>/dev/null
openssl req -new -key "$dir/device.key" -subj /CN=ignored -out "$dir/device.csr"
NODE_PATH=$source/tools/node_modules node "$source/tests/e2e/node_client.cjs" "$source/proto" "$dir" \
  "localhost:$(cat "$dir/identity.port")" "localhost:$(cat "$dir/tasks.port")"
