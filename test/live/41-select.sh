# netns: -a -t -l
# Selecting entries, one option after another: what matches, what does not, negation, lists, ranges,
# values that are none. Entries are told apart by their marks, 1 and up.
. "${0%/*}/../lib.sh"

cat >"$TMP/labels" <<'EOF'
1 one
2 two
100 high
EOF
cat >"$TMP/table" <<'EOF'
-I -m 1 -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1001 --dport 80 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 3000 --label-add 1,2
-I -m 2 -s 10.0.0.1 -d 10.0.0.3 -p tcp --sport 1002 --dport 443 --state SYN_SENT -t 500 --helper ftp
-I -m 3 -s 10.0.0.4 -d 10.0.0.2 -p udp --sport 1003 --dport 53 -t 3000 --label-add 1
-I -m 4 -s 10.1.0.1 -d 10.0.0.2 -p udp --sport 53 --dport 1003 -t 3000 -u SEEN_REPLY -w 5
-I -m 5 -s 10.0.0.4 -d 10.0.0.2 -p udp --sport 1003 --dport 53 -q 10.0.0.77 -t 3000 --orig-zone 3
-I -m 6 -s 10.0.0.4 -d 10.0.0.2 -p udp --sport 1004 --dport 53 -t 3000 --reply-zone 4
-I -m 7 -s 10.0.0.1 -d 10.0.0.2 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 3000
-I -m 8 -s 2001:db8::1 -d 2001:db8::2 -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 78 -t 3000
-I -m 9 -s 10.0.0.1 -d 10.0.0.2 -p gre --srckey 17 --dstkey 34 -t 3000
-I -m 10 -s 10.0.0.1 -d 10.0.0.2 -p sctp --sport 2905 --dport 2906 --state ESTABLISHED --orig-vtag 11 --reply-vtag 22 -t 3000
-I -m 11 -s 2001:db8::1 -d 2001:db8::2 -p udp --sport 1000 --dport 53 -t 3000
-I -m 12 -s 2001:db8:1::5 -d 2001:db8:2::9 -p tcp --sport 1111 --dport 80 --src-nat 2001:db8:9::1 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 3000
-I -m 13 -s 192.168.1.5 -d 198.51.100.13 -p tcp --sport 1111 --dport 80 --src-nat 203.0.113.1:2222 --state CLOSE -u SEEN_REPLY -t 3000 --tcp-flags 0xff,0x15
-I -m 14 -s 192.168.1.5 -d 203.0.113.9 -p udp --sport 1112 --dport 80 --dst-nat 10.0.0.9:8080 -t 3000 -u FIXED_TIMEOUT
-I -m 15 -s 10.0.0.1 -d 10.0.0.2 -p 89 -t 100000
-I -m 16 -s 2001:db8:1::5 -d 2001:db8:2::9 -p udp --sport 1113 --dport 80 --dst-nat [2001:db8:9::2]:8080 -t 3000
EOF
dccp=
if [ -e /proc/sys/net/netfilter/nf_conntrack_dccp_timeout_open ]; then # up to Linux 6.16
	dccp=17
	echo "-I -m 17 -s 10.0.0.5 -d 10.0.0.6 -p dccp --sport 5 --dport 6 --state OPEN" \
		"--role client -t 3000" >>"$TMP/table"
fi

# marks_in FILE: the marks of the lines of a listing.
marks_in() {
	set -- $(sed -n 's/.* mark=\([0-9]*\) .*/\1/p' "$1" | sort -n)
	echo "$*"
}

# other MARK...: all entries but these.
other() {
	o_list=
	for o_m in $all; do
		case " $* " in
		*" $o_m "*) ;;
		*) o_list="$o_list${o_list:+ }$o_m" ;;
		esac
	done
	echo "$o_list"
}

# short: what the last run did, in a line.
short() {
	echo "exit code $RC, shown: $(marks_in "$TMP/out"), $(grep -c "" "$TMP/err") lines on" \
		"stderr: $(head -n 1 "$TMP/err")"
}

