# netns: -a -t -l
# -o short: a line that a person reads at a glance.
. "${0%/*}/../lib.sh"
cd "$TMP" || exit 1

"$CONNTRACK" -R - <<'LINES'
-I -s 10.0.0.1 -d 10.96.0.10 -p udp --sport 1 --dport 53 -t 600 -g 10.244.1.7 -w 1
-I -s 10.0.0.3 -d 10.96.0.10 -p tcp --sport 3 --dport 53 -t 432000 -g 10.244.9.9:8053 -n 203.0.113.1 --state ESTABLISHED -m 0x100 -u SEEN_REPLY,ASSURED
-I -s 10.0.0.5 -d 10.0.0.9 -p tcp --sport 4 --dport 80 -t 6000 --state SYN_SENT
-I -s 2001:db8::4 -d 2001:db8::9 -p tcp --sport 65535 --dport 80 -t 86399 --state SYN_SENT --orig-zone 4
-I -s 10.0.0.6 -d 10.0.0.9 -p 99 -t 60 -u SEEN_REPLY
-I -s 10.0.0.7 -d 10.0.0.9 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 60 --reply-zone 5
-I -s 10.0.0.8 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 60 -n 203.0.113.255:65000
LINES
# short OPTIONS...: the list, sorted; the time left as it was in the beginning
short() {
	"$CONNTRACK" -L -o short "$@" 2>/dev/null | later | sort
}
later() {
	sed 's/ 9:5[0-9] / 10:00 /; s/ 4d23:59 / 5d00:00 /; s/ 1:39:5[0-9] / 1:40:00 /
		s/ 23:59:[0-9]* / 23:59:59 /; s/ 0:5[0-9]\( \|$\)/ 1:00\1/'
}
short >out
is "the lines" "99 - 10.0.0.6 -> 10.0.0.9 0/0 1:00
icmp - 10.0.0.7 -> 10.0.0.9 type=8 id=77 0/0 1:00 [UNREPLIED] zone-reply=5
tcp ESTABLISHED 10.0.0.3:3 -> 10.96.0.10:53 nat 203.0.113.1:3 dnat 10.244.9.9:8053 0/0 5d00:00 [ASSURED] mark=256
tcp SYN_SENT 10.0.0.5:4 -> 10.0.0.9:80 0/0 1:40:00 [UNREPLIED]
tcp SYN_SENT [2001:db8::4]:65535 -> [2001:db8::9]:80 0/0 23:59:59 [UNREPLIED] zone-orig=4
udp - 10.0.0.1:1 -> 10.96.0.10:53 dnat 10.244.1.7:53 0/0 10:00 [UNREPLIED] zone=1
udp - 10.0.0.8:1 -> 10.0.0.9:2 nat 203.0.113.255:65000 0/0 1:00 [UNREPLIED]" "$(cat out)"
is "with the id" 7 "$("$CONNTRACK" -L -o short,id 2>/dev/null | grep -c ' id=[0-9]*$')"

# Events carry it behind their mark, and -D and -U show it.
"$CONNTRACK" -E -o short --limit 1 >events 2>/dev/null &
pid=$!
listening $pid
"$CONNTRACK" -D -o short -s 10.0.0.5 2>/dev/null | later >deleted
wait $pid
is "-D" "tcp SYN_SENT 10.0.0.5:4 -> 10.0.0.9:80 0/0 1:40:00 [UNREPLIED]" "$(cat deleted)"
is "-E" 1 \
	"$(grep -c '^ *\[DESTROY\] tcp [A-Z_-]* 10.0.0.5:4 -> 10.0.0.9:80 0/0 [0-9:-]* \[UNREPLIED\]' events)"
is "-U" 1 "$("$CONNTRACK" -U -o short -s 10.0.0.6 -m 7 2>/dev/null | grep -c '^99 - .* mark=7$')"

# Real bytes.
"$CONNTRACK" -F 2>/dev/null
hold "$("$TOOLS/traffic" tcp -p 7001)"
is "bytes of both directions" 1 \
	"$(short -p tcp | grep -c '^tcp ESTABLISHED 127.0.0.1:[0-9]* -> 127.0.0.1:7001 [1-9][0-9.]*k\{0,1\}/[1-9][0-9.]*k\{0,1\} [0-9d:]* \[ASSURED\]$')"

# On a terminal, in columns.
if command -v script >/dev/null; then
	"$CONNTRACK" -F 2>/dev/null
	for i in 1 22 133; do
		"$CONNTRACK" -I -s 10.0.0.$i -d 10.0.$i.9 -p udp --sport $i --dport 53 -t 600 -n 10.9.9.9 2>/dev/null
	done
	script -qc "$CONNTRACK -L -o short --color never --quiet" /dev/null </dev/null | tr -d '\r' >terminal
	is "in columns" "21 43 68 82 91 " \
		"$(awk '{print index($0, "10.0.0."), index($0, "->"), index($0, "0/0"), index($0, " 9:5") + 1,
			index($0, "nat "), ""}' terminal | sort -u)"
	is "each line the same" 1 "$(sed 's/[0-9]/N/g; s/N*\.N*\.N*\.N*:N* */ADDR/g' terminal | sort -u | wc -l)"
else
	skip "columns on a terminal" "there is no script(1)"
fi
rc "it adds to text alone" 2 "$CONNTRACK" -L -o short,save

for other in extended ktimestamp; do
	rc "short, $other" 2 "$CONNTRACK" -L -o short,$other
	err_has "is told" 'short goes without extended and ktimestamp'
	rc "$other, short" 2 "$CONNTRACK" -L -o $other,short
done
finish
