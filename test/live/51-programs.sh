#!/bin/sh
# netns: -a -l
# The program that caused an event: the one that has the socket, or none, but never another one.
. "${0%/*}/../lib.sh"

# followed NAME: starts to follow into $TMP/NAME
followed() {
	"$CONNTRACK" -E > "$TMP/$1" 2> "$TMP/$1.err" &
	follower=$!
	hold $follower
	listening $follower || not_ok "$1: listens"
}
# programs FILE CONDITION: what the events of a kind name, each once
programs() {
	grep -F "$2" "$TMP/$1" | sed 's/.*portid=[0-9]* *//; s/^$/none/' | sort -u | joined
}
line() { # PORT: a creation
	echo "-I -s 10.0.0.1 -d 192.0.2.1 -p udp --sport $1 --dport 53 -t 3000"
}
shown() { # FILE PORT
	grep -q "sport=$2 " "$TMP/$1"
}

cp "$CONNTRACK" "$TMP/alpha"
cp "$CONNTRACK" "$TMP/beta"
mkfifo "$TMP/lines" "$TMP/more"
followed events

# A process's first socket, one event after the other
"$TMP/alpha" -R - < "$TMP/lines" &
loader=$!
exec 8> "$TMP/lines"
for port in 1 2 3; do
	line $port >&8
	until_true 10 shown events $port
done
is "the first socket" progname=alpha "$(programs events '[NEW]')"

# One that is no process's id: the socket of a target that sets marks
"$TMP/beta" -E -e NEW -j mark=7 2> /dev/null 8>&- &
marker=$!
hold $marker
listening $marker
line 4 >&8
until_true 10 grep -q 'sport=4 .*mark=7' "$TMP/events"
is "a second socket" progname=beta "$(programs events '[UPDATE]')"
exec 8>&-
wait $loader
kill -INT $marker
wait $marker

# Our own -D, which waits until somebody reads what it shows
seq 1000 3000 | while read -r port; do
	line "$port"
done | "$CONNTRACK" -R -
exec 9<> "$TMP/more"
"$CONNTRACK" -D -p udp >&9 2> /dev/null &
deleter=$!
until_true 10 grep -q DESTROY "$TMP/events"
until_true 10 has_read $follower
is "-D" progname=conntrack "$(programs events '[DESTROY]')"
kill -9 $deleter
wait $deleter 2> /dev/null
exec 9<&-
kill -INT $follower
wait $follower

# A port id is a process's id in its own namespace alone, and ids are used again.
cat > "$TMP/again" << 'SCRIPT'
cd "${0%/*}" || exit
for name in alpha beta; do
	echo 20 > /proc/sys/kernel/ns_last_pid
	./$name -R $name.lines &
	echo $! > $name.pid
	wait
done
SCRIPT
mkfifo "$TMP/alpha.lines" "$TMP/beta.lines"
fresh
if unshare -p -f sh -c 'echo 20 > /proc/sys/kernel/ns_last_pid' 2> /dev/null; then
	followed again.events
	unshare -p -f sh "$TMP/again" &
	again=$!
	for name in alpha beta; do
		exec 8> "$TMP/$name.lines"
		line 21 >&8
		until_true 10 shown again.events 21
		is "$name has this id" 21 "$(cat "$TMP/$name.pid")"
		sleep 1.1 # all processes are searched once a second
		line 22 >&8
		until_true 5 grep -q "sport=22 .*=$name\$" "$TMP/again.events"
		exec 8>&-
		"$CONNTRACK" -D -p udp > /dev/null 2>&1
	done
	wait $again
	grep -F '[NEW]' "$TMP/again.events" > "$TMP/new"
	is "an id that is used again" "progname=alpha progname=beta" "$(programs new 'sport=22 ')"
	kill -INT $follower
	wait $follower
else
	cannot "an id that is used again" "no namespace of processes can be made"
fi
finish
