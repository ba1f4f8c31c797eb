# netns: -a -t -l -H
# The test tools themselves: each kind of traffic makes the entry it promises. The program under
# test is not used. Where the kernel's text table cannot be read (no procfs support, or a user
# namespace), only the number of entries is checked.
. "${0%/*}/../lib.sh"

sys=/proc/sys/net/netfilter
table=/proc/net/nf_conntrack
[ -r $table ] || cannot "contents of the table" "$table cannot be read"

# traffic KIND ARGS...: make it, hold what must be held.
traffic() {
	run "$TOOLS/traffic" "$@"
	hold "$(cat "$TMP/out")"
}

# has NAME PATTERN: an entry of the table matches.
has() {
	[ -r $table ] || return
	cat $table >"$TMP/out"
	out_has "$1" "$2"
}

# made NAME PATTERN KIND ARGS...: this traffic makes at least one entry, and one that matches.
made() {
	name=$1
	pattern=$2
	shift 2
	before=$(cat $sys/nf_conntrack_count)
	traffic "$@"
	after=$(cat $sys/nf_conntrack_count)
	if [ $RC -eq 77 ]; then
		cannot "$name" "$(cat "$TMP/err")"
	elif [ $RC -ne 0 ]; then
		not_ok "$name" "exit code $RC: $(cat "$TMP/err")"
	elif [ "$after" -le "$before" ]; then
		not_ok "$name" "no new entry: $before entries before, $after after"
	elif [ -r $table ]; then
		has "$name" "$pattern"
	else
		ok "$name"
	fi
}

is "accounting is on" 1 "$(cat $sys/nf_conntrack_acct)"
is "timestamps are on" 1 "$(cat $sys/nf_conntrack_timestamp)"
is "nothing is tracked yet" 0 "$(cat $sys/nf_conntrack_count)"

rc "IPv4 address on lo" 0 "$TOOLS/traffic" addr -s 192.0.2.1
rc "IPv6 address on lo" 0 "$TOOLS/traffic" addr -s 2001:db8::1

made tcp ' ESTABLISHED src=192.0.2.1 dst=127.0.0.1 sport=5001 dport=80 packets=4 .*\[ASSURED\]' \
	tcp -s 192.0.2.1 -P 5001 -p 80
made "tcp, IPv6" \
	'^ipv6 .* ESTABLISHED src=2001:0db8:.* dport=80 .*\[ASSURED\]' tcp -s 2001:db8::1 -p 80
made "tcp with helper" ' ESTABLISHED .* dport=2121 ' tcp -p 2121
made tcp-syn ' SYN_SENT .* dport=81 .*\[UNREPLIED\]' tcp-syn -p 81
made tcp-half ' CLOSE_WAIT .* dport=82 .*\[ASSURED\]' tcp-half -p 82
made tcp-timewait ' TIME_WAIT .* dport=83 ' tcp-timewait -p 83
made tcp-close ' CLOSE .* dport=84 ' tcp-close -p 84
made udp '^ipv4 .* udp .* dport=85 packets=2 .* packets=2 ' udp -p 85 -n 2
made "udp, IPv6" '^ipv6 .* udp .* dport=85 packets=1 .* packets=1 ' udp -d ::1 -p 85
made udp-one ' udp .* dport=86 .*\[UNREPLIED\]' udp-one -p 86
made udp-stream ' udp .* dport=87 .*\[ASSURED\]' udp-stream -p 87
made udplite ' 136 .* dport=88 ' udplite -p 88
made icmp ' icmp .* type=8 code=0 id=77 packets=3 .* type=0 code=0 id=77 packets=3 ' icmp -P 77 -n 3
made "icmp, IPv6" ' icmpv6 .* type=128 code=0 id=1 .* type=129 ' icmp -d ::1
made gre ' gre .* srckey=0x0 dstkey=0x0 ' gre -d 127.0.0.2
made "gre, PPTP" ' gre .* srckey=0x0 dstkey=0x11 ' gre -p 0x11
made sctp ' sctp .* ESTABLISHED .* dport=89 ' sctp -p 89
made sctp-raw ' sctp .* ESTABLISHED .* sport=40000 dport=90 ' sctp-raw -p 90
made proto ' 89 .*\[UNREPLIED\]' proto -p 89

before=$(cat $sys/nf_conntrack_count)
traffic udp-many -n 1000 -p 9000
is "udp-many: as many entries as asked for" $((before + 1000)) "$(cat $sys/nf_conntrack_count)"
has "udp-many: with distinct destinations" ' udp .* dst=127.1.0.15 '
traffic udp-many -n 100 -p 9000 -d ::1
is "udp-many, IPv6" $((before + 1100)) "$(cat $sys/nf_conntrack_count)"

rc "traffic: a wrong kind" 2 "$TOOLS/traffic" nonsense
rc "traffic: an address that is not on lo" 1 "$TOOLS/traffic" udp -s 198.51.100.1
rc "netns: the command's exit code" 5 "$TOOLS/netns" sh -c 'exit 5'
rc "netns: no such command" 127 "$TOOLS/netns" "$TMP/none"
rc "netns: no command" 2 "$TOOLS/netns"
rc "netns: an empty /run" 0 "$TOOLS/netns" -m sh -c '[ "$(ls /run)" = netns ]'
run "$TOOLS/netns" -u true
if [ $RC -eq 77 ]; then
	cannot "netns: in a user namespace" "$(cat "$TMP/err")"
else
	rc "netns: in a user namespace" 0 \
		"$TOOLS/netns" -u -a sh -c "[ \$(cat $sys/nf_conntrack_acct) = 1 ]"
fi
finish
