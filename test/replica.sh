#!/bin/sh
# replica.sh: measures replication from one network namespace to another by a pipe, of the static binary
# ($OURS): new flows a second, how many of them the second one lacks in the end, the milliseconds from the event
# in the first one to that in the second, and the share of a processor that each end takes; then the memory of
# both ends over many events. Run by make bench, in a network namespace. It is no test and never fails.
#
# RATES		new flows for each tenth of a second; default "100 1000 5000"
# SECONDS_EACH	for so long; default 5
# EVENTS	how many are many; default 5000000, some minutes
set -u
LC_ALL=C
export LC_ALL
RATES=${RATES:-100 1000 5000}
SECONDS_EACH=${SECONDS_EACH:-5}
EVENTS=${EVENTS:-5000000}
SAMPLED=20000:29999 # ports of the flows whose delay is measured: of one tenth in ten

T=$(mktemp -d) || exit 1
timeout=/proc/sys/net/netfilter/nf_conntrack_udp_timeout
echo 600 >$timeout
"$TOOLS/netns" -l -a sh -c "echo 600 >$timeout; exec sleep 3600" &
second=$!
trap 'kill $second $pids 2>/dev/null; rm -rf "$T"' EXIT
trap 'exit 130' HUP INT TERM
pids=
sleep 0.3

ticks() { # PID: user and system time so far, in hundredths of a second
	awk '{print $14 + $15}' "/proc/$1/stat"
}
settle() { # until both have as many entries, or for a minute
	tries=0
	while [ "$("$OURS" -C)" -ne "$("$OURS" -n $second -C)" ] && [ $tries -lt 120 ]; do
		sleep 0.5
		tries=$((tries + 1))
	done
}

begin() { # NAME: replication, by the pipe of this name; loader and follower are the two ends
	mkfifo "$T/pipe.$1"
	"$OURS" -n $second -R - --replica --quiet <"$T/pipe.$1" >/dev/null 2>"$T/second.err" &
	loader=$!
	"$OURS" -E --sync --on-loss resync -o save >"$T/pipe.$1" 2>"$T/first.err" &
	follower=$!
	pids="$loader $follower"
}
peak() { # PID: KiB
	awk '/^VmHWM:/ {print $2}' "/proc/$1/status"
}

printf '%-31s %8s %8s %7s %7s %7s %7s %7s\n' 'replication by a pipe' flows/s lacking 'ms, 50%' 99% 'CPU -E' 'CPU -R' 'KiB -R'
for burst in $RATES; do
	begin "$burst"
	"$OURS" -E -e NEW -o timestamp --dport $SAMPLED >"$T/first" 2>/dev/null &
	pids="$pids $!"
	"$OURS" -n $second -E -e NEW -o timestamp --dport $SAMPLED >"$T/second" 2>/dev/null &
	pids="$pids $!"
	sleep 0.5
	began=$(date +%s%N)
	i=0
	while [ $i -lt $((SECONDS_EACH * 10)) ]; do
		port=$((i % 10 == 5 ? 20000 + i : 30000 + i))
		"$TOOLS/traffic" udp-many -n "$burst" -p $port >/dev/null &
		sleep 0.1
		i=$((i + 1))
	done
	ended=$(date +%s%N)
	settle
	made=$("$OURS" -C)
	has=$("$OURS" -n $second -C)
	used_e=$(ticks $follower)
	used_r=$(ticks $loader)
	kib=$(peak $loader)
	# shellcheck disable=SC2086 # pids
	kill $pids
	wait $loader $follower 2>/dev/null
	# The delays of the flows that both have told, the shortest first.
	awk '
		{
			match($0, /^\[[0-9.]*/)
			time = substr($0, 2, RLENGTH - 1)
			match($0, /src=[^[]*dport=[0-9]*/)
			flow = substr($0, RSTART, RLENGTH)
		}
		FNR == NR {at[flow] = time; next}
		flow in at {printf "%.2f\n", (time - at[flow]) * 1000}' "$T/first" "$T/second" |
		sort -n >"$T/delays"
	awk -v burst="$burst" -v made="$made" -v lacks=$((made - has)) -v seconds=$(((ended - began) / 1000000))e-3 \
		-v e="$used_e" -v r="$used_r" -v kib="$kib" '
		{delay[NR] = $1}
		END {
			printf "%-31s %8.0f %8d %7s %7s %6.0f%% %6.0f%% %7d\n", burst * 10 " flows a second",
				made / seconds, lacks, NR ? delay[int(NR / 2) + 1] : "-",
				NR ? delay[int(NR * 0.99) + 1] : "-", e / seconds, r / seconds, kib
		}' "$T/delays"
	grep -h lost "$T/first.err" | tail -n 1
	"$OURS" -F 2>/dev/null
	"$OURS" -n $second -F 2>/dev/null
done

# Flows come and go, a thousand at a time, at a pace that both ends keep up with.
[ "$EVENTS" -gt 0 ] || exit 0
begin many
for half in 1 2; do
	awk -v from=$(((half - 1) * EVENTS / 4)) -v to=$((half * EVENTS / 4)) '
		function flow(i) {
			return sprintf("-s 10.%d.%d.%d -d 10.0.0.1 -p udp --sport 7 --dport 53", 1 + i / 65536 % 250,
				i / 256 % 256, i % 256)
		}
		BEGIN {
			for (i = from; i < to; i++) {
				print "-I -t 600 " flow(i)
				if (i - from >= 1000)
					print "-D -w 0 " flow(i - 1000)
				if (i % 2000 == 0) {
					fflush()
					system("sleep 0.05")
				}
			}
			for (i = to - 1000; i < to; i++)
				print "-D -w 0 " flow(i)
		}' | "$OURS" -R - --quiet >/dev/null
	settle
	printf '%-31s %s\n' "after $((half * EVENTS / 2)) events" \
		"-E $(peak $follower) KiB, -R $(peak $loader) KiB; $("$OURS" -n $second -C) entries lacking or left"
done
grep -h lost "$T/first.err" | tail -n 1
