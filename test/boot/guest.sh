#!/bin/sh
# Each command once on a kernel just booted, and the output that it must have.
. "${0%/*}/../lib.sh"

# shown WORDS: a command's stdout, sorted, without what differs from run to run.
shown() {
	"$CONNTRACK" "$@" 2>"$TMP/err" | sed -E '
		s/^(([a-z0-9]+ +[0-9]+ )?[a-z0-9]+ +[0-9]+ )9[0-9]+ /\1T /
		s/ use=[0-9]+//; s/ delta-time=[0-9]+//; s/ -t 9[0-9]+ / -t T /
		s/"timeout":9[0-9]+/"timeout":0/
		s/,"(use|id)":[0-9]+//g; s/,"start":"[-0-9T:.]+Z"//
		s@<(timeout|use|id|deltatime)>[0-9]+</(timeout|use|id|deltatime)>@@g' | sort
}
# is_shown NAME WORDS...: that is this function's stdin.
is_shown() {
	name=$1
	shift
	want=$(cat)
	got=$(shown "$@")
	is "$name" "$want" "$got"
}

is_shown "-L of an empty table" -L </dev/null
err_has "says so" ': 0 flow entries have been shown\.$'
is "and no more, as a rule asks for tracking" 1 "$(lines "$TMP/err")"
# By the hooks, where the kernel tells them; else by the rules.
is "no rule asks for tracking" 1 "$(unshare -n "$CONNTRACK" -L 2>&1 | grep -c ': no rule here asks')"
if grep -q -x nfnetlink_hook /modules/order; then
	is "the kernel tells its hooks" yes "$([ -d /sys/module/nfnetlink_hook ] && echo yes)"
fi

# Follow from here on.
"$CONNTRACK" -E >"$TMP/events" 2>"$TMP/events.err" &
follower=$!
listening $follower

