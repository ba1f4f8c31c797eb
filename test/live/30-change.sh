#!/bin/sh
# netns: -a -l -H
# Commands that write: nothing but what was asked for changes, and they report what happened.
. "$(dirname "$0")/../lib.sh"

# Most entries here have this in common.
to='-d 10.0.0.2 -p udp --sport 1 --dport 2 -t 100'

table() { # the table as it is, but for what changes by itself
	"$CONNTRACK" -L -o extended,labels 2> /dev/null |
		sed -E 's/^([a-z0-9]+ +[0-9]+ [a-z0-9]+ +[0-9]+ )[0-9]+ /\1/
			s/ use=[0-9]+//; s/ delta-time=[0-9]+//' | sort
}
many() { # COUNT: creations as a load file
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "-I -s 10.7.%d.%d -d 192.0.2.1 -p udp --sport %d " \
				"--dport 53 -t 1000\n", i / 256, i % 256, 1024 + i % 50000
	}'
}
setup() { # a fresh table of every kind of entry
	fresh
	"$CONNTRACK" -R "$TMP/setup" || not_ok "the table is set up"
}

cat > "$TMP/setup" <<'LINES'
# every kind of entry that can be made
-I -s 192.0.2.1 -d 198.51.100.2 -p tcp --sport 40000 --dport 443 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 4320 -m 7
-I -s 192.0.2.1 -d 198.51.100.3 -p udp --sport 5353 --dport 53 -t 3000 -m 0xffffffff

-I -s 192.0.2.1 -d 198.51.100.4 -p icmp --icmp-type echo-request --icmp-code 0 --icmp-id 77 -t 2900
-I -s 2001:db8::1 -d 2001:db8::2 -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 78 -t 2900 -u SEEN_REPLY
-I -s 192.0.2.1 -d 198.51.100.5 -p gre --srckey 0x11 --dstkey 0x22 -t 1000
-I -s 192.0.2.1 -d 198.51.100.6 -p sctp --sport 2905 --dport 2906 --state ESTABLISHED --orig-vtag 11 --reply-vtag 4294967295 -t 1000 -u SEEN_REPLY
-I -s 192.0.2.1 -d 224.0.0.22 -p 2 -t 1000
-I -s 192.0.2.1 -d 198.51.100.10 -p tcp --sport 1 --dport 2 --state TIME_WAIT -t 1000 -u SEEN_REPLY,ASSURED --zone 9
-I -s 192.0.2.1 -d 198.51.100.11 -p tcp --sport 1 --dport 2 --state LISTEN -t 1000 -u SEEN_REPLY --orig-zone 3
-I -s 192.0.2.1 -d 198.51.100.12 -p tcp --sport 1 --dport 2 --state CLOSE -t 1000 -u SEEN_REPLY --reply-zone 4
-I -s 192.168.1.5 -d 198.51.100.13 -p tcp --sport 1111 --dport 80 -n 203.0.113.1:2222 --state ESTABLISHED -t 1000 -u SEEN_REPLY,ASSURED
-I -s 192.168.1.5 -d 203.0.113.9 -p udp --sport 1111 --dport 80 -g 10.0.0.9:8080 -t 1000
-I -s 192.168.1.6 -d 203.0.113.9 -p udp --sport 1111 --dport 80 -n 192.168.1.6:99 -t 1000
-I -s 2001:db8:1::5 -d 2001:db8:2::9 -p tcp --sport 1111 --dport 80 -n [2001:db8:9::1]:99 -g 2001:db8:3::1 --state ESTABLISHED -t 1000 -u SEEN_REPLY,ASSURED,FIXED_TIMEOUT
-I -s 192.0.2.1 -d 198.51.100.14 -p udp --sport 5 --dport 6 -t 1000 --label-add 0,5,127
-I -s 192.0.2.1 -d 198.51.100.15 -p tcp --sport 5 --dport 21 -t 1000 --state ESTABLISHED --helper ftp
LINES
rc "a load" 0 "$CONNTRACK" -R "$TMP/setup"
is "which says nothing" "" "$(cat "$TMP/out" "$TMP/err")"
is "and makes all entries" 16 "$("$CONNTRACK" -C)"
table > "$TMP/before"
"$CONNTRACK" -L -o save > "$TMP/saved" 2> /dev/null
is "-L -o save has all" 16 "$(lines "$TMP/saved")"
rc "-F" 0 "$CONNTRACK" -F
err_has "says so" 'connection tracking table has been emptied\.$'
is "and the table is empty" 0 "$("$CONNTRACK" -C)"
rc "a saved table loads again" 0 sh -c '"$CONNTRACK" -R - < "$1"' sh "$TMP/saved"
table > "$TMP/after"
no_diff "and is the same" "$TMP/before" "$TMP/after"
"$CONNTRACK" -L -o jsonl 2> /dev/null | grep -o '"orig_vtag":[^}]*' > "$TMP/tags"
is "SCTP tags and all" '"orig_vtag":11,"reply_vtag":4294967295' "$(cat "$TMP/tags")"

