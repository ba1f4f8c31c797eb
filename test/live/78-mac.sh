#!/bin/sh
# netns: -a -m
# --mac: the flows of a device, by the neighbour table.
. "$(dirname "$0")/../lib.sh"

command -v ip > /dev/null || { skip mac "ip is not installed"; finish; }
count() { "$CONNTRACK" -C "$@"; }

# Two devices in a network, each with an IPv4 and an IPv6 address.
a=02:00:00:00:0a:0a
b=02:00:00:00:0b:0b
mkdir -p /run/netns
ip link add lan type bridge
ip link set lan up
for side in a b; do
	ip netns add $side || { cannot mac "no named network namespaces here"; finish; }
	ip link add port-$side type veth peer name eth0 netns $side
	ip link set port-$side master lan up
	eval "ip -n $side link set eth0 address \$$side up"
	ip -n $side link set lo up
done
ip addr add 10.1.0.1/24 dev lan
ip -6 addr add fd00:1::1/64 dev lan nodad
ip -n a addr add 10.1.0.2/24 dev eth0
ip -n a addr add fd00:1::2/64 dev eth0 nodad
ip -n b addr add 10.1.0.3/24 dev eth0
ip -n b addr add fd00:1::3/64 dev eth0 nodad
ping() { "$TOOLS/traffic" icmp "$@"; }
until_true 10 ip netns exec a "$TOOLS/traffic" icmp -s fd00:1::2 -d fd00:1::1 -P 12
ip netns exec a "$TOOLS/traffic" icmp -s 10.1.0.2 -d 10.1.0.1 -P 11
ip netns exec b "$TOOLS/traffic" icmp -s 10.1.0.3 -d 10.1.0.1 -P 13
ping -s 10.1.0.1 -d 10.1.0.2 -P 14		# to the device
ping -s 127.0.0.1 -d 127.0.0.1 -P 15	# no device's
create() { "$CONNTRACK" -I -p udp -t 600 "$@" 2> /dev/null; }
# to a device by DNAT, from it with SNAT, to an address and from an address that it does not have
create -s 192.0.2.1 -d 203.0.113.1 --sport 1 --dport 2 -g 10.1.0.2
create -s 10.1.0.2 -d 192.0.2.1 --sport 1 --dport 2 -n 203.0.113.1
create -s 192.0.2.1 -d 192.0.2.2 --sport 1 --dport 2
create -s 10.1.0.3 -d 10.1.0.2 --sport 1 --dport 2
# without what the hosts say among themselves, now and again
quiet() {
	"$CONNTRACK" -D -p icmpv6 ! --icmpv6-id 12
	"$CONNTRACK" -D -p 2
	[ "$(count)" -le 9 ]
}
until_true 10 quiet
is "nine flows" 9 "$(count)"

is "--mac: as source, as server, behind NAT, IPv6" 6 "$(count --mac $a)"
is "the other device" 2 "$(count --mac $b)"
is "a list" 7 "$(count --mac $b,$a)"
is "capitals" 2 "$(count --mac 02:00:00:00:0B:0B)"
is "IPv6" 1 "$(count --mac $a -f ipv6)"
is "a device that there is not" 0 "$(count --mac 02:00:00:00:0c:0c)"
echo "$b # a device" > "$TMP/macs"
is "a file" 2 "$(count --mac "@$TMP/macs")"
# --group mac: the source's or else the server's
"$CONNTRACK" -L --group mac -o jsonl > "$TMP/groups" 2> /dev/null
is "--group mac" '"mac":"'$a'","flows":5, "mac":"'$b'","flows":2, ' \
	"$(sed 's/[{}]//g; s/,"packets.*//; s/$/, /' "$TMP/groups" | grep mac | sort | tr -d '\n')"
