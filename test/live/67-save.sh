#!/bin/sh
# netns: -a -l -H
# Saved tables and events: loaded into an empty table, over what has changed since, over themselves.
. "$(dirname "$0")/../lib.sh"

# Everything of an entry that can be saved, one entry a line; without what changes by itself, and the
# TCP flags that tell of a position in the stream.
table() {
	"$CONNTRACK" -L -o jsonl 2> /dev/null | sed -E 's/"(timeout|packets|start)":[^,}]*,//g
		s/,"bytes":[0-9]+//g; s/"packets":[0-9]+//g; s/,?"use":[0-9]+,"id":[0-9]+//
		s/"(unacked|maxack|challenge)",?//g; s/,\]/]/g' | sort
}
# saved: the table as commands, without times
saved() {
	"$CONNTRACK" -L -o save 2> /dev/null | sed -E 's/ -t [0-9]+ / -t N /' | sort
}
key='-p udp --sport 10 --dport 20'
flow="-s 10.0.0.1 -d 10.0.0.2 $key"

cat > "$TMP/setup" <<'LINES'
-I -s 192.0.2.1 -d 198.51.100.2 -p tcp --sport 40000 --dport 443 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 4320 -m 7
-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 1 --dport 80 --state SYN_SENT -t 4320
-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 2 --dport 80 --state NONE -t 4320 --tcp-flags 15,0
-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 3 --dport 80 --state ESTABLISHED -t 4320 --tcp-flags 143,3 --wscale 7,9
-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 4 --dport 80 --state FIN_WAIT -t 4320 --tcp-flags 15,7,15,3 --wscale 14,0
-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 5 --dport 80 --state CLOSE -t 4320 --tcp-flags 143,128,143,12
-I -s 192.0.2.1 -d 198.51.100.3 -p udp --sport 5353 --dport 53 -t 3000 -m 0xffffffff
-I -s 192.0.2.1 -d 198.51.100.3 -p udp --sport 5354 --dport 53 -t 3000 -u FIXED_TIMEOUT,SEEN_REPLY
-I -s 192.0.2.1 -d 198.51.100.3 -p udp --sport 5355 --dport 53 -t 3000 -u HELPER
-I -s 192.0.2.1 -d 198.51.100.4 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 2900
-I -s 192.0.2.2 -d 198.51.100.4 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 2900 -n 203.0.113.1:77
-I -s 192.0.2.3 -d 198.51.100.4 -p icmp --icmp-type 13 --icmp-code 0 --icmp-id 77 -t 2900 -n 203.0.113.1:78
-I -s 192.0.2.4 -d 203.0.113.9 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 9 -t 2900 -g 10.0.0.9:99 -n 203.0.113.1:99
-I -s 192.0.2.5 -d 203.0.113.9 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 9 -t 2900 -r 203.0.113.9 -q 192.0.2.5:10
-I -s 2001:db8::1 -d 2001:db8::2 -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 78 -t 2900 -u SEEN_REPLY
-I -s 2001:db8::3 -d 2001:db8::2 -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 78 -t 2900 -n [2001:db8::9]:79
-I -s 192.0.2.1 -d 198.51.100.5 -p gre --srckey 0x11 --dstkey 0x22 -t 1000
-I -s 192.0.2.1 -d 198.51.100.6 -p sctp --sport 2905 --dport 2906 --state ESTABLISHED --orig-vtag 11 --reply-vtag 4294967295 -t 1000 -u SEEN_REPLY
-I -s 192.0.2.1 -d 224.0.0.22 -p 2 -t 1000
-I -s 192.0.2.1 -d 198.51.100.10 -p tcp --sport 1 --dport 2 --state TIME_WAIT -t 1000 -u SEEN_REPLY,ASSURED --zone 9
-I -s 192.0.2.1 -d 198.51.100.10 -p tcp --sport 1 --dport 2 --state SYN_RECV -t 1000
-I -s 192.0.2.1 -d 198.51.100.11 -p tcp --sport 1 --dport 2 --state LISTEN -t 1000 -u SEEN_REPLY --orig-zone 3
-I -s 192.0.2.1 -d 198.51.100.12 -p tcp --sport 1 --dport 2 --state CLOSE -t 1000 -u SEEN_REPLY --reply-zone 4
-I -s 192.168.1.5 -d 198.51.100.13 -p tcp --sport 1111 --dport 80 -n 203.0.113.1:2222 --state ESTABLISHED -t 1000 -u SEEN_REPLY,ASSURED
-I -s 192.168.1.5 -d 203.0.113.9 -p udp --sport 1111 --dport 80 -g 10.0.0.9:8080 -t 1000
-I -s 192.168.1.6 -d 203.0.113.9 -p udp --sport 1111 --dport 80 -n 192.168.1.6:99 -t 1000
-I -s 2001:db8:1::5 -d 2001:db8:2::9 -p tcp --sport 1111 --dport 80 -n [2001:db8:9::1]:99 -g 2001:db8:3::1 --state ESTABLISHED -t 1000 -u SEEN_REPLY,ASSURED,FIXED_TIMEOUT
-I -s 192.0.2.1 -d 198.51.100.14 -p udp --sport 5 --dport 6 -t 1000 --label-add 0,5,127
-I -s 192.0.2.1 -d 198.51.100.15 -p tcp --sport 5 --dport 21 -t 1000 --state ESTABLISHED --helper ftp
LINES
rc "a table of everything" 0 "$CONNTRACK" -R "$TMP/setup"
hold "$("$TOOLS/traffic" tcp)"
hold "$("$TOOLS/traffic" tcp-half -p 7001)"
"$TOOLS/traffic" sctp-raw
"$TOOLS/traffic" udp
"$TOOLS/traffic" icmp
table > "$TMP/before"
saved > "$TMP/lines"
entries=$(lines "$TMP/before")
is "of many entries" yes "$([ "$entries" -ge 33 ] && echo yes)"
is "saved, each as a command" "$entries" "$(grep -c '^-A ' "$TMP/lines")"
"$CONNTRACK" -L -o save > "$TMP/saved" 2> /dev/null
rc "loaded over itself" 0 "$CONNTRACK" -R "$TMP/saved"
is "which says nothing" "" "$(cat "$TMP/out" "$TMP/err")"
table > "$TMP/after"
no_diff "it is what it was" "$TMP/before" "$TMP/after"
fresh
rc "loaded into an empty table" 0 "$CONNTRACK" -R "$TMP/saved"
table > "$TMP/after"
no_diff "it is what it was again" "$TMP/before" "$TMP/after"
saved > "$TMP/lines2"
no_diff "and is saved as it was" "$TMP/lines" "$TMP/lines2"

