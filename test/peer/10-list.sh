# netns: -a -t -l
# Lists, counts and statistics, of the peer and ours, on one table: stdout byte for byte and in the
# kernel's order, the summary on stderr, the exit code. Only seconds and use counts are made equal
# (norm in setup.sh).
. "${0%/*}/../lib.sh"

here=${0%/*}
. "$here/setup.sh"
begin "lists"

# both NAME ARGS...: run the peer and ours, compare.
both() {
	name=$1
	shift
	timeout 20 "$PEER" "$@" >"$T/out" 2>"$T/err" </dev/null
	peer_rc=$?
	norm "$T/out" >"$T/peer.out"
	norm "$T/err" >"$T/peer.err"
	timeout 20 "$CONNTRACK" "$@" >"$T/out" 2>"$T/err" </dev/null
	rc=$?
	norm "$T/out" | sed '/^-A /s/ -m 0$//' >"$T/our.out" # which is what we add
	grep -v "no list of unconfirmed" "$T/err" >"$T/err2" # ours says why there are none
	norm "$T/err2" >"$T/our.err"
	if [ $rc -ne $peer_rc ]; then
		not_ok "$name" "exit $rc, the peer's is $peer_rc
$(cat "$T/our.err")"
	elif ! cmp -s "$T/peer.out" "$T/our.out"; then
		not_ok "$name" "$(diff "$T/peer.out" "$T/our.out" | head -n 10)"
	elif [ $rc -eq 0 ] && ! cmp -s "$T/peer.err" "$T/our.err"; then
		not_ok "$name" "$(diff "$T/peer.err" "$T/our.err" | head -n 10)"
	else
		ok "$name"
	fi
}

# Nothing there yet.
each both <<'END'
-L
-L -o xml
-L -o save
-L expect
-C
-C expect
END

rich_table "$PEER" || not_ok "rich table" "the peer could not make it"
some_packet

each both <<'END'
# forms
-L
--dump
-L conntrack
-L conn
-L -o extended
-L -o EXTENDED
-L -o ext
-L -o id
-L -o ktimestamp
-L -o labels $LM
-L -o extended,id
-L -o id,extended
-L -o extended,id,ktimestamp
-L -o extended,id,ktimestamp,labels $LM
-L -o extended -o id
-L -o userspace
-L -f ipv4
-L -f ipv6
-L -f ipv6 -o extended,id
--dump --family ipv4 --output extended
-L -o id,labels -l web $LM
-L -o labels -s 192.0.2.4 $LM
-L -o extended,labels -f ipv6 -p udp $LM
# protocols
-L -p tcp
-L -p TCP
-L -p 17
-L -p udp
-L -p udp -f ipv6
-L -p icmp
-L -p icmpv6
-L -p ipv6-icmp
-L -p gre
-L -p sctp
-L -p udplite
-L -p dccp
-L -p igmp
-L -p 89
-L -p 253
-L -p esp
--dump --protonum sctp
-L -p tcp -o extended
-L -p 253 -o extended,id
# addresses
-L -s 192.0.2.1
-L -s 192.0.2.2 -o id
-L --src 192.0.2.3
-L --orig-src=192.0.2.4
-L -s 192.0.2.99
-L -s 192.0.2.0/24
-L -s 192.0.2.2/31
-L -s 192.0.2.1/32
-L -s 0.0.0.0/0
-L -s 0.0.0.0
-L -s 192.0.2.2 --mask-src 255.255.255.254
-L -d 198.51.100.3
-L -d 198.51.100.0/24
-L -d 198.51.100.0/29
-L -d 224.0.0.0/4
-L --dst 203.0.113.9
-L --orig-dst 203.0.113.9
-L -s 192.0.2.1 -d 198.51.100.3
-L -s 192.0.2.0/24 -d 198.51.100.3 -p tcp
-L -s 2001:db8::1
-L -s 2001:db8::/32
-L -s 2001:db8::/126
-L -s ::/0
-L -s ::
-L -s ::1
-L -s ::ffff:1.2.3.4
-L -s fe80::/10
-L -s 8000::/1
-L -s ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
-L -d 2001:db8::ffff
-L -d 2001:db8::2 -o extended
-L -r 198.51.100.3
-L --reply-src 10.0.0.9
-L -q 203.0.113.1
-L --reply-dst 192.0.2.2
-L -r 198.51.100.13 -q 203.0.113.1
-L -q 2001:db8:9::1
# ports
-L -p tcp --sport 40000
-L -p tcp --dport 80
-L -p tcp --sport 2 --dport 80
-L -p udp --orig-port-src 5353
-L -p udp --orig-port-dst 53
-L -p tcp --reply-port-src 80
-L -p udp --reply-port-dst 2222
-L -p tcp --reply-port-dst 2222
-L -p udp --sport 0
-L -p udp --dport 65535
-L -p sctp --sport 2905
-L -p sctp --dport 2908
-L -p udp --sport 7 -f ipv6
-L -p tcp --dport 443 -s 192.0.2.1 -o extended,id
-L -p tcp --dport 444
# other keys
-L -p icmp --icmp-type 8
-L -p icmp --icmp-type 13 --icmp-code 0
-L -p icmp --icmp-id 77
-L -p icmpv6 --icmpv6-type 128
-L -p icmpv6 --icmpv6-id 79
# states, statuses
-L -p tcp --state ESTABLISHED
-L -p tcp --state SYN_SENT
-L -p tcp --state TIME_WAIT
-L -p tcp --state LISTEN
-L -p tcp --state NONE
-L -p sctp --state ESTABLISHED
-L -u ASSURED
-L -u SEEN_REPLY
-L -u SEEN_REPLY,ASSURED
-L -u FIXED_TIMEOUT
-L -u EXPECTED
-L -p udp -u ASSURED
# marks, zones, labels
-L -m 7
-L -m 0
-L -m 0xffffffff
-L -m 7/7
-L -m 1/0xf
-L -m 0/1
-L -m 1
-L -m 7 -p udp
-L -w 9
-L --zone 65535
-L -w 8
-L --orig-zone 3
-L --reply-zone 4
-L --orig-zone 5
-L -w 9 -f ipv6
-L -l web $LM
-L -l voip $LM
-L -l web -l voip $LM
-L -l last -f ipv6 $LM
# NAT
-L -n
-L -g -p udp
-L -j
-L --src-nat
-L --dst-nat -p udp
-L --any-nat
-L -n -g -p tcp
-L -n 203.0.113.1
-L -n 203.0.113.2
-L -g 10.0.0.9
-L -g 10.0.0.9:8080
-L -g 10.0.0.9:8081
-L -j 203.0.113.1
-L -j 10.0.0.9
-L -n -f ipv4 -o extended
-L -p tcp -n
# other tables and commands
-L expect
-L expect -o id
-L expect -f ipv6
-L exp
-L dying
-L unconfirmed
-C
-C conntrack
--counter
-C expect
-S
--stats
-S conntrack
-S expect
# what can be said as commands without loss by either
-L -o save -p icmp -s 192.0.2.1
-L -o save -p icmpv6
-L -o save -p gre
-L -o save -p igmp
-L -o save -p 89
-L -o save -p udplite
-L -o save -p tcp -s 192.0.2.1 -m 0
-L -o save -p tcp -s 192.0.2.3
-L -o save -p esp
# XML
-L -o xml -p tcp
-L -o xml -p udp
-L -o xml -p gre
-L -o xml -p 253
-L -o xml -p esp
-L -o xml,ktimestamp -p udp -f ipv4
-L -o xml,labels -s 192.0.2.4 $LM
-L -o xml,id -p tcp
# wrong
-L nosuch
-L --nonsense
-L -D
-L -s
-L -s nonsense
-L -s 192.0.2.1/33
-L -s ::1/129
-L -s ::1 -d 192.0.2.1
-L -f ipv4 -s ::1
-L -f nonsense
-L -p nonsense
-L -p 256
-L -u NOSUCH
-L -o nonsense
-L -l nosuch $LM
-L -t 10
-L -e NEW
-L -p tcp --state NOSUCH
-L -p udp --state ESTABLISHED
-L --mask-src 255.0.0.0
-C nosuch
-C dying
-S nosuch
-S dying
END

# One entry, both ways of asking.
for flow in "-s 192.0.2.1 -d 198.51.100.2 -p tcp --sport 40000 --dport 443" \
	"-s 192.0.2.1 -d 198.51.100.4 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77" \
	"-s 2001:db8::1 -d 2001:db8::2 -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 78" \
	"-s 192.0.2.1 -d 198.51.100.5 -p gre --srckey 0x11 --dstkey 0x22" \
	"-s 192.0.2.1 -d 198.51.100.6 -p sctp --sport 2905 --dport 2906" \
	"-s 192.0.2.1 -d 224.0.0.22 -p igmp" \
	"-s 192.168.1.5 -d 203.0.113.9 -p udp --sport 1113 --dport 80" \
	"-s 2001:db8::4 -d 2001:db8::6 -p udp --sport 5 --dport 6" \
	"-s 192.0.2.1 -d 198.51.100.77 -p udp --sport 5 --dport 6"; do
	each both <<-END
		-G $flow
		--get $flow -o extended,id,ktimestamp
	END
done

# Bits of no name, which the peer leaves out (" labels" alone where there is no other).
printf '9 nine\n33 thirty-three\n' >"$T/names"
rich_label "$PEER" 2001:db8::4 2001:db8::6 nine "--labelmap $T/names"
rich_label "$PEER" 192.0.2.2 198.51.100.3 thirty-three "--labelmap $T/names"
"$PEER" -L -o labels $LM 2>/dev/null |
	sed 's/ labels=last$/ labels=9,last/; s/ labels$/ labels=33/' | norm >"$T/peer.out"
"$CONNTRACK" -L -o labels $LM 2>/dev/null | norm >"$T/our.out"
no_diff "labels without a name" "$T/peer.out" "$T/our.out"

# Expectations want a master with a helper, which the peer cannot attach.
master="-s 10.7.0.1 -d 10.7.0.2 -p tcp --sport 40021 --dport 21"
expect="-I expect $master --tuple-src 10.7.0.1 --tuple-dst 10.7.0.2"
expect="$expect --tuple-port-src 0 --tuple-port-dst"
masks="--mask-src 255.255.255.255 --mask-dst 255.255.255.255"
masks="$masks --mask-port-src 0 --mask-port-dst 65535 -t 100"
if ! "$CONNTRACK" -I $master --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 100000 --helper ftp \
	>/dev/null 2>"$T/err"; then
	cannot "expectations" "no entry with the ftp helper: $(cat "$T/err")"
elif ! "$PEER" $expect 5000 $masks >/dev/null 2>"$T/err"; then
	cannot "expectations" "the peer makes none: $(cat "$T/err")"
else
	each both <<-END
		-L -p tcp --dport 21
		-L -p tcp --dport 21 -o extended,id
		-G $master
		-L expect
		-L expect -o id
		-L expect -f ipv4
		-L expect -f ipv6
		-C expect
		-S expect
		-L expect -o xml
		$expect 5000 $masks
	END
fi
finish
