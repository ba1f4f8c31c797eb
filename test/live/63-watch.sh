#!/bin/sh
# netns: -a
# --watch: rounds with rates, and a terminal that is what it was, however it ends.
. "$(dirname "$0")/../lib.sh"

for bad in 0 0.01 x 1.2345 1. -1 99999999; do
	rc "--watch=$bad" 2 "$CONNTRACK" -L --watch=$bad
done
for other in '-o xml' '-j count' '-z' '-L expect'; do
	rc "--watch $other" 2 "$CONNTRACK" -L $other --watch
done
rc "not on -D" 2 "$CONNTRACK" -D --watch

# begin FILE COMMAND...: runs in the background, ends with the script
begin() {
	file=$1
	shift
	"$@" > "$file" 2> "$TMP/err" 9>&- &
	pid=$!
	hold $pid
}
end() { # SIGNAL
	kill -"$1" $pid
	until_true 10 ended $pid || kill -9 $pid
	wait $pid
}
# has_rounds FILE N: so many rounds have been written whole; an empty line comes before each but one
has_rounds() {
	[ "$(grep -c '^$' "$1")" -ge "$2" ]
}
# watched FILE COMMAND...: three rounds and maybe more
watched() {
	begin "$@"
	until_true 10 has_rounds "$1" 3
	end INT
}
# no_socket PID: it has none open
no_socket() {
	! ls -l "/proc/$1/fd" | grep -q socket:
}
# delivered PID: no signal is on its way to it
delivered() {
	grep -q '^ShdPnd:[[:space:]]*0*$' "/proc/$1/status"
}

begin "$TMP/count" "$CONNTRACK" -C --watch 0.4
until_true 10 grep -q '^entries ' "$TMP/count"
"$TOOLS/traffic" udp-many -n 400
rate='^entries +400 +\+[1-9][0-9.]*k?/s$'
until_true 10 grep -q -E "$rate" "$TMP/count"
until_true 2 no_socket $pid
holds "no socket is left open" no_socket $pid
end TERM
is "ends well" 0 $?
sed -n 's/^entries *\([0-9]*\).*/\1/p' "$TMP/count" > "$TMP/counts"
is "the count begins" 0 "$(head -n 1 "$TMP/counts")"
is "the count grows" 400 "$(tail -n 1 "$TMP/counts")"
holds "and has a rate" grep -q -E "$rate" "$TMP/count"
is "without a terminal nothing drives one" 0 "$(grep -c "$(printf '\033')" "$TMP/count")"
is "and nothing is said" "" "$(cat "$TMP/err")"

watched "$TMP/list" "$CONNTRACK" -L --watch 0.3 --limit 3
round() { # N: of the list
	awk -v n="$1" 'BEGIN {RS = ""} NR == n' "$TMP/list"
}
is "-L: three entries a round" 3 "$(round 2 | grep -c ' src=')"
is "-L: and nothing else" 3 "$(round 2 | grep -c .)"
is "no rates in the first one" 0 "$(round 1 | grep -c '/s ')"
is "rates from the second one on" 3 "$(round 2 | grep -c '^+0/s ')"
watched "$TMP/stats" "$CONNTRACK" -S --watch 0.3
holds "-S: the sum of all CPUs" grep -q '^insert_failed  *0  *+0/s$' "$TMP/stats"

# A reader that is stuck does not make it immortal.
mkfifo "$TMP/pipe"
exec 9<> "$TMP/pipe"
begin "$TMP/pipe" "$CONNTRACK" -L --watch 0.1
until_true 5 grep -q pipe_write "/proc/$pid/wchan"
kill -TERM $pid
until_true 2 delivered $pid
kill -TERM $pid
until_true 5 ended $pid
holds "the second signal ends it" ended $pid
kill -9 $pid 2> /dev/null
wait $pid
exec 9<&-

# nohup has a say.
(trap '' HUP; exec "$CONNTRACK" -C --watch 0.1 > "$TMP/count" 2>&1) &
pid=$!
hold $pid
until_true 10 has_rounds "$TMP/count" 1
kill -HUP $pid
until_true 2 delivered $pid
rounds=$(grep -c '^$' "$TMP/count")
until_true 5 has_rounds "$TMP/count" $((rounds + 3))
holds "SIGHUP that was ignored is ignored" has_rounds "$TMP/count" $((rounds + 3))
kill $pid
wait $pid