rc "as text" 0 "$CONNTRACK" -L --group mac,family -f ipv6
out_has "too" "^$a +ipv6 +1 "
# negated: flows of known devices, and of these only
is "negated" 1 "$(count ! --mac $a -p icmp -s 10.1.0.3)"
is "flows of no device match nothing" 0 "$(count ! --mac $a -s 192.0.2.1 -d 192.0.2.2)"
is "negated: either end counts" 0 "$(count ! --mac $a -s 10.1.0.3 -p udp)"
for wrong in 02:00:00:00:0a 02:00:00:00:0a:0a:0a 2:0:0:0:a:a 02-00-00-00-0a-0a 0200.0000.0a0a \
	02:00:00:00:0a:0g "$a,"; do
	rc "not a MAC address: $wrong" 2 "$CONNTRACK" -D --mac "$wrong"
done
err_has "is told" 'empty item'
rc "not of expectations" 2 "$CONNTRACK" -L expect --mac $a
echo "--mac $a" > "$TMP/from"
rc "not in a file of conditions" 2 "$CONNTRACK" -D --from "$TMP/from"
rc "-U --mac" 0 "$CONNTRACK" -U --mac $b -m 7
is "marks two" 2 "$(count -m 7)"

# An address that has moved to another device belongs to that one.
ip neigh replace 10.1.0.2 lladdr $b dev lan
is "an address of another device" 1 "$(count --mac $a)"
is "is that device's" 6 "$(count --mac $b)"
ip neigh del 10.1.0.2 dev lan
is "one that is nobody's" 1 "$(count --mac $a)"
is "matches nothing, negated" 2 "$(count ! --mac $a)"
is "nor does this host" 0 "$(count ! --mac $a -s 127.0.0.1)"
# The same address on two links is ambiguous, unless it is one device.
ip link add lan2 type veth peer name lan3
ip link set lan2 up
ip neigh add 10.1.0.2 lladdr $a dev lan
ip neigh add 10.1.0.2 lladdr $a dev lan2
is "one device on two links" 6 "$(count --mac $a)"
ip neigh replace 10.1.0.2 lladdr 02:00:00:00:0d:0d dev lan2
is "two devices with one address: neither has it" 1 "$(count --mac $a)"
is "nor the other one" 0 "$(count --mac 02:00:00:00:0d:0d)"
ip link del lan2
# -D
before=$(count)
rc "-D --mac" 0 "$CONNTRACK" -D --mac $a
is "deletes its flows" 6 "$((before - $(count)))"
rc "and there are no more" 1 "$CONNTRACK" -D --mac $a

# events go by the table of the second
"$CONNTRACK" -E -e NEW --mac $a > "$TMP/events" 2> /dev/null &
listener=$!
hold $listener
listening $listener
create -s 10.1.0.2 -d 192.0.2.1 --sport 31 --dport 2
create -s 10.1.0.9 -d 192.0.2.1 --sport 32 --dport 2
until_true 10 has_read $listener
ip neigh add 10.1.0.9 lladdr $a dev lan
sleep 1.1
create -s 10.1.0.9 -d 192.0.2.1 --sport 33 --dport 2
until_true 10 has_read $listener
kill -INT $listener
wait $listener
is "-E" "31 33" "$(sed 's/[^=]*src=[^ ]* dst=[^ ]* sport=\([0-9]*\).*/\1/' "$TMP/events" | joined)"

# A table of many neighbours
for i in $(seq 0 255); do
	seq 0 9 | sed "s/.*/neigh add 10.2.$i.& lladdr 02:00:00:01:00:0& dev lan/"
done | ip -batch - 2> /dev/null
n=$(ip neigh show dev lan | grep -c '^10\.2\.')
create -s 10.2.200.7 -d 192.0.2.1 --sport 1 --dport 2
create -s 10.2.201.7 -d 192.0.2.1 --sport 1 --dport 2
create -s 10.2.201.8 -d 192.0.2.1 --sport 1 --dport 2
if [ "$n" = 2560 ]; then
	is "one of 2560 neighbours" 2 "$(count --mac 02:00:00:01:00:07)"
else
	cannot "many neighbours" "the kernel takes $n"
fi
finish
