# netns: -a -t -l
# The incumbent, release 1.4.9, gets these wrong, and this program must not: one test or more for
# each. What is a single command on the start table is run by both.
. "${0%/*}/../lib.sh"

here=${0%/*}
. "$here/setup.sh"
begin "the incumbent"

ct() { timeout 60 "$CONNTRACK" "$@" >"$T/out" 2>"$T/err" </dev/null; }

list() { "$CONNTRACK" -L -o extended,labels $LM 2>/dev/null | norm | sort; }

# Each test starts with these.
cat >"$T/start" <<'END'
-I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1000 --dport 53 -t 3000
-I -s 10.0.0.1 -d 10.0.0.3 -p tcp --sport 2000 --dport 443 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 4000 -m 7
-I -s 10.0.0.4 -d 10.0.0.3 -p udp --sport 2001 --dport 80 -t 4000 -u SEEN_REPLY -w 9
-I -s 10.0.0.1 -d 10.0.0.5 -p gre --srckey 0x11 --dstkey 0x22 -t 3000
-I -s 10.0.0.1 -d 10.0.0.6 -p gre --srckey 0x33 --dstkey 0x44 -t 3000
-I -s 192.168.1.5 -d 198.51.100.13 -p tcp --sport 1111 --dport 80 --src-nat 203.0.113.1 --state ESTABLISHED -t 4000 -u SEEN_REPLY,ASSURED
-I -s 192.168.1.5 -d 198.51.100.13 -p tcp --sport 1112 --dport 80 --src-nat 203.0.113.2 --state ESTABLISHED -t 4000 -u SEEN_REPLY,ASSURED
-I -s 192.168.1.5 -d 203.0.113.9 -p udp --sport 1111 --dport 80 --dst-nat 10.0.0.9:8080 -t 3000
-I -s 2001:db8::1 -d 2001:db8::2 -p udp --sport 1000 --dport 53 -t 3000
-I -s 2001:db8:1::5 -d 2001:db8:2::9 -p tcp --sport 1111 --dport 80 --src-nat 2001:db8:9::1 --state ESTABLISHED -t 4000 -u SEEN_REPLY,ASSURED
-I -s 2001:db8:1::5 -d 2001:db8:2::9 -p tcp --sport 1112 --dport 80 --src-nat 2001:db8:9::2 --state ESTABLISHED -t 4000 -u SEEN_REPLY,ASSURED
END

start() {
	"$CONNTRACK" -F >/dev/null 2>&1
	"$CONNTRACK" -R "$T/start" >/dev/null 2>"$T/err" || echo "start table: $(cat "$T/err")" >&2
	list >"$T/before"
}

# judge EXIT GONE PATTERN: the last ct gave EXIT, and of the start table exactly GONE entries are gone,
# all of which match PATTERN. Otherwise $T/why says why not.
judge() {
	rc=$?
	list >"$T/after"
	diff "$T/before" "$T/after" | sed -n 's/^< //p' >"$T/gone"
	if [ $rc -ne "$1" ]; then
		echo "exit $rc, not $1: $(cat "$T/err")" >"$T/why"
	elif [ "$(lines "$T/gone")" -ne "$2" ] || [ -n "$(comm -13 "$T/before" "$T/after")" ]; then
		echo "not the $2 entries that were asked for: $(diff "$T/before" "$T/after")" >"$T/why"
	elif grep -v -e "$3" "$T/gone" >"$T/strangers"; then
		echo "strangers are gone, too: $(cat "$T/strangers")" >"$T/why"
	else
		return 0
	fi
	return 1
}

# wrong NAME EXIT GONE PATTERN ARG...: ours is judged to be right, and the peer is not.
wrong() {
	name=$1 code=$2 gone=$3 pattern=$4
	shift 4
	start
	ct "$@"
	if ! judge $code $gone "$pattern"; then
		not_ok "$name" "$(cat "$T/why")"
		return
	fi
	cmp -s "$T/before" "$T/after" || start
	timeout 60 "$PEER" "$@" >"$T/out" 2>"$T/err" </dev/null
	if judge $code $gone "$pattern"; then
		not_ok "$name" "the peer does so, too"
	else
		ok "$name"
	fi
}

# check NAME: the command before must have succeeded.
check() {
	if [ $? -eq 0 ]; then ok "$1"; else not_ok "$1" "$(head -n 10 "$T/err")"; fi
}

# -D deletes every flow, not the selected ones.
wrong "-D with a status condition: UNREPLIED" 0 5 UNREPLIED -D -u UNREPLIED
wrong "-D with a status condition: UNSET" 0 5 UNREPLIED -D -u UNSET
wrong "-D with a status condition: !SEEN_REPLY" 0 5 UNREPLIED -D -u '!SEEN_REPLY'
wrong "-D with a status condition: SRC_NAT" 0 4 'dst=203.0.113.[12]\|dst=2001:db8:9::' -D -u SRC_NAT
wrong "-D with a status condition: DST_NAT" 0 1 src=10.0.0.9 -D -u DST_NAT
wrong "-D with a status condition that nothing meets" 1 0 '' -D -u HELPER
wrong "-D with an empty mask" 2 0 '' -D -s 10.0.0.1/
wrong "-D with an empty mask, IPv6" 2 0 '' -D -d ::/
wrong "-D with an empty mask, mark" 2 0 '' -D -m 7/
wrong "-D with an attached NAT address: --src-nat=" 0 1 dst=203.0.113.1 -D --src-nat=203.0.113.1
wrong "-D with an attached NAT address: -n" 0 1 dst=203.0.113.1 -D -n203.0.113.1
wrong "-D with an attached NAT address: --dst-nat=" 1 0 '' -D --dst-nat=10.0.0.8
wrong "-D with an attached NAT address: --any-nat=" 0 1 dst=203.0.113.2 -D --any-nat=203.0.113.2
wrong "-D with an attached NAT address that nobody has" 1 0 '' -D --src-nat=203.0.113.3
wrong "-D with an IPv6 NAT address" 0 1 dst=2001:db8:9::1 -D -n 2001:db8:9::1
wrong "-D with an attached IPv6 NAT address" 0 1 dst=2001:db8:9::2 -D --src-nat=2001:db8:9::2
wrong "-D with an IPv6 NAT address that nobody has" 1 0 '' -D --dst-nat=2001:db8:9::1
wrong "-D with a GRE key" 0 1 srckey=0x11 -D -p gre --srckey 0x11
wrong "-D with the other GRE key" 0 1 dstkey=0x44 -D -p gre --dstkey 68
wrong "-D with a GRE key that nobody has" 1 0 '' -D -p gre --srckey 5
wrong "-D with a timeout" 2 0 '' -D -t 3000

# -F -f ipv6 empties IPv4 as well.
wrong "-F -f ipv6" 0 3 ^ipv6 -F -f ipv6
wrong "-F -f ipv4" 0 8 ^ipv4 -F -f ipv4

# -L -z zeroes the counters of what it does not show. The counters come from real packets.
start
some_packet
if ct -L -p udp -d 127.0.0.1 && grep -q 'packets=1 ' "$T/out"; then
	ct -L -z -j
	"$CONNTRACK" -L -p udp 2>/dev/null | grep -q 'packets=1 '
	check "-L -z -j leaves what it does not show"
	ct -L -z -p udp -s 10.0.0.1 && ct -L -z -p udp -d 127.0.0.1 && grep -q 'packets=1 ' "$T/out"
	check "-L -z beside another condition"
	! "$CONNTRACK" -L -p udp -d 127.0.0.1 2>/dev/null | grep -q 'packets=1 '
	check "-L -z zeroes what it shows"
else
	cannot "-L -z" "no packets that were counted"
fi

# -U on tuples that exist in two zones; -U -w and -G -w.
two_zones() {
	"$CONNTRACK" -F >/dev/null 2>&1
	for zone in "-m 1" "-w 3 -m 2" "--orig-zone 4 -m 3"; do
		ct -I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 1000 $zone
	done
	[ "$(list | wc -l)" -ge 2 ] || not_ok "a tuple in several zones" "$(cat "$T/err")"
}
two_zones
n=$(list | wc -l)
ct -U -p udp -m 9 && [ "$(list | grep -c mark=9)" -eq "$n" ] && [ "$(wc -l <"$T/out")" -eq "$n" ]
check "-U on tuples that exist in two zones"
two_zones
ct -U -w 3 -m 9 && [ "$(list | grep mark=9 | grep -c zone=3)" -eq 1 ]
check "-U -w"
[ "$(list | grep -c mark=9)" -eq 1 ]
check "-U -w leaves the others"
two_zones
ct -G -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -w 3 && grep -q 'mark=2 ' "$T/out"
check "-G -w"
ct -G -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 && grep -q 'mark=1 ' "$T/out"
check "-G without -w"
ct -G -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -w 5
[ $? -eq 1 ] && grep -q "such conntrack doesn't exist" "$T/err"
check "-G -w with another zone"

# Labels.
labelled() {
	"$CONNTRACK" -F >/dev/null 2>&1
	ct -I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 1000
	ct -U -p udp --label-add "$1" $LM
}
labels() { list | sed -n 's/.* labels=//p'; }
labelled web,voip,last
[ "$(labels)" = web,voip,last ]
check "--label-add a,b"
ct -U -p udp --label-del=voip $LM && [ "$(labels)" = web,last ]
check "--label-del=NAME"
ct -U -p udp --label-del web,last $LM && [ -z "$(labels)" ]
check "--label-del NAME,NAME"
labelled web,9
[ "$(labels)" = web,9 ]
check "--label-add of a bit without a name"
ct -U -p udp --label-del $LM && [ -z "$(labels)" ]
check "--label-del alone"
labelled web
ct -L -l web,voip $LM && [ ! -s "$T/out" ]
check "-l a,b is both"
ct -L -l voip,web $LM && [ ! -s "$T/out" ]
check "-l b,a is both"
ct -U -p udp --label-add voip $LM && ct -L -l web,voip $LM && [ -s "$T/out" ]
check "-l a,b finds both"

# Load files.
start
printf '%s\n' '-U -p gre -m 3' '-U -p udp -m 4' '-U -p tcp -m 5/0xff' >"$T/load"
ct -R "$T/load"
check "a load file with several -U lines"
[ "$(list | grep -c ' gre .*mark=3 ')" -eq 2 ]
check "which does the first"
[ "$(list | grep -c ' udp .*mark=4 ')" -eq 4 ]
check "and the second"
[ "$(list | grep -c ' tcp .*mark=5 ')" -eq 5 ]
check "and the third"
start
printf '%s\n' '-I -s 10.7.0.1 -d 10.7.0.2 -p udp --sport 1 --dport 2 -t 1000 --label-add 0,5' \
	'-U -s 10.0.0.1 -p udp --label-add 1' \
	'-I -s 10.7.0.1 -d 10.7.0.3 -p udp --sport 1 --dport 2 -t 1000' >"$T/load"
ct -R "$T/load"
check "labels in a load file"
list | grep -q 'src=10.7.0.1 dst=10.7.0.2 .*labels=web,with-dash$'
check "of a creation"
list | grep -q 'src=10.0.0.1 .*labels=voip$'
check "of an update"
list | grep 'dst=10.7.0.3 ' | grep -q -v labels
check "and none of the line behind them"
start
{
	printf '%s' '-I -s 10.7.0.1 -d 10.7.0.2 -p udp --sport 1'
	awk 'BEGIN { for (i = 0; i < 20000; i++) printf " " }'
	echo '--dport 2 -t 1000'
	awk 'BEGIN { printf "#"; for (i = 0; i < 20000; i++) printf " -F"; print "" }'
	echo '-I -s 10.7.0.1 -d 10.7.0.3 -p udp --sport 1 --dport 2 -t 1000'
} >"$T/load"
ct -R "$T/load" && [ "$(list | grep -c ' src=10.7.0.1 ')" -eq 2 ] && [ "$(list | wc -l)" -eq 13 ]
check "a load file with long lines"
start
awk 'BEGIN {
	for (i = 1; i <= 60000; i++)
		print "-A -s 10.7.0.1 -d 10.7.0.2 -p udp --sport 1 --dport 2 -t 1000 -m " i
}' | (ulimit -v 49152 2>/dev/null || :; exec "$CONNTRACK" -R -) >"$T/out" 2>"$T/err" &&
	list | grep -q ' src=10.7.0.1 .*mark=60000 '
check "a load file of 60000 lines in 48 MiB of memory"
start
printf '%s\n' '-I -s 10.7.0.1 -d 10.7.0.2 -p udp --sport 1 --dport 2 -t 1000' '' '# no' \
	'-I -s 10.7.0.1 -d 10.7.0.3 -p udp --sport 1x --dport 2 -t 1000' >"$T/load"
ct -R "$T/load"
[ $? -ne 0 ] && grep -q '/load:4: ' "$T/err" && [ "$(list | grep -c ' src=10.7.0.1 ')" -eq 1 ]
check "the line that failed in a load file"

# -o save loses mark, labels, helper and NAT ports.
"$CONNTRACK" -F >/dev/null 2>&1
rich_table "$CONNTRACK" || not_ok "rich table" "a load failed"
rich_label "$CONNTRACK" 192.0.2.4 198.51.100.15 9 "$LM"
ct -I -s 10.7.0.1 -d 10.7.0.2 -p tcp --sport 40021 --dport 21 --state ESTABLISHED \
	-u SEEN_REPLY,ASSURED -t 100000 --helper ftp ||
	cannot "-o save keeps the helper" "$(cat "$T/err")"
statuses() {
	"$CONNTRACK" -L -o jsonl 2>/dev/null |
		sed 's/^.*"status":\(\[[^]]*\]\).*\("orig":{[^}]*}\).*/\2 \1/' | sort
}
list >"$T/before"
statuses >"$T/statuses"
ct -L -o save
mv "$T/out" "$T/saved"
ct -F && [ -z "$(list)" ] && ct -R "$T/saved"
list >"$T/after"
no_diff "-o save makes the same table again" "$T/before" "$T/after"
statuses >"$T/after"
no_diff "-o save makes the same statuses again" "$T/statuses" "$T/after"
grep -q -e '-m 7' "$T/saved"
check "-o save keeps a mark"
grep -q -e '-m 4294967295\|-m 0xffffffff' "$T/saved"
check "-o save keeps a mark of all bits"
! grep -v '^#' "$T/saved" | grep -v -q -e ' -m [0-9]'
check "-o save says each mark, 0 too: an entry that exists may have another"
grep -q -e '--label-add' "$T/saved"
check "-o save keeps labels"
grep -q -e '203.0.113.1:2222' "$T/saved" && grep -q -e '10.0.0.9:8080' "$T/saved" &&
	grep -q -e '\[2001:db8:9::2\]:8080' "$T/saved"