echo '-I -s 10.0.0.1 -d 10.0.0.2 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 5 -t 9 -n 10.0.0.9:6' |
	"$CONNTRACK" -R - --dry-run > "$TMP/out" 2> /dev/null
out_has "a translated id that would be made is shown" ' dst=10\.0\.0\.9 type=0 code=0 id=6'

# What can be changed is changed: what the saved lines say comes back.
"$CONNTRACK" -U -m 0x55 > /dev/null 2>&1
"$CONNTRACK" -U -p tcp --state CLOSE_WAIT --tcp-flags 143,132 > /dev/null 2>&1
"$CONNTRACK" -U -p tcp --sport 3,4 --wscale 3,4 > /dev/null 2>&1
"$CONNTRACK" -U -p sctp --state SHUTDOWN_SENT > /dev/null 2>&1
"$CONNTRACK" -U -d 198.51.100.14 --label-add 9 --label-del 5 > /dev/null 2>&1
"$CONNTRACK" -U ! -u FIXED_TIMEOUT -t 77 > /dev/null 2>&1
is "every mark is another" "$entries" "$("$CONNTRACK" -C -m 0x55)"
rc "loaded over what has changed" 0 "$CONNTRACK" -R "$TMP/saved"
table > "$TMP/after"
no_diff "it is what it was once more" "$TMP/before" "$TMP/after"
is "the time left, too" 0 "$("$CONNTRACK" -C --expires 0:77 -d 198.51.100.0/24)"

# A timeout that was fixed meanwhile
fresh
"$CONNTRACK" -I $flow -t 600 2> /dev/null
"$CONNTRACK" -L -o save > "$TMP/saved" 2> /dev/null
"$CONNTRACK" -U $flow -u FIXED_TIMEOUT -t 1000 -m 5 > /dev/null 2>&1
rc "an entry whose timeout was fixed since" 0 "$CONNTRACK" -R "$TMP/saved"
err_has "is told" "^conntrack: $TMP/saved:1: .*timeout is fixed"
is "and keeps its time, but gets the rest" 1 "$("$CONNTRACK" -C -m 0 --expires 700)"

# -A --label-del, where entries have labels and where they cannot have any
fresh
rc "-A --label-del --label-add" 0 "$CONNTRACK" -A $flow -t 600 --label-del --label-add 3,4
rc "again, with others" 0 "$CONNTRACK" -A $flow -t 600 --label-del --label-add 4,5
run "$CONNTRACK" -L -o labels
out_has "takes the other labels away" ' labels=4,5$'
rc "--label-add alone" 0 "$CONNTRACK" -A $flow -t 600 --label-add 6
run "$CONNTRACK" -L -o labels
out_has "does not" ' labels=4,5,6$'
rc "-I --label-del" 2 "$CONNTRACK" -I $flow -t 600 --label-del
"$TOOLS/netns" -a -- sh -c '"$0" -A "$@" && "$0" -A "$@"' \
	"$CONNTRACK" $flow -t 600 --label-del > "$TMP/out" 2> "$TMP/err"
