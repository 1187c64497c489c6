#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A real Slurm array on one machine: munged, slurmctld and slurmd of Debian's slurm-wlm are started
# in a temporary folder, with a key, ports and a configuration of their own; the shipped submit
# file is given to sbatch as a user would; the merged file has to have the bytes of one process.
#   tests/slurm.sh BUILD [TASKS]      from anywhere; no root needed; nothing of the system is touched
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:?the build folder}" && pwd)
tasks=${2:-8}
work=$(mktemp -d /tmp/fs_slurm_XXXXXX)
chmod 711 "$work" # munged insists
node=$(hostname -s)
started=()
PATH=$PATH:/usr/sbin:/sbin

clean() {
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do kill "${started[i]}" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap clean EXIT

fail() {
    echo "slurm: $1" >&2
    tail -n 5 "$work"/*.log "$work"/*.out 2>/dev/null >&2
    exit 1
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])'
}

start_munge() {
    mkdir -m 711 "$work/munge"
    dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 2>/dev/null
    chmod 600 "$work/munge/key"
    munged --foreground --key-file="$work/munge/key" --socket="$work/munge/socket" \
        --log-file="$work/munge/munged.log" --pid-file="$work/munge/pid" \
        --seed-file="$work/munge/seed" >"$work/munged.log" 2>&1 &
    started+=($!)
    for _ in $(seq 100); do [ -S "$work/munge/socket" ] && return; sleep 0.1; done
    fail "munged does not start"
}

# As many places as tasks, whatever the machine has: what is tested is the array, not its speed.
configure() {
    mkdir "$work/state" "$work/spool"
    cat >"$work/slurm.conf" <<CONF
ClusterName=fleetsim
SlurmctldHost=$node
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName=$node CPUs=8 RealMemory=32000 State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
    export SLURM_CONF=$work/slurm.conf
}

start_slurm() {
    slurmctld -D -f "$SLURM_CONF" >"$work/slurmctld.log" 2>&1 &
    started+=($!)
    slurmd -D -N "$node" -f "$SLURM_CONF" >"$work/slurmd.log" 2>&1 &
    started+=($!)
    for _ in $(seq 300); do
        case $(sinfo -h -o %T 2>/dev/null) in idle*) return ;; esac
        sleep 0.1
    done
    fail "the node does not come up"
}

scenario() {
    cat <<'YAML'
fleetsim: 1
run: {length: 2min, replications: 2, intervals: 20}
account: {platform: aws, concurrency: 20}
traffic:
  web:
    arrivals: {poisson: {rate: 100/s}}
    client: {retry: none}
    path: [worker]
    work: {worker: {cpu: {lognormal: {mean: 100ms, p99: 500ms}}}}
components:
  worker: {platform: aws-lambda, memory: 1769MB}
variants:
  function: {}
  containers: {components.worker: {platform: aws-fargate, tasks: 12, cpu: 1, memory: 2GB}}
YAML
}

start_munge
configure
start_slurm
cd "$work"
scenario >web.yaml
export FLEETSIM=$build/fleetsim
grid=(web.yaml --vary "traffic.web.arrivals.poisson.rate=50/s..100/s/6" --vary run.seed=1..4)

"$FLEETSIM" sweep "${grid[@]}" -o one -q
timeout 300 sbatch --wait --array="1-$tasks" --output="$work/task-%a.out" \
    "$source/scenarios/submit/slurm.sh" "${grid[@]}" -o web >sbatch.out 2>&1 ||
    fail "the array did not end well: $(cat sbatch.out)"
[ "$(ls web/*.journal | wc -l)" -eq "$tasks" ] || fail "not every task left a journal"
[ ! -e web/sweep.h5 ] || fail "a shard wrote the whole"
"$FLEETSIM" merge web -q
cmp one/sweep.h5 web/sweep.h5 || fail "the merged file differs from that of one process"
echo "slurm $(sinfo --version | cut -d' ' -f2): an array of $tasks tasks merges to the bytes of one process"
