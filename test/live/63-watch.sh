#!/bin/sh
# netns: -a
# --watch: rounds with rates, and a terminal that is what it was, however it ends.
. "$(dirname "$0")/../lib.sh"

for bad in 0 0.01 x 1.2345 1. -1 99999999; do
	rc "--watch=$bad" 2 "$CONNTRACK" -L --watch=$bad
done
for other in '-o json' '-j count' '-z' '-L expect'; do
	rc "--watch $other" 2 "$CONNTRACK" -L $other --watch
done
rc "not on -D" 2 "$CONNTRACK" -D --watch

"$CONNTRACK" -C --watch 0.4 > "$TMP/count" 2> "$TMP/err" &
pid=$!
hold $pid
sleep 0.6
"$TOOLS/traffic" udp-many -n 400
sleep 0.8
is "no socket is left open" 0 "$(ls -l "/proc/$pid/fd" | grep -c socket:)"
kill -TERM $pid
wait $pid
is "ends well" 0 $?
is "the count grows" "0 400" "$(sed -n 's/^entries *\([0-9]*\).*/\1/p' "$TMP/count" | sort -nu | tr '\n' ' ' | sed 's/ $//')"
is "and has a rate" 1 "$(grep -cE '^entries +400 +\+[0-9.k]+/s$' "$TMP/count" | awk '{print ($1 > 0)}')"
is "without a terminal nothing drives one" 0 "$(grep -c "$(printf '\033')" "$TMP/count")"
is "and nothing is said" "" "$(cat "$TMP/err")"
timeout -s INT 1 "$CONNTRACK" -L --watch 0.3 --limit 3 > "$TMP/list" 2>&1
is "-L: three entries a round" "3" "$(awk 'BEGIN {RS = ""} NR == 2 {print split($0, l, "\n")}' "$TMP/list")"
is "with rates from the second one on" yes "$(awk 'BEGIN {RS = ""} NR == 1 && !/\/s / {a = 1} NR == 2 && /^\+0\/s / {b = 1} END {if (a && b) print "yes"}' "$TMP/list")"
timeout -s INT 1 "$CONNTRACK" -S --watch 0.3 > "$TMP/stats" 2>&1
is "-S: the sum of all CPUs" yes "$(grep -q '^insert_failed  *0  *+0/s$' "$TMP/stats" && echo yes)"

# A reader that is stuck does not make it immortal, and nohup has a say.
mkfifo "$TMP/pipe"
exec 9<> "$TMP/pipe"
"$CONNTRACK" -L --watch 0.1 > "$TMP/pipe" 2> /dev/null 9>&- &
pid=$!
hold $pid
sleep 1.5
kill -TERM $pid
sleep 0.3
kill -TERM $pid
sleep 0.3
is "the second signal ends it" gone "$(kill -0 $pid 2> /dev/null || echo gone)"
wait $pid
exec 9<&-
(trap '' HUP; exec "$CONNTRACK" -C --watch 0.2 > /dev/null 2>&1) &
pid=$!
sleep 0.5
kill -HUP $pid
sleep 0.3
is "SIGHUP that was ignored is ignored" here "$(kill -0 $pid && echo here)"
kill $pid
wait $pid
printf 'TZif2%80s\nJST-9\n' '' > "$TMP/zone"
echo 1 > /proc/sys/net/netfilter/nf_conntrack_timestamp
"$CONNTRACK" -I -s 10.9.0.3 -d 10.9.0.4 -p udp --sport 1 --dport 9 -t 100 2> /dev/null
hours() { # ARGUMENTS: of the entry's start, each as often as it is shown
	TZ=:$TMP/zone timeout -s INT 1 "$CONNTRACK" -L -s 10.9.0.3 -o ktimestamp "$@" 2> /dev/null | sed -n 's/.*start=[^:]* \([0-9]*\):.*/\1/p' | sort -u
}
is "dates are told" yes "$([ -n "$(hours)" ] && echo yes)"
is "dates are local ones" "$(hours)" "$(hours --watch 0.3)"

