#!/bin/sh
# netns: -a -t -l
# Commands that only read: -L, -C, -S, -h, -V; and what a first user meets: errors, exit codes, full
# disks.
. "$(dirname "$0")/../lib.sh"

for kind in tcp udp icmp; do
	for address in 127.0.0.1 ::1; do
		hold "$("$TOOLS/traffic" $kind -s $address -d $address)"
	done
done
hold "$("$TOOLS/traffic" udp-one -p 7009)"

run "$CONNTRACK" -L
is "-L succeeds" 0 "$RC"
is "-L shows every flow" 7 "$(lines "$TMP/out")"
local='src=127\.0\.0\.1 dst=127\.0\.0\.1'
n='[0-9]+'
counters="packets=$n bytes=$n"
out_has "TCP over IPv4" "^tcp      6 $n ESTABLISHED $local sport=$n dport=7000 $counters $(
	)$local sport=7000 dport=$n $counters \\[ASSURED\\] mark=0 delta-time=$n use=$n\$"
out_has "TCP over IPv6" '^tcp      6 [0-9]+ ESTABLISHED src=::1 dst=::1 '
out_has "ICMP" "^icmp     1 $n $local type=8 code=0 id=1 .*type=0 code=0 id=1 "
out_has "ICMPv6" '^icmpv6   58 [0-9]+ src=::1 dst=::1 type=128 code=0 id=1 .*type=129 code=0 id=1 '
out_has "UDP without an answer" '^udp      17 [0-9]+ src=127\.0\.0\.1 .*dport=7009 .*\[UNREPLIED\] '
err_has "the summary" '^conntrack v[0-9.]+ \(conntrack-tools\): 7 flow entries have been shown\.$'

for words in '-L conntrack' '-Lconn' '-L=c' --list --dump --dump=conntrack '--list conntrack' \
	'--du' '-L -f inet'; do
	rc "$words: exit code" 0 "$CONNTRACK" $words
	is "$words: entries" 7 "$(lines "$TMP/out")"
done
run "$CONNTRACK" -L -f ipv6 -o extended
is "-f ipv6" 3 "$(grep -c '^ipv6     10 ' "$TMP/out")"
run "$CONNTRACK" -L -o ktimestamp
out_has "the start in ctime form" \
	' \[start=[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}\] '
run "$CONNTRACK" -L -p tcp -o id --quiet
out_has "the id" ' use=[0-9]+ id=[0-9]+$'
is "--quiet leaves the summary out" "" "$(cat "$TMP/err")"
run "$CONNTRACK" -L --limit 2
is "--limit" 2 "$(lines "$TMP/out")"
run "$CONNTRACK" -L all
err_has "-L all: both summaries" '0 expectations have been shown'

for words in -C -c --count --counter '-C conntrack'; do
	run "$CONNTRACK" $words
	is "$words" 7 "$(cat "$TMP/out")"
done
run "$CONNTRACK" -C expect
is "-C expect" 0 "$(cat "$TMP/out")"
run "$CONNTRACK" -C -p udp
is "-C with a condition" 3 "$(cat "$TMP/out")"
run "$CONNTRACK" -S
out_has "-S" "^cpu=0   	found=$n invalid=$n insert=$n insert_failed=$n drop=$n early_drop=$n $(
	)error=$n search_restart=$n clash_resolve=$n (chaintoolong=$n )?\$"
run "$CONNTRACK" -S expect
out_has "-S expect" '^cpu=0   	expect_new=0 expect_create=0 expect_delete=0 $'
rc "-h" 0 "$CONNTRACK" -h
rc "-V" 0 "$CONNTRACK" --version
out_has "-V: the version" '^conntrack v[0-9.]+ '

# Other streams than files
rc "a full disk is an error" 1 sh -c '"$CONNTRACK" -L > /dev/full'
err_has "which says so" '^conntrack: cannot write to standard output: '
run sh -c '"$CONNTRACK" -L | head -n 1 > /dev/null'
is "a closed pipe ends quietly" "" "$(grep -v 'have been shown' "$TMP/err")"

