#!/bin/sh
# Memory: the same for a large table as for a small one, and little, whatever the command.
# netns: -a -t -l
. "${0%/*}/../lib.sh"

[ -z "${SANITIZED:-}" ] || finish # they take their own
SMALL=200
LARGE=20000

# flows N: a load file of N creations, of two protocols
flows() {
	seq 0 $(($1 - 1)) | awk '{
		printf "-I -s 10.%d.%d.%d -d 192.0.2.1 -p %s --sport 7 --dport 9 -t 3000\n",
			$1 / 65536, $1 / 256 % 256, $1 % 256,
			$1 % 2 ? "udp" : "tcp --state SYN_SENT"
	}'
}

# peak COMMAND...: the most memory that it had resident, in KiB
peak() {
	rm -f "$TMP/peak"
	# shellcheck disable=SC2016 # for the inner shell
	"$TOOLS/measure" "$TMP/peak" sh -c 'echo $$ > "$0"; exec "$@"' "$TMP/pid" \
		"$CONNTRACK" "$@" > /dev/null 2> "$TMP/err" || echo "$*" >> "$TMP/failed"
	cut -d ' ' -f 4 "$TMP/peak"
}

# peaks N: that of each command with a table of N entries, in a line each
peaks() {
	flows "$1" > "$TMP/load"
	echo "$(peak -R "$TMP/load") -R"
	while read -r command; do
		# shellcheck disable=SC2086 # a list of words
		echo "$(peak $command) $command"
	done << 'LINES'
-L
-L -o json
-L -o xml
-L -o save
-L -o extended,id,ktimestamp,labels
-L all
-L --dport 9 ! -s 10.0.0.1,10.0.0.3 -m 0
-L -f ipv6
-L --sort packets --limit 20
-L -z -p udp
-L -j count
-L -j mark=4
-C
-C -p udp
-S
-S -o prometheus
-G -s 10.0.0.1 -d 192.0.2.1 -p udp --sport 7 --dport 9
-U -m 7
-U -p udp -t 2000
-D -p udp
-L expect
-A -s 10.0.0.1 -d 192.0.2.1 -p udp --sport 7 --dport 9 -t 100
-F
LINES
	# Events need no more: they wait in the socket's buffer.
	rm "$TMP/pid"
	peak -E > "$TMP/events" &
	until_true 10 [ -s "$TMP/pid" ]
	listening "$(cat "$TMP/pid")"
	"$CONNTRACK" -R "$TMP/load"
	until_true 30 has_read
	kill -INT "$(cat "$TMP/pid")"
	wait
	echo "$(cat "$TMP/events") -E"
	"$CONNTRACK" -F 2> /dev/null
}

: > "$TMP/failed"
base=$(peak -V)
most=1536
[ "$base" -lt 1000 ] || most=$((base + 1000)) # a C library that is shared has its own share
peaks $SMALL > "$TMP/small"
peaks $LARGE > "$TMP/large"
is "as many commands" 25 "$(grep -c . "$TMP/large")"
is "every command ends well" "" "$(cat "$TMP/failed")"
cut -d ' ' -f 1 "$TMP/small" | paste -d ' ' - "$TMP/large" > "$TMP/both"
while read -r small large command; do
	is "$command: within $most KiB" yes "$([ "$large" -le $most ] && echo yes || echo "$large")"
	is "$command: no more for a large table" yes \
		"$([ "$large" -le $((small + 512)) ] && echo yes || echo "$large, not $small")"
done < "$TMP/both"
finish