# Dates
fresh
printf 'TZif2%80s\nJST-9\n' '' > "$TMP/zone"
echo 1 > /proc/sys/net/netfilter/nf_conntrack_timestamp
"$CONNTRACK" -I -s 10.9.0.3 -d 10.9.0.4 -p udp --sport 1 --dport 9 -t 100 2> /dev/null
hours() { # FILE: of the entry's start, each as often as it is shown
	sed -n 's/.*start=[^:]* \([0-9]*\):.*/\1/p' "$1" | sort -u
}
export TZ=":$TMP/zone"
run "$CONNTRACK" -L -s 10.9.0.3 -o ktimestamp
watched "$TMP/dates" "$CONNTRACK" -L -s 10.9.0.3 -o ktimestamp --watch 0.1
unset TZ
is "dates are told" 1 "$(hours "$TMP/out" | grep -c .)"
is "dates are local ones" "$(hours "$TMP/out")" "$(hours "$TMP/dates")"

command -v script > /dev/null || { skip terminal "script(1) is not installed"; finish; }
script -qefc true /dev/null > /dev/null 2>&1 < /dev/null || {
	cannot terminal "no pseudo terminals here"
	finish
}

# in_terminal: runs $command in a terminal of 12 rows and 50 columns
in_terminal() {
	rm -f "$TMP/screen"
	cat > "$TMP/inside" <<- LINES
		stty rows 12 cols 50
		$CONNTRACK $command
	LINES
	script -qefc "sh $TMP/inside" "$TMP/screen" > /dev/null 2>&1 < /dev/null
	tr -d '\r' < "$TMP/screen" > "$TMP/plain"
}
esc=$(printf '\033')
has_colour() { # FILE
	grep -q "$esc" "$1"
}
fresh
"$TOOLS/traffic" udp-many -n 400

# Colours: on a terminal that knows them, if they are asked for; without them the text is the same.
TERM=xterm
export TERM
command='-L -p udp --limit 2'
in_terminal
is "no colours unless asked for" 0 "$(grep -c "$esc" "$TMP/plain")"
CONNTRACK_COLOR=auto
export CONNTRACK_COLOR
in_terminal
holds "CONNTRACK_COLOR=auto" grep -q "$esc\[2msrc=" "$TMP/plain"
for value in dumb ''; do
	TERM=$value
	in_terminal
	is "TERM=$value" 0 "$(grep -c "$esc" "$TMP/plain")"
done
TERM=xterm
unset CONNTRACK_COLOR
command='-L -p udp --limit 2 --color'
in_terminal
holds "--color" grep -q "$esc\[2msrc=" "$TMP/plain"
NO_COLOR=1
export NO_COLOR
in_terminal
unset NO_COLOR
is "with NO_COLOR it lists" 2 "$(grep -c '^udp .* src=' "$TMP/plain")"
is "without colours" 0 "$(grep -c "$esc" "$TMP/plain")"
CONNTRACK_COLOR=auto
command='-L -p udp --limit 2 --color never'
in_terminal
unset CONNTRACK_COLOR
is "with --color never it lists" 2 "$(grep -c '^udp .* src=' "$TMP/plain")"
is "without colours, too" 0 "$(grep -c "$esc" "$TMP/plain")"
"$CONNTRACK" -L --color always > "$TMP/coloured" 2> /dev/null
holds "--color always" has_colour "$TMP/coloured"
# Time goes on between the two lists.
timeless='s/^\(udp *17\) [0-9]*/\1/; s/ delta-time=[0-9]*//'
sed "s/$esc\[[0-9]*m//g; $timeless" "$TMP/coloured" > "$TMP/a"
"$CONNTRACK" -L --color auto 2> /dev/null | sed "$timeless" > "$TMP/b"
no_diff "without them it is the same text" "$TMP/b" "$TMP/a"
run "$CONNTRACK" -L -o json --color always
is "JSON has entries" 400 "$(grep -c '"proto"' "$TMP/out")"
is "but no colours" 0 "$(grep -c "$esc" "$TMP/out")"
rc "--color of nothing" 2 "$CONNTRACK" -L --color red

# A load that takes long tells after a second or two, every so many lines.
some() {
	awk 'BEGIN {
		for (i = 0; i < 20000; i++)
			print "-I -s 10.9.0.1 -d 10.9.9.9 -p udp --sport 1 --dport 2 -t 100"
	}'
}
mkfifo "$TMP/load"
{
	some
	sleep 2.5 # it takes long
	some
} > "$TMP/load" &
hold $!
command="-R $TMP/load --dry-run"
in_terminal
holds "a long load tells how far it is" grep -q '^[0-9]* lines' "$TMP/plain"
command='-L --watch 0.3 -n nosuch'
in_terminal
holds "an error is seen" grep -q 'no such name' "$TMP/plain"
finish