check "-o save keeps NAT ports"

# Ports.
new="-I -s 10.7.0.1 -d 10.7.0.2 -p udp -t 1000"
wrong "a port beyond 16 bits" 2 0 '' -D -p tcp --dport 65979
wrong "a port beyond 32 bits" 2 0 '' -D -p tcp --dport 4294967739
wrong "a port with trailing text" 2 0 '' -D -p tcp --dport 443x
wrong "no service" 2 0 '' -D -p tcp --dport nosuch
wrong "no port" 2 0 '' -D -p tcp --dport ''
wrong "a port below 0" 2 0 '' -D -p tcp --dport -1
wrong "a range of ports backwards" 2 0 '' -D -p tcp --dport 450:440
wrong "a range of ports" 0 1 dport=443 -D -p tcp --dport 440:450
wrong "a range of ports with a dash" 0 1 dport=443 -D -p tcp --dport 440-450
wrong "a range of ports for a new entry" 2 0 '' $new --sport 1:5 --dport 2
wrong "a port beyond 16 bits for a new entry" 2 0 '' $new --sport 65536 --dport 2
wrong "a word left over" 2 0 '' $new --sport 1 --dport 2 leftover
wrong "a word left over beside -D" 2 0 '' -D conntrack leftover
wrong "a word left over beside -F" 2 0 '' -F conntrack leftover
wrong "a lone ! is not left over" 0 7 '' -D ! -s 10.0.0.1