# id_of MARK: the id of that entry.
id_of() {
	"$CONNTRACK" -L -m "$1" -o id 2>/dev/null | sed 's/.* id=//; s/ .*//'
}

# sel MARKS OPTIONS...: these entries are what -L, -C, -D and, unless setting is set, -U mean.
setting=
sel() {
	s_want=$1
	shift
	s_bad=
	s_n=0
	for s_m in $s_want; do
		s_n=$((s_n + 1))
	done
	s_none=1
	[ $s_n -eq 0 ] || s_none=0
	run "$CONNTRACK" -L "$@"
	[ $RC -eq 0 ] && [ "$(marks_in "$TMP/out")" = "$s_want" ] ||
		s_bad="-L: $(short)"
	run "$CONNTRACK" "$@" -C
	[ $RC -eq 0 ] && [ "$(cat "$TMP/out")" = $s_n ] ||
		s_bad="$s_bad -C: $(cat "$TMP/out"), $(short)"
	run "$CONNTRACK" -D --dry-run "$@"
	[ $RC -eq $s_none ] && [ "$(marks_in "$TMP/out")" = "$s_want" ] ||
		s_bad="$s_bad -D: $(short)"
	if [ -z "$setting" ]; then
		run "$CONNTRACK" -U --dry-run -t 77 "$@"
		[ $RC -eq $s_none ] && [ "$(marks_in "$TMP/out")" = "$s_want" ] ||
			s_bad="$s_bad -U: $(short)"
	fi
	if [ -z "$s_bad" ]; then
		ok "$*"
	else
		not_ok "$*" "expected: $s_want" "$s_bad"
	fi
}

# both MARKS OPTION...: one option that means these entries, and all the others when negated.
both() {
	b_want=$1
	shift
	sel "$b_want" "$@"
	sel "$(other $b_want)" ! "$@"
}

# bad OPTIONS...: exit 2, one line on stderr, nothing shown, nothing changed.
bad() {
	b_bad=
	for b_c in -L -C -D; do
		run "$CONNTRACK" $b_c "$@"
		[ $RC -eq 2 ] && [ ! -s "$TMP/out" ] && [ "$(grep -c '' "$TMP/err")" -eq 1 ] &&
			grep -q '^conntrack: ' "$TMP/err" || b_bad="$b_bad $b_c: $(short)"
	done
	run "$CONNTRACK" -L
	[ "$(marks_in "$TMP/out")" = "$all" ] || b_bad="$b_bad; the table has changed"
	if [ -z "$b_bad" ]; then
		ok "refused: $*"
	else
		not_ok "refused: $*" "$b_bad"
		[ -n "$real" ] || fill
	fi
}

# each_bad OPTION VALUE...: the option takes none of these.
each_bad() {
	e_opt=$1
	shift
	for e_v; do
		bad "$e_opt" "$e_v"
	done
}

# noted PATTERN OPTIONS...: the options are taken, and something is said about them.
noted() {
	n_pattern=$1
	shift
	run "$CONNTRACK" -L "$@"
	err_has "note: $*" "^conntrack: .*$n_pattern"
}

# fill: make the table afresh.
real=
fill() {
	"$CONNTRACK" -F 2>/dev/null
	"$CONNTRACK" -R "$TMP/table"
}

fill
all="1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16${dccp:+ 17}"
run "$CONNTRACK" -L
if [ "$(marks_in "$TMP/out")" != "$all" ]; then
	not_ok "all entries are there" "$(t_last)"
	finish
fi
sel "$all"
v6="8 11 12 16"
v4=$(other $v6)
net10=$(other $v6 4 13 14)

# --- addresses ---

