#!/bin/sh
# netns: -a -t -l -H
# Events: what they look like, that none is lost, that what is lost is counted exactly, and that a
# consumer who follows the stream holds the kernel's table in the end.
. "$(dirname "$0")/../lib.sh"
N=${EVENTS:-200000}
[ -n "${SANITIZED:-}" ] && N=20000

many() { # COUNT [NET]: creations as a load file
	awk -v n="$1" -v net="${2:-10}" 'BEGIN {for (i = 0; i < n; i++) printf "-I -s %d.%d.%d.%d -d 192.0.2.1 -p udp --sport %d --dport 53 -t 3000\n", net, i / 65536, i / 256 % 256, i % 256, 1024 + i % 50000}'
}
follow() { # NAME OPTION...: starts to follow into $TMP/NAME, waits until the socket listens
	follow_name=$1
	shift
	"$CONNTRACK" -E "$@" > "$TMP/$follow_name" 2> "$TMP/$follow_name.err" &
	follower=$!
	listening $follower
}
stop() { # ends it once its socket has run dry
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		awk -v p=$follower '$2 == 12 && $3 == p && $5 != 0 {f = 1} END {exit f}' /proc/net/netlink && break
		sleep 0.2
	done
	kill -"${1:-INT}" $follower
	wait $follower
	RC=$?
}

# What they look like
flow='-s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1 --dport 2'
follow events -o timestamp,id,labels
"$CONNTRACK" -I $flow -t 100 --state ESTABLISHED -u SEEN_REPLY 2> /dev/null
"$CONNTRACK" -U $flow -m 7 --label-add 5 > /dev/null 2>&1
"$CONNTRACK" -D $flow > /dev/null 2>&1
stop
is "SIGINT ends it" 0 "$RC"
cp "$TMP/events" "$TMP/out"
out_has "[NEW]" '^\[[0-9]+\.[0-9]{6}\]	    \[NEW\] tcp      6 100 ESTABLISHED src=10\.0\.0\.1 dst=10\.0\.0\.2 sport=1 dport=2 src=10\.0\.0\.2 dst=10\.0\.0\.1 sport=2 dport=1 mark=0 id=[0-9]+ \[USERSPACE\] portid=[0-9]+( progname=[!-~]+)?$'
out_has "[UPDATE]" '	 \[UPDATE\] tcp .* mark=7 id=[0-9]+ labels=5 \[USERSPACE\] '
out_has "[DESTROY]" '	\[DESTROY\] tcp .* packets=0 bytes=0 .* delta-time=[0-9]+ id=[0-9]+ \[USERSPACE\] '
cp "$TMP/events.err" "$TMP/err"
err_has "the summary" '^conntrack v[0-9.]+ \([a-z]+\): 3 flow events have been shown\.$'
follow events -e DESTROY,NEW
hold "$("$TOOLS/traffic" tcp)"
stop TERM
is "SIGTERM ends it" 0 "$RC"
cp "$TMP/events" "$TMP/out"
out_has "traffic has no origin" '^    \[NEW\] tcp      6 120 SYN_SENT src=127\.0\.0\.1 .*dport=[0-9]+$'
is "-e leaves updates out" 1 "$(wc -l < "$TMP/out" | tr -d ' ')"
follow events --limit 2
many 5 11 | "$CONNTRACK" -R -
wait $follower
is "--limit" "0 2" "$? $(wc -l < "$TMP/events" | tr -d ' ')"
timeout 5 "$CONNTRACK" -E > /dev/full 2> "$TMP/err" &
follower=$!
while ! awk '$2 == 12 && $4 != "00000000" {f = 1} END {exit !f}' /proc/net/netlink; do sleep 0.1; done
many 1 13 | "$CONNTRACK" -R -
wait $follower
is "a full disk ends it at once" 1 $?
err_has "is told" 'No space left'
# A saved update leaves the labels that the entry then has.
"$CONNTRACK" -F 2> /dev/null
"$CONNTRACK" -I $flow -t 100 --state ESTABLISHED --label-add 3,7 2> /dev/null
follow events -e UPDATES -o save
"$CONNTRACK" -U $flow --label-del 3 > /dev/null 2>&1
stop
"$CONNTRACK" -U $flow --label-add 3,9 > /dev/null 2>&1
rc "a saved update" 0 "$CONNTRACK" -R "$TMP/events"
is "takes labels away, too" " labels=7" "$("$CONNTRACK" -L -o labels 2> /dev/null | grep -o ' labels=.*')"
"$CONNTRACK" -F 2> /dev/null
hold "$("$TOOLS/traffic" tcp -p 2121)"
sport=$("$CONNTRACK" -L -p tcp --dport 2121 --helper ftp 2> /dev/null | grep -o 'sport=[0-9]*' | head -n 1 | cut -d= -f2)
follow events expect
"$CONNTRACK" -I expect -s 127.0.0.1 -d 127.0.0.1 -p tcp --sport "$sport" --dport 2121 --tuple-src 127.0.0.1 --tuple-dst 127.0.0.1 --tuple-port-dst 5000 2> /dev/null
"$CONNTRACK" -F expect 2> /dev/null
stop
cp "$TMP/events" "$TMP/out"
out_has "expectations" "^    \[NEW\] 300 proto=6 src=127\.0\.0\.1 dst=127\.0\.0\.1 sport=0 dport=5000 mask-src=255\.255\.255\.255 mask-dst=255\.255\.255\.255 sport=0 dport=65535 master-src=127\.0\.0\.1 master-dst=127\.0\.0\.1 sport=$sport dport=2121 class=0 helper=ftp"
rc "-e UPDATES has none of expectations" 2 "$CONNTRACK" -E expect -e UPDATES
run sh -c '"$CONNTRACK" -E --limit 1 > /dev/full & p=$!; sleep 1; "$CONNTRACK" -I -s 1.1.1.1 -d 2.2.2.2 -p udp --sport 1 --dport 2 -t 9 2> /dev/null; wait $p'
is "a full disk" 1 "$RC"
"$CONNTRACK" -F 2> /dev/null

