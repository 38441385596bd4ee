#!/usr/bin/env bash
# A Ceph of one monitor, one OSD and one object gateway (S3), on loopback, as root:
#   ceph.sh FOLDER GATEWAY_PORT MONITOR_PORT [memstore|bluestore]
# The OSD has its objects in memory, or with bluestore in a file of FOLDER. Prints "ready" when
# requests are answered. Takes commands on standard input, one a line, and answers each with a line:
# "kill" ends the gateway with SIGKILL, "start" starts it again; "kill-store" and "start-store" do
# the same with the OSD, which forgets all with memstore. Ends what it has started when standard
# input ends, also when the process at its other end was killed.
set -uo pipefail
folder="$1" port="$2" monitor="$3" objects="${4:-memstore}"
keys=(--access-key AKTEST --secret-key SKTEST)
mkdir -p "$folder"/{mon,osd,log,run}
: >"$folder/empty"
cluster="$(cat /proc/sys/kernel/random/uuid)"
osd="$(cat /proc/sys/kernel/random/uuid)"
cat >"$folder/ceph.conf" <<CONF
[global]
fsid = $cluster
mon host = [v1:127.0.0.1:$monitor/0]
public network = 127.0.0.0/8
ms bind port min = 20000
ms bind port max = 32000
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
osd crush chooseleaf type = 0
osd objectstore = $objects
osd data = $folder/osd
osd class update on start = false
osd crush update on start = false
memstore device bytes = 4294967296
bluestore block create = true
bluestore block size = 4294967296
mon data = $folder/mon
run dir = $folder/run
admin socket = $folder/run/\$name.asok
log file = $folder/log/\$name.log
mon cluster log file = $folder/log/cluster.log
pid file = $folder/run/\$name.pid
rgw data = $folder/rgw
rgw dns name = localhost
rgw gc obj min wait = 10
rgw gc processor period = 10
rgw gc processor max time = 10
CONF
with=(-c "$folder/ceph.conf")
pids=() gateway="" osd_pid=""

finish() {
  for pid in "${pids[@]}" $osd_pid $gateway; do kill -9 "$pid" 2>>"$folder/log/ended"; done
  wait 2>>"$folder/log/ended"
}
trap finish EXIT
# What ends a whole group of processes ends the one at the other end, too, and with it the input.
trap '' TERM INT HUP

fail() {
  echo "failed: $1"
  exit 1
}

start_gateway() {
  radosgw "${with[@]}" -n client.rgw -f --rgw_frontends="beast endpoint=127.0.0.1:$port" \
    >>"$folder/log/gateway.out" 2>&1 <"$folder/empty" &
  gateway=$!
}

start_osd() {
  ceph-osd "${with[@]}" -i 0 -f >>"$folder/log/osd.out" 2>&1 <"$folder/empty" &
  osd_pid=$!
}

# Waits until the gateway takes connections, for 60 seconds at the most.
answers() {
  for _ in {1..600}; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>>"$folder/log/waited"; then return 0; fi
    kill -0 "$gateway" 2>>"$folder/log/waited" || return 1
    sleep 0.1
  done
  return 1
}

monmaptool --create --fsid "$cluster" --addv a "[v1:127.0.0.1:$monitor/0]" "$folder/monmap" \
  >"$folder/log/monmap.out" 2>&1 || fail "monmaptool"
ceph-mon "${with[@]}" --mkfs -i a --monmap "$folder/monmap" >"$folder/log/mkfs.out" 2>&1 ||
  fail "ceph-mon --mkfs"
ceph-mon "${with[@]}" -i a -f >"$folder/log/mon.out" 2>&1 <"$folder/empty" &
pids+=($!)
timeout 60 ceph "${with[@]}" osd new "$osd" >"$folder/log/new.out" 2>&1 <"$folder/empty" ||
  fail "ceph osd new"
ceph-osd "${with[@]}" -i 0 --mkfs --osd-uuid "$osd" >"$folder/log/osd-mkfs.out" 2>&1 ||
  fail "ceph-osd --mkfs"
timeout 60 ceph "${with[@]}" osd crush add osd.0 1.0 host=local root=default \
  >"$folder/log/crush.out" 2>&1 <"$folder/empty" || fail "ceph osd crush add"
start_osd
start_gateway
timeout 90 radosgw-admin "${with[@]}" user create \
  --uid sealpost --display-name sealpost "${keys[@]}" \
  >"$folder/log/user.json" 2>&1 <"$folder/empty" || fail "radosgw-admin user create"
answers || fail "radosgw"
echo ready

while read -r command; do
  case "$command" in
    kill)
      kill -9 "$gateway"
      wait "$gateway" 2>>"$folder/log/ended"
      gateway=""
      echo killed
      ;;
    start)
      start_gateway
      if answers; then echo started; else fail "radosgw"; fi
      ;;
    kill-store)
      kill -9 "$osd_pid"
      wait "$osd_pid" 2>>"$folder/log/ended"
      echo killed
      ;;
    start-store)
      start_osd
      echo started
      ;;
  esac
done