both "1 2 7 9 10 15" -s 10.0.0.1
both "8 11" --src 2001:db8::1
both "12 16" --orig-src=2001:db8:1::/48
both "$net10" -s 10.0.0.0/24
both "$net10" -s10.0.0.99/255.255.255.0
both "1 2 4 7 9 10 15${dccp:+ 17}" -s 10.0.0.1/255.0.0.1 # odd ones
both "$v4" -s 0.0.0.0/0
both "$v4" -s 0/0
bad -s 0
bad -s 10/8
both "$v6" -s ::/0
both "13 14" -s 192.168.1.5
both "13" -s 192.168.1.5:1111
both "12" -s '[2001:db8:1::5]:1111'
both "12 16" -s '2001:db8:1::5/64'
both "2 3 5 6 13 14" -s 10.0.0.4,192.168.1.5:1111,192.168.1.5:1112,10.0.0.1:1002
both "8 11 13 14" -s 2001:db8::1,192.168.1.5
both "" -s 10.0.0.200
both "" -s 10.0.0.1:1
sel "3 5 6 8 11" -s 10.0.0.4 -s 2001:db8::1
sel "$(other $v6 4 13 14 1)" -s 10.0.0.0/24 ! -s 10.0.0.1:1001
sel "4 12 16" ! -s 10.0.0.0/24 ! -s 192.168.0.0/16,2001:db8::/64
both "1 3 4 5 6 7 9 10 15" -d 10.0.0.2
both "2" --dst 10.0.0.3
both "12 16" --orig-dst 2001:db8:2::9
both "1" -d 10.0.0.2:80
both "1 2 3 4 5 6 7 9 10 15" -d 10.0.0.2/31
both "13" --reply-dst 203.0.113.1
both "13 14" -q 203.0.113.1,192.168.1.5
both "13" -q 203.0.113.1:2222/24
both "5" -q 10.0.0.77
both "14" -r 10.0.0.9
both "12" -r '[2001:db8:2::9]:80'
both "16" --reply-src '[2001:db8:9::2]:8080'
both "1 3 4 5 6 7 9 10 14 15" -r 10.0.0.9,10.0.0.2
both "$(other $v6 13)" -r 10.0.0.0/24
sel "$net10" -s 10.0.0.0 --mask-src 255.255.255.0
sel "1 2 3 4 5 6 7 9 10 15${dccp:+ 17}" -d 10.0.0.0 --mask-dst 255.0.0.0
sel "8 11" -s 2001:db8::77 --mask-src ffff:ffff:ffff:ffff::
sel "4" --mask-src 255.255.0.0 -s 10.1.2.3
sel "$(other 4)" ! -s 10.1.2.3 --mask-src 255.255.0.0
each_bad -s 10.0.0 10.0.0.256 10.0.0.1/ 10.0.0.1/33 10.0.0.1/255.255 10.0.0.1/x \
	10.0.0.1: 10.0.0.1:65536 10.0.0.1:http 10.0.0.1:80:81 ::1/129 ::g \
	'[::1' '[::1]80' '[::1]' '[::1]/64' '[::1]:' '[10.0.0.1]:80' fe80::1%lo host. 10.0.0.1, \
	,10.0.0.1 \
	10.0.0.1,,10.0.0.2 ' 10.0.0.1' 10.0.0.1x 010.0.0.1 10.0.0.1/08 10.0.0.1/-1 10.0.0.1/24/24 ''
for opt in -d -r -q; do
	each_bad $opt 10.0.0.1/ 10.0.0.1x ''
done
bad -s
bad --mask-src 255.255.255.0
bad -s 10.0.0.0 --mask-src 24
bad -s 10.0.0.0 --mask-src ffff::
bad -d 10.0.0.0 --mask-dst 255.255.255
bad ! --mask-src 255.255.255.0 -s 10.0.0.0
bad -s ::1 -d 10.0.0.1
bad -s ::1,::2 -r 10.0.0.1
bad -f ipv4 -s ::1
bad -s 10.0.0.1 -n ::1
sel "1 7 9 10 15" -s 10.0.0.1,::1 -d 10.0.0.2
sel "3 5 6" -s 10.0.0.4 ! -d ::1

# --- any ---