# One entry: -G, -I, -A
setup
rc "-G" 0 "$CONNTRACK" -G -s 192.0.2.1 -d 198.51.100.3 -p udp --sport 5353 --dport 53
is "shows it" 1 "$(lines "$TMP/out")"
rc "-G in a zone" 0 "$CONNTRACK" -G -s 192.0.2.1 -d 198.51.100.10 -p tcp --sport 1 --dport 2 -w 9
out_has "shows that one" ' dst=198\.51\.100\.10 .* zone=9 '
rc "-G of nothing" 1 "$CONNTRACK" -G -s 192.0.2.1 -d 198.51.100.10 -p tcp --sport 1 --dport 2
err_has "has the words" "such conntrack doesn't exist"
rc "--none-ok" 0 "$CONNTRACK" -G -s 9.0.2.1 -d 198.51.100.10 -p tcp --sport 1 --dport 2 --none-ok
existing='-s 192.0.2.1 -d 198.51.100.3 -p udp --sport 5353 --dport 53'
rc "-I of what exists" 1 "$CONNTRACK" -I $existing -t 10
err_has "has the words" 'Such conntrack exists, try -U to update'
rc "-A of what exists" 0 "$CONNTRACK" -A $existing -t 3000 -m 9
is "updates it" 1 "$("$CONNTRACK" -C $existing -m 9)"
is "and no other" 1 "$("$CONNTRACK" -C -m 9)"
rc "an unknown helper" 1 "$CONNTRACK" -I ${existing%5353*}9 --dport 53 -t 10 --helper nonesuch
is "makes nothing" 16 "$("$CONNTRACK" -C)"
case $(uname -r) in
[1-5].*) cannot "a fixed timeout" "kernels before 6.1 change it all the same" ;;
*)
	run "$CONNTRACK" -U -s 2001:db8:1::5 -t 5
	is "a fixed timeout" 1 "$RC"
	err_has "is explained" 'FIXED_TIMEOUT'
	;;
esac

# Many: -U
setup
rc "-U" 0 "$CONNTRACK" -U -p udp -m 0x10/0xf0
is "shows what it changed" 4 "$(grep -c ' mark=' "$TMP/out")"
err_has "and counts it" '4 flow entries have been updated\.$'
is "under the mask: bits that were set" 1 "$("$CONNTRACK" -C -m 0xffffff1f)"
is "under the mask: bits that were not" 3 "$("$CONNTRACK" -C -m 0x10)"
rc "-U in a zone" 0 "$CONNTRACK" -U -p tcp -w 9 --label-add 3
is "--label-add" 1 "$("$CONNTRACK" -C -l 3)"
rc "--label-del of one" 0 "$CONNTRACK" -U -l 127 --label-del 127
is "leaves the others" 1 "$("$CONNTRACK" -C -l 0,5)"
rc "-U that matches nothing" 1 "$CONNTRACK" -U -s 9.9.9.9 -m 1

