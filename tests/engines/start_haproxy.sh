#!/usr/bin/env bash
# start_haproxy.sh CONFIG PORT: runs an HAProxy with this configuration, which has it listen on PORT,
# until standard input ends. Prints "ready" once it does.
set -euo pipefail
haproxy="$(command -v haproxy || echo /usr/sbin/haproxy)"
"$haproxy" -c -q -f "$1" || exit 1
"$haproxy" -db -f "$1" >&2 &
pid=$!
trap 'kill -TERM "$pid" 2>/dev/null && wait "$pid" || true' EXIT
# With the tests it ends at the end of its input: a signal for all of them is to leave it that.
trap '' TERM INT HUP
for _ in $(seq 300); do
  kill -0 "$pid" 2>/dev/null || exit 1
  if (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; then
    echo ready
    cat >/dev/null
    exit 0
  fi
  sleep 0.1
done
exit 1