command -v script > /dev/null || { skip terminal "script(1) is not installed"; finish; }
script -qec true /dev/null > /dev/null 2>&1 < /dev/null || { cannot terminal "no pseudo terminals here"; finish; }
# in_terminal SIGNAL...: runs in a terminal of 12 rows and 50 columns, sends the signals
in_terminal() {
	rm -f "$TMP/pid" "$TMP/screen"
	script -qec "stty rows 12 cols 50; sh -c 'echo \$\$ > $TMP/pid; exec $CONNTRACK $command'; stty -a > $TMP/after" "$TMP/screen" > /dev/null 2>&1 < /dev/null &
	holder=$!
	sleep 1
	for signal; do
		kill -"$signal" "$(cat "$TMP/pid")"
		sleep 0.4
		state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$(cat "$TMP/pid")/status" 2> /dev/null)
	done
	wait $holder
	tr -d '\r' < "$TMP/screen" > "$TMP/plain"
}
esc=$(printf '\033')
restored() { # the last thing written is what restores the terminal
	is "$1 leaves the screen" yes "$(sed '/^Script done/d' "$TMP/plain" | tr '\n' ' ' | grep -q "$esc\[?25h$esc\[?1049l *\$" && echo yes)"
	is "$1 enters as often as it leaves" "$(grep -o '?1049h' "$TMP/plain" | wc -l)" "$(grep -o '?1049l' "$TMP/plain" | wc -l)"
}
command='-L --watch 0.3'
for signal in INT TERM HUP QUIT; do
	in_terminal $signal
	restored SIG$signal
done
is "no line is longer than the window" 0 "$(tr '\n' ' ' < "$TMP/plain" | sed "s/$esc\[[?0-9]*[a-zA-Z]/\n/g" | awk 'length($0) > 51' | grep -vc Script)"
in_terminal TSTP CONT TSTP CONT INT
restored SIGTSTP
is "three times" 3 "$(grep -o '?1049h' "$TMP/plain" | wc -l | tr -d ' ')"
command='-L --watch 0.3 --group dst'
in_terminal INT
restored --group
# colours: on a terminal, unless they are not wanted; without them the text is the same
command='-L -p udp --limit 2'
in_terminal
is "colours on a terminal" yes "$(grep -q "$esc\[2msrc=" "$TMP/plain" && echo yes)"
NO_COLOR=1
export NO_COLOR
in_terminal
unset NO_COLOR
is "not with NO_COLOR" 0 "$(grep -c "$esc" "$TMP/plain")"
command='-L -p udp --limit 2 --color never'
in_terminal
is "nor --color never" 0 "$(grep -c "$esc" "$TMP/plain")"
"$CONNTRACK" -L --color always 2> /dev/null | sed "s/$esc\[[0-9]*m//g; s/^\(udp *17\) [0-9]*/\1/" > "$TMP/a"
"$CONNTRACK" -L --color auto 2> /dev/null | sed "s/^\(udp *17\) [0-9]*/\1/" > "$TMP/b"
is "without them it is the same text" "" "$(diff "$TMP/a" "$TMP/b")"
is "--color always" yes "$("$CONNTRACK" -L --color always --limit 1 2> /dev/null | grep -q "$esc" && echo yes)"
is "not in JSON" 0 "$("$CONNTRACK" -L -o json --color always 2> /dev/null | grep -c "$esc")"
rc "--color of nothing" 2 "$CONNTRACK" -L --color red
awk 'BEGIN {for (i = 0; i < 400000; i++) printf "-D -s 10.9.%d.%d -d 10.9.9.9 -p udp --sport 1 --dport 2 -w 0 --none-ok\n", i / 256 % 256, i % 256}' > "$TMP/load"
command="-R $TMP/load --dry-run"
in_terminal
wait
is "a long load tells how far it is" yes "$(grep -q '^[0-9]* lines' "$TMP/plain" && echo yes)"
command='-L --watch 0.3 -n nosuch'
in_terminal
is "an error is seen" yes "$(grep -q 'no such name' "$TMP/plain" && echo yes)"
finish