# Filters: the socket's program and user space agree.
many 3000 12 > "$TMP/load"
for words in '-s 12.0.1.0/24' '! -s 12.0.0.0/21' '--sport 2000:2100' '-p udp,tcp -d 192.0.2.1 --sport 1024' '-m 0' '! -m 0' '-f ipv6' '-w 0' '--any --sport 53' '-u UNREPLIED -s 12.0.0.7:1031' '! -p udp'; do
	for plain in '' 1; do
		[ -n "$plain" ] && export CONNTRACK_NO_PUSHDOWN=1
		follow "events$plain" -e NEW $words
		unset CONNTRACK_NO_PUSHDOWN
		"$CONNTRACK" -R "$TMP/load"
		stop
		"$CONNTRACK" -L $words 2> /dev/null | wc -l | tr -d ' ' > "$TMP/listed"
		"$CONNTRACK" -F 2> /dev/null
	done
	is "-E $words" "$(cat "$TMP/listed")" "$(wc -l < "$TMP/events" | tr -d ' ')"
	is "-E $words, without a program" "$(cat "$TMP/listed")" "$(wc -l < "$TMP/events1" | tr -d ' ')"
done

# Without /proc nothing is called lost that the kernel has not called so.
if [ -n "${SANITIZED:-}" ]; then
	cannot "without /proc" "the sanitizers need it"
elif unshare -m mount -t tmpfs none /proc 2> /dev/null; then
	unshare -m sh -c 'mount -t tmpfs none /proc; exec "$CONNTRACK" -E --on-loss exit' > /dev/null 2> "$TMP/err" &
	pid=$!
	hold $pid
	listening $pid
	sleep 0.1
	kill -INT $pid
	wait $pid
	is "without /proc" "0 0" "$? $(grep -c lost "$TMP/err")"
else
	cannot "without /proc" "unshare(1) is not allowed"
fi

# A storm, with default settings: none is lost. Others may take the processor away from a reader that
# has to keep up with 600,000 events a second: it is given three chances.
many "$N" > "$TMP/load"
for words in '' '-o timestamp,id' '-o json'; do
	for chance in 1 2 3; do
		"$CONNTRACK" -F 2> /dev/null
		follow events -e NEW $words
		"$CONNTRACK" -R "$TMP/load"
		stop
		grep -q lost "$TMP/events.err" || break
		echo "# chance $chance: $(cat "$TMP/events.err")"
	done
	is "a storm of $N $words" "$N" "$(wc -l < "$TMP/events" | tr -d ' ')"
	is "nothing is lost $words" 0 "$(grep -c lost "$TMP/events.err")"
	"$CONNTRACK" -F 2> /dev/null
