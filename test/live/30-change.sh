#!/bin/sh
# netns: -a -l -H
# What writes: nothing but what was asked for changes, and what is reported is what happened.
. "$(dirname "$0")/../lib.sh"

table() { # the table as it is, but for what changes by itself
	"$CONNTRACK" -L -o extended,labels 2> /dev/null |
		sed -E 's/^([a-z0-9]+ +[0-9]+ [a-z0-9]+ +[0-9]+ )[0-9]+ /\1/; s/ use=[0-9]+//; s/ delta-time=[0-9]+//' | sort
}
many() { # COUNT: creations as a load file
	awk -v n="$1" 'BEGIN {for (i = 0; i < n; i++) printf "-I -s 10.7.%d.%d -d 192.0.2.1 -p udp --sport %d --dport 53 -t 1000\n", i / 256, i % 256, 1024 + i % 50000}'
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
rc "-F" 0 "$CONNTRACK" -F
err_has "says so" 'connection tracking table has been emptied\.$'
is "and the table is empty" 0 "$("$CONNTRACK" -C)"
rc "a saved table loads again" 0 sh -c '"$CONNTRACK" -R - < "$1"' sh "$TMP/saved"
table > "$TMP/after"
is "and is the same" "" "$(diff "$TMP/before" "$TMP/after")"
"$CONNTRACK" -L -o jsonl 2> /dev/null | grep -o '"orig_vtag":[^}]*' > "$TMP/tags"
is "SCTP tags and all" '"orig_vtag":11,"reply_vtag":4294967295' "$(cat "$TMP/tags")"

run "$CONNTRACK" -G -s 192.0.2.1 -d 198.51.100.3 -p udp --sport 5353 --dport 53
is "-G" "0 1" "$RC $(wc -l < "$TMP/out" | tr -d ' ')"
run "$CONNTRACK" -G -s 192.0.2.1 -d 198.51.100.10 -p tcp --sport 1 --dport 2 -w 9
is "-G in a zone" 0 "$RC"
run "$CONNTRACK" -G -s 192.0.2.1 -d 198.51.100.10 -p tcp --sport 1 --dport 2
is "-G of nothing" 1 "$RC"
err_has "has the words" "such conntrack doesn't exist"
rc "--none-ok" 0 "$CONNTRACK" -G -s 9.0.2.1 -d 198.51.100.10 -p tcp --sport 1 --dport 2 --none-ok
run "$CONNTRACK" -I -s 192.0.2.1 -d 198.51.100.3 -p udp --sport 5353 --dport 53 -t 10
is "-I of what exists" 1 "$RC"
err_has "has the words" 'Such conntrack exists, try -U to update'
rc "-A of what exists" 0 "$CONNTRACK" -A -s 192.0.2.1 -d 198.51.100.3 -p udp --sport 5353 --dport 53 -t 3000 -m 9
run "$CONNTRACK" -L -m 9
is "updates it" 1 "$(wc -l < "$TMP/out" | tr -d ' ')"
run "$CONNTRACK" -I -s 192.0.2.1 -d 198.51.100.3 -p udp --sport 9 --dport 53 -t 10 --helper nonesuch
is "an unknown helper" 1 "$RC"
case $(uname -r) in
[1-5].*) cannot "a fixed timeout" "kernels before 6.1 change it all the same" ;;
*)
	run "$CONNTRACK" -U -s 2001:db8:1::5 -t 5
	is "a fixed timeout" 1 "$RC"
	err_has "is explained" 'FIXED_TIMEOUT'
	;;
esac

run "$CONNTRACK" -U -p udp -m 0x10/0xf0
is "-U" 0 "$RC"
is "shows what it changed" 4 "$(grep -c ' mark=' "$TMP/out")"
err_has "and counts it" '4 flow entries have been updated\.$'
is "under the mask" 1 "$("$CONNTRACK" -C -m 0x19)"
run "$CONNTRACK" -U -p tcp -w 9 --label-add 3
is "-U in a zone" 0 "$RC"
is "--label-add" 1 "$("$CONNTRACK" -C -l 3)"
rc "--label-del of one" 0 "$CONNTRACK" -U -l 127 --label-del 127
is "leaves the others" 1 "$("$CONNTRACK" -C -l 0,5)"
rc "-U that matches nothing" 1 "$CONNTRACK" -U -s 9.9.9.9 -m 1