# Without the capability
nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
if [ "$(id -u)" = 0 ] && $nobody true 2> /dev/null; then
	cp "$CONNTRACK" "$TMP/conntrack" && chmod 755 "$TMP" "$TMP/conntrack"
	run $nobody "$TMP/conntrack" -L
	is "-L without CAP_NET_ADMIN" 1 "$RC"
	err_has "names what is missing" "${refusal}.*CAP_NET_ADMIN.*cannot list"
	rc "-C without CAP_NET_ADMIN" 0 $nobody "$TMP/conntrack" -C
	is "counts all the same" 7 "$(cat "$TMP/out")"
	run $nobody "$TMP/conntrack" -S
	is "-S without CAP_NET_ADMIN" 0 "$RC"
	out_has "has the same names" '^cpu=0   	found=[0-9]+ invalid='
else
	cannot "commands without CAP_NET_ADMIN" "needs root and setpriv"
fi

# entries: the table, without what changes by itself
entries() {
	"$CONNTRACK" -L -o extended,id,labels 2> /dev/null |
		sed -E 's/^([a-z0-9]+ +[0-9]+ [a-z0-9]+ +[0-9]+ )[0-9]+ /\1/
			s/ use=[0-9]+//; s/ delta-time=[0-9]+//' | sort
}

# Usage errors: one clear line, exit 2, nothing done
entries > "$TMP/before"
while read -r words; do
	run "$CONNTRACK" $words
	is "$words: exit 2" 2 "$RC"
	err_is_one_line "$words: one line"
	is "$words: nothing on stdout" "" "$(cat "$TMP/out")"
done <<'LINES'
-L -C
-L -L
-L --nope
-L -Z
-L nowhere
-Lnowhere
-C dying
-F unconfirmed
-L conntrack more
-L -p
-L -s
-L -p tcp --dport
-L -p tcp --dport 65536
-L -p tcp --dport 80x
-L -p tcp --dport 90-80
-L -s 300.1.1.1
-L -s 10.0.0.1/33
-L -s ::1/129
-L -s 1.1.1.1/
-L -s 10.0.0.1,,10.0.0.2
-L -s ::1 -d 10.0.0.1
-L -f ipv4 -s ::1
-L -f ipx
-L -p nonesuch
-L -p 256
-L -o nonesuch
-L -o xml,json
-L -o save,id
-L -p icmp --dport 1
-L -m 1/2/3
-L -t 5
-L --labelmap /nonexistent/file
-S -s 10.0.0.1
-U -m 1 --nope
-D -s 10.0.0.1 --sport
-U -m 1 --nope
-D -s 10.0.0.1 --sport
-L !
LINES
run "$CONNTRACK"
is "nothing: exit 0" 0 "$RC"
out_has "nothing: the usage text" '^Usage: '
out_has "which has the option that scripts look for" '-o, --output'
is "there are entries to change" 7 "$(lines "$TMP/before")"
entries > "$TMP/after"
no_diff "nothing of all that changed one" "$TMP/before" "$TMP/after"

# Where netlink is missing altogether, help and version still work.
[ -x "$TOOLS/nonetlink" ] && run "$TOOLS/nonetlink" true || RC=77
if [ $RC -eq 0 ]; then
	for words in -h '--help all' '-h -p tcp' '-o help' -V; do
		rc "$words without netlink" 0 "$TOOLS/nonetlink" "$CONNTRACK" $words
		cp "$TMP/out" "$TMP/without"
		run "$CONNTRACK" $words
		no_diff "$words: the same as with it" "$TMP/out" "$TMP/without"
	done
	for words in -L -C -S; do
		rc "$words without netlink" 1 "$TOOLS/nonetlink" "$CONNTRACK" $words
		err_is_one_line "$words without netlink: one line"
		err_has "$words without netlink: the reason" 'this kernel has no netlink '
	done
else
	cannot "commands without netlink" "no tool for it, or no seccomp here"
fi

# A descriptor that is closed is not the next socket's.
for command in -L '-L -o xml' -C -S; do
	run sh -c '"$@" >&-' - "$CONNTRACK" $command
	is "$command, closed output" 1 "$RC"
	err_has "is told" '^conntrack: cannot write to standard output: '
done
run timeout 5 sh -c '"$1" -R - <&-' - "$CONNTRACK"
is "-R -, closed input" 2 "$RC"
err_has "is told" '^conntrack: -R: standard input: Bad file descriptor$'
rc "all closed" 1 timeout 5 sh -c '"$1" -L <&- >&- 2>&-' - "$CONNTRACK"
finish
