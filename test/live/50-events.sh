#!/bin/sh
# netns: -a -t -l -H
# Events: what they look like, that none is lost, that what is lost is counted exactly, and that a
# consumer who follows the stream holds the kernel's table in the end.
. "$(dirname "$0")/../lib.sh"
N=${EVENTS:-200000}
[ -n "${SANITIZED:-}" ] && N=20000

many() { # COUNT [NET]: creations as a load file
	awk -v n="$1" -v net="${2:-10}" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "-I -s %d.%d.%d.%d -d 192.0.2.1 -p udp --sport %d " \
				"--dport 53 -t 3000\n",
				net, i / 65536, i / 256 % 256, i % 256, 1024 + i % 50000
	}'
}
follow() { # NAME OPTION...: starts to follow into $TMP/NAME, waits until the socket listens
	follow_name=$1
	shift
	"$CONNTRACK" -E "$@" > "$TMP/$follow_name" 2> "$TMP/$follow_name.err" &
	follower=$!
	listening $follower || not_ok "$follow_name: listens"
}
stop() { # ends it once its socket has run dry
	until_true 20 has_read $follower
	kill -"${1:-INT}" $follower
	wait $follower
	RC=$?
}

# The lines of each kind
n='[0-9]+'
local='src=127\.0\.0\.1 dst=127\.0\.0\.1'
flow='-s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1 --dport 2'
follow events -o timestamp,id,labels
"$CONNTRACK" -I $flow -t 100 --state ESTABLISHED -u SEEN_REPLY 2> /dev/null
"$CONNTRACK" -U $flow -m 7 --label-add 5 > /dev/null 2>&1
"$CONNTRACK" -D $flow > /dev/null 2>&1
stop
is "SIGINT ends it" 0 "$RC"
cp "$TMP/events" "$TMP/out"
out_has "[NEW]" "^\\[$n\\.[0-9]{6}\\]	    \\[NEW\\] tcp      6 100 ESTABLISHED $(
	)src=10\.0\.0\.1 dst=10\.0\.0\.2 sport=1 dport=2 $(
	)src=10\.0\.0\.2 dst=10\.0\.0\.1 sport=2 dport=1 $(
	)mark=0 id=$n \\[USERSPACE\\] portid=$n( progname=[!-~]+)?\$"
out_has "[UPDATE]" '	 \[UPDATE\] tcp .* mark=7 id=[0-9]+ labels=5 \[USERSPACE\] '
out_has "[DESTROY]" \
	"	\\[DESTROY\\] tcp .* packets=0 bytes=0 .* delta-time=$n id=$n \\[USERSPACE\\] "
cp "$TMP/events.err" "$TMP/err"
err_has "the summary" '^conntrack v[0-9.]+ \(conntrack-tools\): 3 flow events have been shown\.$'
fresh
follow events -e DESTROY,NEW
hold "$("$TOOLS/traffic" tcp)"
stop TERM
is "SIGTERM ends it" 0 "$RC"
cp "$TMP/events" "$TMP/out"
out_has "traffic has no origin" \
	"^    \\[NEW\\] tcp      6 120 SYN_SENT src=127\.0\.0\.1 .*dport=$n\$"
is "-e leaves updates out" 1 "$(lines "$TMP/out")"

# Ends
fresh
follow events --limit 2
many 5 11 | "$CONNTRACK" -R -
wait $follower
is "--limit ends it" 0 $?
is "--limit shows so many" 2 "$(lines "$TMP/events")"
for words in -E '-E --limit 1'; do
	fresh
	"$CONNTRACK" $words > /dev/full 2> "$TMP/err" &
	follower=$!
	hold $follower
	listening $follower
	many 1 13 | "$CONNTRACK" -R -
	until_true 5 ended $follower || kill -9 $follower
	wait $follower
	is "$words: a full disk ends it at once" 1 $?
	err_has "$words: is told" 'No space left'
done

# A saved update leaves the labels that the entry then has.
fresh
"$CONNTRACK" -I $flow -t 100 --state ESTABLISHED --label-add 3,7 2> /dev/null
follow events -e UPDATES -o save
"$CONNTRACK" -U $flow --label-del 3 > /dev/null 2>&1
stop
"$CONNTRACK" -U $flow --label-add 3,9 > /dev/null 2>&1
rc "a saved update" 0 "$CONNTRACK" -R "$TMP/events"
is "takes labels away, too" " labels=7" \
	"$("$CONNTRACK" -L -o labels 2> /dev/null | grep -o ' labels=.*')"

# Expectations
fresh
hold "$("$TOOLS/traffic" tcp -p 2121)"
sport=$(ftp_port)
follow events expect
"$CONNTRACK" -I expect -s 127.0.0.1 -d 127.0.0.1 -p tcp --sport "$sport" --dport 2121 \
	--tuple-src 127.0.0.1 --tuple-dst 127.0.0.1 --tuple-port-dst 5000 2> /dev/null