sel "1 2 7 9 10 15" -s 10.0.0.1 --any
sel "1 3 4 5 6 7 9 10 15" --any -s 10.0.0.2
sel "13" --any -d 203.0.113.1
sel "13" --any -s 203.0.113.1:2222
sel "$(other 13)" --any ! -s 203.0.113.1:2222
sel "3 4 5 6 11" --any --sport 53
sel "14 16" --any --sport 8080
sel "3 4 5 6" --any --dport 1003:1004 -s 10.0.0.2
sel "1 2" --any -s 10.0.0.1 --dport 1001,1002
bad ! --any -s 10.0.0.1
bad --any=yes

# --- protocols, families ---

both "1 2 12 13" -p tcp
both "1 2 12 13" --proto TCP
both "1 2 12 13" --protonum=6
both "15" -p 89
both "15" -p 0x59
both "1 2 7 12 13 15" -p tcp,icmp,89
sel "9 10" -p gre -p sctp
both "" -p udplite
if grep -q '^ospf[[:space:]]' /etc/protocols 2>/dev/null; then
	both "15" -p ospf
fi
each_bad -p tcpx 256 -1 6x 1-6 1:6 tcp, ,tcp 06 0x 0x100 ''
for family in ipv4 IP; do
	both "$v4" -f $family
done
both "$v6" -f ipv6
both "$v6" --family=IP6
sel "$all" -f inet
sel "$all" -f bridge
noted bridge -f bridge
for family in inet bridge; do
	# No entry is of neither.
	run "$CONNTRACK" -D --dry-run ! -f $family
	if [ $RC -ne 0 ] && [ ! -s "$TMP/out" ]; then
		ok "! -f $family"
	else
		not_ok "! -f $family" "$(short)"
	fi
done
each_bad -f ipv5 ipv 4 arp ''

# --- ports ---

both "3 5" --sport 1003
both "3 5" --orig-port-src 1003
both "3 5 6" --sport 1003:1004
both "3 5 6" --sport=1003-1004
both "3 5 6 14" --sport 1003,1004,1112
sel "4" -p udp --sport :999
both "10 14 16" --sport 1112:
both "10 14 16" --sport 1112-
both "4" -w 5:
both "8" --icmpv6-type 128:
both "3 5" -s :1003
both "3 5 6" -s :1003-1004
both "3 4 5" -s :1003,:53
sel "1 12 13" -d :80,:53 -p tcp
each_bad -s : :x :1003,10.0.0.1 10.0.0.1,:1003 :1003,1004 :-5 :65536
sel "3 4 5" --sport 1003 --sport 53
both "3 5 6 11" --dport 53
both "1 3 5 6 11 12 13 14 16" --dport 53,80
both "1 3 5 6 10 11 12 13 14 16" --orig-port-dst=2000:3000,53,80-100
both "$(other 7 8 9 15)" --dport 0:65535
both "14 16" --reply-port-src 8080
both "14 16" --reply-port-src 8080,1
both "13" --reply-port-dst 2222
both "3 5 13" --reply-port-dst 1003,2000:2800
sel "3 5 6" -p udp -f ipv4 --dport 53
each_bad --sport 65536 nosuch -1 -5 : - 65536: :65536 5:3 5-3 5:6:7 5x 0x 08 1,,2 1, ' 5' 99999999999999999999999 ''
for opt in --dport --reply-port-src --reply-port-dst; do
	each_bad $opt 65536 80x
done
bad -p icmp --dport 53

# --- states ---

setting=1
both "1 10 12" --state ESTABLISHED
both "1 10 12" --state established
both "2" --state SYN_SENT
both "2 13" --state SYN_SENT,CLOSE
sel "1 10 12 13" --state ESTABLISHED --state CLOSE
sel "1 12" -p tcp --state ESTABLISHED
sel "10" -p sctp --state ESTABLISHED
both "" --state LISTEN
both "" --state HEARTBEAT_SENT
rc "LISTEN: made" 0 "$CONNTRACK" -I -m 99 -s 1.1.1.1 -d 1.1.1.2 -p tcp --sport 1 --dport 2 \
	--state LISTEN -t 3000
