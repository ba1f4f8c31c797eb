#!/bin/sh
# netns: -a -t -l
# What only reads: -L, -C, -S, -h, -V; and what a first user meets: errors, exit codes, full disks.
. "$(dirname "$0")/../lib.sh"

for kind in tcp udp icmp; do
	for address in 127.0.0.1 ::1; do
		hold "$("$TOOLS/traffic" $kind -s $address -d $address)"
	done
done
hold "$("$TOOLS/traffic" udp-one -p 7009)"

run "$CONNTRACK" -L
is "-L succeeds" 0 "$RC"
is "-L shows every flow" 7 "$(wc -l < "$TMP/out" | tr -d ' ')"
out_has "TCP over IPv4" '^tcp      6 [0-9]+ ESTABLISHED src=127\.0\.0\.1 dst=127\.0\.0\.1 sport=[0-9]+ dport=7000 packets=[0-9]+ bytes=[0-9]+ src=127\.0\.0\.1 dst=127\.0\.0\.1 sport=7000 dport=[0-9]+ packets=[0-9]+ bytes=[0-9]+ \[ASSURED\] mark=0 delta-time=[0-9]+ use=[0-9]+$'
out_has "TCP over IPv6" '^tcp      6 [0-9]+ ESTABLISHED src=::1 dst=::1 '
out_has "ICMP" '^icmp     1 [0-9]+ src=127\.0\.0\.1 dst=127\.0\.0\.1 type=8 code=0 id=1 .*type=0 code=0 id=1 '
out_has "ICMPv6" '^icmpv6   58 [0-9]+ src=::1 dst=::1 type=128 code=0 id=1 .*type=129 code=0 id=1 '
out_has "UDP without an answer" '^udp      17 [0-9]+ src=127\.0\.0\.1 .*dport=7009 .*\[UNREPLIED\] '
err_has "the summary" '^conntrack v[0-9.]+ \([a-z]+\): 7 flow entries have been shown\.$'

for words in '-L conntrack' '-Lconn' '-L=c' --list --dump --dump=conntrack '--list conntrack' '--du' '-L -f inet'; do
	run "$CONNTRACK" $words
	is "$words" "0 7" "$RC $(wc -l < "$TMP/out" | tr -d ' ')"
done
run "$CONNTRACK" -L -f ipv6 -o extended
is "-f ipv6" 3 "$(grep -c '^ipv6     10 ' "$TMP/out")"
run "$CONNTRACK" -L -o ktimestamp
out_has "the start in ctime form" ' \[start=[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}\] '
run "$CONNTRACK" -L -p tcp -o id --quiet
out_has "the id" ' use=[0-9]+ id=[0-9]+$'
is "--quiet leaves the summary out" "" "$(cat "$TMP/err")"
run "$CONNTRACK" -L --limit 2
is "--limit" 2 "$(wc -l < "$TMP/out" | tr -d ' ')"
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
out_has "-S" '^cpu=0   	found=[0-9]+ invalid=[0-9]+ insert=[0-9]+ insert_failed=[0-9]+ drop=[0-9]+ early_drop=[0-9]+ error=[0-9]+ search_restart=[0-9]+ clash_resolve=[0-9]+ (chaintoolong=[0-9]+ )?$'
run "$CONNTRACK" -S expect
out_has "-S expect" '^cpu=0   	expect_new=0 expect_create=0 expect_delete=0 $'
rc "-h" 0 "$CONNTRACK" -h
rc "-V" 0 "$CONNTRACK" --version

# Other streams than files
rc "a full disk is an error" 1 sh -c '"$CONNTRACK" -L > /dev/full'
err_has "which says so" '^conntrack: standard output: '
run sh -c '"$CONNTRACK" -L | head -n 1 > /dev/null'
is "a closed pipe ends quietly" "" "$(grep -v 'have been shown' "$TMP/err")"

# Without the capability
nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
if [ "$(id -u)" = 0 ] && $nobody true 2> /dev/null; then
	cp "$CONNTRACK" "$TMP/conntrack" && chmod 755 "$TMP" "$TMP/conntrack"
	run $nobody "$TMP/conntrack" -L
	is "-L without CAP_NET_ADMIN" 1 "$RC"
	err_has "names what is missing" '^conntrack: cannot list: .*CAP_NET_ADMIN'
	run $nobody "$TMP/conntrack" -C
	is "-C without CAP_NET_ADMIN" "0 7" "$RC $(cat "$TMP/out")"
	run $nobody "$TMP/conntrack" -S
	is "-S without CAP_NET_ADMIN" 0 "$RC"
	out_has "has the same names" '^cpu=0   	found=[0-9]+ invalid='
else
	cannot "commands without CAP_NET_ADMIN" "needs root and setpriv"
fi

# Usage errors: one clear line, exit 2, nothing done
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
-L !
LINES
run "$CONNTRACK"
is "no command: exit 2" 2 "$RC"
err_has "no command: the usage text" '^Usage: '

# Where netlink is missing altogether: help and version still work.
run "$CONNTRACK" -C
is "nothing of all that changed the table" 7 "$(cat "$TMP/out")"
# A descriptor that is closed is not the next socket's.
for command in -L '-L -o xml' -C -S; do
	run sh -c '"$@" >&-' - "$CONNTRACK" $command
	is "$command, closed output" 1 "$RC"
	err_has "is told" '^conntrack: standard output: '
done
run timeout 5 sh -c '"$1" -R - <&-' - "$CONNTRACK"
is "-R -, closed input" 1 "$RC"
err_has "is told" '^conntrack: -R: -: cannot read on behind line 0: '
rc "all closed" 1 timeout 5 sh -c '"$1" -L <&- >&- 2>&-' - "$CONNTRACK"
finish
