#!/bin/sh
# make demo: real connections in the private network namespace that the launcher has opened, listed
# by the binary. Run by build/test/netns, never on the host's own table.
set -eu
CONNTRACK=${CONNTRACK:-build/conntrack}
TOOLS=${TOOLS:-build/test}
holders=

show() {
	printf '\n# %s\n' "conntrack $*"
	"$CONNTRACK" "$@"
}
trap 'for p in $holders; do kill "$p" 2>/dev/null || :; done' EXIT

echo 'Making TCP, UDP and ICMP connections over IPv4 and IPv6 in a private network namespace ...'
for kind in tcp udp icmp; do
	for address in 127.0.0.1 ::1; do
		pid=$("$TOOLS/traffic" $kind -s "$address" -d "$address") && holders="$holders $pid"
	done
done
show -L
show -L -p tcp -o extended,id
show -C
echo
echo 'Now the host: build/conntrack -L'
