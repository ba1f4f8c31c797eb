#!/bin/sh
# make demo: real connections in the private network namespace that the launcher has opened,
# followed and listed by the binary. Run by build/test/netns, never on the host's own table.
set -eu
CONNTRACK=${CONNTRACK:-build/conntrack}
TOOLS=${TOOLS:-build/test}
holders=
events=$(mktemp)
trap 'for p in $holders; do kill "$p" 2>/dev/null || :; done; rm -f "$events"' EXIT

show() {
	printf '\n# conntrack %s\n' "$*"
	"$CONNTRACK" "$@"
}

echo 'Making TCP, UDP and ICMP connections over IPv4 and IPv6 in a private network namespace ...'
"$CONNTRACK" -E -o timestamp > "$events" 2>&1 &
follower=$!
sleep 1
for kind in tcp udp icmp; do
	for address in 127.0.0.1 ::1; do
		pid=$("$TOOLS/traffic" $kind -s "$address" -d "$address") && holders="$holders $pid"
	done
done
sleep 1
kill "$follower"
wait "$follower" || :
printf '\n# conntrack -E -o timestamp, meanwhile\n'
cat "$events"
show -L
show -L -p tcp -o extended,id
show -L --group proto
show -C
printf '\nAnd on the host, as root: build/conntrack -L\n'
