#!/bin/sh
# netns: -a
# One signal ends -E, whoever does not read what it writes, and whatever its programs do.
. "${0%/*}/../lib.sh"

many() { # COUNT [NET]: creations as a load file
	awk -v n="$1" -v net="${2:-10}" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "-I -s %d.0.%d.%d -d 192.0.2.1 -p udp --sport 7 --dport 53 -t 3000\n",
				net, i / 256, i % 256
	}'
}
stop() { # SIGNAL PID: ends it, which must not take long; RC is its exit code
	kill -"$1" "$2"
	until_true 5 ended "$2"
	RC=$?
	[ $RC -eq 0 ] || kill -9 "$2"
	wait "$2" || RC=$?
}

many 3000 > "$TMP/load"
mkfifo "$TMP/pipe"

# A reader that has stopped keeps nobody from ending.
fresh
"$CONNTRACK" -E -e NEW > "$TMP/pipe" 2> "$TMP/err" &
pid=$!
hold $pid
exec 7< "$TMP/pipe"
listening $pid
"$CONNTRACK" -R "$TMP/load"
sleep 0.3
stop INT $pid
is "a full pipe" 1 "$RC"
err_has "says so" 'cannot write to standard output'
exec 7<&-

# Programs that hang are ended a moment after a signal, and no others are started.
for signal in INT TERM; do
	for events in 1 100; do
		fresh
		"$CONNTRACK" -E -e NEW -j exec="$TMP/hangs" > /dev/null 2> "$TMP/err" &
		pid=$!
		hold $pid
		printf '#!/bin/sh\necho >> "%s"\nexec sleep 30\n' "$TMP/started" > "$TMP/hangs"
		chmod +x "$TMP/hangs"
		: > "$TMP/started"
		listening $pid
		many $events | "$CONNTRACK" -R -
		until_true 5 has_lines "$TMP/started" $((events < 16 ? events : 16))
		stop $signal $pid
		is "$signal, $events: ends" 1 "$RC"
		is "$signal, $events: starts no more" $((events < 16 ? events : 16)) \
			"$(lines "$TMP/started")"
		is "$signal, $events: leaves none behind" 0 "$(cat /proc/[0-9]*/stat 2> /dev/null |
			grep -c "(sleep) [^Z] $pid ")"
		[ $events -eq 1 ] || err_has "$signal: tells for how many not" 'not run for 84 more'
	done
done
# One that ends in time is waited for.
fresh
printf '#!/bin/sh\nsleep 0.7\necho >> "%s"\n' "$TMP/finished" > "$TMP/hangs"
: > "$TMP/finished"
"$CONNTRACK" -E -e NEW -j exec="$TMP/hangs" > /dev/null 2> "$TMP/err" &
pid=$!
hold $pid
listening $pid
many 1 | "$CONNTRACK" -R -
until_true 5 has_read $pid
stop TERM $pid
is "a program that ends by itself" "0 1" "$RC $(lines "$TMP/finished")"

# Nobody reads any more, and no event comes that would have to be written.
read_for_a_while() { # WORD...: -E writes to a pipe whose reader goes away
	"$CONNTRACK" -E "$@" >"$TMP/pipe" 2>/dev/null &
	pid=$!
	hold $pid
	exec 5<"$TMP/pipe"
	listening $pid
	exec 5<&-
	until_true 2 ended $pid
}
read_for_a_while
is "-E ends with its reader" 0 $?
wait $pid
is "as where it could not write" 1 $?
read_for_a_while -j exec=/bin/true
is "a target goes on" 1 $?
stop TERM $pid

# Sandboxes that were made before a call was refuse it: others serve, without trying again and again.
if "$TOOLS/nonetlink" -c ppoll true 2>/dev/null; then
	for call in recvmmsg ppoll; do
		fresh
		"$TOOLS/nonetlink" -c $call "$CONNTRACK" -E -e NEW -o format='%{src}\n' > "$TMP/events" 2> "$TMP/err" &
		pid=$!
		hold $pid
		listening $pid
		seq 40 | sed 's/.*/-I -s 10.9.0.& -d 192.0.2.1 -p udp --sport 7 --dport 53 -t 300/' |
			"$CONNTRACK" -R - > /dev/null 2>&1
		all() {
			[ "$(wc -l < "$TMP/events")" -eq 40 ]
		}
		until_true 5 all
		is "without $call: events come" 40 "$(wc -l < "$TMP/events")"
		spent=$(awk '{print $14 + $15}' "/proc/$pid/stat")
		sleep 1
		is "and the wait is one" 1 $(($(awk '{print $14 + $15}' "/proc/$pid/stat") - spent < 30))
		stop INT $pid
		is "and ends" 0 $RC
	done
else
	cannot "calls that are refused" "no seccomp here"
fi
finish
