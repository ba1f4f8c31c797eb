#!/bin/sh
# netns: -a -m
# A router between two networks, with NAT both ways: --netns, --in and --out.
. "$(dirname "$0")/../lib.sh"

for tool in ip nft; do
	command -v $tool > /dev/null || { skip router "$tool is not installed"; finish; }
done

lan() { ip netns exec lan "$@"; }
wan() { ip netns exec wan "$@"; }
count() { "$CONNTRACK" -C "$@"; }

mkdir -p /run/netns
for side in lan wan; do
	ip netns add $side || { cannot router "no named network namespaces here"; finish; }
	ip link add ${side}0 type veth peer name eth0 netns $side
	ip link set ${side}0 up
	ip -n $side link set lo up
	ip -n $side link set eth0 up
done
ip addr add 10.1.0.1/24 dev lan0
ip addr add 203.0.113.1/24 dev wan0
ip -6 addr add fd00:1::1/64 dev lan0 nodad
ip -6 addr add 2001:db8:2::1/64 dev wan0 nodad
for n in 2 3; do ip -n lan addr add 10.1.0.$n/24 dev eth0; done
ip -n lan addr add fd00:1::2/64 dev eth0 nodad
ip -n lan route add default via 10.1.0.1
ip -n lan -6 route add default via fd00:1::1
ip -n wan addr add 203.0.113.2/24 dev eth0
ip -n wan addr add 2001:db8:2::2/64 dev eth0 nodad
ip -n wan -6 route add fd00:1::/64 via 2001:db8:2::1
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
nft -f - << 'RULES'
table ip nat {
	chain post { type nat hook postrouting priority 100; oifname "wan0" snat to 203.0.113.1; }
	chain pre { type nat hook prerouting priority -100; iifname "wan0" ip daddr 203.0.113.1 dnat to 10.1.0.2; }
}
RULES

lan "$TOOLS/traffic" icmp -s 10.1.0.2 -d 203.0.113.2 -P 11	# SNAT
lan "$TOOLS/traffic" icmp -s fd00:1::2 -d 2001:db8:2::2 -P 12
wan "$TOOLS/traffic" icmp -s 203.0.113.2 -d 203.0.113.1 -P 13	# DNAT
lan "$TOOLS/traffic" icmp -s 10.1.0.2 -d 10.1.0.1 -P 14		# to the router
"$TOOLS/traffic" icmp -s 10.1.0.1 -d 10.1.0.3 -P 15		# from the router
"$TOOLS/traffic" icmp -s 127.0.0.1 -d 127.0.0.1 -P 16
# a flow whose addresses no route leads to
"$CONNTRACK" -I -s 192.0.2.1 -d 192.0.2.2 -p udp --sport 1 --dport 2 -t 600 2> /dev/null
is "seven flows" 7 "$(count)"

is "--in lan0: three came in there" 3 "$(count --in lan0)"
is "--in wan0: the one from outside" 1 "$(count --in wan0)"
is "--in lo: two began here" 2 "$(count --in lo)"
is "--out wan0: two left there" 2 "$(count --out wan0)"
is "--out lan0: two, one of them by DNAT" 2 "$(count --out lan0)"
is "--out lo: two ended here" 2 "$(count --out lo)"
is "both" 2 "$(count --in lan0 --out wan0)"
is "IPv6" 1 "$(count --in lan0 -f ipv6)"
is "a list" 4 "$(count --in lan0,wan0)"
is "a wildcard" 3 "$(count --in lan+)"
is "+ alone: whatever has a route" 6 "$(count --in +)"
is "negated: what has none, too" 4 "$(count ! --in lan0)"
is "the wildcard negated" 1 "$(count ! --in +)"
rc "-i and -o with interfaces" 0 "$CONNTRACK" -L -i lan0 -o wan0
is "-i and -o with interfaces: two" 2 "$(lines "$TMP/out")"
rc "a list with an id is a list with an id" 0 "$CONNTRACK" -L -i 4711 -o id
rc "a misspelt interface" 2 "$CONNTRACK" -D ! --in lan9
err_has "is told" 'there is no interface lan9'
is "and nothing is deleted" 7 "$(count)"
rc "-o with a word that is nothing" 2 "$CONNTRACK" -L -o lan9
err_has "names both readings" 'neither a format .* nor an interface lan9'
rc "-i with a word that is nothing" 2 "$CONNTRACK" -L -i lan9
err_has "tells that there is none" 'there is no interface lan9'
rc "a name that is too long" 2 "$CONNTRACK" -L --in abcdefghijklmnopq
rc "no interfaces on expectations" 2 "$CONNTRACK" -L expect --in lan0
rc "-U --in" 0 "$CONNTRACK" -U --in wan0 -m 9
is "marks the one" 1 "$(count -m 9)"
rc "-D --in --out" 0 "$CONNTRACK" -D --in lan0 --out lo
is "deletes the one" 6 "$(count)"