sel "99" --state SYN_SENT2
sel "99" --state LISTEN
rc "LISTEN: deleted" 0 "$CONNTRACK" -D --state LISTEN
[ -z "$dccp" ] || both "17" --state OPEN
each_bad --state ESTAB 3 ESTABLISHED, NEW 'ESTABLISHED|CLOSE' ''
bad -p tcp --state HEARTBEAT_SENT
bad -p udp --state ESTABLISHED

both "1 12" -u ASSURED
both "1 4 12 13" --status SEEN_REPLY
both "1 4 12 13" -u '!UNREPLIED'
both "$(other 1 4 12 13)" -u UNREPLIED
both "$(other 1 4 12 13)" -u '!SEEN_REPLY'
both "$(other 1 4 12 13 14)" -u UNSET
both "1 4 12 13 14" -u '!UNSET'
both "14" -u fixed_timeout
both "$all" -u CONFIRMED
both "12 13" -u SRC_NAT
both "14 16" -u DST_NAT
both "2" -u HELPER
both "" -u EXPECTED
both "" -u OFFLOAD
both "" -u HW_OFFLOAD
both "" -u DYING
both "1 12" -u SEEN_REPLY,ASSURED
both "4 13" -u 'SEEN_REPLY,!ASSURED'
both "13" -u 'SEEN_REPLY,!ASSURED,SRC_NAT'
sel "1 4 12 13 14" -u '!UNSET,CONFIRMED'
sel "4 13" -u SEEN_REPLY ! -u ASSURED
sel "14" -u '!UNSET,!SEEN_REPLY'
# Hard to negate: right, or refused.
run "$CONNTRACK" -D --dry-run ! -u '!UNSET,SRC_NAT'
if [ $RC -eq 2 ] || [ "$(marks_in "$TMP/out")" = "$(other 12 13)" ]; then
	ok "! -u !UNSET,SRC_NAT"
else
	not_ok "! -u !UNSET,SRC_NAT" "$(short)"
fi
sel "" -u 'UNSET,SEEN_REPLY'
each_bad -u ASSUREDX ASSURED, '!' ASSURED,NONE '!!ASSURED' 4 NONE ''

# --- marks ---

both "3" -m 3
both "16" --mark 0x10
both "8" -m 010 # octal, as for all who set marks
both "3 5" -m 3,5
sel "3 5 7" -m 3 -m 5,7
both "2 3 6 7 10 11 14 15" -m 2/2
both "1 5 9 13${dccp:+ 17}" -m 1/0x3
both "$all" -m 0/0
both "" -m 7/3
both "" -m 0xffffffff
each_bad -m x 4294967296 1/ /1 1/2/3 -1 1x 1,, 08 1/0x1ffffffff ''

both "13" --tcp-flags 0xff,0x15
both "1 2 12" --tcp-flags sack+liberal,sack+liberal
both "1 2 12 13" --tcp-flags 0,0
both "13" --tcp-flags liberal,0
both "13" --tcp-flags wscale+close,5
each_bad --tcp-flags 1 1,2 x,0 1,2,3 256,0 ,0 1, sack+,0 ''
setting=

both "1 4 12 13" --ctstate ESTABLISHED
both "$(other 1 4 12 13)" --ctstate new
both "12 13" --ctstate SNAT
both "14 16" --ctstate DNAT
both "12 13 14 16" --ctstate SNAT,DNAT
sel "12 13 14 16" --ctstate SNAT --ctstate DNAT
both "" --ctstate RELATED
both "" --ctstate INVALID
both "" --ctstate UNTRACKED
both "14 16" --ctstate INVALID,DNAT
noted INVALID --ctstate INVALID
noted UNTRACKED --ctstate UNTRACKED
each_bad --ctstate EST SNAT, NEW,x ''

# --- labels, zones, ids ---

