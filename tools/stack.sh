# shellcheck shell=bash disable=SC2034
# What the development stack consists of. Sourced by tools/up, tools/down and tools/status.
# shellcheck source=tools/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

stack=$run/stack
build=$root/build/release
mariadb_port=13306
redis_port=16379
# name, gRPC port, metrics port; in the order of starting
services=(
  "identity 17001 18001"
  "tasks 17002 18002"
)

# key_file FILE   64 random hex digits, made once
key_file() {
  [ -s "$1" ] || (umask 077 && openssl rand -hex 32 >"$1")
}

# write_flags NAME PORT METRICS_PORT   the flag files of a service and of its migration
write_flags() {
  local name=$1 ca=$stack/pki/ca.pem
  password_file "$stack/mysql-$name.password"
  key_file "$stack/request-log-$name.key"
  key_file "$stack/page-token-$name.key"
  (umask 077 && cat >"$stack/$name.flags") <<FLAGS
--listen=127.0.0.1:$2
--metrics_listen=127.0.0.1:$3
--reflection
--tls_authority=$ca
--tls_certificate=$stack/pki/svc-$name.pem
--tls_key=$stack/pki/svc-$name.key
--request_log_key_file=$stack/request-log-$name.key
--page_token_key_file=$stack/page-token-$name.key
$(mysql_flags "$name" "gridwork_$name" "$stack/mysql-$name.password")
$(flags_of_"$name")
FLAGS
  (umask 077 && cat >"$stack/migrate-$name.flags") <<FLAGS
--service=$name
$(mysql_flags "$name" gridwork_admin "$stack/mysql.password")
FLAGS
  mariadb_admin "$stack" <<SQL
CREATE SCHEMA IF NOT EXISTS gridwork_$name;
CREATE USER IF NOT EXISTS gridwork_$name@127.0.0.1;
ALTER USER gridwork_$name@127.0.0.1 IDENTIFIED BY '$(cat "$stack/mysql-$name.password")' REQUIRE SSL;
GRANT SELECT, INSERT, UPDATE, DELETE ON gridwork_$name.* TO gridwork_$name@127.0.0.1;
SQL
}

# mysql_flags SERVICE USER PASSWORD_FILE
mysql_flags() {
  printf '%s\n' "--mysql_host=127.0.0.1" "--mysql_port=$mariadb_port" "--mysql_ca=$stack/pki/ca.pem" \
    "--mysql_schema=gridwork_$1" "--mysql_user=$2" "--mysql_password_file=$3"
}

flags_of_identity() {
  key_file "$stack/key-encryption.key"
  password_file "$stack/bootstrap.secret"
  printf '%s\n' "--ca_certificate=$stack/pki/ca.pem" "--ca_key=$stack/pki/ca.key" "--key_encryption_key_file=$stack/key-encryption.key" \
    "--bootstrap_secret_file=$stack/bootstrap.secret"
}

flags_of_tasks() {
  mkdir -p "$stack/objects"
  printf '%s\n' "--redis_host=127.0.0.1" "--redis_port=$redis_port" "--redis_password_file=$stack/redis.password" \
    "--identity=localhost:17001" "--object_store_directory=$stack/objects"
}

# After the first migration: the service keeps the days of its own request log.
grant_request_log() {
  mariadb_admin "$stack" <<SQL
GRANT ALTER, CREATE, DROP ON gridwork_$1.request_log TO gridwork_$1@127.0.0.1;
SQL
}
