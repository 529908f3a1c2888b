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

# write_flags NAME PORT METRICS_PORT   the flag files of a service and of its migration
write_flags() {
  local name=$1
  password_file "$stack/mysql-$name.password"
  (umask 077 && cat >"$stack/$name.flags") <<FLAGS
--listen=127.0.0.1:$2
--metrics_listen=127.0.0.1:$3
--tls_ca=$stack/pki/ca.pem
--tls_cert=$stack/pki/svc-$name.pem
--tls_key=$stack/pki/svc-$name.key
--mysql_host=127.0.0.1
--mysql_port=$mariadb_port
--mysql_ca=$stack/pki/ca.pem
--mysql_schema=gridwork_$name
--mysql_user=gridwork_$name
--mysql_password_file=$stack/mysql-$name.password
--redis_host=127.0.0.1
--redis_port=$redis_port
--redis_password_file=$stack/redis.password
FLAGS
  (umask 077 && cat >"$stack/migrate-$name.flags") <<FLAGS
--service=$name
--mysql_host=127.0.0.1
--mysql_port=$mariadb_port
--mysql_ca=$stack/pki/ca.pem
--mysql_schema=gridwork_$name
--mysql_user=gridwork_admin
--mysql_password_file=$stack/mysql.password
FLAGS
  mariadb_admin "$stack" <<SQL
CREATE SCHEMA IF NOT EXISTS gridwork_$name;
CREATE USER IF NOT EXISTS gridwork_$name@127.0.0.1;
ALTER USER gridwork_$name@127.0.0.1 IDENTIFIED BY '$(cat "$stack/mysql-$name.password")' REQUIRE SSL;
GRANT SELECT, INSERT, UPDATE, DELETE ON gridwork_$name.* TO gridwork_$name@127.0.0.1;
SQL
}