is "no labels, where there can be none" 0 $?

# Window scales
for words in '--wscale 7' '--wscale 7,15' '--wscale 7,7,7' '--wscale x,1' '--wscale 7,' \
	'-p udp --wscale 7,7' '--tcp-flags 1' '--tcp-flags 1,1,2' '--tcp-flags 1,1,2,4' \
	'--tcp-flags 1,1,2,2,3'; do
	rc "-U -s 10.0.0.1 -p tcp $words" 2 "$CONNTRACK" -U -s 10.0.0.1 -p tcp $words
done
rc "a list takes one pair" 2 "$CONNTRACK" -L --tcp-flags 1,1,2,2

# Events. An update names its zone, and makes the entry where its creation was missed.
fresh
"$CONNTRACK" -E -e UPDATES -o save > "$TMP/events" 2> /dev/null &
listener=$!
hold $listener
listening $listener
tcp='-s 10.0.0.3 -d 10.0.0.2 -p tcp --sport 10 --dport 20'
sctp='-s 10.0.0.4 -d 10.0.0.2 -p sctp --sport 10 --dport 20'
for zone in 7 0; do
	"$CONNTRACK" -I $flow -t 600 -w $zone 2> /dev/null
	"$CONNTRACK" -I $tcp -t 600 --state SYN_SENT -w $zone 2> /dev/null
done
"$CONNTRACK" -I $sctp -t 600 --state COOKIE_WAIT --orig-vtag 0 --reply-vtag 8 2> /dev/null
"$CONNTRACK" -U $flow -w 0 -m 3 > /dev/null 2>&1
"$CONNTRACK" -U $tcp -w 0 -m 4 -t 500 > /dev/null 2>&1
"$TOOLS/traffic" sctp-raw
until_true 10 has_read $listener
kill -INT $listener
wait $listener 2> /dev/null
is "updates that could be creations" 0 "$(grep -c '^-U .* -p [us]' "$TMP/events")"
is "those of SCTP set tags" yes "$(grep -q '^-A .* -p sctp .* --orig-vtag ' "$TMP/events" && echo yes)"
"$CONNTRACK" -U $flow -m 1 > /dev/null 2>&1
"$CONNTRACK" -U $tcp -m 1 > /dev/null 2>&1
rc "loaded" 0 "$CONNTRACK" -R "$TMP/events"
is "they set marks in that zone" "3 4" "$("$CONNTRACK" -L -w 0 -s 10.0.0.0/24 ! -p sctp 2> /dev/null |
	grep -o ' mark=[0-9]*' | cut -d= -f2 | sort | joined)"
is "and in no other" 2 "$("$CONNTRACK" -C -w 7 -m 1)"
table | grep sctp > "$TMP/before"
fresh
rc "loaded where the entries are not" 0 "$CONNTRACK" -R "$TMP/events"
is "they make what they can" 1 "$("$CONNTRACK" -C $flow -w 0 -m 3)"
table | grep sctp | grep -v 10.0.0.4 > "$TMP/after"
grep -v 10.0.0.4 "$TMP/before" > "$TMP/before2"
no_diff "SCTP with state and tags" "$TMP/before2" "$TMP/after"

# The kernel tells of a state only when it changes: here a rule has changed the mark alone.
if command -v nft > /dev/null; then
	fresh
	echo 'table ip marking { chain out { type filter hook output priority 0;
		tcp dport 7002 tcp flags & psh == psh ct mark set 9; }; }' | nft -f -
	"$CONNTRACK" -E -e UPDATES -o save > "$TMP/events" 2> /dev/null &
	listener=$!
	hold $listener
	listening $listener
	hold "$("$TOOLS/traffic" tcp -p 7002)"
	until_true 10 has_read $listener
	kill -INT $listener
	wait $listener 2> /dev/null
	is "an update of TCP without its state" 1 "$(grep -c '^-U .* -p tcp .* -m 9$' "$TMP/events")"
	is "names its zone" 1 "$(grep -c '^-U .* -w 0 ' "$TMP/events")"
	"$CONNTRACK" -L -o save -p tcp --dport 7002 2> /dev/null |
		sed 's/ -s / -w 5 -s /' > "$TMP/load"
	"$CONNTRACK" -R "$TMP/load"
	"$CONNTRACK" -U -p tcp -m 1 > /dev/null 2>&1
	rc "loaded" 0 "$CONNTRACK" -R "$TMP/events"
	is "it changes that entry" 1 "$("$CONNTRACK" -C -p tcp -m 9 -w 0)"
	is "and no other" 1 "$("$CONNTRACK" -C -p tcp -m 1 -w 5)"
else
	cannot "an update without a state" "nft is not installed"
fi
finish
