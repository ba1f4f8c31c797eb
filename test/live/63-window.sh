#!/bin/sh
# netns: -a
# --watch in a terminal's window: what it shows, keys, and what becomes of the terminal.
. "$(dirname "$0")/../lib.sh"

"$TOOLS/pty" true < /dev/null > "$TMP/out" 2>&1
[ $? -ne 77 ] || { cannot window "no pseudo terminals here"; finish; }

# window OPTION... -- COMMAND...: in a window, stdin is what happens there; what ends it is said well
window() {
	name=$1
	shift
	rc "$name" 0 "$TOOLS/pty" "$@"
	[ $RC -eq 0 ] || cat "$TMP/err"
}
# flow SECONDS SOURCE [OPTION...]: makes an entry
flow() {
	seconds=$1
	source=$2
	shift 2
	"$CONNTRACK" -I -s "$source" -d 10.1.0.1 -t "$seconds" "$@" > /dev/null 2>&1
}
tcp() {
	flow "$@" -p tcp --sport 1000 --dport 80 --state ESTABLISHED -u ASSURED,SEEN_REPLY
}
# timeless: without the clock, rates of 0, and seconds left
timeless() {
	sed 's/^[0-9][0-9]:[0-9][0-9]:[0-9][0-9]  \([0-9]* of\) [0-9]* /TIME  \1 N /
		s/^+0\/s  */         /
		s/ [0-9]*:[0-9][0-9]:[0-9][0-9] \[/ LEFT [/; s/ [0-9]*:[0-9][0-9] \[/ LEFT [/'
}
# shown NAME: what the last run has shown is this function's stdin, apart from times
shown() {
	cat > "$TMP/expected"
	timeless < "$TMP/out" > "$TMP/shown"
	no_diff "$1" "$TMP/expected" "$TMP/shown"
}
TERM=xterm
export TERM
unset TZ
tcp 1000 10.0.0.1
tcp 2000 10.0.0.2
tcp 3000 10.0.0.3 -m 7
flow 4000 10.0.0.4 -p udp --sport 53 --dport 53
keys='? help  q quit'

window "keys" -- "$CONNTRACK" -L --watch 60 << LINES
wait q quit
keys s
wait sort expires
show
keys r
wait sort -expires
show
keys \e[D\e[D
wait sort -packets
keys \eOC
wait sort -bytes
keys s
wait sort -expires
keys s
wait sort -new
keys s
wait sort -none
keys q
LINES
flows() { # the rows in the order of these sources
	for i; do
		case $i in
		4) echo "         udp - 10.0.0.4:53 -> 10.1.0.1:53 0/0 LEFT [UNREPLIED]" ;;
		3) echo "         tcp ESTABLISHED 10.0.0.3:1000 -> 10.1.0.1:80 0/0 LEFT [ASSURED] mark=7" ;;
		*) echo "         tcp ESTABLISHED 10.0.0.$i:1000 -> 10.1.0.1:80 0/0 LEFT [ASSURED]" ;;
		esac
	done
	yes '' | head -n $((20 - $#))
}
{
	echo "TIME  4 of N entries (0.0 %)  +0/s new"
	echo "sort expires  tcp 3  udp 1"
	echo "rate     proto state source -> destination bytes left"
	flows 4 3 2 1
	echo "$keys"
	echo "TIME  4 of N entries (0.0 %)  +0/s new"
	echo "sort -expires  tcp 3  udp 1"
	echo "rate     proto state source -> destination bytes left"
	flows 1 2 3 4
	echo "$keys"
	echo "exit 0"
} > "$TMP/want"
shown "and what they show" < "$TMP/want"

for size in '10 40' '100 300' '5 20' '3 30' '1 1'; do
	window "a window of $size" -r "${size% *}" -c "${size#* }" -- \
		"$CONNTRACK" -L --watch 60 <<- LINES
			quiet
			show
			keys ?
			quiet
			show
			keys q
			end
	LINES
	eval "cp \$TMP/out \$TMP/size.${size% *}"
done
{
	echo "TIME  4 of N"
	echo "sort bytes  tcp 3  udp 1"
	echo "rate     proto state source -> destinati"
	flows 1 2 3 4 | head -n 4 | cut -c 1-40 | sort
	echo
	echo
	echo "$keys"
} > "$TMP/expected"
{
	head -n 3 "$TMP/size.10"
	sed -n '4,7p' "$TMP/size.10" | sort
	sed -n '8,10p' "$TMP/size.10"
} | timeless | sed 's/^\(TIME  4 of N\).*/\1/' > "$TMP/a"
no_diff "fits 40 columns" "$TMP/expected" "$TMP/a"
is "help fits 10 rows" "p blank  pause        q  quit" "$(sed -n 19p "$TMP/size.10")"
is "wide lines are in columns" \
	"         tcp     ESTABLISHED 10.0.0.3:1000         -> 10.1.0.1:80           0/0           " \
	"$(grep 10.0.0.3 "$TMP/size.100" | cut -c 1-90)"

window "other sizes" -- "$CONNTRACK" -L --watch 60 <<- LINES
	wait q quit
	size 12 110
	wait ^rate     proto   state       source
	size 10 40
	wait ^rate     proto state source -> destinati\$
	size 0 0
	wait q quit
	keys q
LINES

# Conditions
echo '2 lan' > "$TMP/labels"
window "filters" -- "$CONNTRACK" -L -p tcp --watch 60 --labelmap "$TMP/labels" <<- LINES
	wait tcp 3\$
	keys /
	wait ^/\$
	keys -p udq\177p\n
	wait filter -p udp\$
	wait  udp 1  filter
	gone ESTABLISHED
	keys /\25-p tcp -s 10.0.0.0/30 ! -m 7
	wait ^/-p tcp -s 10.0.0.0/30 ! -m 7\$
	keys \n
	wait tcp 2  filter -p tcp -s
	wait 10.0.0.1
	gone 10.0.0.3
	keys /\25--sport 70000\n
	wait ^--sport: "70000" is not
	wait tcp 2  filter -p tcp -s
	wait 10.0.0.1
	keys /\25-D\n
	wait ^-D: only conditions go here
	wait tcp 2  filter -p tcp -s
	keys /\25-n blue\n
	wait ^-n.*: only conditions go here
	keys /\25-s "10.0\n
	wait quote
	wait tcp 2  filter -p tcp -s
	keys /\25--out nosuch0\n
	wait ^there is no interface nosuch0
	wait tcp 2  filter -p tcp -s
	keys /\25-l lan\n
	wait filter -l lan\$
	keys /\25-s @$TMP/none\n
	wait No such file
	keys /\25-p udp\e
	wait q quit
	wait filter -l lan\$
	keys /\25\n
	gone filter -l
	wait tcp 3\$
	keys q
LINES

# Groups
window "groups" -- "$CONNTRACK" -L --watch 60 --group mark <<- LINES
	marked ^mark  flows
	wait ^0  *3 
	keys g
	marked ^src  *flows
	wait ^10.0.0.4  *1 
	wait sort flows
	keys s
	wait sort packets
	keys d
	gone y/n
	keys g
	marked ^dst  *flows
	keys g
	marked ^dport  *flows
	keys g
	marked ^proto  *flows
	wait ^tcp  *3 
	keys g
	marked ^state
	keys g
	marked ^rate  *proto
	keys gs
	marked ^mark  flows
	keys q
LINES
for i in 1 2 3 4 5 6 7 8 9; do
	flow 100 10.3.0.$i -p udp --sport 53 --dport $i
done
window "long lines of groups are cut" -r 8 -c 20 -- \
	"$CONNTRACK" -L --watch 60 --group src,dst,sport,dport,mark,status <<- LINES
		wait ^\\? help
		show
		keys q
LINES
is "so that each has a row" 8 "$(sed '/^exit/d' "$TMP/out" | grep -c .)"

# The cursor and deletion: entries that differ by their zone alone
tcp 300 10.5.0.1 -w 1
tcp 300 10.5.0.1 -w 2
tcp 300 10.5.0.1
window "deletes" -- "$CONNTRACK" -L -s 10.5.0.1 --sort expires --watch 60 <<- LINES
	wait zone=2
	keys \e[B\e[B\e[B\e[B\e[A
	quiet
	keys /\25-s 10.5.0.1 -w 2\n
	gone zone=1
	marked zone=2
	keys d
	wait y/n
	keys n
	wait q quit
	marked zone=2
	keys dy
	quiet
	wait y/n
	keys y
	wait ^deleted
	gone zone=2
	keys q
LINES
is "one flow" "$(printf '0\n1')" "$("$CONNTRACK" -L -s 10.5.0.1 2> /dev/null | sed -n 's/.*zone=\([0-9]*\).*/\1/p
	' | sed '1s/^/0\n/' | sort -u)"
is "and no other" 2 "$("$CONNTRACK" -C -s 10.5.0.1)"
# The memory that the kernel frees goes to another entry, or the next one would have the same id.
{
	echo '-D -s 10.5.0.1 -w 0'
	for i in 1 2 3 4 5 6 7 8 9; do
		echo "-I -s 10.6.0.$i -d 10.1.0.1 -t 99 -p udp --sport 1 --dport 2"
	done
	echo '-I -s 10.5.0.1 -d 10.1.0.1 -t 99 -p tcp --sport 1000 --dport 80 --state NONE'
} > "$TMP/again"
window "what was gone" -- "$CONNTRACK" -L -s 10.5.0.1 -w 0 --watch 60 <<- LINES
	marked 10.5.0.1
	keys d
	wait y/n
	sh $CONNTRACK -R $TMP/again > /dev/null 2>&1
	keys y
	wait ^it was gone already
	keys q
LINES
is "leaves the next one of its name alone" 1 "$("$CONNTRACK" -C -s 10.5.0.1 -w 0)"

# More flows than rows
fresh
for i in 11 12 13 14 15 16 17 18 19; do
	tcp ${i}000 10.0.0.$i
done
window "scrolls" -r 10 -c 60 -- "$CONNTRACK" -L --sort expires --watch 60 <<- LINES
	marked 10.0.0.19:
	wait 10.0.0.14:
	gone 10.0.0.13:
	keys \e[B\e[B\e[B\e[B\e[B
	marked 10.0.0.14:
	keys \e[B
	marked 10.0.0.13:
	gone 10.0.0.19:
	keys \e[6~
	marked 10.0.0.11:
	keys \e[6~\e[A
	marked 10.0.0.12:
	keys \e[5~\e[5~
	marked 10.0.0.19:
	keys q
LINES

# Rounds: only what has changed is written.
window "rounds" -- "$CONNTRACK" -L --sort expires --watch 0.2 <<- LINES
	wait \\+0/s new
	keys p
	wait ^PAUSED
	quiet
	mark
	sh $CONNTRACK -I -s 10.9.0.1 -d 10.9.0.2 -t 90000 -p udp --sport 1 --dport 2 2> /dev/null
	quiet
	touched
	written
	keys p
	wait 10.9.0.1:1
	wait 10 of
	wait udp 1
	gone \\+0/s new
	wait \\+0/s new
	keys q
LINES
is "nothing is written while it pauses" "$(printf '\n0')" "$(head -n 2 "$TMP/out")"
window "a round" -- "$CONNTRACK" -L -p udp --watch 1 <<- LINES
	wait 10.9.0.1:1
	mark
	wait ^\\+
	touched
	written
	keys q
LINES
is "writes to what has changed" "1 4 " "$(head -n 1 "$TMP/out")"
holds "and little" [ "$(sed -n 2p "$TMP/out")" -lt 250 ]
finish
