#!/usr/bin/env bash
# The directions of #include that ARCHITECTURE.md allows.
#   tools/check_layers.sh              checks this checkout
#   tools/check_layers.sh --self-test  plants one violation of each rule and proves that it is found
set -euo pipefail

# Libraries that a domain file may use: they compute, and reach neither network, disk nor clock.
domain_libraries='absl fmt s2 zlib.h'
# Files of a service that are not domain, by their name.
outer='main|config|mysql_.*|redis_.*|grpc_.*|.*_(service|convert|store|queue|errors|facts|flow|relay|monitor|test)'

# why FILE INCLUDE   prints the rule that FILE breaks with `#include INCLUDE` ("a/b.h" or <b>); nothing when it may
why() {
  local file=$1 include=${2:1:-1} quoted=${2:0:1} name folder=
  name=${file##*/}
  name=${name%.*}
  case $file in
    common/*)
      folder=$(cut -d/ -f1-2 <<<"$file")
      case $include in
        services/*) echo "common/ knows no service" ;;
        gridwork/options/* | gridwork/common/*) [ "$folder" != common/base ] || echo "common/base knows no proto" ;;
        gridwork/identity/v1/token_service*)  # the auth layer reads the keys that identity publishes
          [ "$folder" = common/server ] || echo "common/ knows no service, nor its protos" ;;
        gridwork/*) echo "common/ knows no service, nor its protos" ;;
      esac
      ;;
    services/*)
      folder=$(cut -d/ -f1-2 <<<"$file")
      case $include in
        "$folder"/*) ;;
        services/*) echo "a service never includes another one" ;;
      esac
      ;;
  esac
  case $file in
    tests/* | *_test.cc | */testing/*) return 0 ;;
  esac
  case $file:$include in
    tools/demo_day/*:tests/support/phone/* | tools/demo_day/*:tests/support/tcp_proxy.h) ;;  # phones and networks of the demo are those of the tests
    *:tests/* | *:*/testing/*) echo "only tests include tests" ;;
  esac

  case $folder:$include in
    common/base:common/base/*) ;;
    common/base:common/*) echo "common/base stands below the rest of common/" ;;
    common/mysql:common/rpc/* | common/mysql:common/auth/* | common/mysql:common/server/* | \
      common/redis:common/rpc/* | common/redis:common/auth/* | common/redis:common/server/*) echo "stores stand below the front door" ;;
    common/rpc:common/mysql/* | common/rpc:common/redis/* | common/auth:common/mysql/* | common/auth:common/redis/*)
      echo "the front door reaches stores through interfaces only" ;;
  esac

  [[ $file == services/* ]] || return 0
  if [[ $include =~ (^|/)mysql_[a-z_]*\.h$ && $name != main && $name != mysql_* && $include != common/mysql/mysql_flags.h ]]; then
    echo "only main.cc and mysql_* include mysql_*"
  elif [[ $name == main || $name == config || $name == mysql_* || $name == redis_* ]]; then
    return 0
  elif [[ $name =~ ^$outer$ ]]; then
    case $name:$include in
      *_queue:*) ;;
      *_relay:* | *_monitor:*) ;;
      *:common/mysql/* | *:common/redis/* | *:hiredis/*) echo "a *_${name##*_} file knows no database" ;;
      *_service:grpc* | *_convert:grpc*) echo "a *_${name##*_} file knows no gRPC" ;;
    esac
  else  # domain
    if [ "$quoted" = '"' ]; then
      case $include in
        common/base/* | "$folder"/*) ;;
        services/*) ;;  # said above
        *) echo "a domain file includes only common/base and its own service's domain" && return 0 ;;
      esac
      include=${include##*/}
      [[ $include != *_errors.h ]] || return 0  # named errors: they know only common/base
      if [[ $include == *.pb.h || ${include%.h} =~ ^$outer$ ]]; then echo "a domain file includes nothing further out"; fi
    elif [[ $include == */* || $include == *.h ]]; then
      [[ " $domain_libraries " == *" ${include%%/*} "* ]] || echo "a domain file uses only the standard library and: $domain_libraries"
    fi
  fi
}

# Prints the violations below the current folder.
violations() {
  local file line include reason
  while IFS=: read -r file line include; do
    include=${include#*include}
    include=${include//[[:space:]]/}
    reason=$(why "$file" "$include")
    [ -z "$reason" ] || printf '%s:%s: %s: %s\n' "$file" "$line" "$include" "$(head -n 1 <<<"$reason")"
  done < <(find common services tests tools \( -name node_modules -prune \) -o \( -name '*.h' -o -name '*.cc' \) -print0 2>/dev/null |
    xargs -0 -r grep -HnoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<][^">]+[">]')
}

self_test() {
  local dir good bad found
  dir=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$dir'" EXIT
  plant() {
    mkdir -p "$dir/$(dirname "$1")"
    echo "#include $2" >>"$dir/$1"
  }
  bad=0
  while read -r file include; do
    [ -n "$file" ] || continue
    plant "$file" "$include"
    bad=$((bad + 1))
  done <<'BAD'
common/rpc/a.h "services/tasks/task.h"
common/rpc/b.cc "gridwork/tasks/v1/task.pb.h"
common/base/c.h "common/rpc/handle.h"
common/base/d.h "gridwork/common/v1/geo.pb.h"
common/mysql/e.h "common/rpc/handle.h"
common/auth/f.cc "common/mysql/pool.h"
common/rpc/g.cc "tests/support/fake_clock.h"
services/tasks/area.h "services/identity/area.h"
services/tasks/x_test.cc "services/identity/area.h"
services/tasks/task_service.cc "services/tasks/mysql_task_store.h"
services/tasks/task_service.h "common/mysql/pool.h"
services/tasks/task_service.h <grpcpp/grpcpp.h>
services/tasks/task_convert.cc "common/redis/pool.h"
services/tasks/task_store.h "common/mysql/pool.h"
services/tasks/task_queue.cc "services/tasks/mysql_task_store.h"
services/tasks/task.h "gridwork/tasks/v1/task.pb.h"
services/tasks/task.h "services/tasks/task_store.h"
services/tasks/task.cc "common/auth/scope.h"
services/tasks/task.cc <grpcpp/grpcpp.h>
services/tasks/task.cc <hiredis/hiredis.h>
services/tasks/task.cc <openssl/evp.h>
services/tasks/task.cc "services/tasks/testing/fake_task_store.h"
BAD
  found=$(cd "$dir" && violations | wc -l)
  [ "$found" = "$bad" ] || { (cd "$dir" && violations) >&2; echo "self-test: found $found of $bad planted violations" >&2; return 1; }
  rm -rf "${dir:?}"/*
  good=0
  while read -r file include; do
    [ -n "$file" ] || continue
    plant "$file" "$include"
    good=$((good + 1))
  done <<'GOOD'
common/rpc/a.h "gridwork/options/v1/options.pb.h"
common/rpc/a.h "common/auth/scope.h"
common/rpc/a_test.cc "tests/support/fake_clock.h"
common/mysql/e.h "common/base/error.h"
services/tasks/main.cc "services/tasks/mysql_task_store.h"
services/tasks/main.cc "common/mysql/pool.h"
services/tasks/mysql_task_store.cc "common/mysql/pool.h"
services/tasks/mysql_task_store.h "services/tasks/task_store.h"
services/tasks/task_service.h "services/tasks/task_store.h"
services/tasks/task_service.h "gridwork/tasks/v1/task.pb.h"
services/tasks/task_store.h "common/auth/scope.h"
services/tasks/task_queue.cc "common/redis/pool.h"
services/tasks/task.h "common/base/error.h"
services/tasks/task.h "services/tasks/place.h"
services/tasks/task.h <absl/time/time.h>
services/tasks/task.h <vector>
services/tasks/task_test.cc "services/tasks/testing/fake_task_store.h"
tests/e2e/a_test.cc "services/identity/area.h"
GOOD
  found=$(cd "$dir" && violations)
  [ -z "$found" ] || { echo "$found" >&2; echo "self-test: refused what is allowed" >&2; return 1; }
  echo "layers: self-test found $bad of $bad planted violations and let $good allowed includes pass"
}

if [ "${1:-}" = --self-test ]; then
  self_test
  exit
fi
cd "$(dirname "$0")/.."
list=$(violations)
[ -z "$list" ] || { echo "$list"; echo "layers: $(wc -l <<<"$list") includes go the wrong way"; exit 1; }
echo "layers: ok"