# policy routing: a rule decides where an address is
ip route add 192.0.2.0/24 dev wan0 table 77
is "no route yet" 0 "$(count --in wan0 -s 192.0.2.1)"
ip rule add to 192.0.2.1 lookup 77
is "policy routing" 1 "$(count --in wan0 -s 192.0.2.1)"
ip rule del to 192.0.2.1 lookup 77
ip route add blackhole 192.0.2.0/24
is "a black hole is no interface" 0 "$(count --in + -s 192.0.2.1)"
ip route replace unreachable 192.0.2.0/24
is "nor is the unreachable" 0 "$(count --in + -s 192.0.2.1)"
ip route del unreachable 192.0.2.0/24

# events
"$CONNTRACK" -E -e NEW -i lan0 > "$TMP/events" 2> /dev/null &
hold $!
listener=$!
listening $listener
lan "$TOOLS/traffic" icmp -s 10.1.0.3 -d 203.0.113.2 -P 21
wan "$TOOLS/traffic" icmp -s 203.0.113.2 -d 203.0.113.1 -P 22
lan "$TOOLS/traffic" icmp -s 10.1.0.3 -d 203.0.113.2 -P 23
until_true 10 has_read $listener
kill -INT $listener
wait $listener 2> /dev/null
ids=$(grep -o 'id=2[0-9]' "$TMP/events" | cut -d= -f2 | sort -u | joined)
is "-E --in: two of three" "21 23" "$ids"

# --netns, from elsewhere
ip netns add far
far() { ip netns exec far "$CONNTRACK" "$@"; }
sleep 300 &
hold $!
is "--netns by pid" "$(count)" "$(far -C -n $!)"
is "by path" "$(count)" "$(far -C --netns /proc/$!/ns/net)"
lan "$CONNTRACK" -I -s 9.9.9.9 -d 9.9.9.8 -p udp --sport 1 --dport 2 -t 600 2> /dev/null
is "by name" 1 "$("$CONNTRACK" -C -n lan -s 9.9.9.9)"
run "$CONNTRACK" -L -n lan -o jsonl
out_has "JSON tells it" '"netns":"lan"'
is "an interface over there" 1 "$("$CONNTRACK" -C -n lan -i eth0 -s 9.9.9.9)"
rc "one that is not over there" 2 "$CONNTRACK" -C -n lan -i lan0
# over_there PID: it follows events in the namespace lan, where its socket is
over_there() {
	catches "$1" && lan awk -v p="$1" '$2 == 12 && $3 == p && $4 != "00000000" {found = 1}
		END {exit !found}' /proc/net/netlink
}
"$CONNTRACK" -E -n lan --limit 1 > "$TMP/far" 2> "$TMP/err" &
listener=$!
hold $listener
until_true 10 over_there $listener
lan "$CONNTRACK" -I -s 9.9.9.7 -d 9.9.9.8 -p udp --sport 1 --dport 2 -t 600 2> /dev/null
until_true 10 ended $listener || kill -9 $listener
wait $listener
is "events over there" 0 $?
is "are seen" 1 "$(grep -c 'src=9.9.9.7 ' "$TMP/far")"
here() { # the marks and ids of this table
	"$CONNTRACK" -L -o id 2> /dev/null | grep -o ' mark=.*id=.*' | sed 's/ use=[0-9]*//' | sort
}
here > "$TMP/before"
for command in "-S" "-F" "-G -s 1.1.1.1 -d 2.2.2.2 -p udp --sport 1 --dport 2 --none-ok" \
	"-U -m 1 --none-ok" "-D --none-ok" "-R /dev/null"; do
	rc "$command --netns" 0 "$CONNTRACK" $command -n lan