both "1 3" -l 1
sel "1 3" --labelmap "$TMP/labels" --label one
both "1" -l 1,2
both "1" -l 2,1
both "" -l 1,100
sel "1" -l one,two --labelmap "$TMP/labels"
sel "" -l high --labelmap "$TMP/labels"
sel "1" -l 1 -l 2
sel "3" -l 1 ! -l 2
sel "$(other 1)" ! -l one,two --labelmap "$TMP/labels"
each_bad -l nolabel 128 1, 1,nolabel -1 1x ''
bad -l one --labelmap "$TMP/none"

both "4" -w 5
both "$(other 4 5 6)" --zone 0
both "" -w 3
both "" -w 4
both "$(other 5 6)" -w 0,5
both "$(other 5 6)" -w 0:5
sel "$(other 5 6)" -w 0 -w 5
both "5" --orig-zone 3
both "6" --reply-zone 4
both "" --orig-zone 4
both "" --orig-zone 5
both "$(other 5)" --orig-zone 0
both "$(other 6)" --reply-zone 0
both "$all" --orig-zone 0:3
both "5" --orig-zone 3,9
both "6" --reply-zone 9,4
sel "4 5" ! -w 0 ! --reply-zone 4
for opt in -w --orig-zone --reply-zone; do
	each_bad $opt 65536 x -1 1, 1x ''
done

id3=$(id_of 3)
id9=$(id_of 9)
both "3" -i "$id3"
both "9" --id "$(printf '0x%x' "$id9")"
both "3 9" -i "$id3,$id9"
sel "3 9" -i "$id3" -i "$id9"
both "" --id 0
each_bad --id 4294967296 x -1 1x 1, ''

# --- NAT ---

both "12 13" -n
both "12 13" --src-nat
both "13" -n 203.0.113.1
both "13" --src-nat=203.0.113.1
both "13" -n203.0.113.0/24
both "13" -n 203.0.113.1:2222
both "" -n 203.0.113.1:2223
both "12" -n 2001:db8:9::1
both "12" --src-nat=2001:db8:9::/64
both "12" -n '[2001:db8:9::1]:1111'
both "12 13" -n 203.0.113.1,2001:db8:9::1
sel "12 13" -n 203.0.113.1 -n 2001:db8:9::1
both "" -n 192.168.1.5
both "" -n 10.0.0.9
both "14 16" -g
both "14 16" --dst-nat
both "14" -g 10.0.0.9
both "14" --dst-nat=10.0.0.9:8080
both "" -g 10.0.0.9:80
both "16" -g '[2001:db8:9::2]:8080'
both "16" --dst-nat 2001:db8:9::/48
both "14 16" -g 10.0.0.0/8,2001:db8:9::2
both "12 13 14 16" -j
both "12 13 14 16" --any-nat
both "13 14" -j 203.0.113.1,10.0.0.9
both "16" --any-nat 2001:db8:9::2
both "12 16" --any-nat=2001:db8:9::/64
sel "13" -n -p tcp -f ipv4
for opt in --src-nat --dst-nat --any-nat; do
	each_bad $opt 10.0.0.9/ 10.0.0 10.0.0.9:99999 10.0.0.9,, 10.0.0.9x
	bad $opt=10.0.0.9/
	bad $opt=
done

# --- what single protocols have ---

both "7" --icmp-type 8
both "7 8" --icmp-type echo-request
both "" --icmp-type echo-reply
both "7" --icmp-type 0,8
both "7 8" --icmp-code 0
both "7" --icmp-id 77
both "7 8" --icmp-id 70:80,90
both "8" --icmp-id 78
both "" --icmp-id 79
both "8" --icmpv6-type 128
both "8" --icmpv6-type Echo-Request
both "8" --icmpv6-code 0
both "8" --icmpv6-id 78
both "8" --icmpv6-id 1,78
sel "7" -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77
for proto in icmp icmpv6; do
	each_bad --$proto-type 256 x echo 1, ''
	each_bad --$proto-code 256 x
	each_bad --$proto-id 65536 x