flow='-s 192.0.2.1 -d 198.51.100.2 -p tcp --sport 40000 --dport 443'
state='--state ESTABLISHED -u SEEN_REPLY,ASSURED -t 9999'
rc "-I" 0 "$CONNTRACK" -I $flow $state -m 0x01020304
err_has "-I counts" ': 1 flow entries have been created\.$'
rc "-I of what exists" 1 "$CONNTRACK" -I $flow $state
err_has "has the words" 'Such conntrack exists, try -U to update'
cat >"$TMP/load" <<'LINES'
-I -s 192.0.2.1 -d 198.51.100.3 -p udp --sport 5353 --dport 53 -t 9999 -m 0xffffffff
-I -s 192.0.2.1 -d 198.51.100.4 -p icmp --icmp-type echo-request --icmp-code 0 --icmp-id 77 -t 9999
-I -s 2001:db8::1 -d 2001:db8::2 -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 78 -t 9999
-I -s 192.0.2.1 -d 198.51.100.5 -p gre --srckey 0x11 --dstkey 0x22 -t 9999
-I -s 192.0.2.1 -d 198.51.100.6 -p sctp --sport 2905 --dport 2906 --state ESTABLISHED --orig-vtag 11 --reply-vtag 4294967295 -t 9999 -u SEEN_REPLY
-I -s 192.0.2.1 -d 224.0.0.22 -p 2 -t 9999
-I -s 192.0.2.1 -d 198.51.100.10 -p udp --sport 1 --dport 2 -t 9999 --zone 258
-I -s 192.0.2.1 -d 198.51.100.11 -p udp --sport 1 --dport 2 -t 9999 --orig-zone 3
-I -s 192.168.1.5 -d 198.51.100.13 -p tcp --sport 1111 --dport 80 -n 203.0.113.1:2222 --state ESTABLISHED -t 9999 -u SEEN_REPLY,ASSURED
-I -s 2001:db8:1::5 -d 2001:db8:2::9 -p udp --sport 1111 --dport 80 -g [2001:db8:3::1]:99 -t 9999
-I -s 192.0.2.1 -d 198.51.100.14 -p udp --sport 5 --dport 6 -t 9999 --label-add 0,5,33,127
-I -s 192.0.2.1 -d 198.51.100.15 -p tcp --sport 5 --dport 21 -t 9999 --state ESTABLISHED --helper ftp
LINES
rc "-R" 0 "$CONNTRACK" -R "$TMP/load"
is "-R says nothing" "" "$(cat "$TMP/out" "$TMP/err")"
is "-C" 13 "$("$CONNTRACK" -C)"
is_shown "-L" -L -o extended,labels <<'LINES'
ipv4     2 gre      47 T src=192.0.2.1 dst=198.51.100.5 srckey=0x11 dstkey=0x22 packets=0 bytes=0 [UNREPLIED] src=198.51.100.5 dst=192.0.2.1 srckey=0x22 dstkey=0x11 packets=0 bytes=0 mark=0
ipv4     2 icmp     1 T src=192.0.2.1 dst=198.51.100.4 type=8 code=0 id=77 packets=0 bytes=0 [UNREPLIED] src=198.51.100.4 dst=192.0.2.1 type=0 code=0 id=77 packets=0 bytes=0 mark=0
ipv4     2 sctp     132 T ESTABLISHED src=192.0.2.1 dst=198.51.100.6 sport=2905 dport=2906 packets=0 bytes=0 src=198.51.100.6 dst=192.0.2.1 sport=2906 dport=2905 packets=0 bytes=0 mark=0
ipv4     2 tcp      6 T ESTABLISHED src=192.0.2.1 dst=198.51.100.15 sport=5 dport=21 packets=0 bytes=0 [UNREPLIED] src=198.51.100.15 dst=192.0.2.1 sport=21 dport=5 packets=0 bytes=0 mark=0 helper=ftp
ipv4     2 tcp      6 T ESTABLISHED src=192.0.2.1 dst=198.51.100.2 sport=40000 dport=443 packets=0 bytes=0 src=198.51.100.2 dst=192.0.2.1 sport=443 dport=40000 packets=0 bytes=0 [ASSURED] mark=16909060
ipv4     2 tcp      6 T ESTABLISHED src=192.168.1.5 dst=198.51.100.13 sport=1111 dport=80 packets=0 bytes=0 src=198.51.100.13 dst=203.0.113.1 sport=80 dport=2222 packets=0 bytes=0 [ASSURED] mark=0
ipv4     2 udp      17 T src=192.0.2.1 dst=198.51.100.10 sport=1 dport=2 packets=0 bytes=0 [UNREPLIED] src=198.51.100.10 dst=192.0.2.1 sport=2 dport=1 packets=0 bytes=0 mark=0 zone=258
ipv4     2 udp      17 T src=192.0.2.1 dst=198.51.100.11 sport=1 dport=2 zone-orig=3 packets=0 bytes=0 [UNREPLIED] src=198.51.100.11 dst=192.0.2.1 sport=2 dport=1 packets=0 bytes=0 mark=0
ipv4     2 udp      17 T src=192.0.2.1 dst=198.51.100.14 sport=5 dport=6 packets=0 bytes=0 [UNREPLIED] src=198.51.100.14 dst=192.0.2.1 sport=6 dport=5 packets=0 bytes=0 mark=0 labels=0,5,33,127
ipv4     2 udp      17 T src=192.0.2.1 dst=198.51.100.3 sport=5353 dport=53 packets=0 bytes=0 [UNREPLIED] src=198.51.100.3 dst=192.0.2.1 sport=53 dport=5353 packets=0 bytes=0 mark=4294967295
ipv4     2 unknown  2 T src=192.0.2.1 dst=224.0.0.22 packets=0 bytes=0 [UNREPLIED] src=224.0.0.22 dst=192.0.2.1 packets=0 bytes=0 mark=0
ipv6     10 icmpv6   58 T src=2001:db8::1 dst=2001:db8::2 type=128 code=0 id=78 packets=0 bytes=0 [UNREPLIED] src=2001:db8::2 dst=2001:db8::1 type=129 code=0 id=78 packets=0 bytes=0 mark=0
ipv6     10 udp      17 T src=2001:db8:1::5 dst=2001:db8:2::9 sport=1111 dport=80 packets=0 bytes=0 [UNREPLIED] src=2001:db8:3::1 dst=2001:db8:1::5 sport=99 dport=1111 packets=0 bytes=0 mark=0
LINES
err_has "-L counts" ': 13 flow entries have been shown\.$'

# Conditions with the kernel's help and without, and how many entries each selects.
while read -r count words; do
	is "-C $words" "$count" "$("$CONNTRACK" -C $words)"
	is "-C $words, none of it in the kernel" "$count" \
		"$(CONNTRACK_NO_PUSHDOWN=1 "$CONNTRACK" -C $words)"