done
for chance in 1 2 3; do
	"$CONNTRACK" -F 2> /dev/null
	follow events -e NEW -p udp
	"$TOOLS/traffic" udp-many -n "$N" > /dev/null
	stop
	grep -q lost "$TMP/events.err" || break
done
is "a storm of packets" "$("$CONNTRACK" -C -p udp)" "$(wc -l < "$TMP/events" | tr -d ' ')"
"$CONNTRACK" -F 2> /dev/null
# A buffer for a few dozen: what is shown and what is lost make the whole.
follow events -e NEW -b 30000
"$CONNTRACK" -R "$TMP/load"
stop
lost=$(awk '/were lost/ {s += $2} END {print s + 0}' "$TMP/events.err")
is "what is lost is counted exactly" "$N" "$(($(wc -l < "$TMP/events") + lost))"
cp "$TMP/events.err" "$TMP/err"
err_has "-b says what was granted" "^conntrack: the event socket's receive buffer has [0-9]+ bytes"
"$CONNTRACK" -F 2> /dev/null
# Of events that nobody asked for the socket sees none: they would not fit.
follow events -e NEW -b 5000 -s 10.0.0.9
"$CONNTRACK" -R "$TMP/load"
ticks=$(awk '{print $14 + $15}' "/proc/$follower/stat")
stop
is "one address of a storm" "1 0" "$(wc -l < "$TMP/events" | tr -d ' ') $(grep -c lost "$TMP/events.err")"
[ "$ticks" -le 2 ] && ok "costs next to nothing" || not_ok "costs next to nothing" "$ticks ticks"
"$CONNTRACK" -F 2> /dev/null
# A reader that does not read for a while loses nothing that fits.
many 5000 13 > "$TMP/load"
mkfifo "$TMP/pipe"
(sleep 2; cat > "$TMP/read") < "$TMP/pipe" &
reader=$!
follow_name=events
"$CONNTRACK" -E -e NEW > "$TMP/pipe" 2> "$TMP/events.err" &
follower=$!
sleep 1
"$CONNTRACK" -R "$TMP/load"
sleep 2
stop
wait $reader
is "a slow reader" "5000 0" "$(wc -l < "$TMP/read" | tr -d ' ') $(grep -c lost "$TMP/events.err")"

# A consumer: SYNC start empties what it holds; it goes by source and id, as the ids alone are 32-bit
# hashes, of which two entries may well have the same.
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
churn &
other=$!
follow events --sync -o id -p udp
wait $other
stop
consume "$TMP/events" > "$TMP/got"
listed > "$TMP/want"
is "--sync under churn" "" "$(diff "$TMP/want" "$TMP/got")"
[ -s "$TMP/want" ] && ok "of something" || not_ok "of something"
follow events --on-loss resync -b 20000 -o id -p udp
churn
churn
sleep 1
stop
grep -q 'were lost' "$TMP/events.err" && ok "an overrun" || not_ok "an overrun"
consume "$TMP/events" > "$TMP/got"
listed > "$TMP/want"
is "--on-loss resync" "" "$(diff "$TMP/want" "$TMP/got")"
follow events --on-loss exit -b 5000
many 5000 31 | "$CONNTRACK" -R -
wait $follower
is "--on-loss exit" 1 $?
"$CONNTRACK" -F 2> /dev/null

# Held back until delivered: each deletion once, though the listener sleeps meanwhile.
many 20000 30 | "$CONNTRACK" -R -
"$CONNTRACK" -L -o id 2> /dev/null | sed 's/.* id=//' | sort > "$TMP/want"
follow events -e DESTROY --reliable -b 100000 -o id
kill -STOP $follower
"$CONNTRACK" -D -p udp > /dev/null 2>&1
sleep 1
kill -CONT $follower
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
	[ "$(grep -c DESTROY "$TMP/events")" -ge 20000 ] && break
	sleep 1
done
stop
sed 's/.* id=//; s/ .*//' "$TMP/events" | sort > "$TMP/got"
is "--reliable: each once" "" "$(diff "$TMP/want" "$TMP/got" | head -n 5)"
is "and nothing is called lost" 0 "$(grep -c lost "$TMP/events.err")"
finish
