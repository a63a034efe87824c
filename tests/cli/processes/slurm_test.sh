#!/bin/sh
# SPDX-License-Identifier: MIT
# samples/slurm-array.sh on a cluster of two nodes that both are this machine: half of the running
# tasks are killed, the array submitted again completes the set and makes nothing twice.
# Munge keeps its key and socket, Slurm all its files, in the scratch folder; ports are of loopback.
. "$(dirname "$0")/many_machines.sh"
for program in munged slurmctld slurmd sbatch scancel squeue; do
  command -v $program >/dev/null || PATH=$PATH:/usr/sbin
  command -v $program >/dev/null || skip "there is no $program"
done
[ "$(id -u)" -eq 0 ] || skip "slurmd starts tasks of others and needs root"
make_pictures

head -c 1024 /dev/urandom >munge.key
chmod 400 munge.key
chmod 755 "$tmp"
host=$(hostname -s)
port=$((20000 + $$ % 20000))
cat >slurm.conf <<END
ClusterName=tessera
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$tmp/munge.socket
CredType=cred/munge
SlurmctldPort=$port
SlurmctldPidFile=$tmp/slurmctld.pid
SlurmdPidFile=$tmp/slurmd.%n.pid
SlurmdSpoolDir=$tmp/spool.%n
StateSaveLocation=$tmp/state
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
SlurmdParameters=config_overrides
NodeName=one NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=2 State=UNKNOWN
NodeName=two NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=2 State=UNKNOWN
PartitionName=all Nodes=one,two Default=YES MaxTime=INFINITE State=UP
END
mkdir state spool.one spool.two
SLURM_CONF=$tmp/slurm.conf
export SLURM_CONF
munged --foreground --force --key-file="$tmp/munge.key" --socket="$tmp/munge.socket" \
  --pid-file="$tmp/munged.pid" --log-file="$tmp/munged.log" --seed-file="$tmp/munge.seed" \
  >munged.out 2>&1 &
daemons=$!
slurmctld -D >slurmctld.out 2>&1 &
daemons="$daemons $!"
for node in one two; do
  slurmd -D -N $node >slurmd.$node.out 2>&1 &
  daemons="$daemons $!"
done
# shellcheck disable=SC2064,SC2086  # these daemons; several words
trap "scancel --quiet --user=root 2>/dev/null; kill $daemons 2>/dev/null; wait; clean_up" EXIT
two_idle_nodes() { [ "$(sinfo -h -N -t idle | wc -l)" -eq 2 ]; }
wait_until 60 two_idle_nodes || { cat ./*.out | tail -n 20; skip "Slurm does not start here"; }

# submit LOGS: the line of the manual; prints the number of the array.
submit() {
  sbatch --parsable --export=ALL --array=1-4 --output="logs/$1-%a" \
    "$source_dir/samples/slurm-array.sh" interpolate in -o out --cfa RGGB --method menon \
    --png-level 9 -v
}
is_over() { [ -z "$(squeue -h)" ]; }

array=$(submit first) || fail "the array cannot be submitted"
wait_until 120 some_results || fail "no result appears"
squeue -h -r -o '    %i %T %N'
for task in 1 2; do scancel --full --signal=KILL "${array}_$task"; done
wait_until 240 is_over || fail "tasks do not end"
scontrol show job "$array" | grep -oE 'ArrayTaskId=[0-9]+|JobState=[A-Z]+|ExitCode=[0-9:]+' | paste - - - |
  sed 's/^/    /'
check_interrupted

submit second >/dev/null || fail "the array cannot be submitted again"
wait_until 240 is_over || fail "tasks do not end"
check_resumed
# An array with gaps does not know the number of parts.
expect_status 2 env SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=4 SLURM_ARRAY_TASK_COUNT=3 \
  SLURM_ARRAY_TASK_ID=1 "$source_dir/samples/slurm-array.sh" interpolate
finish
