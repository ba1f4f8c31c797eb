#!/bin/sh
# netns: -a -t -l -H
# Streams of events: in which order things are told, and what else is said.
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

# What was received before a loss stands before the message of it.
many 3000 > "$TMP/load"
"$CONNTRACK" -E -e NEW -b 20000 > "$TMP/both" 2>&1 &
pid=$!
hold $pid
listening $pid
kill -STOP $pid
"$CONNTRACK" -R "$TMP/load"
kill -CONT $pid
until_true 10 grep -q lost "$TMP/both"
until_true 10 has_read $pid
many 1 11 | "$CONNTRACK" -R -
until_true 10 grep -q src=11 "$TMP/both"
stop INT $pid
before=$(sed '/ were lost/,$d' "$TMP/both" | grep -c 'src=10.*dst=192')
is "events before their loss" yes "$([ "$before" -gt 0 ] && echo yes)"
is "are told before it" 0 "$(sed '1,/ were lost/d' "$TMP/both" | grep -c ' src=10\.0\.0\.')"
is "and later ones behind" 1 "$(sed '1,/ were lost/d' "$TMP/both" | grep -c ' src=11\.')"

# With --reliable every attempt to deliver is an overrun: they are told once, with one list. The kernel's
# worker brings what was held back in its own time; on a machine that is so busy that it comes half a
# second late it is another overrun, which has three chances.
"$CONNTRACK" -E > /dev/null 2>&1 & # for those events are sent at all
other=$!
hold $other
listening $other
told() { [ "$(grep -c '^\[DESTROY\]' "$TMP/events")" -ge 3000 ]; }
for chance in 1 2 3; do
	fresh
	"$CONNTRACK" -R "$TMP/load"
	"$CONNTRACK" -E --reliable --on-loss resync -b 8000 > "$TMP/events" 2> "$TMP/events.err" &
	pid=$!
	hold $pid
	listening $pid
	"$CONNTRACK" -F
	until_true 20 grep -q 'SYNC. end' "$TMP/events"
	until_true 20 told
	until_true 10 has_read $pid
	stop INT $pid
	overruns=$(grep -c 'were lost' "$TMP/events.err")
	[ "$overruns" -ne 1 ] || break
	echo "# chance $chance: $overruns overruns"
done
is "--reliable: one overrun" 1 "$overruns"
is "one list" "1 1" \
	"$(grep -c 'SYNC. start' "$TMP/events") $(grep -c 'SYNC. end' "$TMP/events")"
is "and each deletion" 3000 "$(grep -c DESTROY "$TMP/events")"
kill $other

# A list that has begun is finished, and none begins at the end.
fresh
many 30000 | "$CONNTRACK" -R -
mkfifo "$TMP/pipe"
"$CONNTRACK" -E --sync > "$TMP/pipe" 2> /dev/null &
pid=$!
exec 7< "$TMP/pipe"
listening $pid
kill -INT $pid
cat <&7 > "$TMP/events"
exec 7<&-
wait $pid
is "a list that a signal meets" "30000 1" \
	"$(grep -c ' \[SYNC\] udp' "$TMP/events") $(grep -c 'SYNC. end' "$TMP/events")"
fresh
"$CONNTRACK" -E -e NEW --on-loss resync -b 5000 > "$TMP/events" 2> "$TMP/events.err" &
pid=$!
hold $pid
listening $pid
kill -STOP $pid
"$CONNTRACK" -R "$TMP/load"
kill -INT $pid
kill -CONT $pid
until_true 5 ended $pid
wait $pid
is "at the end a loss is told" 1 "$(grep -c 'were lost' "$TMP/events.err")"
is "but nothing is listed" 0 "$(grep -c SYNC "$TMP/events")"

# The ends of entries tell no helper and no labels.
fresh
for words in '--helper ftp' '! -l 3'; do
	rc "$words" 0 "$CONNTRACK" -E --for 0.1 $words
	err_has "$words: a note" 'DESTROY events tell neither helper nor labels'
	rc "$words, NEW" 0 "$CONNTRACK" -E -e NEW --for 0.1 $words
	is "$words, NEW: no note" 0 "$(grep -c DESTROY "$TMP/err")"
done

# The target of --jump owns what is written.
many 3 | "$CONNTRACK" -R -
rc "--sync -j count" 0 "$CONNTRACK" -E --sync --for 0.1 -j count
is "prints the count alone" 3 "$(cat "$TMP/out")"

# Events of both tables say of which they are.
"$CONNTRACK" -E all -o json > "$TMP/events" 2> /dev/null &
pid=$!
hold $pid
listening $pid
fresh
until_true 5 has_lines "$TMP/events" 3
stop INT $pid
is "-E all names the table" 3 "$(grep -c '"table":"conntrack"' "$TMP/events")"

# Load files that cannot be read
rc "-R - without standard input" 2 sh -c '"$CONNTRACK" -R - <&-'
is "says so" "conntrack: -R: standard input: Bad file descriptor" "$(cat "$TMP/err")"
rc "-R of a folder" 2 "$CONNTRACK" -R /tmp
is "says so" "conntrack: -R: /tmp: Is a directory" "$(cat "$TMP/err")"
finish
