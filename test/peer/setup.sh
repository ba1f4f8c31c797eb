# Functions for the peer tests, to be sourced with $here set to this folder.
# shellcheck shell=dash disable=SC2154

LM="--labelmap $here/connlabel.conf"

# begin NAME: T is the folder for a test's files. Without a peer the script ends, and has left NAME out.
begin() {
	T=$TMP/peer
	mkdir "$T"
	[ -n "${PEER:-}" ] && return
	skip "$1" "no peer to compare with"
	finish
}

# each FUNCTION: for each line of stdin but comments and empty ones, FUNCTION LINE WORD...; the words
# are what a shell makes of the line, without globbing.
each() {
	while IFS= read -r each_line; do
		case $each_line in
		'' | '#'*) continue ;;
		esac
		set -f -- "$1"
		eval "set -- \"\$1\" \"\$each_line\" $each_line"
		set +f
		"$@" </dev/null
		set -- "$1"
	done
}

# rich_table CONNTRACK: fill the current namespace's table with at least one entry of everything
# that a list can show. CONNTRACK is a conntrack(8), the incumbent will do. Timeouts are a little
# under a multiple of 100, and long.
rich_table() {
	rich_load=$(mktemp) || return 1
	cat >"$rich_load" <<-'END'
		-I -s 192.0.2.1 -d 198.51.100.1 -p tcp --sport 1 --dport 80 --state NONE -t 100000
		-I -s 192.0.2.1 -d 198.51.100.2 -p tcp --sport 40000 --dport 443 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 432000 -m 7
		-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 2 --dport 80 --state SYN_SENT -t 100000
		-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 3 --dport 80 --state SYN_RECV -t 100000 -u SEEN_REPLY
		-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 4 --dport 80 --state FIN_WAIT -t 100000 -u SEEN_REPLY,ASSURED
		-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 5 --dport 80 --state CLOSE_WAIT -t 100000 -u SEEN_REPLY,ASSURED
		-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 6 --dport 80 --state LAST_ACK -t 100000 -u SEEN_REPLY,ASSURED
		-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 7 --dport 80 --state TIME_WAIT -t 100000 -u SEEN_REPLY,ASSURED
		-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 8 --dport 80 --state CLOSE -t 100000 -u SEEN_REPLY
		-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 9 --dport 80 --state LISTEN -t 100000
		-I -s 192.0.2.1 -d 198.51.100.3 -p tcp --sport 10 --dport 80 --state ESTABLISHED -t 100000 -u SEEN_REPLY,ASSURED,FIXED_TIMEOUT
		-I -s 192.0.2.2 -d 198.51.100.3 -p udp --sport 5353 --dport 53 -t 100000
		-I -s 192.0.2.2 -d 198.51.100.3 -p udp --sport 5354 --dport 53 -t 100000 -u SEEN_REPLY
		-I -s 192.0.2.2 -d 198.51.100.3 -p udp --sport 5355 --dport 53 -t 100000 -u SEEN_REPLY,ASSURED -m 0xffffffff
		-I -s 192.0.2.2 -d 198.51.100.3 -p udp --sport 0 --dport 65535 -t 8000000
		-I -s 0.0.0.0 -d 255.255.255.255 -p udp --sport 68 --dport 67 -t 100000
		-I -s 192.0.2.1 -d 198.51.100.4 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 100000
		-I -s 192.0.2.1 -d 198.51.100.4 -p icmp --icmp-type 13 --icmp-code 0 --icmp-id 65535 -t 100000 -u SEEN_REPLY
		-I -s 192.0.2.1 -d 198.51.100.4 -p icmp --icmp-type 17 --icmp-code 0 --icmp-id 0 -t 100000
		-I -s 2001:db8::1 -d 2001:db8::2 -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 78 -t 100000 -u SEEN_REPLY
		-I -s 2001:db8::1 -d 2001:db8::2 -p icmpv6 --icmpv6-type 129 --icmpv6-code 0 --icmpv6-id 79 -t 100000
		-I -s 2001:db8::1 -d 2001:db8::2 -p icmpv6 --icmpv6-type 139 --icmpv6-code 0 --icmpv6-id 80 -t 100000
		-I -s 192.0.2.1 -d 198.51.100.5 -p gre --srckey 0x11 --dstkey 0x22 -t 100000
		-I -s 192.0.2.1 -d 198.51.100.5 -p gre --srckey 0 --dstkey 0xffff -t 100000 -u SEEN_REPLY
		-I -s 192.0.2.1 -d 198.51.100.6 -p sctp --sport 2905 --dport 2906 --state ESTABLISHED --orig-vtag 11 --reply-vtag 22 -t 100000 -u SEEN_REPLY
		-I -s 192.0.2.1 -d 198.51.100.6 -p sctp --sport 2907 --dport 2908 --state COOKIE_WAIT --orig-vtag 4294967295 --reply-vtag 0 -t 100000
		-I -s 192.0.2.1 -d 198.51.100.6 -p sctp --sport 2909 --dport 2910 --state SHUTDOWN_SENT --orig-vtag 1 --reply-vtag 2 -t 100000
		-I -s 192.0.2.1 -d 198.51.100.8 -p udplite --sport 2905 --dport 2906 -t 100000
		-I -s 192.0.2.1 -d 224.0.0.22 -p igmp -t 100000
		-I -s 192.0.2.1 -d 224.0.0.5 -p 89 -t 100000 -u SEEN_REPLY
		-I -s 192.0.2.1 -d 198.51.100.9 -p 253 -t 100000 -m 7
		-I -s 2001:db8::1 -d 2001:db8::9 -p 253 -t 100000
		-I -s 192.168.1.5 -d 198.51.100.13 -p tcp --sport 1111 --dport 80 --src-nat 203.0.113.1 --state ESTABLISHED -t 100000 -u SEEN_REPLY,ASSURED
		-I -s 192.168.1.5 -d 198.51.100.13 -p tcp --sport 1112 --dport 80 --src-nat 203.0.113.1:2222 --state ESTABLISHED -t 100000 -u SEEN_REPLY,ASSURED
		-I -s 192.168.1.5 -d 203.0.113.9 -p udp --sport 1111 --dport 80 --dst-nat 10.0.0.9 -t 100000
		-I -s 192.168.1.5 -d 203.0.113.9 -p udp --sport 1112 --dport 80 --dst-nat 10.0.0.9:8080 -t 100000
		-I -s 192.168.1.5 -d 203.0.113.9 -p udp --sport 1113 --dport 80 --src-nat 203.0.113.1:33 --dst-nat 10.0.0.9:44 -t 100000
		-I -s 192.168.1.5 -d 203.0.113.9 -p udp --sport 1114 --dport 80 --src-nat 203.0.113.1 --dst-nat 10.0.0.9 -t 100000
		-I -s 192.168.1.5 -d 198.51.100.13 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 7 --src-nat 203.0.113.1 -t 100000
		-I -s 2001:db8:1::5 -d 2001:db8:2::9 -p tcp --sport 1111 --dport 80 --src-nat 2001:db8:9::1 --state ESTABLISHED -t 100000 -u SEEN_REPLY,ASSURED
		-I -s 2001:db8:1::5 -d 2001:db8:2::9 -p udp --sport 1111 --dport 80 --dst-nat [2001:db8:9::2]:8080 -t 100000
		-I -s 192.0.2.3 -d 198.51.100.10 -p tcp --sport 1 --dport 2 --state TIME_WAIT -t 100000 -u SEEN_REPLY,ASSURED --zone 9
		-I -s 192.0.2.3 -d 198.51.100.10 -p udp --sport 1 --dport 2 -t 100000 --zone 65535 -m 7
		-I -s 192.0.2.3 -d 198.51.100.11 -p tcp --sport 1 --dport 2 --state ESTABLISHED -t 100000 -u SEEN_REPLY --orig-zone 3
		-I -s 192.0.2.3 -d 198.51.100.12 -p tcp --sport 1 --dport 2 --state CLOSE -t 100000 -u SEEN_REPLY --reply-zone 4
		-I -s 2001:db8::1 -d 2001:db8::5 -p udp --sport 1 --dport 2 -t 100000 --zone 9
		-I -s 192.0.2.4 -d 198.51.100.14 -p udp --sport 5 --dport 6 -t 100000
		-I -s 192.0.2.4 -d 198.51.100.15 -p udp --sport 5 --dport 6 -t 100000
		-I -s 2001:db8::4 -d 2001:db8::6 -p udp --sport 5 --dport 6 -t 100000
	END
	if [ -e /proc/sys/net/netfilter/nf_conntrack_dccp_timeout_open ]; then	# up to Linux 6.16
		echo "-I -s 192.0.2.1 -d 198.51.100.8 -p dccp --sport 2905 --dport 2906" \
			"--state OPEN --role client -t 100000" >>"$rich_load"
	fi
	# An IPv6 address of every shape.
	port=0
	for addr in :: ::1 ::2:0 ::ffff:1.2.3.4 ::ffff:0:1.2.3.4 ::1.2.3.4 ::0.1.0.0 ::ffff 1:: \
		1:2:: 1:2:3:4:5:6:7:0 0:2:3:4:5:6:7:8 1:0:3:4:5:6:7:8 1:0:0:4:5:6:7:8 \
		1:0:0:4:0:0:7:8 1:0:0:4:0:0:0:8 1:0:0:0:5:0:0:8 0:0:3:4:5:6:0:0 0:0:0:4:5:0:0:0 \
		1:0:3:0:5:0:7:0 0:2:0:4:0:6:0:8 fe80::1234:5678:9abc:def0 64:ff9b::192.0.2.1 \
		ff02::1:ff00:1 abcd:ef01:2345:6789:abcd:ef01:2345:6789 \
		0001:0020:0300:4000:5:06:007:8 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
		2001:db8:0:1:1:1:1:1 1:2:3:4:5:6:0:0 0:0:3:4:5:6:7:8; do
		port=$((port + 1))
		echo "-I -s $addr -d 2001:db8::ffff -p udp --sport $port --dport 9 -t 100000" \
			>>"$rich_load"
	done
	"$1" -R "$rich_load" >/dev/null || return 1
	rm -f "$rich_load"
	# One label at a time: a list of labels is not what every release reads.
	rich_label "$1" 192.0.2.4 198.51.100.14 web "$LM"
	for label in web voip with-dash last; do
		rich_label "$1" 192.0.2.4 198.51.100.15 $label "$LM"
	done
	rich_label "$1" 2001:db8::4 2001:db8::6 last "$LM"
}