done
bad -p icmp --icmp-type ni-query
bad -p tcp --icmp-type 8
bad -p icmp --icmpv6-type 128

both "9" --srckey 17
both "9" --orig-key-src 0x11
both "9" --dstkey 34
both "9" --orig-key-dst 34,35
both "9" --reply-key-src 34
both "9" --reply-key-dst 17
both "" --srckey 34
both "9" --srckey 16:18
for opt in --srckey --dstkey --reply-key-src --reply-key-dst; do
	each_bad $opt 65536 x ''
done
bad -p tcp --srckey 17

both "10" --orig-vtag 11
both "10" --reply-vtag 22
both "10" --reply-vtag 22,23
both "" --orig-vtag 22
each_bad --orig-vtag 4294967296 x
each_bad --reply-vtag 4294967296 x
both "$dccp" --role client
both "" --role server
each_bad --role both ''

both "2" --helper ftp
both "2" --helper sip,ftp
sel "2" --helper sip --helper ftp
both "" --helper ft
both "" --helper ftpx
each_bad --helper sixteen-letters- ftp, ''

# --- time left, the old security mark ---

both "2" --expires 1:600
both "15" --expires 50k
both "15" --expires 50k:
both "2" --expires :600
both "$all" --expires 0
both "$(other 2 15)" --expires 2k:3500
sel "2 15" ! --expires 1k:4k
each_bad --expires x 5:3 : 1T -1 1.5 1,2 ''
both "" -c 5
both "$all" -c 0
both "" --secmark 5
noted secmark --secmark 5
each_bad --secmark x 4294967296 ''
bad -t 3000
bad --timeout 3000

# --- words that are not there ---

bad nonsense
bad -s 10.0.0.1 nonsense
bad --nonsense
bad -Z
bad !
bad -s 10.0.0.1 !
bad ! ! -s 10.0.0.1
bad ! --quiet

# --- deleting: what others have been seen to ignore ---

# del MARKS OPTIONS...: -D deletes these, shows them, and leaves the others.
del() {
	d_want=$1
	shift
	d_none=1
	[ -z "$d_want" ] || d_none=0
	run "$CONNTRACK" -D "$@"
	d_rc=$RC
	d_shown=$(marks_in "$TMP/out")
	d_said=$(short)
	run "$CONNTRACK" -L
	d_left=$(marks_in "$TMP/out")
	if [ $d_rc -eq $d_none ] && [ "$d_shown" = "$d_want" ] &&
		[ "$d_left" = "$(other $d_want)" ]; then
		ok "-D $*"
	else
		not_ok "-D $*" "expected to go: $d_want" "left: $d_left" "$d_said"
	fi
	[ "$d_left" = "$all" ] || fill
}

del "14" -u FIXED_TIMEOUT
del "" -u EXPECTED
del "" -u OFFLOAD
del "1 12" -u ASSURED
del "2" -u HELPER
del "12 13" -u SRC_NAT
del "$(other 1 12)" -u '!ASSURED'
del "4 13" -u 'SEEN_REPLY,!ASSURED'
del "13" --src-nat=203.0.113.1
del "" --src-nat=203.0.113.2
del "14" --dst-nat=10.0.0.9
del "13" --any-nat=203.0.113.1
del "12" --src-nat 2001:db8:9::1
del "" --src-nat 2001:db8:9::7
del "16" --dst-nat=2001:db8:9::2
del "" -n 203.0.113.1:2223
del "9" -p gre --srckey 17
del "" -p gre --srckey 18
del "9" --dstkey 34
del "1" -l 1,2
del "5" --orig-zone 3
del "6" --reply-zone 4
del "4" -w 5
del "" -w 3
del "$v6" -f ipv6
del "3" -i "$(id_of 3)"
del "" -i 1
del "2" --helper ftp
del "13" --tcp-flags 0xff,0x15
del "10" --orig-vtag 11
del "2" --expires 1:600
del "7" --icmp-id 77
del "14 16" --reply-port-src 8080
del "13" --state CLOSE
del "1 10 12" --state ESTABLISHED
del "$(other 1 2 7 9 10 15)" ! -s 10.0.0.1
del "1 2 7 9 10 15" -q 10.0.0.0/30
del "" --secmark 5
del "" --ctstate INVALID
del "" --bytes 1