done <<'LINES'
3 -p tcp
5 -p udp
2 -f ipv6
1 -s 192.0.2.1 -d 198.51.100.2
4 -d 198.51.100.0/29 ! -p udp
1 -s 2001:db8::/48
1 --sport 40000
6 --dport 2,53,80,443 -p tcp,udp
1 -m 0x01020304
1 -m 0x04/0x07
1 -m 0xff000000/0xff000000
2 -u ASSURED,SEEN_REPLY
10 -u UNREPLIED
1 -w 258
11 -w 0
1 --orig-zone 3
1 -n
1 -n 203.0.113.1:2222
1 -g
1 -l 33
1 -l 0,127
1 --helper ftp
1 -p icmp --icmp-id 77
1 -p gre --srckey 0x11
1 -p sctp --reply-vtag 4294967295
4 --state ESTABLISHED
LINES
is_shown "-G" -G -s 192.0.2.1 -d 198.51.100.10 -p udp --sport 1 --dport 2 -w 258 <<'LINES'
udp      17 T src=192.0.2.1 dst=198.51.100.10 sport=1 dport=2 packets=0 bytes=0 [UNREPLIED] src=198.51.100.10 dst=192.0.2.1 sport=2 dport=1 packets=0 bytes=0 mark=0 zone=258
LINES
is_shown "-o json" -L -l 33 -o json <<'LINES'
[
]
{"family":"ipv4","proto":"udp","protonum":17,"timeout":0,"status":["CONFIRMED"],"orig":{"src":"192.0.2.1","dst":"198.51.100.14","sport":5,"dport":6,"packets":0,"bytes":0},"reply":{"src":"198.51.100.14","dst":"192.0.2.1","sport":6,"dport":5,"packets":0,"bytes":0},"mark":0,"labels":[0,5,33,127]}
LINES
is_shown "-o jsonl" -L -p sctp -o jsonl <<'LINES'
{"family":"ipv4","proto":"sctp","protonum":132,"timeout":0,"state":"ESTABLISHED","status":["SEEN_REPLY","CONFIRMED"],"orig":{"src":"192.0.2.1","dst":"198.51.100.6","sport":2905,"dport":2906,"packets":0,"bytes":0},"reply":{"src":"198.51.100.6","dst":"192.0.2.1","sport":2906,"dport":2905,"packets":0,"bytes":0},"mark":0,"sctp":{"orig_vtag":11,"reply_vtag":4294967295}}
LINES
is_shown "-o xml" -L -w 258 -o xml <<'LINES'
</conntrack>
<?xml version="1.0" encoding="utf-8"?>
<conntrack>
<flow><meta direction="original"><layer3 protonum="2" protoname="ipv4"><src>192.0.2.1</src><dst>198.51.100.10</dst></layer3><layer4 protonum="17" protoname="udp"><sport>1</sport><dport>2</dport></layer4><counters><packets>0</packets><bytes>0</bytes></counters></meta><meta direction="reply"><layer3 protonum="2" protoname="ipv4"><src>198.51.100.10</src><dst>192.0.2.1</dst></layer3><layer4 protonum="17" protoname="udp"><sport>2</sport><dport>1</dport></layer4><counters><packets>0</packets><bytes>0</bytes></counters></meta><meta direction="independent"><mark>0</mark><zone>258</zone><unreplied/></meta></flow>
LINES
is_shown "-o save" -L -n -o save <<'LINES'
-A -t T -u SEEN_REPLY,ASSURED -s 192.168.1.5 -d 198.51.100.13 -r 198.51.100.13 -n 203.0.113.1:2222 -p tcp --sport 1111 --dport 80 --reply-port-src 80 --reply-port-dst 2222 --state ESTABLISHED -m 0
LINES

# Save, empty, load: the same again.
shown -L -o extended,labels >"$TMP/before"
"$CONNTRACK" -L -o save >"$TMP/saved" 2>/dev/null
rc "-F" 0 "$CONNTRACK" -F
is "-F empties the table" 0 "$("$CONNTRACK" -C)"
rc "what -o save wrote loads again" 0 "$CONNTRACK" -R "$TMP/saved"
shown -L -o extended,labels >"$TMP/after"
no_diff "and is the same" "$TMP/before" "$TMP/after"
shown -L -o save >"$TMP/again"
sed 's/ -t 9[0-9]* / -t T /' "$TMP/saved" | sort >"$TMP/first"
no_diff "and the same to save" "$TMP/first" "$TMP/again"

