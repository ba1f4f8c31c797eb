#!/bin/sh
# Events for long: none lost, memory and descriptors as at the start. SOAK rounds of 100,000 events
# each.
# netns: -a -t -l
. "${0%/*}/../lib.sh"

SOAK=${SOAK:-5}
N=50000
[ -n "${SANITIZED:-}" ] && N=5000

seq 0 $((N - 1)) | awk '{
	printf "-I -s 10.%d.%d.%d -d 192.0.2.1 -p udp --sport 7 --dport 9 -t 3000\n",
		$1 / 65536, $1 / 256 % 256, $1 % 256
}' > "$TMP/load"

mkfifo "$TMP/pipe"
wc -l < "$TMP/pipe" > "$TMP/lines" &
count=$!
"$CONNTRACK" -E -o timestamp,id -b 268435456 > "$TMP/pipe" 2> "$TMP/events.err" &
pid=$!
listening $pid || not_ok "does not listen"

# one ROUND: all is created, then destroyed, and the events of both are read
one() {
	"$CONNTRACK" -R "$TMP/load" && "$CONNTRACK" -F 2> /dev/null || not_ok "round $1"
	until_true 60 has_read || not_ok "round $1: has read"
}

# The peak of memory in KiB, and the number of descriptors
state() {
	sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' /proc/$pid/status
	ls /proc/$pid/fd | wc -l
}

one 1
before=$(state)
round=1
while [ $((round += 1)) -le "$SOAK" ]; do
	one $round
done
after=$(state)
kill -INT $pid
wait $pid
is "exit code" 0 $?
is "every event" "conntrack: $((2 * N * SOAK)) flow events have been shown." \
	"$(sed -n 's/^conntrack v[0-9.]* (conntrack)/conntrack/p' "$TMP/events.err")"
wait $count
is "in a line each" $((2 * N * SOAK)) "$(tr -d ' ' < "$TMP/lines")"
is "nothing lost" 0 "$(grep -c lost "$TMP/events.err")"
[ -n "${SANITIZED:-}" ] || is "memory and descriptors" "$before" "$after"
finish