"$CONNTRACK" -F expect 2> /dev/null
stop
cp "$TMP/events" "$TMP/out"
out_has "expectations" "^    \\[NEW\\] 300 proto=6 $local sport=0 dport=5000 $(
	)mask-src=255\.255\.255\.255 mask-dst=255\.255\.255\.255 sport=0 dport=65535 $(
	)master-src=127\.0\.0\.1 master-dst=127\.0\.0\.1 sport=$sport dport=2121 $(
	)class=0 helper=ftp"
rc "-e UPDATES has none of expectations" 2 "$CONNTRACK" -E expect -e UPDATES

# Filters: the socket's program and user space agree. Each condition has how many it means.
many 3000 12 > "$TMP/load"
while read -r meant words; do
	for plain in '' 1; do
		[ -n "$plain" ] && export CONNTRACK_NO_PUSHDOWN=1
		fresh
		follow "events$plain" -e NEW $words
		unset CONNTRACK_NO_PUSHDOWN
		"$CONNTRACK" -R "$TMP/load"
		stop
	done
	"$CONNTRACK" -L $words > "$TMP/listed" 2> /dev/null
	is "-L $words" "$meant" "$(lines "$TMP/listed")"
	is "-E $words" "$meant" "$(lines "$TMP/events")"
	is "-E $words, without a program" "$meant" "$(lines "$TMP/events1")"
done << 'LINES'
256 -s 12.0.1.0/24
952 ! -s 12.0.0.0/21
101 --sport 2000:2100
1 -p udp,tcp -d 192.0.2.1 --sport 1024
3000 -m 0
0 ! -m 0
0 -f ipv6
3000 -w 0
3000 --any --sport 53
1 -u UNREPLIED -s 12.0.0.7:1031
0 ! -p udp
LINES

# Without /proc nothing is called lost that the kernel has not called so, and what is lost is counted,
# by Linux 4.12 and newer.
without_proc() { # OPTION...: follows so, as $pid
	unshare -m sh -c 'mount -t tmpfs none /proc; exec "$@"' sh "$CONNTRACK" -E "$@" \
		> /dev/null 2> "$TMP/err" &
	pid=$!
	hold $pid
	listening $pid
}
if [ -n "${SANITIZED:-}" ]; then
	cannot "without /proc" "the sanitizers need it"
elif unshare -m mount -t tmpfs none /proc 2> /dev/null; then
	without_proc --on-loss exit
	kill -INT $pid
	wait $pid
	is "without /proc" 0 $?
	is "without /proc, nothing is called lost" 0 "$(grep -c lost "$TMP/err")"
	if [ "$(uname -r | awk -F. '{print $1 * 100 + $2 >= 412}')" = 1 ]; then
		without_proc -b 4608
		kill -STOP $pid
		many 1000 13 | "$CONNTRACK" -R -
		kill -CONT $pid
		until_true 10 grep -q lost "$TMP/err"
		kill -INT $pid
		wait $pid
		err_has "without /proc, what is lost is counted" ': [1-9][0-9]* events were lost'
	fi
else
	cannot "without /proc" "unshare(1) is not allowed"
fi

# A storm, with default settings: none is lost. Others may take the processor away from a reader
# that has to keep up with 600,000 events a second: it is given three chances.
many "$N" > "$TMP/load"
for words in '' '-o timestamp,id' '-o json'; do
	for chance in 1 2 3; do
		fresh
		follow events -e NEW $words
		"$CONNTRACK" -R "$TMP/load"
		stop
		grep -q lost "$TMP/events.err" || break
		echo "# chance $chance: $(cat "$TMP/events.err")"
	done
	is "a storm of $N $words" "$N" "$(lines "$TMP/events")"
	is "nothing is lost $words" 0 "$(grep -c lost "$TMP/events.err")"
done
for chance in 1 2 3; do
	fresh
	follow events -e NEW -p udp
	"$TOOLS/traffic" udp-many -n "$N" > /dev/null
	stop
	grep -q lost "$TMP/events.err" || break
done
is "a storm of packets" "$("$CONNTRACK" -C -p udp)" "$(lines "$TMP/events")"
is "has packets" yes "$([ "$(lines "$TMP/events")" -gt $((N / 2)) ] && echo yes)"

# A buffer for a few dozen: what is shown and what is lost make the whole.
fresh
follow events -e NEW -b 30000
"$CONNTRACK" -R "$TMP/load"
stop
lost=$(awk '/were lost/ {s += $2} END {print s + 0}' "$TMP/events.err")
is "something is lost" yes "$([ "$lost" -gt 0 ] && echo yes)"
is "what is lost is counted exactly" "$N" "$(($(lines "$TMP/events") + lost))"
cp "$TMP/events.err" "$TMP/err"
err_has "which is called what programs look for" ' events were lost \(ENOBUFS\): '
err_has "-b says what was granted" "^conntrack: the event socket's receive buffer has [0-9]+ bytes"

