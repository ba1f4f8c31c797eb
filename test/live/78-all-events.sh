#!/bin/sh
# netns: -m
# -E in several network namespaces, those that come later included.
. "$(dirname "$0")/../lib.sh"

command -v ip > /dev/null || { skip namespaces "ip is not installed"; finish; }
mkdir -p /run/netns
for side in blue red; do
	ip netns add $side || { cannot namespaces "no named network namespaces here"; finish; }
done

# flow NETNS N: makes one that no other test has
flow() {
	ip netns exec "$1" "$CONNTRACK" -I -s 10.79.$2.1 -d 10.79.0.2 -p udp --sport 1 --dport 2 \
		-t 600 2> /dev/null
}
many() { # COUNT: creations as a load file
	awk -v n="$1" 'BEGIN {for (i = 0; i < n; i++)
		printf "-I -s 10.79.9.9 -d 10.79.%d.%d -p udp --sport 1 --dport 53 -t 600\n", i / 250, i % 250}'
}
# listens NETNS: there is a socket for events in it
listens() {
	ip netns exec "$1" awk '$2 == 12 && $4 != "00000000" {f = 1} END {exit !f}' /proc/net/netlink
}
# begin ARGS...: -E of several namespaces, as $pid; blue and red have a socket by then
begin() {
	"$CONNTRACK" -E "$@" > "$TMP/events" 2> "$TMP/err" &
	pid=$!
	hold $pid
	until_true 10 catches $pid
	until_true 10 listens blue
	until_true 10 listens red
}
stop() {
	kill -INT $pid
	code=0
	wait $pid || code=$?
}
# seen PATTERN: an event is there
seen() { grep -q "$1" "$TMP/events"; }
# named: the namespaces of this test's events, in order
named() { sed -n 's/^ *\[\([A-Z]*\)\].*src=10\.79\.\([0-9]*\)\.1 .* netns=\([a-z]*\) *.*/\1:\2:\3/p' "$TMP/events" | joined; }

flow red 1
flow blue 1
begin -n blue,red
flow red 2
flow blue 3
until_true 5 seen 'src=10.79.3.1 .*netns=blue'
ip netns exec red "$CONNTRACK" -D -s 10.79.2.1 > /dev/null 2>&1
until_true 5 seen 'DESTROY.*netns=red'
stop
is "-E -n a,b" "0 NEW:2:red NEW:3:blue DESTROY:2:red" "$code $(named)"
cp "$TMP/events" "$TMP/out"
is "no program of another namespace is named" 0 "$(grep -c progname "$TMP/out")"
err_has "one summary" ' 3 flow events have been shown\.$'

begin -n red,blue --sync -o json
until_true 5 seen 'sync_end.*blue'
flow blue 4
until_true 5 seen '10.79.4.1'
stop
is "--sync: each in its markers" "sync_start red sync red sync_end red sync_start blue sync blue sync blue sync_end blue new blue" \
	"$(jq -r '.event + " " + .netns' "$TMP/events" 2> /dev/null | joined)"
if /usr/bin/python3 -c 'import jsonschema' 2> /dev/null; then
	is "by the schema" "" "$(/usr/bin/python3 -c '
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
for line in open(sys.argv[2]):
    jsonschema.validate(json.loads(line), schema)' "$(dirname "$0")/../schema.json" "$TMP/events" 2>&1 |
		tail -n 1)"
fi

# A namespace that comes while it runs is followed, and one that goes is let go of.
begin -n all
ip netns add green
green=$(stat -Lc %i /run/netns/green)
until_true 10 listens green
flow green 5
until_true 5 seen 'src=10.79.5.1 .*netns=green'
ip netns exec red "$CONNTRACK" -F 2> /dev/null
flow red 6
until_true 5 seen 'src=10.79.6.1'
is "-n all" "NEW:5:green NEW:6:red" "$(named | sed 's/DESTROY[^ ]* //g')"
ip netns del green
gone() { grep -q "netns green: this network namespace has gone" "$TMP/err"; }
until_true 10 gone
is "one that goes is told" 0 $?
# let_go: no descriptor of the process holds it
let_go() { ! for fd in /proc/$pid/fd/*; do readlink "$fd"; done 2> /dev/null | grep -q "net:\[$green\]"; }
until_true 5 let_go
is "and no longer held" 0 $?
# the same name is another namespace now
ip netns add green
until_true 10 listens green
flow green 7
until_true 5 seen 'src=10.79.7.1 .*netns=green'
is "a new one of this name is followed" 0 $?
if [ -z "${SANITIZED:-}" ]; then
	is "it may enter namespaces, and little else" "CapEff=0000000000281000 NoNewPrivs=1" \
		"$(sed -n 's/^\(CapEff\|NoNewPrivs\):[[:space:]]*/\1=/p' "/proc/$pid/status" | joined)"
fi
stop
is "-n all ends well" 0 $code

# Where no descriptor is left to look, none is taken for gone.
if command -v prlimit > /dev/null; then
	begin -n blue,red
	prlimit --pid $pid --nofile=4:4
	sleep 2.2
	flow red 9
	until_true 5 seen 'src=10.79.9.1 .*netns=red'
	is "they are followed all the same" "NEW:9:red 0" "$(named) $(grep -c gone "$TMP/err")"
	stop
else
	cannot "without descriptors" "prlimit(1) is not installed"
fi

# The last one of a list that goes ends it.
"$CONNTRACK" -E -n green,/run/netns/green > /dev/null 2>&1 &
pid=$!
hold $pid
until_true 10 listens green
ip netns del green
wait $pid
is "the end of all that were asked for" 0 $?

# What is lost in one namespace is told of that one, and made up for in it.
begin -n blue,red -b 4608 --on-loss resync -o json
kill -STOP $pid
many 2000 12 | ip netns exec red "$CONNTRACK" -R - 2> /dev/null
kill -CONT $pid
until_true 10 seen 'sync_end'
flow blue 8
until_true 5 seen '10.79.8.1'
stop
is "a loss is of one" "red" "$(sed -n 's/.*"event":"\(lost\|sync_[a-z]*\)".*"netns":"\([a-z]*\)".*/\2/p' \
	"$TMP/events" | sort -u | joined)"
cp "$TMP/err" "$TMP/out"
out_has "with its name" '^conntrack: netns red: [0-9]+ events were lost'
is "the others are whole" 1 "$(grep -c '10.79.8.1.*blue' "$TMP/events")"
finish