table > "$TMP/before"
run "$CONNTRACK" -D -p udp --dry-run
is "--dry-run shows" 4 "$(wc -l < "$TMP/out" | tr -d ' ')"
table > "$TMP/after"
is "and changes nothing" "" "$(diff "$TMP/before" "$TMP/after")"
run "$CONNTRACK" -D -p udp
err_has "-D counts" '4 flow entries have been deleted\.$'
is "and leaves the rest" "12 0" "$("$CONNTRACK" -C) $("$CONNTRACK" -C -p udp)"
run "$CONNTRACK" -D -p udp
is "-D of nothing" 1 "$RC"
err_has "says 0" '0 flow entries have been deleted\.$'
run "$CONNTRACK" -D -p gre --quiet
is "--quiet" "0 " "$RC $(cat "$TMP/out" "$TMP/err")"
rc "-F with a condition" 2 "$CONNTRACK" -F -p tcp
err_has "points to -D" ' -D '
rc "-F -f ipv6" 0 "$CONNTRACK" -F -f ipv6
is "leaves IPv4" "0 9" "$("$CONNTRACK" -C -f ipv6) $("$CONNTRACK" -C -f ipv4)"
"$CONNTRACK" -F 2> /dev/null

# Load files
printf -- '-I -s "10.0.0.1" -d 10.0."0.2" -p u\\dp --sport 1 --dport 2 -t 100\r\n\n  # comment\nconntrack -D -p udp --quiet\n-I -s 10.0.0.3 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 100' > "$TMP/load"
rc "quotes, comments, no last newline" 0 "$CONNTRACK" -R "$TMP/load"
is "commands run in order" 1 "$("$CONNTRACK" -C -s 10.0.0.3)"
is "a deletion before a creation" 1 "$("$CONNTRACK" -C)"
{ many 5; echo '-I -s 10.0.0.3 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 100'; echo '-I -s 10.9.9.9 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 100'; } > "$TMP/load"
rc "a line that fails" 1 "$CONNTRACK" -R "$TMP/load"
err_has "is named" "^conntrack: $TMP/load:6: .*Such conntrack exists"
is "nothing after it stays" "0 5" "$("$CONNTRACK" -C -s 10.9.9.9) $("$CONNTRACK" -C -s 10.7.0.0/16)"
rc "--continue" 1 "$CONNTRACK" -R "$TMP/load" --continue
is "goes on" "1 6" "$("$CONNTRACK" -C -s 10.9.9.9) $(wc -l < "$TMP/err" | tr -d ' ')"
for line in '-L' '-I -s 1.1.1.1' '-Q' '"open' 'nonsense' '-I -s 1.1.1.1 -d 2.2.2.2 -p udp --sport 1 --dport 70000 -t 5'; do
	printf '# one\n%s\n' "$line" > "$TMP/load"
	run "$CONNTRACK" -R "$TMP/load"
	is "$line: exit 2" 2 "$RC"
	err_has "$line: where" "^conntrack: $TMP/load:2: "
done
rc "no such file" 2 "$CONNTRACK" -R "$TMP/nowhere"
rc "a folder" 1 "$CONNTRACK" -R "$TMP"
err_has "is named" "^conntrack: -R: $TMP: cannot read on behind line 0: Is a directory"
# 2 is for what has changed nothing.
good='-I -s 10.9.8.1 -d 10.9.9.9 -p udp --sport 1 --dport 2 -t 100'
for bad in '-U -s 10.9.8.1 -t nosuch' '-D --in nosuch0' '-I -s 10.9.8.2 -d 10.9.9.9 -p udp --sport 1 --dport 2 -t nosuch' nonsense; do
	echo "$bad" > "$TMP/load"
	rc "$bad" 2 "$CONNTRACK" -R "$TMP/load"
	printf '%s\n%s\n' "$good" "$bad" > "$TMP/load"
	rc "$bad behind a good line" 1 "$CONNTRACK" -R "$TMP/load"
	is "which is carried out" 1 "$("$CONNTRACK" -C -d 10.9.9.9)"
	"$CONNTRACK" -D -s 10.9.8.0/24 > /dev/null 2>&1
	rc "$bad, --dry-run" 2 "$CONNTRACK" -R "$TMP/load" --dry-run
