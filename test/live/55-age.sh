#!/bin/sh
# netns: -a -t
# --age, by the time of creation, and how long what has ended has lived.
. "${0%/*}/../lib.sh"

timestamp=/proc/sys/net/netfilter/nf_conntrack_timestamp
"$CONNTRACK" -R - <<'LINES'
-I -s 10.0.0.1 -d 10.1.0.9 -p udp --sport 1 --dport 53 -t 6000
-I -s 10.0.0.2 -d 10.1.0.9 -p udp --sport 2 --dport 53 -t 6000
LINES
sleep 3
"$CONNTRACK" -I -s 10.0.0.3 -d 10.1.0.9 -p udp --sport 3 --dport 53 -t 6000 2>/dev/null

# selects SOURCES OPTIONS...: the entries that a list has
selects() {
	want=$1
	shift
	is "$*" "$want" "$("$CONNTRACK" -L "$@" -o format=src 2>"$TMP/err" | sed 's/10.0.0.//' | sort | joined)"
}
selects "1 2 3" --age 0
selects "1 2" --age 3
selects "3" --age 0:2
selects "3" ! --age 3
selects "1 2" --age 1:9000 --age 2
selects "" --age 2k
is "-C" 2 "$("$CONNTRACK" -C --age 3)"

# Events of the end have both times.
"$CONNTRACK" -E -e DESTROY --age 3 -o jsonl >"$TMP/json" 2>/dev/null &
pid=$!
"$CONNTRACK" -E -e DESTROY --limit 2 -o format='%{src} %{duration}\n' >"$TMP/events" 2>/dev/null &
other=$!
hold $pid $other
listening $pid
listening $other
"$CONNTRACK" -D -s 10.0.0.3 >/dev/null 2>&1
rc "-D" 0 "$CONNTRACK" -D --age 3 -s 10.0.0.2
wait $other
until_true has_lines "$TMP/json" 1
kill -INT $pid
wait $pid
is "-E" 1 "$(lines "$TMP/json")"
is "with its duration" 1 "$(grep -c '"src":"10.0.0.2".*"duration":[3-9][0-9]*\.[0-9]\{9\}[,}]' "$TMP/json")"
is "in a template" "10.0.0.3 10.0.0.2" "$(sed 's/ [0-9][0-9]*\.[0-9]\{9\}$//' "$TMP/events" | joined)"
is "a list has none" 0 "$("$CONNTRACK" -L -o json 2>/dev/null | grep -c duration)"

# What has no time is of no age, and left alone whatever is asked.
if echo 0 2>/dev/null >$timestamp; then
	"$CONNTRACK" -I -s 10.0.0.4 -d 10.1.0.9 -p udp --sport 4 --dport 53 -t 6000 2>/dev/null
	selects 1 --age 0
	err_has "why there is nothing" 'notes no times: net.netfilter.nf_conntrack_timestamp is 0; set to 1'
	selects 4 ! --age 0
	rc "-D while no times are noted" 1 "$CONNTRACK" -D ! --age 0
	err_has "says why" 'so nothing was done: set net.netfilter.nf_conntrack_timestamp to 1'
	echo 1 >$timestamp
	rc "-D of entries without" 1 "$CONNTRACK" -D ! --age 0
	err_has "says why" 'entries without times were left alone'
	rc "-U" 0 "$CONNTRACK" -U --age 1 -m 5
	is "the other one only" 10.0.0.1 "$("$CONNTRACK" -L -m 5 -o format=src 2>/dev/null)"
	printf '%s\n' '-D ! --age 0' '-U --age 1 -m 6' >"$TMP/load"
	rc "-R" 0 "$CONNTRACK" -R "$TMP/load"
	is "likewise" 10.0.0.1 "$("$CONNTRACK" -L -m 6 -o format=src 2>/dev/null)"
	echo '--age 1' >"$TMP/from"
	rc "not in a file of conditions" 2 "$CONNTRACK" -D --from "$TMP/from"
else
	cannot "times that are not noted" "the sysctl cannot be written"
fi
for wrong in x 5:3 -1 1:x; do
	rc "--age=$wrong" 2 "$CONNTRACK" -D --age="$wrong"
done
finish
