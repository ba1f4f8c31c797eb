#!/bin/sh
# netns: -a -t -l
# -E --group --every: what began and ended, in groups, an interval at a time.
. "${0%/*}/../lib.sh"

# creations HOSTS: host N has N flows
creations() {
	awk -v n="$1" 'BEGIN {
		for (i = 1; i <= n; i++)
			for (k = 1; k <= i; k++)
				printf "-I -s 10.0.%d.%d -d 192.0.2.1 -p udp --sport %d --dport 9 -t 300\n",
					i / 256, i % 256, k
	}'
}
# follow OPTION...: into $TMP/out
follow() {
	fresh
	"$CONNTRACK" -E --group src "$@" > "$TMP/out" 2> "$TMP/err" &
	pid=$!
	hold $pid
	listening $pid || not_ok "$*: listens"
}
stop() {
	until_true 20 has_read $pid
	kill -INT $pid
	wait $pid
	RC=$?
}
# sums FIRST NEW ENDED...: of these columns of text, over all reports
sums() {
	awk -v from="$1" '$1 ~ /^10\./ {n += $from; d += $(from + 1); p += $(from + 2); b += $(from + 3)}
		END {print n + 0, d + 0, p + 0, b + 0}' "$TMP/out"
}

# Of all that happens each is in one report.
follow --every 0.3
creations 20 | "$CONNTRACK" -R -
sleep 0.5
"$CONNTRACK" -D -s 10.0.0.7 > /dev/null 2>&1
sleep 0.5
"$CONNTRACK" -D -s 10.0.0.0/28 > /dev/null 2>&1
stop
is "ends well" 0 "$RC"
is "each event is in one report" "210 120 0 0" "$(sums 2)"
is "of each group" "10.0.0.7 7 7" "$(awk '$1 == "10.0.0.7" {n += $2; d += $3}
	END {print "10.0.0.7", n, d}' "$TMP/out")"
is "at different times" yes "$([ "$(grep -c '^10\.0\.0\.7 ' "$TMP/out")" -ge 2 ] && echo yes)"
out_has "says what was lost, and of others" \
	'^time=[0-9]+ milliseconds=[0-9]+ lost=0 other-new=0 other-ended=0'
# All but the last one are of an interval; the machine may be late, but makes up for it.
is "in intervals" yes "$(awk -F'[= ]' '/^time=/ {early += last && last < 250; all += last = $4}
	END {print (!early && all > 900) ? "yes" : early " " all}' "$TMP/out")"
err_has "the summary" ' 330 flow events have been shown'

# What ended flows have carried is what the list has said of them.
follow --every 60 -e DESTROY -p udp
"$TOOLS/traffic" udp-many -n 50 > /dev/null
packets=$("$CONNTRACK" -L -p udp --group proto 2> /dev/null | awk 'NR == 2 {print $3, $4}')
"$CONNTRACK" -D -p udp > /dev/null 2>&1
stop
is "packets and bytes of ended flows" "0 $("$CONNTRACK" -C -p udp) $packets" \
	"$(awk '$1 ~ /^127/ {print $2, $3 - 50, $4, $5}' "$TMP/out")"

# The largest groups are shown, and the sums of all others.
follow --every 60 --limit 2 -e NEW
creations 100 | "$CONNTRACK" -R -
stop
is "the largest" "10.0.0.100 100 10.0.0.99 99" "$(awk '$1 ~ /^10\./ {print $1, $2}' "$TMP/out" | joined)"
out_has "the others" ' other-new=4851 other-ended=0$'
follow --every 60 --limit 1 -o json
creations 70 | "$CONNTRACK" -R - # more than 64 groups
stop
is "what found no room is counted" 2485 "$(sed -n 's/.*"new":\([0-9]*\).*/\1/p' "$TMP/out" |
	awk '{n += $1} END {print n}')"
is "a report, a group, the others" 3 "$(lines "$TMP/out")"
out_has "in JSON" '^\{"event":"report","milliseconds":[0-9]+,"lost":0,"groups":1,"time":"'
out_has "a group" '^\{"src":"10\.0\.0\.[0-9]+","new":[0-9]+,"ended":0\}$'
out_has "and others" '^\{"other":true,"new":[0-9]+,"ended":0\}$'
follow --every 60 -o prometheus
creations 3 | "$CONNTRACK" -R -
stop
out_has "metrics" '^conntrack_group_new\{src="10\.0\.0\.3"\} 3$'
out_has "what was lost" '^conntrack_events_lost 0$'

# Lost events are told in the report of their interval.
follow --every 60 -b 5000 -e NEW
kill -STOP $pid
creations 100 | "$CONNTRACK" -R -
kill -CONT $pid
stop
lost=$(sed -n 's/^time=.* lost=\([0-9]*\) .*/\1/p' "$TMP/out")
is "some are lost" yes "$([ "$lost" -gt 0 ] && echo yes)"
is "with those counted it is all" 5050 $((lost + $(sums 2 | cut -d' ' -f1)))

# Memory is bounded by the number of groups, not by that of events.
follow --every 60
creations 30 | "$CONNTRACK" -R -
seq 65536 | awk '{printf "-I -s 11.0.%d.%d -d 192.0.2.1 -p udp --sport 1 --dport 9 -t 300\n",
	$1 / 256, $1 % 256}' | head -n 60000 | "$CONNTRACK" -R -
until_true 20 has_read $pid
peak=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
stop
[ -n "${SANITIZED:-}" ] || is "memory" yes "$([ "$peak" -lt 6000 ] && echo yes || echo "$peak")"
is "all are counted" 60465 "$(awk '/^time=/ {split($4, a, "="); n += a[2]} $1 ~ /^1[01]\./ {n += $2}
	END {print n}' "$TMP/out")"

for words in '--group src' '--every 1' '--group src --every 1 --sync' '--group src --every 0' \
	'--group src --every 1 -o xml' '--group src --every 1 -j null' \
	'--group src --every 1 -e UPDATES' '--group src --every 1 --on-loss resync'; do
	# shellcheck disable=SC2086 # a list of words
	rc "-E $words" 2 "$CONNTRACK" -E $words
done
finish
