#!/bin/sh
# netns: -a -t -l
# Words that people bring from packet filters and from other programs: names of services, protocols,
# types and bits in other spellings; and what is told where a word means something else here.
. "${0%/*}/../lib.sh"

"$CONNTRACK" -R - <<'LINES'
-I -s 10.0.0.1 -d 10.1.0.9 -p tcp --sport 1001 --dport 443 -t 600 --state ESTABLISHED -u SEEN_REPLY,ASSURED
-I -s 10.0.0.2 -d 10.1.0.9 -p udp --sport 1002 --dport 53 -t 600
-I -s 10.0.0.3 -d 10.1.0.9 -p udp --sport 1003 --dport 7 -t 600
-I -s 10.0.0.4 -d 10.1.0.9 -p tcp --sport 1004 --dport 80 -t 600 --state SYN_SENT --src-nat 192.0.2.1
-I -s 10.0.0.5 -d 10.1.0.9 -p tcp --sport 1005 --dport 21 -t 600 --state SYN_SENT --dst-nat 192.0.2.2
-I -s 10.0.0.6 -d 10.1.0.9 -p icmp --icmp-type echo-request --icmp-code 0 --icmp-id 6 -t 600
-I -s fd00::7 -d fd00::9 -p icmpv6 --icmpv6-type echo-request --icmpv6-code 0 --icmpv6-id 6 -t 600
LINES

# hosts CONDITION...: the last digits of the sources that it selects
hosts() {
	"$CONNTRACK" -L "$@" -o format='%{src}\n' 2>"$TMP/err" | sed 's/.*[.:]//' | sort | joined
}
is "the table" "1 2 3 4 5 6 7" "$(hosts)"

# --- services ---

is "a service" 1 "$(hosts --dport https)"
is "services, in other letters" "1 2 4" "$(hosts --dport HTTPS,domain,80)"
is "negated" "2 3 4 5 6 7" "$(hosts ! --dport https)"
is "behind a colon" 5 "$(hosts -d :ftp)"
if grep -q '^echo[[:space:]]*7/' /etc/services 2>/dev/null; then
	is "of /etc/services" 3 "$(hosts --dport echo)"
else
	cannot "of /etc/services" "it has no echo"
fi
rc "no service" 2 "$CONNTRACK" -D --dport nosuch
err_has "is told" '"nosuch" is not a port, a service or a range of ports'
rc "no range of services" 2 "$CONNTRACK" -D --dport http:https
rc "-I with one" 0 "$CONNTRACK" -I -s 10.0.0.8 -d 10.1.0.9 -p udp --sport ntp --dport ntp -t 600
is "takes it" 8 "$(hosts --sport 123 --dport 123)"
"$CONNTRACK" -D -s 10.0.0.8 >/dev/null 2>&1

# --- protocols, types, bits, helpers ---

is "-p icmp6" 7 "$(hosts -p icmp6)"
is "-p ipv6-icmp" 7 "$(hosts -p ipv6-icmp)"
is "-p all" "1 2 3 4 5 6 7" "$(hosts -p all)"
is "-p ALL, with another condition" 2 "$(hosts -p ALL --dport 53)"
rc "! -p all" 2 "$CONNTRACK" -D ! -p all
rc "-I -p all" 2 "$CONNTRACK" -I -s 10.0.0.8 -d 10.1.0.9 -p all
is "--icmp-type with -p icmpv6" 7 "$(hosts -p icmpv6 --icmp-type 128)"
is "by name" 7 "$(hosts -p icmpv6 --icmp-type echo-request)"
is "and id" 7 "$(hosts -p icmpv6 --icmp-id 6 --icmp-code 0)"
rc "-G with them" 0 "$CONNTRACK" -G -s fd00::7 -d fd00::9 -p icmpv6 --icmp-type 128 --icmp-code 0 --icmp-id 6
is "and another id" "" "$(hosts -p icmpv6 --icmp-id 7)"
is "without -p: by name" "6 7" "$(hosts --icmp-type echo-request)"
is "by number" "7" "$(hosts --icmp-type 128)"
is "by numbers" "6 7" "$(hosts --icmp-type 8,128)"
is "negated" "1 2 3 4 5" "$(hosts ! --icmp-type echo-request)"
is "by id" "6 7" "$(hosts --icmp-id 6)"
is "by id and type" 7 "$(hosts --icmp-id 6 --icmp-type 100:200)"
is "of one family" 7 "$(hosts --icmp-type echo-request --icmp-id 6 -f ipv6)"
is "of ICMP" 6 "$(hosts -p icmp --icmp-type echo-request)"
is "a type of ICMPv6 alone" "" "$(hosts --icmp-type ni-query)"
rc "of none" 2 "$CONNTRACK" -D --icmp-type nosuch
err_has "names those of ICMP" 'not one of echo-reply, echo-request, timestamp'
rc "of none of ICMPv6" 2 "$CONNTRACK" -D -p icmpv6 --icmp-type timestamp-request
err_has "names others" 'not one of echo-reply, echo-request'
rc "with another protocol" 2 "$CONNTRACK" -D -p tcp --icmp-type 8
rc "-I of ICMPv6" 0 "$CONNTRACK" -I -s fd00::8 -d fd00::9 -p icmpv6 --icmp-type 128 --icmp-code 0 --icmp-id 9 -t 600
is "is one" 8 "$(hosts --icmpv6-type 128 --icmpv6-id 9)"
"$CONNTRACK" -D -s fd00::8 >/dev/null 2>&1
printf '%s\n' '-D -f ipv6 --icmp-type echo-request -s fd00::1' '-D -f ipv4 --icmp-type echo-request -s 10.0.0.6' >"$TMP/load"
"$CONNTRACK" -R "$TMP/load" --continue >/dev/null 2>&1
is "each line has its own" "1 2 3 4 5 7" "$(hosts)"

