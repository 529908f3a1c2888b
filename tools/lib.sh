# shellcheck shell=bash
# What the scripts share. Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
run=$root/.run
mkdir -p "$run"

say() { printf '%5ds  %s\n' "$SECONDS" "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# ---- Processes. A pid file holds "pid start-time", so that a number that the system gave to somebody else meanwhile is never ours.

# State and start time of a process, from /proc/PID/stat behind the name (which may hold blanks).
process_stat() {
  local stat
  [ -r "/proc/$1/stat" ] && stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  echo "$1 ${20}"
}

# Prints the pid of the living process of pid file $1.
alive() {
  local pid started now state
  [ -s "$1" ] && read -r pid started <"$1" || return 1
  read -r state now < <(process_stat "$pid") || return 1
  [ "$state" != Z ] && [ "$now" = "$started" ] && echo "$pid"
}

# spawn DIR NAME COMMAND...   in its own session; log in DIR/NAME.log, pid file DIR/NAME.pid
spawn() {
  local dir=$1 name=$2 pid
  shift 2
  setsid "$@" >>"$dir/$name.log" 2>&1 </dev/null 9>&- &
  pid=$!
  disown "$pid"
  echo "$pid $(process_stat "$pid" | cut -d' ' -f2)" >"$dir/$name.pid"
}

# stop_pidfile FILE [SECONDS]   TERM, and KILL when that does not end it in time
stop_pidfile() {
  local pid tries=$((${2:-20} * 10))
  if pid=$(alive "$1"); then
    kill "$pid" 2>/dev/null || true
    while alive "$1" >/dev/null && [ $((tries--)) -gt 0 ]; do sleep 0.1; done
    if alive "$1" >/dev/null; then kill -KILL "$pid" 2>/dev/null || true; fi
  fi
  rm -f "$1"
}

# wait_for FILE SECONDS COMMAND...   until COMMAND succeeds; fails when the process of pid file FILE ends first
wait_for() {
  local file=$1 tries=$(($2 * 10))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ $((tries--)) -le 0 ] || ! alive "$file" >/dev/null; then
      tail -n 20 "${file%.pid}.log" >&2 || true
      return 1
    fi
    sleep 0.1
  done
}

# The first port from $1 on that nobody listens on.
free_port() {
  local port=$1
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}

# A file (0600) with a random password, made once.
password_file() {
  [ -s "$1" ] || (umask 077 && openssl rand -hex 24 >"$1")
}

# ---- MariaDB and Redis of our own, on the loopback, in a folder under .run. The system's instances are never touched.

# start_mariadb DIR PORT [OPTION...]   DIR/pki holds ca.pem and svc-mariadb.{key,pem}; account gridwork_admin, password in DIR/mysql.password
start_mariadb() {
  local dir=$1 port=$2 data=$1/mariadb
  shift 2
  password_file "$dir/mysql.password"
  if [ ! -d "$data/mysql" ]; then
    mkdir -p "$data"
    # --auth-root-socket-user: who runs this script administers the instance, through its socket only.
    mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$data" --auth-root-authentication-method=socket \
      --auth-root-socket-user="$(id -un)" --skip-test-db --innodb-log-file-size=32M >"$dir/mariadb-install.log" 2>&1 ||
      { tail "$dir/mariadb-install.log" >&2; die "mariadb-install-db failed"; }
  fi
  # The socket is named relative to the data folder: a path may be long, a socket's may not.
  spawn "$dir" mariadb "$(command -v mariadbd || echo /usr/sbin/mariadbd)" --no-defaults --user="$(id -un)" --datadir="$data" \
    --bind-address=127.0.0.1 --port="$port" --socket=mariadb.sock --skip-name-resolve --max-connections=400 \
    --ssl-ca="$dir/pki/ca.pem" --ssl-cert="$dir/pki/svc-mariadb.pem" --ssl-key="$dir/pki/svc-mariadb.key" \
    --require-secure-transport=ON --tls-version=TLSv1.2,TLSv1.3 \
    --innodb-flush-log-at-trx-commit=1 --log-bin=binlog --sync-binlog=1 --binlog-format=ROW --server-id=1 --expire-logs-days=2 \
    --innodb-log-file-size=32M --transaction-isolation=READ-COMMITTED --default-time-zone=+00:00 \
    --character-set-server=utf8mb4 --collation-server=utf8mb4_bin --performance-schema=OFF "$@"
  wait_for "$dir/mariadb.pid" 60 mariadb_admin "$dir" -e 'SELECT 1' || die "MariaDB does not start, see $dir/mariadb.log"
  mariadb_admin "$dir" <<SQL
CREATE USER IF NOT EXISTS gridwork_admin@127.0.0.1;
ALTER USER gridwork_admin@127.0.0.1 IDENTIFIED BY '$(cat "$dir/mysql.password")' REQUIRE SSL;
GRANT ALL ON *.* TO gridwork_admin@127.0.0.1 WITH GRANT OPTION;
SQL
}

# mariadb_admin DIR ARGUMENT...   the client, through the socket
mariadb_admin() {
  local dir=$1
  shift
  (cd "$dir/mariadb" && exec mariadb --no-defaults --user="$(id -un)" --socket=mariadb.sock "$@")
}

# start_redis DIR PORT APPENDONLY(yes|no)   password in DIR/redis.password
start_redis() {
  local dir=$1 port=$2
  password_file "$dir/redis.password"
  mkdir -p "$dir/redis"
  (umask 077 && cat >"$dir/redis.conf") <<CONF
bind 127.0.0.1
port $port
protected-mode yes
dir "$dir/redis"
save ""
appendonly $3
appendfsync everysec
requirepass $(cat "$dir/redis.password")
CONF
  spawn "$dir" redis redis-server "$dir/redis.conf"
  wait_for "$dir/redis.pid" 20 redis_answers "$dir" "$port" || die "Redis does not start, see $dir/redis.log"
}

redis_answers() {
  [ "$(REDISCLI_AUTH=$(cat "$1/redis.password") redis-cli -h 127.0.0.1 -p "$2" ping)" = PONG ]
}
