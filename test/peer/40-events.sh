#!/bin/sh
# netns: -a -t -l -H
# The same activity watched by the peer and by us, in every format: the same lines, apart from times
# and the names of programs, which the peer looks up later than we do.
. "$(dirname "$0")/../lib.sh"
labels="--labelmap $(dirname "$0")/connlabel.conf"
pids=

watch_both() { # NAME OPTION...
	name=$1
	shift
	"$CONNTRACK" -E "$@" > "$TMP/$name.ours" 2> "$TMP/$name.ours.err" &
	pids="$pids $!"
	echo "$!" > "$TMP/$name.ours.pid"
	"$PEER" -E "$@" > "$TMP/$name.peer" 2> "$TMP/$name.peer.err" &
	pids="$pids $!"
	echo "$!" > "$TMP/$name.peer.pid"
}
# settled: nothing more has been written since the last call
written=
settled() {
	before=$written
	written=$(cat "$TMP"/*.ours "$TMP"/*.peer | wc -c)
	[ "$written" = "$before" ]
}
norm() {
	sed -E 's/^\[[0-9]+\.[0-9]+ *\]/[TIME]/; s/ progname=.*//; s/portid=[0-9]+/portid=N/
		s/ \[USERSPACE\] portid=N$//
		s/<(min|sec)>[0-9]{2}</<\1>NN</g; s/<hour>[0-9]+/<hour>N/' "$1"
}

watch_both plain
watch_both extended -o extended
watch_both id -o id
watch_both timestamp -o timestamp,id
watch_both ktimestamp -o ktimestamp
watch_both labels -o labels $labels
watch_both xml -o xml
watch_both xml-all -o xml,id,ktimestamp,timestamp
watch_both save -o save
watch_both new -e NEW
watch_both destroy -e DESTROY,UPDATES
watch_both tcp -p tcp
watch_both source -s 192.0.2.1
watch_both expect expect
# callers: Weave Scope, vyatta, Firewalla, scripts that follow NAT, and the like
watch_both scope -o id -p tcp
watch_both scope-nat -o id -p tcp --any-nat
watch_both vyatta -p tcp -e NEW -o timestamp
watch_both vyatta-end --event-mask DESTROY -p tcp --state ESTABLISHED
watch_both firewalla -e NEW,DESTROY -p udp --dport 53 -o timestamp,extended
watch_both source-nat -n
watch_both target-nat -e NEW -g
watch_both target -d 198.51.100.2
watch_both reply --reply-dst 203.0.113.1
watch_both six conntrack -f ipv6 -e NEW
watch_both zone -w 9
watch_both mark -m 7
watch_both masks -e NEW -e DESTROY
# follow_all: as many sockets have subscribed as processes should; the peer's have other numbers
follow_all() {
	awk -v n="$(echo $pids | wc -w)" '$2 == 12 && $4 != "00000000" {sockets++}
		END {exit sockets < n}' /proc/net/netlink
}
until_true 10 follow_all || not_ok "all listen"
for pid in $pids; do
	until_true 10 catches $pid
done
rc "the activity" 0 "$PEER" -R "$(dirname "$0")/events.load"
"$PEER" -U -p gre -m 5 > /dev/null 2>&1
"$PEER" -U -s 192.0.2.1 -d 198.51.100.14 --label-add voip $labels > /dev/null 2>&1
hold "$("$TOOLS/traffic" tcp -p 2121)"
hold "$("$TOOLS/traffic" udp -s ::1 -d ::1)"
hold "$("$TOOLS/traffic" icmp)"
sport=$(ftp_port)
"$CONNTRACK" -I expect -s 127.0.0.1 -d 127.0.0.1 -p tcp --sport "$sport" --dport 2121 \
	--tuple-src 127.0.0.1 --tuple-dst 127.0.0.1 --tuple-port-dst 5000 2> /dev/null
sleep 1.1 # for an age of what has ended
"$PEER" -D -p udp > /dev/null 2>&1
"$PEER" -F 2> /dev/null
until_true 10 has_read
until_true 10 settled
kill -INT $pids
for file in "$TMP"/*.pid; do
	wait "$(cat "$file")"
	is "exit code of $(basename "$file" .pid)" 0 $?
done

for ours in "$TMP"/*.ours; do
	name=$(basename "$ours" .ours)
	norm "$ours" > "$TMP/a"
	norm "$TMP/$name.peer" > "$TMP/b"
	case $name in
	xml*) # what the peer has wrong: SCTP's state, ICMP's keys
		for f in "$TMP/a" "$TMP/b"; do
			grep -vE 'protoname="(sctp|icmp|icmpv6)"' "$f" > "$TMP/c"
			mv "$TMP/c" "$f"
		done
		;;
	save) # ours says more, and marks nothing: what is left of the peer's lines
		sed -E 's/ --label-del//; s/ -(m|-helper|-label-add|-tcp-flags|-wscale) [^ ]+//g
			s/^-U (.*) -w 0 /-U \1 /; s/ (-[ng] [0-9.]+):[0-9]+/ \1/; s/(-[ng]) \[([0-9a-f:]+)\]:[0-9]+/\1 \2/
			s/^-D (-t [0-9]+ )?(-w 0 )?/-D -t N -u S /
			s/--(orig|reply)-vtag [0-9]+//g; s/ +$//' "$TMP/a" > "$TMP/c"
		mv "$TMP/c" "$TMP/a"
		sed -E 's/^-D -t [0-9]+ -u [A-Z_,]+/-D -t N -u S/
			s/--(orig|reply)-vtag [0-9]+//g; s/ +$//' "$TMP/b" > "$TMP/c"
		mv "$TMP/c" "$TMP/b"
		# updates that could be creations are such lines of ours, by their number
		is "save: the peer's update" yes "$(grep -q '^-U .* -p gre ' "$TMP/$name.peer" && echo yes)"
		is "save: an update of GRE" yes "$(grep -q '^-A .* -p gre .* -m 5$' "$ours" && echo yes)"
		sed -i 's/^-[AU] /-AU /' "$TMP/a" "$TMP/b"
		for f in "$TMP/a" "$TMP/b"; do
			sed -E '/^-D/s/ --state [A-Z_0-9]+//' "$f" > "$TMP/c"
			mv "$TMP/c" "$f"
		done
		;;
	esac
	no_diff "$name: the same lines" "$TMP/b" "$TMP/a"
	sed 's/^conntrack v[0-9.]* /conntrack vX /' "$ours.err" > "$TMP/a"
	sed 's/^conntrack v[0-9.]* /conntrack vX /' "$TMP/$name.peer.err" > "$TMP/b"
	no_diff "$name: the same summary" "$TMP/b" "$TMP/a"
done
is "what has ended has an age" yes "$(grep -q '^\[DESTROY.* delta-time=[1-9]' "$TMP/plain.peer" && echo yes)"
finish
