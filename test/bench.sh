#!/bin/sh
# bench.sh [N]: what the time goes into, ours against the peer's ($PEER, if there is one) and against a
# loop that only receives or sends the same (bareloop), for N entries (default 200000). Run inside a
# network namespace of its own by make bench. BENCH_JSON names a file that each row is added to as an
# object. Medians of five interleaved runs; a figure alone means little on a busy machine, the ratios
# mean something. Not a test: it never fails.
set -u
N=${1:-200000}
RUNS=${RUNS:-5}
OURS=${OURS:-$CONNTRACK}
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT

# creations N [6]: as a load file
creations() {
	awk -v n="$1" -v six="${2:-}" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "-I -s " (six ? "2001:db8:%x:%x::%x -d 2001:db8::1" : "10.%d.%d.%d -d 192.0.2.1") \
				" -p tcp --sport %d --dport 443 -t 3000 --state ESTABLISHED -u SEEN_REPLY,ASSURED\n",
				i / 65536 % 256, i / 256 % 256, i % 256, 1024 + i % 60000
	}'
}
creations "$N" > "$TMP/load"

# measure NAME COMMAND: appends "wall user+sys kilobytes" to NAME's file.
measure() {
	name=$1
	shift
	/usr/bin/time -o "$TMP/time" -f '%e %U %S %M' sh -c "exec $* > /dev/null 2> /dev/null"
	tail -n 1 "$TMP/time" | awk '{print $1, $2, $3, $4}' >> "$TMP/$name"
}

# measure_times NAME COUNT COMMAND: the same of a command run COUNT times, one behind the other.
measure_times() {
	/usr/bin/time -o "$TMP/time" -f '%e %U %S %M' sh -c \
		"i=0; while [ \$i -lt $2 ]; do $3; i=\$((i + 1)); done > /dev/null 2> /dev/null"
	tail -n 1 "$TMP/time" >> "$TMP/$1"
}

# measure_events NAME PROGRAM: what a listener takes of the processor for N creations, and how many of
# them it told of.
measure_events() {
	"$OURS" -F 2> /dev/null
	/usr/bin/time -o "$TMP/time" -f '%e %U %S %M' sh -c "echo \$\$ > $TMP/pid; exec $2 -E -e NEW -b 67108864" \
		> "$TMP/events" 2> /dev/null &
	sleep 0.5
	"$OURS" -R "$TMP/load"
	sleep 2
	kill -INT "$(cat "$TMP/pid")"
	wait
	tail -n 1 "$TMP/time" | awk -v n="$(grep -c . "$TMP/events")" \
		'{printf "%.2f %s %s %s\n", n ? ($2 + $3) * 1e6 / n : 0, $2, $3, $4}' >> "$TMP/$1"
}