# Many: -D, and all: -F
setup
table > "$TMP/before"
rc "--dry-run" 0 "$CONNTRACK" -D -p udp --dry-run
is "shows what would go" 4 "$(lines "$TMP/out")"
table > "$TMP/after"
no_diff "and changes nothing" "$TMP/before" "$TMP/after"
rc "-D" 0 "$CONNTRACK" -D -p udp
err_has "-D counts" '4 flow entries have been deleted\.$'
is "deletes them" 0 "$("$CONNTRACK" -C -p udp)"
is "and leaves the others" 12 "$("$CONNTRACK" -C)"
rc "-D of nothing" 1 "$CONNTRACK" -D -p udp
err_has "says 0" '0 flow entries have been deleted\.$'
rc "--quiet" 0 "$CONNTRACK" -D -p gre --quiet
is "says nothing" "" "$(cat "$TMP/out" "$TMP/err")"
is "and deletes" 0 "$("$CONNTRACK" -C -p gre)"
rc "-F with a condition" 2 "$CONNTRACK" -F -p tcp
err_has "points to -D" ' -D '
rc "-F -f ipv6" 0 "$CONNTRACK" -F -f ipv6
is "empties IPv6" 0 "$("$CONNTRACK" -C -f ipv6)"
is "and leaves IPv4" 9 "$("$CONNTRACK" -C -f ipv4)"

# Load files
fresh
quoted='-I -s "10.0.0.1" -d 10.0."0.2" -p u\dp --sport 1 --dport 2 -t 100'
printf '%s\r\n\n  # comment\n%s\n%s' "$quoted" 'conntrack -D -p udp --quiet' "-I -s 10.0.0.3 $to" \
	> "$TMP/load"
rc "quotes, comments, no last newline" 0 "$CONNTRACK" -R "$TMP/load"
is "commands run in order" 1 "$("$CONNTRACK" -C -s 10.0.0.3)"
is "a deletion before a creation" 1 "$("$CONNTRACK" -C)"
{
	many 5
	echo "-I -s 10.0.0.3 $to"
	echo "-I -s 10.9.9.9 $to"
} > "$TMP/load"
rc "a line that fails" 1 "$CONNTRACK" -R "$TMP/load"
err_has "is named" "$refusal$TMP/load:6: Such conntrack exists"
is "nothing after it stays" 0 "$("$CONNTRACK" -C -s 10.9.9.9)"
is "all before it does" 5 "$("$CONNTRACK" -C -s 10.7.0.0/16)"
rc "--continue" 1 "$CONNTRACK" -R "$TMP/load" --continue
is "goes on" 1 "$("$CONNTRACK" -C -s 10.9.9.9)"
is "tells of every line that failed" 6 "$(lines "$TMP/err")"
for line in '-L' '-I -s 1.1.1.1' '-Q' '"open' 'nonsense' \
	'-I -s 1.1.1.1 -d 2.2.2.2 -p udp --sport 1 --dport 70000 -t 5'; do
	printf '# one\n%s\n' "$line" > "$TMP/load"
	rc "$line: exit 2" 2 "$CONNTRACK" -R "$TMP/load"
	err_has "$line: where" "^conntrack: $TMP/load:2: "
done
rc "no such file" 2 "$CONNTRACK" -R "$TMP/nowhere"
rc "a folder" 2 "$CONNTRACK" -R "$TMP"
err_has "is named" "^conntrack: -R: $TMP: Is a directory\$"

# 2 is for what has changed nothing.
fresh
good="-I -s 10.9.8.1 $to"
for bad in '-U -s 10.9.8.1 -t nosuch' '-D --in nosuch0' "-I -s 10.9.8.2 ${to%100}nosuch" \
	nonsense; do
	echo "$bad" > "$TMP/load"
	rc "$bad" 2 "$CONNTRACK" -R "$TMP/load"
	printf '%s\n%s\n' "$good" "$bad" > "$TMP/load"
	rc "$bad behind a good line" 1 "$CONNTRACK" -R "$TMP/load"
	is "which is carried out" 1 "$("$CONNTRACK" -C)"
	fresh
	rc "$bad, --dry-run" 2 "$CONNTRACK" -R "$TMP/load" --dry-run
	is "which makes nothing" 0 "$("$CONNTRACK" -C)"
