# netns: -a -t -l
# The command lines of programs that call conntrack: the peer runs each on a known table, then ours
# does, on the same one. The exit code, stdout, stderr, both of them in one pipe, and the table
# afterwards must be the same. Only the version differs, and what ours adds to a refusal, in brackets.
. "${0%/*}/../lib.sh"

here=${0%/*}
. "$here/setup.sh"
T=$TMP/peer
mkdir "$T"

if [ -z "${PEER:-}" ]; then
	skip "callers" "no peer to compare with"
	finish
	exit
fi

cat >"$T/load" <<'END'
-I -s 10.0.0.1 -d 10.96.0.10 -p udp --sport 1 --dport 53 -t 3000 -g 10.244.1.2:53
-I -s 10.0.0.2 -d 10.96.0.10 -p udp --sport 2 --dport 53 -t 3000 -g 10.244.1.3:53 -m 0x30
-I -s 10.0.0.3 -d 192.0.2.9 -p tcp --sport 3 --dport 30053 -t 3000 --state ESTABLISHED -u SEEN_REPLY,ASSURED -m 7
-I -s 10.0.0.4 -d 192.0.2.9 -p udp --sport 4 --dport 30053 -t 3000 -g 10.244.1.2:53
-I -s 10.0.0.5 -d 192.0.2.9 -p tcp --sport 5 --dport 80 -t 3000 --state SYN_SENT -n 203.0.113.1
-I -s 10.0.0.6 -d 192.0.2.9 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 3000
-I -s fd00::1 -d fd00::2 -p udp --sport 5 --dport 53 -t 3000
-I -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 6 --dport 80 -t 3000 --state ESTABLISHED -w 5
-I -s 10.0.0.7 -d 10.0.0.2 -p udp --sport 7 --dport 80 -t 3000 --orig-zone 3
-I -s 10.0.0.8 -d 10.0.0.2 -p sctp --sport 8 --dport 80 -t 3000 --state ESTABLISHED --orig-vtag 11 --reply-vtag 22
END

fill() {
	"$PEER" -F >/dev/null 2>&1
	"$PEER" -R "$T/load" >/dev/null 2>"$T/err" || not_ok "fill" "$(cat "$T/err")"
}

# Ids are new in every table.
clean() {
	sed -E 's/^conntrack v[0-9]+\.[0-9]+\.[0-9]+ \(conntrack-tools\): /SUMMARY /
		/^SUMMARY Operation failed: /s/ \(cannot [^)]*\)$//' "$1" | norm |
		sed -E 's/ use=U id=[0-9]+/ use=U id=I/; s,<id>[0-9]+</id>(<unreplied|<assured|<delta|</meta),<id>I</id>\1,'
}

# ran PROGRAM NAME ARGS...: all that can be seen of it goes to $T/NAME.
ran() {
	program=$1
	to=$T/$2
	shift 2
	fill
	run timeout 20 "$program" "$@"
	{
		echo "exit code $RC"
		clean "$TMP/out" | sed 's/^/stdout: /'
		clean "$TMP/err" | sed 's/^/stderr: /'
		"$PEER" -L -o extended 2>/dev/null | clean - | sed 's/^/left: /'
		fill
		timeout 20 "$program" "$@" 2>&1 | cat >"$TMP/out"
		clean "$TMP/out" | sed 's/^/both: /'
	} >"$to"
}

while read -r args; do
	case $args in
	'' | '#'*) continue ;;
	esac
	ran "$PEER" theirs $args
	ran "$CONNTRACK" ours $args
	no_diff "$args" "$T/theirs" "$T/ours"
done <<'END'
# the kernel's own tests
-G -p tcp -s 10.0.0.3 -d 192.0.2.9 --sport 3 --dport 30053 --state ESTABLISHED
-G -p sctp -s 10.0.0.8 -d 10.0.0.2 --sport 8 --dport 80 --state ESTABLISHED
-G -p sctp -s 10.0.0.8 -d 10.0.0.2 --sport 8 --dport 80
-L -p tcp -f ipv4 --dport 30053
-L -f ipv6 -p udp --dport 53
-L -p udp --orig-zone 3
-L -p udp --orig-zone 0
-L -p tcp --reply-zone 0
-D --orig-zone 3
-L -w 5
-L -p tcp --state ESTABLISHED
-C
-F
# kube-proxy
-D --orig-dst 10.96.0.10 -p udp
-D --orig-dst 10.96.0.10 --dst-nat 10.244.1.2 -p udp
-D --orig-dst 10.96.0.11 --dst-nat 10.244.1.2 -p udp
-D -p udp --dport 30053
-D -p udp --dport 30053 --dst-nat 10.244.1.2
-D --orig-dst fd00::2 -p udp -f ipv6
# Calico
--family ipv4 --delete --orig-src 10.0.0.1
--family ipv4 --delete --orig-dst 192.0.2.9
--family ipv4 --delete --reply-src 10.0.0.77
--family ipv4 --delete --reply-dst 203.0.113.1
--family ipv6 --delete --orig-src fd00::1
# kube-router
-D --orig-dst 10.96.0.10 -p udp --dport 53
# neutron
-D -f ipv4 -p tcp -d 10.0.0.2 -s 10.0.0.1 -w 5
-D -f ipv4 -p tcp -d 10.0.0.2 -s 10.0.0.1 -w 6
-D -f ipv4 -s 10.0.0.1 -w 5
-D -p icmp -f ipv4 -s 10.0.0.6
-D -f ipv4 --dst-nat 10.244.1.2
# Shorewall, fail2ban, mwan3 and scripts of many
-D -s 10.0.0.3
-D -s 10.9.9.9
-D -d 10.96.0.10
-D -m 0x30/0xf0
-D -p tcp --state SYN_SENT
-D -p icmp
-L -n
-L -g
-L -j
-L -s 0/0
-L -d 0/0 -p tcp
-D -s 0/0
-L -c 0
-D -n
-F conntrack
# vyatta and VyOS: the XML of what goes is put into a document of the caller's
-D -p tcp -s 10.0.0.3 -o xml
-D -s 10.0.0.3 -d 192.0.2.9 -p tcp --sport 3 --dport 30053 -o xml
-D -s 10.9.9.9 -o xml
-U -p tcp -s 10.0.0.3 -m 9 -o xml
-L -p tcp -f ipv4 -o xml
--dump --family ipv4 -p tcp --output xml
-L -p tcp -o xml,id
# Firewalla and OpenWrt clear marks
-U -m 0
-U -p tcp -d 192.0.2.9 -m 7
-U -s 10.0.0.3 -m 7
-U -p udp -d 10.96.0.10 -m 0x10
-U -d 10.96.0.10 -m 0x30
# ovn-kubernetes and exporters
-L
-L -o id
-L -o extended
-L -o extended,id
-L -p 17 --dport 53
# refusals
-I -s 10.0.0.3 -d 192.0.2.9 -p tcp --sport 3 --dport 30053 -t 3000 --state ESTABLISHED
-G -s 10.0.0.3 -d 192.0.2.9 -p udp --sport 3 --dport 30053
-I -s 10.0.0.9 -d 192.0.2.9 -p udp --sport 3 --dport 30053 -t 3000
-A -s 10.0.0.9 -d 192.0.2.9 -p udp --sport 3 --dport 30053 -t 3000
-A -s 10.0.0.3 -d 192.0.2.9 -p tcp --sport 3 --dport 30053 -t 3000 --state ESTABLISHED
END

finish