# median NAME COLUMN
median() {
	[ -f "$TMP/$1" ] || { echo -; return; }
	awk -v c="$2" '{print $c}' "$TMP/$1" | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

fill() {
	"$OURS" -F 2> /dev/null
	"$OURS" -R "$TMP/load" || exit 1
}

row() {
	o=$(median "$2.ours" 1) p=$(median "$2.peer" 1) b=$(median "$2.bare" 1)
	awk -v json="${BENCH_JSON:-}" -v t="$1" -v o="$o" -v p="$p" -v b="$b" -v u="$(median "$2.ours" 2)" -v pu="$(median "$2.peer" 2)" \
		-v m="$(median "$2.ours" 4)" 'function ratio(a, b) {return b == "-" || b == 0 ? "-" : sprintf("%.2f", a / b)}
		BEGIN {
			if (json != "")
				printf "{\"row\":\"%s\",\"ours\":%s,\"peer\":%s,\"bare\":%s,\"user\":%s,\"peer_user\":%s,\"kib\":%s}\n", t,
					o, p == "-" ? "null" : p, b == "-" ? "null" : b, u, pu == "-" ? "null" : pu, m >> json
			printf "%-34s %6s %6s %6s %8s %8s %8s %8s\n", t, o, p, b, ratio(o, p), ratio(o, b), ratio(u, pu), m}'
}

creations "$N" 6 > "$TMP/load6"
limit=$(cat /proc/sys/net/netfilter/nf_conntrack_max 2> /dev/null || echo 65536)
SIZES=
for size in 1000 10000 100000 1000000; do
	[ $size -gt "$limit" ] || SIZES="$SIZES $size"
done
filled=0
for run in $(seq "$RUNS"); do
	fill
	measure list.bare "$TOOLS/bareloop dump"
	measure list.ours "$OURS -L"
	[ -n "${PEER:-}" ] && measure list.peer "$PEER -L"
	measure json.bare "$TOOLS/bareloop dump"
	measure json.ours "$OURS -L -o json"
	measure xml.ours "$OURS -L -o xml"
	[ -n "${PEER:-}" ] && measure xml.peer "$PEER -L -o xml"
	measure save.ours "$OURS -L -o save"
	[ -n "${PEER:-}" ] && measure save.peer "$PEER -L -o save"
	measure count.ours "$OURS -C"
	[ -n "${PEER:-}" ] && measure count.peer "$PEER -C"
	measure source.ours "$OURS -L -s 10.0.1.5"
	[ -n "${PEER:-}" ] && measure source.peer "$PEER -L -s 10.0.1.5"
	measure range.bare "$TOOLS/bareloop dump"
	measure range.ours "$OURS -L --dport 1:5"
	measure update.bare "$TOOLS/bareloop update"
	measure update.ours "$OURS -U -p tcp -m 7"
	[ -n "${PEER:-}" ] && measure update.peer "$PEER -U -p tcp -m 8"
	measure delete.ours "$OURS -D -p tcp"
	fill
	measure delete.bare "$TOOLS/bareloop delete"
	if [ -n "${PEER:-}" ]; then
		fill
		measure delete.peer "$PEER -D -p tcp"
	fi
	"$OURS" -F 2> /dev/null
	measure load.ours "$OURS -R $TMP/load"
	"$OURS" -F 2> /dev/null
	[ -n "${PEER:-}" ] && measure load.peer "$PEER -R $TMP/load"
	"$OURS" -F 2> /dev/null
	measure load.bare "$TOOLS/bareloop load $N"
	"$OURS" -F 2> /dev/null
	"$OURS" -R "$TMP/load6"
	measure list6.bare "$TOOLS/bareloop dump"
	measure list6.ours "$OURS -L -f ipv6"
	[ -n "${PEER:-}" ] && measure list6.peer "$PEER -L -f ipv6"
	measure_events events.ours "$OURS"
	[ -n "${PEER:-}" ] && measure_events events.peer "$PEER"
	measure_times start.ours 200 "$OURS -V"
	[ -n "${PEER:-}" ] && measure_times start.peer 200 "$PEER -V"
	"$OURS" -F 2> /dev/null
	for size in $SIZES; do
		creations $size | tail -n +$((filled + 1)) > "$TMP/more"
		"$OURS" -R "$TMP/more"
		filled=$size
		times=$(((N + size - 1) / size))
		measure_times "size$size.ours" $times "$OURS -L"
		measure_times "size$size.bare" $times "$TOOLS/bareloop dump"
	done
	filled=0
done
printf '%s entries, medians of %s runs, seconds; ratios of wall time, and of user time; peak KiB\n' "$N" "$RUNS"
printf '%-34s %6s %6s %6s %8s %8s %8s %8s\n' '' ours peer bare /peer /bare user/peer memory
row 'list everything' list
row 'list of IPv6' list6
row 'list as JSON' json
row 'list as XML' xml
row 'list as commands (-o save)' save
row 'count' count
row 'list one IPv4 source' source
row 'list by a user-space filter' range
row 'update (-U -p tcp -m 7)' update
row 'delete (-D -p tcp)' delete
row 'load (-R)' load
row 'follow: microseconds per event' events
row 'start, 200 times (-V)' start
for size in $SIZES; do
	row "list $size, $(((N + size - 1) / size)) times" "size$size"
done