done

# In file order also where a line has to be done twice: here an entry that -A lets expire.
fresh
printf '%s\n' "$good" "-A ${good#-I }" "${good%100}77" | sed '2s/ -t 100$/ -t 0/' > "$TMP/load"
rc "creating what -A has let expire" 0 "$CONNTRACK" -R "$TMP/load"
is "comes last" 1 "$("$CONNTRACK" -C -s 10.9.8.1 --expires 70:77)"

# A program that feeds lines one by one sees each done.
fresh
mkfifo "$TMP/lines"
"$CONNTRACK" -R - < "$TMP/lines" &
pid=$!
exec 9> "$TMP/lines"
for i in 1 2; do
	echo "-I -s 10.9.7.$i $to" >&9
	until_true 5 has_entries 1 -s 10.9.7.$i
	is "line $i is carried out at once" 1 "$("$CONNTRACK" -C -s 10.9.7.$i)"
done
exec 9>&-
wait $pid
is "and it ends well" 0 $?

# Lines of 240 kB: what stands at their end counts.
fresh
long=10.98.78.31 # the last one of 20,000
awk 'BEGIN {
	printf "-D -s 10.99.0.1"
	for (i = 0; i < 20000; i++)
		printf ",10.98.%d.%d", i / 256, i % 256
	print " --quiet"
}' > "$TMP/load"
"$CONNTRACK" -I -s $long $to 2> /dev/null
"$CONNTRACK" -I -s 10.97.0.1 $to 2> /dev/null
is "a line is long" yes "$([ "$(wc -c < "$TMP/load")" -gt 240000 ] && echo yes)"
rc "a long line that deletes" 0 "$CONNTRACK" -R "$TMP/load"
is "deletes what its last word means" 0 "$("$CONNTRACK" -C -s $long)"
is "and nothing else" 1 "$("$CONNTRACK" -C)"
awk -v to="$to" 'BEGIN {
	printf "-I -s 10.0.0.8 %s --label-add 0", to
	for (i = 0; i < 120000; i++)
		printf ",1"
	print ",127"
}' > "$TMP/load"
rc "a long line that creates" 0 "$CONNTRACK" -R "$TMP/load"
is "gives the last label, too" 1 "$("$CONNTRACK" -C -s 10.0.0.8 -l 0,1,127)"

# Killed at any moment: a prefix of what was asked, and the next run goes through. Only a kill
# strictly inside the work is a test. Time is under test here, and a machine may be slow or busy:
# where the kill came before or after the work, it comes later or earlier the next time.
fresh
all=20000
many $all > "$TMP/load"

# killed_inside MILLISECONDS PREPARE CMD...: leaves in n how many entries there are then. Fails
# where no kill came inside.
killed_inside() {
	ms=$1
	prepare=$2
	shift 2
	for _ in $(seq 15); do
		$prepare
		before=$("$CONNTRACK" -C)
		delay=$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))
		"$@" > /dev/null 2>&1 &
		sleep "$delay"
		kill -9 $! 2> /dev/null
		wait $! 2> /dev/null
		n=$("$CONNTRACK" -C)
		case $n in
		"$before") ms=$((ms * 2)) ;;
		0 | "$all") ms=$((ms * 2 / 3)) ;;
		*) return 0 ;;
		esac
	done
	return 1
}
whole() { # a table of all entries
	fresh
	"$CONNTRACK" -R "$TMP/load"
}

inside=0
for moment in 1 5 10 20 30; do
	killed_inside $moment fresh "$CONNTRACK" -R "$TMP/load" || continue
	inside=$((inside + 1))
	head -n "$n" "$TMP/load" | awk '{print $3}' | sort > "$TMP/want"
	"$CONNTRACK" -L 2> /dev/null | sed -E 's/.*\] src=.* dst=([0-9.]+) .*/\1/' |
		sort > "$TMP/got"
	no_diff "killed after $ms ms: a prefix ($n)" "$TMP/want" "$TMP/got"
