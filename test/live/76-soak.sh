#!/bin/sh
# Events for long, to three who follow them: none is lost but what is counted, memory and
# descriptors are as at the start. SOAK rounds of 100,000 events each: 20 in CI, 200 by hand.
#	all	reads all
#	resync	is stopped in each tenth round, loses events, and lists the table again
#	routes	looks routes up for each, while interfaces come and go
# netns: -a -t -l
. "${0%/*}/../lib.sh"

SOAK=${SOAK:-5}
N=${EVENTS:-50000}
[ -n "${SANITIZED:-}" ] && N=5000

seq 0 $((N - 1)) | awk '{
	printf "-I -s 10.%d.%d.%d -d 192.0.2.1 -p udp --sport 7 --dport 9 -t 3000\n",
		$1 / 65536, $1 / 256 % 256, $1 % 256
}' > "$TMP/load"

# follow NAME COUNTER OPTION...: COUNTER, a command, reads what it writes
follow() {
	name=$1
	counter=$2
	shift 2
	mkfifo "$TMP/$name.pipe"
	$counter < "$TMP/$name.pipe" > "$TMP/$name.lines" &
	eval "${name}_count=$!"
	"$CONNTRACK" -E "$@" > "$TMP/$name.pipe" 2> "$TMP/$name.err" &
	eval "$name=$!"
	hold $!
	listening $! || not_ok "$name does not listen"
}
# follow sets these
all='' resync='' routes='' all_count='' resync_count='' routes_count=''
follow all 'wc -l' -o timestamp,id -b 268435456
follow resync 'grep -v -c "event":"[ls]' -o json -b 1000000 --on-loss resync
follow routes 'wc -l' -o extended -b 268435456 ! --in nosuch+

# interfaces ROUND: there is one, with a route to the sources, in each second round
interfaces() {
	command -v ip > /dev/null || return 0
	if [ $(($1 % 2)) -eq 1 ]; then
		ip link add "soak$1" type veth peer name other 2> /dev/null &&
			ip link set "soak$1" up && ip route add 10.0.0.0/8 dev "soak$1"
	else
		ip link del "soak$(($1 - 1))" 2> /dev/null
	fi
	return 0
}

# one ROUND: all is created, then destroyed, and the events of both are read
one() {
	interfaces "$1"
	[ $(($1 % 10)) -eq 1 ] && kill -STOP $resync
	"$CONNTRACK" -R "$TMP/load" && "$CONNTRACK" -F 2> /dev/null || not_ok "round $1"
	kill -CONT $resync
	until_true 60 has_read || not_ok "round $1: has read"
}

# For each the peak of memory in KiB, and the number of descriptors
state() {
	for pid in $all $resync $routes; do
		sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' /proc/$pid/status
		ls /proc/$pid/fd | wc -l
	done | joined
}
# grown: the numbers of which the second state is more than the first. Pages that are touched for
# the first time are no growth: a leak would need more.
grown() {
	echo "$before $after" | awk '{
		for (i = 1; i <= NF / 2; i++)
			if ($(i + NF / 2) > $i + (i % 2 ? 64 : 0))
				print $i, "->", $(i + NF / 2)
	}'
}
# ends NAME PID COUNTER: ends it
ends() {
	kill -INT "$2"
	wait "$2"
	is "$1: exit code" 0 $?
	wait "$3"
}
# shown NAME: the number in the summary
shown() {
	sed -n 's/^conntrack v.* \([0-9]*\) flow events have been shown\.$/\1/p' "$TMP/$1.err"
}

one 1
one 2
before=$(state)
round=2
while [ $((round += 1)) -le "$SOAK" ]; do
	one $round
done
after=$(state)
total=$((2 * N * SOAK))
ends all $all $all_count
ends resync $resync $resync_count
ends routes $routes $routes_count
for name in all routes; do
	is "$name: every event" $total "$(shown $name)"
	is "$name: in a line each" $total "$(tr -d ' ' < "$TMP/$name.lines")"
	is "$name: nothing lost" 0 "$(grep -c lost "$TMP/$name.err")"
done
lost=$(awk '/were lost/ {s += $2} END {print s + 0}' "$TMP/resync.err")
is "resync: some were lost" yes "$([ "$lost" -gt 0 ] && echo yes)"
is "resync: the others are shown" $((total - lost)) "$(cat "$TMP/resync.lines")"
[ -n "${SANITIZED:-}" ] || is "memory and descriptors" "" "$(grown)"
finish