# rich_label CONNTRACK SRC DST LABEL LABELMAP-OPTION
rich_label() {
	"$1" -U -s $2 -d $3 -p udp --label-add $4 $5 >/dev/null 2>&1
}

# some_packet: one UDP packet over lo, for counters that are not 0. Without bash there is none.
some_packet() {
	bash -c 'echo x >/dev/udp/127.0.0.1/9; echo x >/dev/udp/::1/9' >/dev/null 2>&1
}

# Make equal what changes by itself: seconds round up to the next hundred (a test is shorter than
# that), use counts, ages and the name of the program vanish.
norm() {
	awk '
	function up(t) { return int((t + 99) / 100) * 100 }
	# Round the number that ends "post" characters before the end of what matches re.
	function round(re, post,   s) {
		if (!match($0, re))
			return 0
		s = substr($0, RSTART, RLENGTH - post)
		sub(/^.*[^0-9]/, "", s)
		$0 = substr($0, 1, RSTART + RLENGTH - 1 - post - length(s)) up(s) \
			substr($0, RSTART + RLENGTH - post)
		return 1
	}
	{
		if (!round("^(ipv[46] +[0-9]+ )?[a-z0-9-]+ +[0-9]+ [0-9]+ ", 1) &&
		    !round("^[0-9]+ proto=", 7) && !round("<timeout>[0-9]+<", 1))
			round("^-[AUDI] -t [0-9]+ ", 1)
		sub(/ use=[0-9]+/, " use=U")
		sub(/<use>[0-9]+</, "<use>U<")
		sub(/ delta-time=[0-9]+/, " delta-time=D")
		sub(/<deltatime>[0-9]+</, "<deltatime>D<")
		sub(/^conntrack v[0-9.]+[^ ]* \([^)]*\): /, "")
		print
	}' "$@"
}

# clean [FILE...]: norm, and ids, which are new in every table.
clean() {
	norm "$@" | sed -E 's/ use=U id=[0-9]+/ use=U id=I/
		s,<id>[0-9]+</id>(<unreplied|<assured|<delta|</meta),<id>I</id>\1,'
}
