#!/usr/bin/env bash
# Sweeps over two hosts that only a network joins, here two network namespaces with a cable between them, and compares
# with the bytes of one process. Needs root, iproute2 and Open MPI; where they are not, says so and ends with 77.
#   tests/cli/sweep_two_hosts.sh KVFOOT
set -euo pipefail
kvfoot=$(realpath "${1:?usage: $0 KVFOOT}")
skip() {
  echo "skipped: $1"
  exit 77
}
[ "$(id -u)" -eq 0 ] || skip "network namespaces need root"
for tool in ip unshare mpirun ompi_info; do
  command -v "$tool" >/dev/null || skip "$tool is not here (install iproute2, util-linux, openmpi-bin)"
done
[ -e "$(dirname "$kvfoot")/kvfoot-mpi.so" ] || skip "this build has no MPI"

a=kvfoot-a-$$
b=kvfoot-b-$$
folder=$(mktemp -d)
clean_up() {
  ip netns del "$a" 2>/dev/null || true
  ip netns del "$b" 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
reason=$(ip netns add "$a" 2>&1) || skip "no network namespaces here: $reason"
ip netns add "$b"
reason=$(ip link add eth0 netns "$a" type veth peer name eth0 netns "$b" 2>&1) || skip "no veth pairs here: $reason"
reason=$(unshare --uts true 2>&1) || skip "no host names of one's own here: $reason"
net=10.213.77
for host in "$a $net.1" "$b $net.2"; do
  read -r name address <<<"$host"
  ip -n "$name" link set lo up
  ip -n "$name" addr add "$address/24" dev eth0
  ip -n "$name" link set eth0 up
done

# What runs on a host: its network, and a host name of its own, which Open MPI tells hosts apart by.
on() {
  local name=$1
  shift
  ip netns exec "$name" unshare --uts sh -c 'hostname "$0"; exec "$@"' "$name" "$@"
}
# In place of ssh: mpirun calls it with a host and a command line.
cat >"$folder/agent" <<AGENT
#!/bin/sh
[ "\$1" = $net.2 ] || { echo "agent: unknown host \$1" >&2; exit 1; }
shift
exec ip netns exec $b unshare --uts sh -c 'hostname $b; exec sh -c "\$0"' "\$*"
AGENT
chmod +x "$folder/agent"
cat >"$folder/s.yaml" <<'YAML'
kvfoot: 1
title: two hosts
workload: {shape: llama-3.1-8b, prompt: [16384, 32768], output: [1000, 2000, 3000, 4000, 5000]}
device_model: h100-sxm
chunk: [1024, 4096, all]
policy:
  - pyramidkv: {sparsity: [0.5, 0.6, 0.7, 0.8, 0.9]}
  - streaming: {sinks: 128, window: [1024, 2048]}
report: {csv: o.csv, json: o.json, jsonl: o.jsonl, hdf5: o.h5}
YAML
cd "$folder"
"$kvfoot" sweep s.yaml --quiet >/dev/null
mkdir alone
mv o.* alone/

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export ASAN_OPTIONS=detect_leaks=0 # what Open MPI's plug-ins leave, in builds with sanitizers
over_both=(mpirun --host "$net.1:2,$net.2:2" --mca plm_rsh_agent "$folder/agent" --mca pml ob1 --mca btl self,tcp
  --mca btl_tcp_if_include eth0 --mca oob_tcp_if_include eth0 --mca hwloc_base_binding_policy none)
hosts=$(on "$a" timeout 60 "${over_both[@]}" -n 4 hostname | sort | uniq -c | xargs)
echo "ranks by host: $hosts"
[ "$hosts" = "2 $a 2 $b" ] || { echo "the ranks are not on two hosts"; exit 1; }
bytes() { ip netns exec "$b" cat /sys/class/net/eth0/statistics/tx_bytes; }
before=$(bytes)
on "$a" timeout 120 "${over_both[@]}" -n 4 "$kvfoot" sweep s.yaml --quiet --jobs 1 >/dev/null
sent=$(($(bytes) - before))
for file in o.*; do
  cmp "$file" "alone/$file"
done
[ "$(ls o.* | wc -l)" -eq 4 ]
# A result is about a kilobyte: less means that the second host computed nothing.
[ "$sent" -gt 50000 ] || { echo "the second host sent $sent bytes only"; exit 1; }
echo "the bytes of one process; the second host sent $sent bytes"