# --- updating: by what -D selects by ---

# upd MARK OPTIONS...: -U touches this one alone, which the options select.
upd() {
	u_want=$1
	shift
	run "$CONNTRACK" -U -m 0x80000000/0x80000000 "$@"
	u_said=$(short)
	u_rc=$RC
	run "$CONNTRACK" -L -m 0x80000000/0x80000000
	if [ $u_rc -eq 0 ] && [ "$(marks_in "$TMP/out")" = $((u_want + 0x80000000)) ]; then
		ok "-U $*"
	else
		not_ok "-U $*" "expected: $u_want" "$u_said" "$(short)"
	fi
	"$CONNTRACK" -U -m 0/0x80000000 >/dev/null 2>&1
}

upd 14 -g 10.0.0.9:8080
upd 12 -n 2001:db8:9::/64
upd 4 -w 5
upd 5 --orig-zone 3
upd 6 --reply-zone 4
upd 3 -s 10.0.0.4 -d 10.0.0.2 -p udp --sport 1003 --dport 53 -w 0
upd 1 -l 1,2
upd 9 --srckey 17
upd 2 --helper ftp
upd 15 --expires 50k
upd 5 --any -d 10.0.0.77
run "$CONNTRACK" -L
is "-U: all is as it was" "$all" "$(marks_in "$TMP/out")"

# --- real connections: counters, and what comes from an expectation ---

real=1
"$TOOLS/traffic" udp -P 7001 -p 7100 -n 5 >"$TMP/pids"
"$CONNTRACK" -U -p udp --dport 7100 -m 21 -t 3000 >/dev/null 2>&1
control='-s 127.0.0.1 -d 127.0.0.1 -p tcp --sport 21000 --dport 21'
"$CONNTRACK" -I -m 22 $control --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 3000 --helper ftp \
	2>/dev/null
rc "an expectation" 0 "$CONNTRACK" -I expect $control --tuple-src 127.0.0.1 --tuple-dst 127.0.0.1 \
	--tuple-port-src 0 --tuple-port-dst 4000 --mask-port-src 0 -t 300 --helper ftp
"$TOOLS/traffic" tcp -p 4000 >>"$TMP/pids"
hold $(cat "$TMP/pids")
"$CONNTRACK" -U -p tcp --dport 4000 -m 23 -t 3000 >/dev/null 2>&1
run "$CONNTRACK" -L
is "real connections" "$all 21 22 23" "$(marks_in "$TMP/out")"
all="$all 21 22 23"
both "23" --ctstate RELATED
both "14 16 23" --ctstate RELATED,DNAT
setting=1
both "23" -u EXPECTED
both "4 13 21" -u 'SEEN_REPLY,!ASSURED'
sel "22" -s 127.0.0.1 -u ASSURED ! -u EXPECTED
setting=
both "21 23" --packets 1
both "21" --packets 10:10
both "" --packets 1k
both "$all" --packets 0
both "$all" --packets 0:1k
"$CONNTRACK" -L -m 21 2>/dev/null >"$TMP/udp"
bytes=0
for n in $(grep -o 'bytes=[0-9]*' "$TMP/udp"); do
	bytes=$((bytes + ${n#bytes=}))
done
both "21" --bytes $bytes:$bytes
both "21 23" --bytes 1
both "" --bytes 1G
both "$all" --bytes 0:1M
sel "23" --bytes 1 ! --packets 10:10
for opt in --bytes --packets; do
	each_bad $opt x 5:3 : 1T -1 1.5 1kk k 5,6 99999999999999999999 ''
done
finish