done
is "that table is empty" 0 "$("$CONNTRACK" -C -n lan)"
here > "$TMP/after"
no_diff "and this table is what it was" "$TMP/before" "$TMP/after"
rc "no such name" 2 "$CONNTRACK" -L -n nosuch
err_has "is told" 'nosuch: there is no such name under /run/netns'
rc "no such process" 2 "$CONNTRACK" -L -n 4194305
rc "no such path" 2 "$CONNTRACK" -L --netns /nosuch/file
rc "not a namespace" 2 "$CONNTRACK" -L -n /etc/passwd
err_has "is told" 'not a network namespace'
rc "another kind of namespace" 2 "$CONNTRACK" -L -n /proc/self/ns/uts
echo '-F -n lan' > "$TMP/load"
rc "--netns on a line of a load file" 2 "$CONNTRACK" -R "$TMP/load"
rc "-n with neither" 2 "$CONNTRACK" -L -n 10.0.0.0/33
err_has "names both" 'neither --src-nat nor --netns'
is "-n with an address is NAT" 3 "$(count -n 203.0.113.1)"
is "-n alone is NAT" 3 "$(count -n)"

# Two pings with one id, of which NAT gives the second another: each keeps its own when they are
# saved, deleted and loaded.
nft -f - << 'RULES'
table ip6 nat {
	chain post { type nat hook postrouting priority 100; oifname "wan0" snat to 2001:db8:2::1; }
}
RULES
ip -n lan addr add fd00:1::3/64 dev eth0 nodad
pings() {
	for n in 2 3; do
		lan "$TOOLS/traffic" icmp -s 10.1.0.$n -d 203.0.113.2 -P 31
		lan "$TOOLS/traffic" icmp -s fd00:1::$n -d 2001:db8:2::2 -P 31
	done
}
ids() { # source, id and the reply's id of each
	"$CONNTRACK" -L -o jsonl 2> /dev/null |
		sed -E 's/.*"orig":\{"src":"([^"]*)".*"id":([0-9]+),.*"reply":.*"id":([0-9]+),"p.*/\1 \2 \3/' | sort
}
fresh
pings
ids > "$TMP/before"
is "pings of one id" 4 "$(grep -c ' 31 ' "$TMP/before")"
is "of which NAT gives two another" 2 "$(grep -c ' 31 31$' "$TMP/before")"
"$CONNTRACK" -L -o save > "$TMP/saved" 2> /dev/null
rc "saved over itself" 0 "$CONNTRACK" -R "$TMP/saved"
"$CONNTRACK" -D -p icmp -o save > "$TMP/deleted" 2> /dev/null
rc "what was deleted" 1 "$CONNTRACK" -D -p icmp
"$CONNTRACK" -F 2> /dev/null
rc "loads" 0 "$CONNTRACK" -R "$TMP/saved"
ids > "$TMP/after"
no_diff "with the ids that they had" "$TMP/before" "$TMP/after"
pings
ids > "$TMP/after"
no_diff "and goes on" "$TMP/before" "$TMP/after"
"$CONNTRACK" -F 2> /dev/null
sort -r "$TMP/saved" > "$TMP/load"
rc "in another order, too" 0 "$CONNTRACK" -R "$TMP/load"
ids > "$TMP/after"
no_diff "each its own" "$TMP/before" "$TMP/after"
rc "deletions that were saved" 0 "$CONNTRACK" -R "$TMP/deleted"
is "delete again" 2 "$(count)"

# an interface that goes away
ip link del wan0
rc "an interface that is gone" 2 "$CONNTRACK" -C --out wan0
is "its flows have no route any more" 0 "$(count --out + -d 203.0.113.2)"
finish
