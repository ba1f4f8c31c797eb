#!/bin/sh
# netns: -a -m
# --nat-gone: flows that NAT still sends from an address that this router has lost.
. "$(dirname "$0")/../lib.sh"

for tool in ip nft; do
	command -v $tool > /dev/null || { skip nat-gone "$tool is not installed"; finish; }
done
count() { "$CONNTRACK" -C "$@"; }

mkdir -p /run/netns
for side in lan wan; do
	ip netns add $side || { cannot nat-gone "no named network namespaces here"; finish; }
	ip link add ${side}0 type veth peer name eth0 netns $side
	ip link set ${side}0 up
	ip -n $side link set lo up
	ip -n $side link set eth0 up
done
ip addr add 10.1.0.1/24 dev lan0
ip -6 addr add fd00:1::1/64 dev lan0 nodad
ip -n lan addr add 10.1.0.2/24 dev eth0
ip -n lan addr add fd00:1::2/64 dev eth0 nodad
ip -n lan route add default via 10.1.0.1
ip -n lan -6 route add default via fd00:1::1
ip -n wan addr add 203.0.113.2/24 dev eth0
ip -n wan addr add 2001:db8:2::2/64 dev eth0 nodad
ip -n wan route add default dev lo # what goes to an address that was taken back is lost
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
# An unnumbered line: the address is on lo, and the kernel does not end masqueraded flows with it.
ip route add 203.0.113.0/24 dev wan0
ip -6 route add 2001:db8:2::/64 dev wan0
nft -f - << 'RULES'
table inet nat {
	chain post { type nat hook postrouting priority 100; oifname "wan0" masquerade; }
}
RULES

# address OLD NEW: the provider takes one address back and gives another.
address() {
	[ -z "$1" ] || ip addr del $1/32 dev lo
	[ -z "$1" ] || ip -n wan route del $1
	[ -z "$2" ] || ip addr add $2/32 dev lo
	[ -z "$2" ] || ip -n wan route replace $2 dev eth0
}
ask() { ip netns exec lan "$TOOLS/traffic" udp-ask -s 10.1.0.2 -d 203.0.113.2 -P 5060 -p 5060; }
ip netns exec wan "$TOOLS/traffic" udp-server -d 203.0.113.2 -p 5060 &
hold $!
address "" 198.51.100.1
until_true 10 ask
rc "a flow through masquerading" 0 ask
is "is sent from the router's address" 1 "$(count -n 198.51.100.1)"
is "which it has" 0 "$(count --nat-gone)"
rc "-D: there is nothing to do" 1 "$CONNTRACK" -D --nat-gone