done
# In file order also where a line has to be done twice: an entry that -A lets expire, one that cannot have its labels.
printf '%s\n' "$good" "-A ${good#-I } -t 0" > "$TMP/load"
sed -i 's/ -t 100 -t 0/ -t 0/' "$TMP/load"
echo "${good%100}77" >> "$TMP/load"
rc "creating what -A has let expire" 0 "$CONNTRACK" -R "$TMP/load"
is "comes last" 1 "$("$CONNTRACK" -C -s 10.9.8.1 --expires 70:77)"
# A program that feeds lines one by one sees each done.
mkfifo "$TMP/lines"
"$CONNTRACK" -R - < "$TMP/lines" &
pid=$!
exec 9> "$TMP/lines"
for i in 1 2; do
	echo "-I -s 10.9.7.$i -d 10.9.9.9 -p udp --sport 1 --dport 2 -t 100" >&9
	for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ "$("$CONNTRACK" -C -s 10.9.7.$i)" = 0 ] || break
		sleep 0.1
	done
	is "line $i is carried out at once" 1 "$("$CONNTRACK" -C -s 10.9.7.$i)"
done
exec 9>&-
wait $pid
is "and it ends well" 0 $?
"$CONNTRACK" -D -d 10.9.9.9 > /dev/null 2>&1
{ printf -- '-I -s 10.0.0.8 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 100 -l '; } > /dev/null
awk 'BEGIN {printf "-D -s 10.99.0.1"; for (i = 0; i < 20000; i++) printf ",10.98.%d.%d", i / 256, i % 256; print " --quiet"}' > "$TMP/load"
rc "a line of 240 kB" 0 "$CONNTRACK" -R "$TMP/load"

# Killed at any moment: a prefix of what was asked, and the next run goes through.
"$CONNTRACK" -F 2> /dev/null
many 20000 > "$TMP/load"
for delay in 0.005 0.01 0.02 0.03; do
	"$CONNTRACK" -R "$TMP/load" 2> /dev/null &
	pid=$!
	sleep $delay
	kill -9 $pid 2> /dev/null
	wait $pid 2> /dev/null
	n=$("$CONNTRACK" -C)
	head -n "$n" "$TMP/load" | awk '{print $3}' | sort > "$TMP/want"
	"$CONNTRACK" -L 2> /dev/null | sed -E 's/.*\] src=.* dst=([0-9.]+) .*/\1/' | sort > "$TMP/got"
	cmp -s "$TMP/want" "$TMP/got" && ok "killed after $delay s: a prefix ($n)" || not_ok "killed after $delay s: a prefix ($n)"
	"$CONNTRACK" -F 2> /dev/null
done
rc "then a whole load" 0 "$CONNTRACK" -R "$TMP/load"
"$CONNTRACK" -D -p udp > /dev/null 2>&1 &
pid=$!
sleep 0.01
kill -9 $pid
wait $pid 2> /dev/null
"$CONNTRACK" -D -p udp > /dev/null 2>&1
is "a killed deletion, and the next" 0 "$("$CONNTRACK" -C)"

# Churn: others create and delete meanwhile; a control group stays as it is.
awk 'BEGIN {for (i = 0; i < 100; i++) printf "-I -s 10.8.0.%d -d 192.0.2.1 -p udp --sport 7 --dport 99 -t 1000 -m 1234\n", i}' | "$CONNTRACK" -R -
"$CONNTRACK" -L -m 1234 -o id 2> /dev/null | grep -o ' mark=.* id=.*' | sed 's/ use=[0-9]*//; s/delta-time=[0-9]* //' | sort > "$TMP/control"
(while :; do many 2000 | "$CONNTRACK" -R - --continue > /dev/null 2>&1; "$CONNTRACK" -D -p udp --dport 53 > /dev/null 2>&1; done) &
churn=$!
bad=0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	"$CONNTRACK" -U -p udp --dport 53 -m $i -u SEEN_REPLY > /dev/null 2> "$TMP/err" || grep -q ' 0 flow entries have been updated' "$TMP/err" || { bad=$((bad + 1)); cat "$TMP/err"; }
	"$CONNTRACK" -D -p udp --dport 53 > /dev/null 2> "$TMP/err" || grep -q ' 0 flow entries have been deleted' "$TMP/err" || { bad=$((bad + 1)); cat "$TMP/err"; }
done
kill $churn
wait $churn 2> /dev/null
is "no error under churn" 0 $bad
"$CONNTRACK" -L -m 1234 -o id 2> /dev/null | grep -o ' mark=.* id=.*' | sed 's/ use=[0-9]*//; s/delta-time=[0-9]* //' | sort > "$TMP/control2"
is "the control group is untouched" "" "$(diff "$TMP/control" "$TMP/control2")"
"$CONNTRACK" -F 2> /dev/null