done
is "loads were killed inside" yes "$([ $inside -gt 0 ] && echo yes)"
fresh
rc "then a whole load" 0 "$CONNTRACK" -R "$TMP/load"
is "makes all" $all "$("$CONNTRACK" -C)"

is "a deletion was killed inside" yes "$(killed_inside 10 whole "$CONNTRACK" -D -p udp && echo yes)"
n=$("$CONNTRACK" -C)
rc "the next deletion" 0 "$CONNTRACK" -D -p udp
err_has "finds what was left" " $n flow entries have been deleted"
is "and leaves none" 0 "$("$CONNTRACK" -C)"

# Churn: others create and delete meanwhile; a control group stays as it is.
fresh
awk 'BEGIN {
	for (i = 0; i < 100; i++)
		printf "-I -s 10.8.0.%d -d 192.0.2.1 -p udp --sport 7 --dport 99 " \
			"-t 1000 -m 1234\n", i
}' | "$CONNTRACK" -R -
control() { # what does not change of the group
	"$CONNTRACK" -L -m 1234 -o id 2> /dev/null |
		sed -E 's/^udp +17 [0-9]+ //; s/ use=[0-9]*//; s/ delta-time=[0-9]*//' | sort
}
control > "$TMP/control"
: > "$TMP/churning"
while [ -e "$TMP/churning" ]; do
	many 2000 | "$CONNTRACK" -R - --continue > /dev/null 2>&1
	"$CONNTRACK" -D -p udp --dport 53 > /dev/null 2>&1
done &
churn=$!
done_or_none() { # WHAT CONDITION...: it ends well, or finds nothing
	what=$1
	shift
	run "$CONNTRACK" "$@" -p udp --dport 53
	[ $RC -eq 0 ] || grep -q " 0 flow entries have been $what" "$TMP/err" || t_last
}
for i in $(seq 20); do
	done_or_none updated -U -m $i -u SEEN_REPLY
	done_or_none deleted -D
done > "$TMP/bad"
rm "$TMP/churning"
wait $churn
is "no error under churn" "" "$(cat "$TMP/bad")"
control > "$TMP/control2"
is "there is a control group" 100 "$(lines "$TMP/control")"
no_diff "the control group is untouched" "$TMP/control" "$TMP/control2"

# Expectations, on a real control connection
fresh
hold "$("$TOOLS/traffic" tcp -p 2121)"
sport=$(ftp_port)
master="-s 127.0.0.1 -d 127.0.0.1 -p tcp --sport $sport --dport 2121"
here='--tuple-dst 127.0.0.1'
rc "-I expect" 0 "$CONNTRACK" -I expect $master --tuple-src 127.0.0.1 $here --tuple-port-dst 5000
err_has "is counted" '1 expectations have been created\.$'
run "$CONNTRACK" -L expect
out_has "-L expect" "^(29[5-9]|300) proto=6 src=127\.0\.0\.1 dst=127\.0\.0\.1 sport=0 dport=5000 $(
	)mask-src=255\.255\.255\.255 mask-dst=255\.255\.255\.255 sport=0 dport=65535 $(
	)master-src=127\.0\.0\.1 master-dst=127\.0\.0\.1 sport=$sport dport=2121 $(
	)class=0 helper=ftp$"
is "-C expect" 1 "$("$CONNTRACK" -C expect)"
rc "a second one like it" 1 \
	"$CONNTRACK" -I expect $master --tuple-src 127.0.0.1 $here --tuple-port-dst 5000
rc "-G expect" 0 "$CONNTRACK" -G expect --tuple-dst 127.0.0.1 --tuple-port-dst 5000
rc "-G expect by its master" 0 "$CONNTRACK" -G expect $master
rc "-G expect of nothing" 1 "$CONNTRACK" -G expect --tuple-port-dst 5001
run "$CONNTRACK" -D expect --tuple-port-dst 5000
err_has "-D expect" '1 expectations have been deleted\.$'
is "it is gone" 0 "$("$CONNTRACK" -C expect)"
"$CONNTRACK" -I expect $master $here --tuple-port-dst 5002 2> /dev/null
rc "-I expect with a timeout" 0 "$CONNTRACK" -I expect $master $here --tuple-port-dst 5003 -t 40
run "$CONNTRACK" -L expect --tuple-port-dst 5003
out_has "has that timeout" '^(40|3[5-9]) proto=6 '
run "$CONNTRACK" -L expect --tuple-port-dst 5003 -o timestamp
out_has "and its time has microseconds" '^\[[0-9]+\.([0-9]*[1-9][0-9]*)\]'