address 198.51.100.1 198.51.100.77
rc "after a change of the address it is dead" 1 ask
is "as it sticks to the old one" 1 "$(count --nat-gone -n 198.51.100.1)"
# flows with which nothing is wrong
create() { "$CONNTRACK" -I -p udp -t 600 "$@" 2> /dev/null; }
create -s 10.1.0.3 -d 203.0.113.2 --sport 1 --dport 2 -n 198.51.100.77
create -s 10.1.0.4 -d 203.0.113.2 --sport 1 --dport 2
create -s 10.1.0.5 -d 203.0.113.2 --sport 1 --dport 2 -n 10.1.0.5:77
create -s 203.0.113.2 -d 198.51.100.77 --sport 1 --dport 2 -g 10.1.0.6
create -s 10.1.0.7 -d 203.0.113.2 --sport 1 --dport 2 -n 192.0.2.129:77
create -s fd00:1::7 -d 2001:db8:2::2 --sport 1 --dport 2 -n 2001:db8:77::1
create -s fd00:1::8 -d 2001:db8:2::2 --sport 1 --dport 2 -n fd00:1::1
is "so many" 8 "$(count)"
sources() { "$CONNTRACK" "$@" 2> /dev/null | sed 's/[^=]*src=\([^ ]*\).*/\1/' | sort | joined; }
is "--nat-gone" "10.1.0.2 10.1.0.7 fd00:1::7" "$(sources -L --nat-gone)"
is "--keep: a pool" "10.1.0.2 fd00:1::7" "$(sources -L --nat-gone --keep 192.0.2.128/25)"
is "--keep: a list" "10.1.0.2" "$(sources -L --nat-gone --keep 192.0.2.129,2001:db8:77::/48)"
is "another pool" "10.1.0.2 10.1.0.7 fd00:1::7" "$(sources -L --nat-gone --keep 192.0.2.0/25)"
is "with other conditions" "10.1.0.7" "$(sources -L --nat-gone -s 10.1.0.7)"
echo '192.0.2.129 # routed here' > "$TMP/pool"
is "--keep: a file" "10.1.0.2 fd00:1::7" "$(sources -L --nat-gone --keep "@$TMP/pool")"
rc "--keep alone" 2 "$CONNTRACK" -D --keep 192.0.2.0/24
err_has "is told" '--keep goes with --nat-gone'
rc "no address to keep" 2 "$CONNTRACK" -D --nat-gone --keep x
rc "! --keep" 2 "$CONNTRACK" -D --nat-gone ! --keep 192.0.2.0/24
rc "! --nat-gone" 2 "$CONNTRACK" -D ! --nat-gone
rc "not of expectations" 2 "$CONNTRACK" -L expect --nat-gone
echo '--nat-gone' > "$TMP/from"
rc "not in a file of conditions" 2 "$CONNTRACK" -D --from "$TMP/from"
is "nothing was deleted" 8 "$(count)"
rc "-U --nat-gone" 0 "$CONNTRACK" -U --nat-gone -m 5
is "marks three" 3 "$(count -m 5)"
rc "in other words" 0 "$CONNTRACK" -D --nat-gone --keep 192.0.2.0/24,2001:db8:77::/48 --dry-run
out_has "the one flow would go" 'dst=198.51.100.1 '
is "and is the only one" 1 "$(lines "$TMP/out")"
rc "-D --nat-gone" 0 "$CONNTRACK" -D --nat-gone --keep 192.0.2.0/24
is "deletes two" 6 "$(count)"
rc "and the flow works again" 0 ask
is "from the new address" 1 "$(count -s 10.1.0.2 -n 198.51.100.77)"
is "nothing is left but the pool" "10.1.0.7" "$(sources -L --nat-gone)"

# each line of a load file goes by the addresses at its time
printf '%s\n' '-D --nat-gone' '-D -s 10.1.0.3' > "$TMP/load"
rc "-R" 0 "$CONNTRACK" -R "$TMP/load"
is "deletes both" 5 "$(count)"

# events go by the addresses of the second
"$CONNTRACK" -E -e NEW --nat-gone > "$TMP/events" 2> /dev/null &
listener=$!
hold $listener
listening $listener
create -s 10.1.0.31 -d 203.0.113.2 --sport 1 --dport 2 -n 198.51.100.77
create -s 10.1.0.32 -d 203.0.113.2 --sport 1 --dport 2 -n 192.0.2.130
until_true 10 has_read $listener
address 198.51.100.77 ""
sleep 1.1
create -s 10.1.0.33 -d 203.0.113.2 --sport 1 --dport 2 -n 198.51.100.77
until_true 10 has_read $listener
kill -INT $listener
wait $listener
is "-E" "10.1.0.32 10.1.0.33" "$(sed 's/.* src=\([^ ]*\) dst=203.*/\1/' "$TMP/events" | joined)"

# Where the addresses cannot be read nothing is taken for gone.
cat > "$TMP/deaf.c" << 'CODE'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int socket(int domain, int type, int protocol)
{
	if (domain == AF_NETLINK && protocol == NETLINK_ROUTE) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	return (int)syscall(SYS_socket, domain, type, protocol);
}
CODE
if [ -z "${SANITIZED:-}" ] && ${CC:-cc} -shared -fPIC -o "$TMP/deaf.so" "$TMP/deaf.c" 2> /dev/null &&
	ldd "$CONNTRACK" > /dev/null 2>&1; then
	before=$(count)
	rc "no addresses" 1 env LD_PRELOAD="$TMP/deaf.so" "$CONNTRACK" -D --nat-gone
	err_has "is told" 'cannot read the addresses of this host'
	rc "nor neighbours" 1 env LD_PRELOAD="$TMP/deaf.so" "$CONNTRACK" -D ! --mac 02:00:00:00:00:01
	err_has "is told" 'cannot read the neighbour table'
	is "and nothing is deleted" "$before" "$(count)"
else
	cannot "the kernel without routes" "needs a compiler and a dynamic binary"
fi
finish