# Expectations, on a real control connection
hold "$("$TOOLS/traffic" tcp -p 2121)"
sport=$("$CONNTRACK" -L -p tcp --dport 2121 --helper ftp 2> /dev/null | grep -o 'sport=[0-9]*' | head -n 1 | cut -d= -f2)
master="-s 127.0.0.1 -d 127.0.0.1 -p tcp --sport $sport --dport 2121"
run "$CONNTRACK" -I expect $master --tuple-src 127.0.0.1 --tuple-dst 127.0.0.1 --tuple-port-dst 5000
is "-I expect" 0 "$RC"
err_has "is counted" '1 expectations have been created\.$'
run "$CONNTRACK" -L expect
out_has "-L expect" "^(299|300) proto=6 src=127\.0\.0\.1 dst=127\.0\.0\.1 sport=0 dport=5000 mask-src=255\.255\.255\.255 mask-dst=255\.255\.255\.255 sport=0 dport=65535 master-src=127\.0\.0\.1 master-dst=127\.0\.0\.1 sport=$sport dport=2121 class=0 helper=ftp$"
is "-C expect" 1 "$("$CONNTRACK" -C expect)"
run "$CONNTRACK" -I expect $master --tuple-src 127.0.0.1 --tuple-dst 127.0.0.1 --tuple-port-dst 5000
is "a second one like it" 1 "$RC"
rc "-G expect" 0 "$CONNTRACK" -G expect --tuple-dst 127.0.0.1 --tuple-port-dst 5000
rc "-G expect by its master" 0 "$CONNTRACK" -G expect $master
rc "-G expect of nothing" 1 "$CONNTRACK" -G expect --tuple-port-dst 5001
run "$CONNTRACK" -D expect --tuple-port-dst 5000
err_has "-D expect" '1 expectations have been deleted\.$'
is "it is gone" 0 "$("$CONNTRACK" -C expect)"
"$CONNTRACK" -I expect $master --tuple-dst 127.0.0.1 --tuple-port-dst 5002 2> /dev/null
rc "-I expect with a timeout" 0 "$CONNTRACK" -I expect $master --tuple-dst 127.0.0.1 --tuple-port-dst 5003 -t 40
run "$CONNTRACK" -L expect --tuple-port-dst 5003
out_has "has that timeout" '^(40|39) proto=6 '
run "$CONNTRACK" -L expect --tuple-port-dst 5003 -o timestamp
out_has "and its time has microseconds" '^\[[0-9]+\.([0-9]*[1-9][0-9]*)\]'

for mask in '--mask-dst 255.255.255.0' '--mask-port-dst 65280'; do
	rc "-I expect $mask" 2 "$CONNTRACK" -I expect $master --tuple-dst 127.0.0.1 --tuple-port-dst 5004 $mask
done
rc "-I expect with a timeout beyond the kernel's" 2 "$CONNTRACK" -I expect $master --tuple-dst 127.0.0.1 --tuple-port-dst 5004 -t 4294968
# A helper expects so many flows, the oldest gives way: also while its timeout is still to be given.
for port in 5005 5006 5007; do
	echo "-I expect $master --tuple-dst 127.0.0.1 --tuple-port-dst $port -t 50"
done > "$TMP/load"
rc "more expectations than there may be" 0 "$CONNTRACK" -R "$TMP/load"
is "the last one stays" 1 "$("$CONNTRACK" -L expect --tuple-port-dst 5007 2> /dev/null | grep -c .)"
rc "-I expect of a network" 2 "$CONNTRACK" -I expect $master --tuple-dst 127.0.0.0/24 --tuple-port-dst 5004
err_has "only one destination" 'expects one destination'
rc "-F expect" 0 "$CONNTRACK" -F expect
err_has "says so" 'expectation table has been emptied\.$'
is "and empties" 0 "$("$CONNTRACK" -C expect)"
run "$CONNTRACK" -I expect -s 9.9.9.9 -d 8.8.8.8 -p tcp --sport 1 --dport 2 --tuple-dst 8.8.8.8 --tuple-port-dst 5
is "no master" 1 "$RC"
err_has "is explained" 'master'
rc "-D expect without a condition" 2 "$CONNTRACK" -D expect
finish