rc "-U" 0 "$CONNTRACK" -U -p udp -m 0x10/0xf0
err_has "-U counts" ': 5 flow entries have been updated\.$'
is "-U under a mask: bits that were not set" 4 "$("$CONNTRACK" -C -m 0x10)"
is "-U under a mask: bits that were" 1 "$("$CONNTRACK" -C -m 0xffffff1f)"
rc "-U of labels" 0 "$CONNTRACK" -U -l 33 --label-del 33 --label-add 64
is "takes one" 0 "$("$CONNTRACK" -C -l 33)"
is "gives one" 1 "$("$CONNTRACK" -C -l 0,5,64,127)"
rc "-D" 0 "$CONNTRACK" -D -p udp
err_has "-D counts" ': 5 flow entries have been deleted\.$'
is "-D deletes them" 0 "$("$CONNTRACK" -C -p udp)"
is "-D leaves the others" 8 "$("$CONNTRACK" -C)"
rc "-D of nothing" 1 "$CONNTRACK" -D -p udp
"$CONNTRACK" -F 2>/dev/null

# Real traffic, and what it left.
for kind in tcp udp icmp; do
	for address in 127.0.0.1 ::1; do
		hold "$(traffic $kind -s $address -d $address -p 7000)"
	done
done
is "real TCP" 2 "$("$CONNTRACK" -C -p tcp --state ESTABLISHED)"
is "real UDP" 2 "$("$CONNTRACK" -C -p udp -u SEEN_REPLY)"
is "real ICMP" 2 "$("$CONNTRACK" -C -p icmp,icmpv6)"
run "$CONNTRACK" -L -p icmp
out_has "counters" ' packets=1 bytes=[1-9][0-9] src=127\.0\.0\.1 .* packets=1 bytes=[1-9][0-9] '
run "$CONNTRACK" -S
out_has "-S" '^cpu=0   	found=[0-9]+ invalid=[0-9]+ insert=[0-9]+ insert_failed=[0-9]+ drop=0 '
run "$CONNTRACK" -S -o prometheus
out_has "metrics" '^conntrack_entries 6$'
rc "-D of connections" 0 "$CONNTRACK" -D --dport 7000
"$CONNTRACK" -F 2>/dev/null

# Everything since the first line was followed.
rc "the last creation" 0 \
	"$CONNTRACK" -I -s 192.0.2.99 -d 192.0.2.98 -p udp --sport 1 --dport 2 -t 9999
until_true 10 grep -q '\[NEW\].* src=192\.0\.2\.99 ' "$TMP/events"
kill -INT $follower
wait $follower
is "SIGINT ends -E" 0 $?
cp "$TMP/events" "$TMP/out"
cp "$TMP/events.err" "$TMP/err"
out_has "[NEW]" "^    \\[NEW\\] tcp      6 99[0-9]+ ESTABLISHED $(
	)src=192\.0\.2\.1 dst=198\.51\.100\.2 sport=40000 dport=443 $(
	)src=198\.51\.100\.2 dst=192\.0\.2\.1 sport=443 dport=40000 $(
	)\\[ASSURED\\] mark=16909060 \\[USERSPACE\\] portid="
out_has "[UPDATE]" '^ \[UPDATE\] udp .* mark=4294967071'
out_has "[DESTROY]" '^\[DESTROY\] udp .* zone=258'
out_has "[NEW] by traffic" "^    \\[NEW\\] udp      17 [0-9]+ src=127\.0\.0\.1 dst=127\.0\.0\.1 $(
	).*dport=7000 \\[UNREPLIED\\] "
is "one [NEW] for each" 33 "$(grep -c '^    \[NEW\]' "$TMP/events")"
is "one [DESTROY] for each that is gone" 32 "$(grep -c '^\[DESTROY\]' "$TMP/events")"
err_has "-E counts" '^conntrack v[0-9.]+ \(conntrack-tools\): [0-9]+ flow events have been shown\.$'
is "and loses none" 1 "$(grep -c '' "$TMP/events.err")"
finish