for mask in '--mask-dst 255.255.255.0' '--mask-port-dst 65280'; do
	rc "-I expect $mask" 2 "$CONNTRACK" -I expect $master $here --tuple-port-dst 5004 $mask
done
rc "-I expect with a timeout beyond the kernel's" 2 \
	"$CONNTRACK" -I expect $master $here --tuple-port-dst 5004 -t 4294968
# A helper expects so many flows, the oldest gives way: also while its timeout is still to be given.
for port in 5005 5006 5007; do
	echo "-I expect $master $here --tuple-port-dst $port -t 50"
done > "$TMP/load"
rc "more expectations than there may be" 0 "$CONNTRACK" -R "$TMP/load"
is "the last one stays" 1 "$("$CONNTRACK" -L expect --tuple-port-dst 5007 2> /dev/null | grep -c .)"
rc "-I expect of a network" 2 \
	"$CONNTRACK" -I expect $master --tuple-dst 127.0.0.0/24 --tuple-port-dst 5004
err_has "only one destination" 'expects one destination'
rc "-F expect" 0 "$CONNTRACK" -F expect
err_has "says so" 'expectation table has been emptied\.$'
is "and empties" 0 "$("$CONNTRACK" -C expect)"
rc "no master" 1 "$CONNTRACK" -I expect -s 9.9.9.9 -d 8.8.8.8 -p tcp --sport 1 --dport 2 \
	--tuple-dst 8.8.8.8 --tuple-port-dst 5
err_has "is explained" 'master'

# Without conditions all are meant, as with flows.
three() {
	for port in 5011 5012 5013; do
		echo "-I expect $master $here --tuple-port-dst $port"
	done | "$CONNTRACK" -R -
	flows=$("$CONNTRACK" -C)
	"$CONNTRACK" -C expect
}
is "three expectations, or as many as there may be" yes "$([ "$(three)" -ge 1 ] && echo yes)"
n=$(three)
is "-C expect, conditions" "$n 1 0" \
	"$("$CONNTRACK" -C expect -p tcp) $("$CONNTRACK" -C expect --tuple-port-dst 5013) $("$CONNTRACK" -C expect -p udp)"
rc "-D expect" 0 "$CONNTRACK" -D expect
is "shows each" "$n" "$(grep -c 'helper=ftp' "$TMP/out")"
is "all are gone, and no flow" "0 yes" "$("$CONNTRACK" -C expect) $([ "$("$CONNTRACK" -C)" -ge 1 ] && echo yes)"
rc "-D expect of nothing" 1 "$CONNTRACK" -D expect
n=$(three)
rc "-D=expect --dry-run" 0 "$CONNTRACK" -D=expect --dry-run
is "deletes none" "$n" "$("$CONNTRACK" -C expect)"
rc "-D all" 2 "$CONNTRACK" -D all --tuple-port-dst 5013
rc "-D all of nothing" 1 "$CONNTRACK" -D all -p 99
rc "-D all --none-ok" 0 "$CONNTRACK" -D all -p 99 --none-ok
rc "-D all by the protocol" 0 "$CONNTRACK" -D all -p tcp
is "both tables are empty of it" "0 0" "$("$CONNTRACK" -C -p tcp) $("$CONNTRACK" -C expect)"
err_has "a summary of flows" ' [1-9][0-9]* flow entries have been deleted\.$'
err_has "and one of expectations" ' [0-9]+ expectations have been deleted\.$'
rc "-G expect of all" 2 "$CONNTRACK" -G expect
finish
