# netns: -a -t -l
# --check: of an empty, a healthy, a 90 % and a full table with drops.
. "${0%/*}/../lib.sh"
cd "$TMP" || exit 1
limit=$(cat /proc/sys/net/netfilter/nf_conntrack_max)
buckets=$(cat /proc/sys/net/netfilter/nf_conntrack_buckets)

# value KEY FILE: of a number or a word of the JSON document, the first of that name
value() {
	grep -o "\"$1\":[^],}{[]*" "$2" | head -n 1 | sed 's/.*://; s/"//g'
}
# checked: --check in both forms, in text and json; RC is of the first
checked() {
	"$CONNTRACK" --check -o json >json 2>err
	run "$CONNTRACK" --check
	cp out text
}
# entries FROM TO: established connections, all assured
entries() {
	awk -v from="$1" -v to="$2" 'BEGIN {
		for (i = from; i < to; i++)
			printf "-I -s 10.%d.%d.%d -d 192.0.2.%d -p tcp --sport %d --dport 443 -t 3000 " \
				"--state ESTABLISHED -u SEEN_REPLY,ASSURED\n",
				i / 65536 % 256, i / 256 % 256, i % 256, i % 3 ? 1 : 2, 1024 + i % 60000
	}' | "$CONNTRACK" -R -
}

# --- empty ---

checked
is "an empty table is healthy" "0 healthy" "$RC $(tail -n 1 text)"
is "the first line" "entries         0 of $limit (0.0 %): net.netfilter.nf_conntrack_max" \
	"$(head -n 1 text)"
is "nothing to do" "0" "$(grep -c sysctl.-w text)"
is "fits a screen" yes "$([ "$(lines text)" -le 40 ] && echo yes)"
is "JSON, too" "0 $limit 0.0 $buckets" \
	"$(value entries json) $(value limit json) $(value percent json) $(value buckets json)"
is "no warnings" 1 "$(grep -c '"warnings":\[\],"sysctl":{}}$' json)"

# --- healthy ---

entries 0 900
for i in 1 2 3; do
	"$CONNTRACK" -I -s 10.200.0.1 -d 10.9.0.9 -p udp --sport $i --dport 53 -t 30 2>/dev/null
done
"$CONNTRACK" -I -s 10.200.0.1 -d 10.9.0.9 -p tcp --sport 9 --dport 80 -t 60 --state SYN_SENT 2>/dev/null
"$CONNTRACK" -I -s 2001:db8::1 -d 2001:db8::2 -p 99 -t 60 -u SEEN_REPLY 2>/dev/null
"$CONNTRACK" -L -o save 2>/dev/null | sed 's/ -t [0-9]* / /' | sort >before
checked
is "905 entries are healthy" "0 healthy" "$RC $(tail -n 1 text)"
is "their number" 905 "$(value entries json)"
is "unreplied" "unreplied       4 (0.4 %) entries" "$(grep ^unreplied text)"
has() {
	if grep -q -x -F -e "$1" text; then
		ok "$1"
	else
		not_ok "$1" "$(cat text)"
	fi
}
seconds() {
	cat /proc/sys/net/netfilter/nf_conntrack_$1
}
sysctl=net.netfilter.nf_conntrack
has "tcp             900 (99.4 %) ESTABLISHED: ${sysctl}_tcp_timeout_established is $(seconds tcp_timeout_established) s"
has "udp             3 (0.3 %) unreplied: ${sysctl}_udp_timeout is $(seconds udp_timeout) s"
has "tcp             1 (0.1 %) SYN_SENT: ${sysctl}_tcp_timeout_syn_sent is $(seconds tcp_timeout_syn_sent) s"
has "99              1 (0.1 %) replied: ${sysctl}_generic_timeout is $(seconds generic_timeout) s"
has "sources         4 of 10.200.0.1"
has "destinations    600 of 192.0.2.1"
has "                300 of 192.0.2.2"
has "accounting      on; times: on"
is "the sources in JSON" 1 "$(grep -c '"sources":\[{"addr":"10.200.0.1","entries":4},' json)"
"$CONNTRACK" -L -o save 2>/dev/null | sed 's/ -t [0-9]* / /' | sort >after
is "nothing was changed" "" "$(diff before after)"
echo 0 >/proc/sys/net/netfilter/nf_conntrack_acct
echo 2 >/proc/sys/net/netfilter/nf_conntrack_events
checked
has "accounting      off; times: on"
has "events          of entries that are younger than the first listener"
is "in JSON" "2 0 1" "$(value events json) $(value acct json) $(value timestamp json)"
echo 1 >/proc/sys/net/netfilter/nf_conntrack_acct