# Of events that nobody asked for the socket sees none: they would not fit.
fresh
follow events -e NEW -b 5000 -s 10.0.0.9
"$CONNTRACK" -R "$TMP/load"
ticks=$(awk '{print $14 + $15}' "/proc/$follower/stat")
stop
is "one address of a storm" 1 "$(lines "$TMP/events")"
is "none of it is lost" 0 "$(grep -c lost "$TMP/events.err")"
is "costs next to nothing" yes "$([ "$ticks" -le 2 ] && echo yes || echo "$ticks ticks")"

# A reader that does not read for a while loses nothing that fits.
fresh
many 5000 13 > "$TMP/load"
mkfifo "$TMP/pipe"
(until_true 20 [ -e "$TMP/reads" ]; cat > "$TMP/read") < "$TMP/pipe" &
reader=$!
"$CONNTRACK" -E -e NEW > "$TMP/pipe" 2> "$TMP/events.err" &
follower=$!
listening $follower
"$CONNTRACK" -R "$TMP/load"
sleep 1 # the while for which it does not read
: > "$TMP/reads"
stop
wait $reader
is "a slow reader" 5000 "$(lines "$TMP/read")"
is "loses nothing" 0 "$(grep -c lost "$TMP/events.err")"

# A consumer: SYNC start empties what it holds; it goes by source and id, as the ids alone are
# 32-bit hashes, of which two entries may well have the same.
entries() { # [FILE]: "SOURCE ID" of each line
	sed 's/^\(.*\[[A-Z]*\]\)\{0,1\}.* src=\([0-9.]*\) .* src=.* id=\([0-9]*\).*/\1 \2 \3/' "$@"
}
consume() {
	entries "$1" | awk '/\[SYNC\] start$/ {split("", has); next} /\[SYNC\] end$/ {next}
		{who = $(NF - 1) " " $NF} /\[DESTROY\]/ {delete has[who]; next} {has[who] = 1}
		END {for (who in has) print who}' | sort
}
listed() {
	"$CONNTRACK" -L -p udp -o id 2> /dev/null | entries | sed 's/^ //' | sort
}
churn() {
	for net in 20 21 22 23; do
		many 3000 $net | "$CONNTRACK" -R - --continue 2> /dev/null
		"$CONNTRACK" -D -s $((net - 1)).0.0.0/8 > /dev/null 2>&1
	done
}
# holds_the_table: the consumer has in $TMP/got what the kernel has in $TMP/want.
holds_the_table() {
	consume "$TMP/events" > "$TMP/got"
	listed > "$TMP/want"
	cmp -s "$TMP/want" "$TMP/got"
}
fresh
churn &
other=$!
follow events --sync -o id -p udp
wait $other
stop
holds_the_table
no_diff "--sync under churn" "$TMP/want" "$TMP/got"
fresh
follow events --on-loss resync -b 20000 -o id -p udp
churn
churn
until_true 10 holds_the_table
stop
cp "$TMP/events.err" "$TMP/err"
err_has "an overrun" 'were lost'
holds_the_table
no_diff "--on-loss resync" "$TMP/want" "$TMP/got"
fresh
follow events --on-loss exit -b 5000
many 5000 31 | "$CONNTRACK" -R -
until_true 10 ended $follower || kill -9 $follower
wait $follower
is "--on-loss exit" 1 $?

# Held back until delivered: each deletion once, though the listener sleeps meanwhile.
fresh
many 20000 30 | "$CONNTRACK" -R -
"$CONNTRACK" -L -o id 2> /dev/null | sed 's/.* id=//' | sort > "$TMP/want"
follow events -e DESTROY --reliable -b 100000 -o id
kill -STOP $follower
"$CONNTRACK" -D -p udp > /dev/null 2>&1
kill -CONT $follower
until_true 30 has_lines "$TMP/events" 20000
stop
sed 's/.* id=//; s/ .*//' "$TMP/events" | sort > "$TMP/got"
is "--reliable: all" 20000 "$(lines "$TMP/want")"
no_diff "--reliable: each once" "$TMP/want" "$TMP/got"
is "and nothing is called lost" 0 "$(grep -c lost "$TMP/events.err")"

# --for ends by itself, with what came until then; what is still queued is shown.
fresh
now() {
	read -r t _ < /proc/uptime
	echo "${t%.*}${t#*.}"
}
began=$(now)
rc "--for" 0 "$CONNTRACK" -E --for 0.7
took=$(($(now) - began))
is "ends, and not before" yes "$([ $took -ge 69 ] && echo yes)"
is "says how many" 1 "$(grep -c ': 0 flow events have been shown\.$' "$TMP/err")"
follow events --for 3
many 1000 30 | "$CONNTRACK" -R -
kill -STOP $follower
"$CONNTRACK" -D -p udp > /dev/null 2>&1
sleep 3
kill -CONT $follower
wait $follower
is "the exit code" 0 $?
is "all events" "1000 1000" \
	"$(grep -c '\[NEW\]' "$TMP/events") $(grep -c '\[DESTROY\]' "$TMP/events")"
for wrong in 0 -1 x 86401 ''; do
	rc "--for '$wrong' is refused" 2 "$CONNTRACK" -E --for "$wrong"
done
finish