is "--status SNAT" 4 "$(hosts -u SNAT)"
is "--status !DNAT" "1 2 3 4 7" "$(hosts -u '!DNAT')"
is "! --status SNAT" "1 2 3 5 7" "$(hosts ! -u SNAT)"
rc "-U -u SNAT" 2 "$CONNTRACK" -U -u SNAT
is "-n=ADDR" 4 "$(hosts -n=192.0.2.1)"
is "-s=ADDR" 2 "$(hosts -s=10.0.0.2)"
rc "-n=" 2 "$CONNTRACK" -D -n=
if "$CONNTRACK" -I -s 10.0.0.9 -d 10.1.0.9 -p tcp --sport 9 --dport 21 -t 600 --state SYN_SENT \
	--helper FTP >"$TMP/out" 2>"$TMP/err"; then
	is "a helper in other letters" 9 "$(hosts --helper Ftp)"
else
	cannot "a helper in other letters" "$(cat "$TMP/err")"
fi

# --- other readings ---

rc "flags of packets" 2 "$CONNTRACK" -D --tcp-flags SYN,ACK SYN
err_has "are none of ours" 'keeps no flags of packets: --state selects'
rc "in one word" 2 "$CONNTRACK" -D --tcp-flags SYN,ACK
err_has "are none of ours" 'keeps no flags of packets'
rc "a verdict" 2 "$CONNTRACK" -L -j ACCEPT
err_has "is no target" '"ACCEPT" fits neither --any-nat nor --jump, whose targets are count, null'
rc "--jump with one" 2 "$CONNTRACK" -L --jump DROP
err_has "names the targets" 'not one of count, null'
rc "-c beside a command" 2 "$CONNTRACK" -D -c
err_has "names both readings" 'is a command, and there is another; as --secmark it wants a number'
rc "no format" 2 "$CONNTRACK" -L -o csv
err_has "names them" 'neither a format \(plain, extended, .*jsonl.*\) nor an interface csv'
rc "--out with a format" 2 "$CONNTRACK" -L --out xml
err_has "names --output" 'no interface xml: --output has formats'
rc "--out without one" 2 "$CONNTRACK" -L --out nosuch
err_has "does not" 'no interface nosuch$'
rc "a beginning of several" 2 "$CONNTRACK" -L --orig
err_has "names what begins so" '"--orig" is ambiguous: --orig-[a-z]* or --orig-[a-z]*$'
rc "of two" 2 "$CONNTRACK" -L --o
err_has "names what begins so" 'ambiguous: --o[a-z-]* or --o[a-z-]*$'
is "the program's name first" 2 "$("$CONNTRACK" conntrack -L --dport 53 -o format='%{src}\n' 2>/dev/null | sed 's/.*[.]//')"
rc "twice" 2 "$CONNTRACK" conntrack conntrack -L
rc "a bundle that begins with an option" 0 "$CONNTRACK" -zL -s 10.0.0.2
out_has "lists" 'src=10\.0\.0\.2 '
for command in -L -D -E -C; do
	rc "$command --timeout NAME" 2 "$CONNTRACK" $command --timeout web
	err_has "is told" 'no kernel tells by which policy'
	rc "$command -t SECONDS" 2 "$CONNTRACK" $command -t 5
	err_has "names --expires" 'selects no entries: --expires does'
done
rc "-A of the mirrored flow" 1 "$CONNTRACK" -A -s 10.1.0.9 -d 10.0.0.2 -p udp --sport 53 --dport 1002 -t 600
err_has "says so" 'Such conntrack exists in another zone, or mirrored: -A updates none but the same'
rc "-I of it" 1 "$CONNTRACK" -I -s 10.1.0.9 -d 10.0.0.2 -p udp --sport 53 --dport 1002 -t 600
err_has "is as it was" 'Such conntrack exists, try -U to update'
finish