# Errors that the exit code hides.
start
if [ -c /dev/full ]; then
	for args in "-L" "-L -o xml" "-L -o save" "-C" "-S" "--help" "--version"; do
		"$CONNTRACK" $args >/dev/full 2>"$T/err"
		[ $? -eq 1 ]
		check "a write error: $args"
	done
	"$CONNTRACK" -U -p udp -m 5 >/dev/full 2>"$T/err"
	[ $? -eq 1 ]
	check "a write error: -U"
else
	cannot "a write error" "no /dev/full"
fi
start
if unshare -U true 2>/dev/null; then
	unshare -U "$CONNTRACK" -C >"$T/out" 2>"$T/err" && [ "$(cat "$T/out")" = 11 ]
	check "-C without privileges"
	unshare -U "$CONNTRACK" -S >"$T/out" 2>"$T/err" &&
		grep -q '^cpu=0   	.*insert_failed=' "$T/out"
	check "-S without privileges"
	unshare -U "$CONNTRACK" -F >"$T/out" 2>"$T/err"
	[ $? -eq 1 ]
	check "-F without privileges fails"
	! grep -q emptied "$T/err"
	check "-F without privileges does not say done"
	grep -q CAP_NET_ADMIN "$T/err"
	check "-F without privileges names the capability"
	[ "$(list | wc -l)" -eq 11 ]
	check "-F without privileges changes nothing"
	unshare -U "$CONNTRACK" -L >"$T/out" 2>"$T/err"
	[ $? -eq 1 ] && grep -q CAP_NET_ADMIN "$T/err"
	check "-L without privileges names the capability"
else
	cannot "without privileges" "no user namespaces"
fi
finish