# More protocols than rows: what is told of each is its own.
"$CONNTRACK" -F 2>/dev/null
for proto in $(seq 140 252); do
	echo "-I -s 10.0.0.1 -d 10.0.0.9 -p $proto -t 600"
	[ "$proto" -ne 252 ] || seq 10 | sed "s/.*/-I -s 10.0.1.& -d 10.0.0.9 -p $proto -t 600/"
done | "$CONNTRACK" -R -
checked
is "113 protocols: the most frequent one is told first" 11 "$(sed -n 's/^252  *\([0-9]*\) (.*/\1/p' text)"
is "one has 11 entries, the others one each" "11 1" "$(grep -o '"state":"unreplied","entries":[0-9]*' json |
	sed 's/.*://' | sort -rn | uniq | tr '\n' ' ' | sed 's/ $//')"

for words in '-o xml' '-o save' '-p tcp' '--check' '-L' 'expect'; do
	# shellcheck disable=SC2086 # words
	rc "--check $words is refused" 2 "$CONNTRACK" --check $words
done

# --- 90 %, and full: by the limit that there is, which no namespace has of its own ---

if [ "$limit" -gt 300000 ]; then
	cannot "a full table" "it would take $limit entries"
	finish
fi
"$CONNTRACK" -F 2>/dev/null
entries 0 $((limit * 9 / 10 + 1))
checked
is "90 % is a warning" "1 WARNING: the table is more than 80 % full" \
	"$RC $(grep WARNING text)"
is "the fill" "90.0 " "$(value percent json) $(value warnings json)"
is "in JSON" 1 "$(grep -c '"warnings":\["full"\]' json)"
is "no source stands out" 1 "$(grep -c '^sources         none has more than [0-9]*$' text)"
is "destinations do" 2 "$(grep -c ' of 192\.0\.2\.[12]$' text)"
is "neither in JSON" 1 "$(grep -c '"sources":\[\],"destinations":\[{"addr":"192.0.2.1",' json)"
is "twice the limit" 1 "$(grep -c "^  sysctl -w ${sysctl}_max=$((limit * 2))  # twice as many: $((limit * 2)) entries of " text)"
is "and as many buckets" 1 "$(grep -c "^  sysctl -w ${sysctl}_buckets=$((limit * 2))  # " text)"
is "and shorter timeouts" 1 "$(grep -c "^  sysctl -w ${sysctl}_tcp_timeout_established=86400  # 100 % of " text)"
is "the same in JSON" 1 "$(grep -c "\"sysctl\":{\"${sysctl}_max\":$((limit * 2)),\"${sysctl}_buckets\":$((limit * 2)),\"${sysctl}_tcp_timeout_established\":86400}}$" json)"
drops=$(value drop json)
entries $((limit * 9 / 10 + 1)) "$limit"
is "the table is full" "$limit" "$("$CONNTRACK" -C)"
timeout 5 "$TOOLS/traffic" udp -p 4999 >/dev/null 2>&1
checked
is "packets were dropped" yes "$([ "$(value drop json)" -gt "$drops" ] && echo yes)"
is "100 %" "1 100.0" "$RC $(value percent json)"
is "both warnings" 2 "$(grep -c '^WARNING: ' text)"
is "both in JSON" 1 "$(grep -c '"warnings":\["full","dropped"\]' json)"
"$CONNTRACK" -F 2>/dev/null
checked
is "drops are remembered when it is empty again" "1 1" "$RC $(grep -c '^WARNING: .* dropped since boot$' text)"

finish
