#!/usr/bin/env bash
# start_postgresql.sh FOLDER PORT: makes a PostgreSQL in FOLDER, which must not exist, and runs it on
# loopback until standard input ends; then it is stopped and FOLDER removed. Prints "ready" once it
# answers. Takes commands on standard input, one a line, and answers each with a line: "kill" ends
# it at once, as a crash would, "start" starts it again; "stop" stops all its processes, which say
# nothing more, and "continue" has them go on. Root is refused by PostgreSQL, so root runs it as the
# user postgres.
set -euo pipefail
# A session of its own: what ends the tests leaves this to the end of its input.
[ "${3:-}" = own ] || exec setsid --wait bash "$0" "$1" "$2" own
trap '' TERM INT HUP
folder="$1"
port="$2"
bin="$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"
as=()
[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=postgres --regid=postgres --clear-groups)

mkdir -m 700 "$folder"
[ "${#as[@]}" -eq 0 ] || chown postgres:postgres "$folder"
pid=
# Sends a signal to it and to its processes; a stopped one begins no other.
tell() {
  kill "-$1" "$pid"
  # They are one line, with a blank after each.
  for child in $(cat "/proc/$pid/task/$pid/children"); do kill "-$1" "$child" 2>/dev/null || true; done
}
end() {
  [ -z "$pid" ] || tell CONT 2>/dev/null || true
  [ -z "$pid" ] || { kill -INT "$pid" 2>/dev/null && wait "$pid" || true; }
  rm -rf "$folder"
  # Made for it alone; what has more in it stays.
  rmdir "$(dirname "$folder")" 2>/dev/null || true
}
trap end EXIT
fail() {
  cat log >&2
  exit 1
}
cd "$folder"

"${as[@]}" "$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync \
  --no-instructions >initdb.log 2>&1 || { cat initdb.log >&2; exit 1; }
"${as[@]}" openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
  -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" \
  -keyout data/server.key -out data/server.crt 2>openssl.log || { cat openssl.log >&2; exit 1; }
# Roles whose name says so need a password, or TLS.
{
  echo "host all with_password 127.0.0.1/32 scram-sha-256"
  echo "hostssl all with_tls 127.0.0.1/32 trust"
  echo "host all with_tls 127.0.0.1/32 reject"
  cat data/pg_hba.conf
} >hba
cat hba >data/pg_hba.conf
# The disk is not what is tested: a crash of the system is not, and that of a process needs no sync.
cat >>data/postgresql.conf <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
max_connections = 100
shared_buffers = 32MB
fsync = off
full_page_writes = off
ssl = on
log_min_messages = warning
CONF

# Starts it, and waits until it answers.
start() {
  "${as[@]}" "$bin/postgres" -D data 2>>log >&2 &
  pid=$!
  for _ in $(seq 600); do
    kill -0 "$pid" 2>/dev/null || return 1
    if "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -U postgres; then return 0; fi
    sleep 0.1
  done
  return 1
}

start || fail
echo ready
while read -r command; do
  case "$command" in
    kill)
      # All its processes end at once, and nothing is written any more: an immediate stop.
      kill -QUIT "$pid"
      wait "$pid" || true
      pid=
      echo killed
      ;;
    stop)
      tell STOP
      echo stopped
      ;;
    continue)
      tell CONT
      echo continued
      ;;
    start)
      start || fail
      echo started
      ;;
  esac
done
