#!/bin/sh
# netns: -a -t -l
# Byte accounting by one stream: rounds with what counters have grown by, and the ends.
. "$(dirname "$0")/../lib.sh"

acct=/proc/sys/net/netfilter/nf_conntrack_acct

# deltas: the sum of what the stream says the original and the reply direction have grown by
deltas() {
	grep -o '"delta_bytes":[0-9]*' "$TMP/events" | awk -F: '{s += $2} END {print s + 0}'
}
# begin ARGS...: the stream, as $pid, once the first round is whole
begin() {
	"$CONNTRACK" "$@" > "$TMP/events" 2> "$TMP/err" &
	pid=$!
	hold $pid
	until_true 10 rounds 1
}
rounds() { [ "$(grep -c sync_end "$TMP/events")" -ge "$1" ]; }
# more_rounds N: so many from now on
more_rounds() { until_true 20 rounds $(($(grep -c sync_end "$TMP/events") + $1)); }
stop() {
	kill -INT $pid
	code=0
	wait $pid || code=$?
}
# sent: all bytes that the table counts, of both directions
sent() {
	"$CONNTRACK" -L -o jsonl -p udp 2> /dev/null | grep -o '"bytes":[0-9]*' | awk -F: '{s += $2} END {print s + 0}'
}

echo 1 > $acct
for command in "-E --sync=0.3 -o json -p udp" "-L --watch 0.3 -o jsonl -p udp"; do
	fresh
	"$TOOLS/traffic" udp-many -n 50 > /dev/null
	first=$(sent)
	begin $command
	is "$command: the first round tells no growth" 0 "$(deltas)"
	is "the first round is there" yes "$([ "$first" -gt 0 ] && grep -q '"event":"sync".*"bytes":' "$TMP/events" && echo yes)"
	"$TOOLS/traffic" udp-many -n 80 > /dev/null
	more_rounds 2
	"$TOOLS/traffic" udp-many -n 80 > /dev/null
	more_rounds 2
	all=$(sent)
	is "the sum of all growth" "$((all - first))" "$(deltas)"
	more_rounds 2
	is "does not change without packets" "$((all - first))" "$(deltas)"
	"$TOOLS/traffic" udp-many -n 100 > /dev/null
	all=$(sent)
	"$CONNTRACK" -D -p udp > /dev/null 2>&1
	more_rounds 3
	is "the ends tell the rest" "$((all - first))" "$(deltas)"
	stop
	is "it ends well" 0 $code
	case $command in
	-E*) is "shows what is new" yes "$(grep -q '"event":"new"' "$TMP/events" && echo yes)" ;;
	*) is "shows the ends alone" 0 "$(grep -c '"event":"\(new\|update\)"' "$TMP/events")" ;;
	esac
done

# Text has rounds, too, and no growth.
fresh
"$TOOLS/traffic" udp-many -n 3 > /dev/null
"$CONNTRACK" -E --sync=0.2 --for 1.1 > "$TMP/events" 2> "$TMP/err"
is "rounds of text" yes "$([ "$(grep -c '^ *\[SYNC\] start$' "$TMP/events")" -ge 4 ] && echo yes)"
is "and one without seconds" 1 "$("$CONNTRACK" -E --sync --for 0.5 2> /dev/null | grep -c '\[SYNC\] start$')"
is "-o jsonl of one round has no growth" 0 "$("$CONNTRACK" -E --sync --for 0.5 -o json 2> /dev/null | grep -c delta_)"
rc "--sync=0" 2 "$CONNTRACK" -E --sync=0
err_has "tells what it may be" 'is not 0\.1 to 86400 seconds'
rc "--watch --sort -o jsonl" 2 "$CONNTRACK" -L --watch 1 --sort bytes -o jsonl
rc "--watch -o jsonl of -C" 2 "$CONNTRACK" -C --watch 1 -o jsonl
rc "--watch -o xml" 2 "$CONNTRACK" -L --watch 1 -o xml

# Without counters there is nothing to account for, and that is said.
echo 0 > $acct
run "$CONNTRACK" -E --sync=0.2 --for 0.5 -o json
err_has "without counters" 'no entry has counters: net\.netfilter\.nf_conntrack_acct is 0'

# Memory is bounded by the table, not by the time.
echo 1 > $acct
fresh
many() { awk -v n="$1" 'BEGIN {for (i = 0; i < n; i++)
	printf "-I -s 10.%d.%d.%d -d 192.0.2.1 -p udp --sport 1 --dport 53 -t 3000\n", i / 65536, i / 256 % 256, i % 256}'; }
many 20000 | "$CONNTRACK" -R -
begin -E --sync=0.2 -o json -e DESTROY
memory() { awk '/^VmRSS/ {print $2}' "/proc/$pid/status"; }
more_rounds 3
early=$(memory)
for _ in 1 2 3 4 5 6; do
	"$CONNTRACK" -F
	many 20000 | "$CONNTRACK" -R -
	more_rounds 3
done 2> /dev/null
# Those that are gone are kept for two rounds.
is "memory stays" yes "$([ "$(memory)" -le $((early * 6)) ] && echo yes)"
stop
finish
