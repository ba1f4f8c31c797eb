#!/bin/sh
# netns: -a
# --timeout NAME: the seconds come from a timeout policy, by protocol and state.
. "$(dirname "$0")/../lib.sh"

command -v nfct > /dev/null || { skip policies "nfct is not installed"; finish; }
flow='-s 10.0.0.1 -d 10.0.0.2'
timeout_of() { # CONDITIONS: the timeouts of these entries, rounded up to tens, as time goes by
	"$CONNTRACK" -L "$@" -o jsonl 2> /dev/null | sed 's/.*"timeout":\([0-9]*\).*/\1/' |
		awk '{print int(($1 + 9) / 10) * 10}'
}

rc "a name where there is none" 2 "$CONNTRACK" -I $flow -p udp --sport 1 --dport 2 -t slow
err_has "is told" 'no policy slow, and no other'
if ! nfct add timeout slow inet tcp established 7000 syn_sent 500 close 90 > "$TMP/nfct" 2>&1; then
	cannot policies "nfct: $(cat "$TMP/nfct")"
	finish
fi
nfct add timeout quick inet udp unreplied 300 replied 800
nfct add timeout other inet6 udp unreplied 310 replied 810
nfct add timeout rest inet generic timeout 650
nfct add timeout ping inet icmp timeout 370

if command -v nft >/dev/null && nft -f - 2>"$TMP/nft" <<'RULES'; then
table ip t {
	ct timeout made-by-nft {
		protocol udp; l3proto ip
		policy = { unreplied : 333, replied : 444 }
	}
	counter amounts { }
}
RULES
	rc "-I with a policy of nft's" 0 "$CONNTRACK" -I $flow -p udp --sport 77 --dport 2 -t made-by-nft
	is "by its own value" 340 "$(timeout_of -p udp --sport 77)"
	rc "an unknown name beside it" 2 "$CONNTRACK" -I $flow -p udp --sport 78 --dport 2 -t amounts
	err_has "names both kinds" 'there is no policy amounts; this kernel has .*slow \(ipv4 tcp\).*made-by-nft \(ipv4 udp\)'
	"$CONNTRACK" -D -p udp >"$TMP/out" 2>&1
	for name in slow quick other rest ping; do
		nfct delete timeout $name
	done
	rc "--idle beside nft's alone" 1 "$CONNTRACK" -D --idle 0
	err_has "is refused" 'there are timeout policies, and entries do not tell theirs: made-by-nft'
	nft delete table ip t
	nfct add timeout slow inet tcp established 7000 syn_sent 500 close 90
	nfct add timeout quick inet udp unreplied 300 replied 800
	nfct add timeout other inet6 udp unreplied 310 replied 810
	nfct add timeout rest inet generic timeout 650
	nfct add timeout ping inet icmp timeout 370
else
	cannot "a policy of nft's" "$(head -n 1 "$TMP/nft")"
fi

rc "--idle beside policies" 1 "$CONNTRACK" -D --idle 0
err_has "is refused" 'there are timeout policies, and entries do not tell theirs'

rc "-I" 0 "$CONNTRACK" -I $flow -p tcp --sport 1 --dport 2 --state ESTABLISHED --timeout slow
is "by state" 7000 "$(timeout_of -p tcp)"
rc "-I in another state" 0 "$CONNTRACK" -I $flow -p tcp --sport 2 --dport 2 --state SYN_SENT -t slow
is "by that" 500 "$(timeout_of -p tcp --sport 2)"
rc "-I of UDP" 0 "$CONNTRACK" -I $flow -p udp --sport 1 --dport 2 -t quick
is "without a reply" 300 "$(timeout_of -p udp)"
rc "-A" 0 "$CONNTRACK" -A $flow -p udp --sport 1 --dport 2 -t quick -u SEEN_REPLY
is "with one" 800 "$(timeout_of -p udp)"
rc "-I of IPv6" 0 "$CONNTRACK" -I -s fe80::1 -d fe80::2 -p udp --sport 1 --dport 2 -t other
is "has its own" 310 "$(timeout_of -f ipv6)"
rc "-I of ICMP" 0 "$CONNTRACK" -I $flow -p icmp --icmp-type 8 --icmp-code 0 -t ping
is "has one value" 370 "$(timeout_of -p icmp)"
rc "-I of a protocol without a tracker" 0 "$CONNTRACK" -I $flow -p 99 -t rest
is "is generic" 650 "$(timeout_of -p 99)"

tcp='-p tcp --sport 9 --dport 2 --state ESTABLISHED'
rc "an unknown name" 2 "$CONNTRACK" -I $flow $tcp --timeout sloww
err_has "says which there are" 'slow \(ipv4 tcp\).*quick \(ipv4 udp\)'
rc "another protocol's" 2 "$CONNTRACK" -I $flow $tcp --timeout quick
err_has "is told" 'quick is for ipv4 udp'
rc "another family's" 2 "$CONNTRACK" -I $flow -p udp --sport 9 --dport 2 --timeout other
rc "a number with a tail" 2 "$CONNTRACK" -I $flow -p udp --sport 9 --dport 2 --timeout 60s
is "make nothing" 0 "$("$CONNTRACK" -C --sport 9)"

rc "-U" 0 "$CONNTRACK" -U -p tcp -t slow
is "by each entry's state" "500 7000" "$(timeout_of -p tcp | sort -n | joined)"
rc "-U to another state" 0 "$CONNTRACK" -U -p tcp --sport 1 --state CLOSE -t slow
is "by the new one" 90 "$(timeout_of -p tcp --sport 1)"
out_has "and shows it" '^tcp +6 90 CLOSE '
rc "-U where some are of another protocol" 1 "$CONNTRACK" -U -f ipv4 --dport 2 -t quick
err_has "says so" \
	'the timeout policy is of another protocol \(cannot update 2 of the matching entries'
is "and updates the others" 800 "$(timeout_of -p udp -f ipv4)"

# Load files
fresh
cat > "$TMP/load" << 'LINES'
-I -s 10.1.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t quick
-I -s 10.1.0.2 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t quick
-I -s 10.1.0.3 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t nosuch
-I -s 10.1.0.4 -d 10.0.0.2 -p tcp --sport 1 --dport 2 --state CLOSE -t slow
LINES
rc "in a load file" 1 "$CONNTRACK" -R "$TMP/load" --continue
err_has "with its line" 'load:3: --timeout: there is no policy nosuch'
is "the others are made" "300 300 90" "$(timeout_of -s 10.1.0.0/16 | sort | joined)"

# Looking a policy up must not disturb what is on its way: each line's answer stays its own.
fresh
several() { # VERB POLICY POLICY SECONDS MARK
	echo "$1 -s 10.2.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t $2 -m $5"
	echo "$1 -s 10.2.0.2 -d 10.0.0.2 -p tcp --sport 1 --dport 2 --state CLOSE -t $3 -m $5"
	echo "$1 -s 10.2.0.3 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t $4 -m $5"
}
several -I 600 600 600 1 > "$TMP/first"
several -I quick slow 80 2 > "$TMP/second"
several -A quick slow 80 3 > "$TMP/third"
several -I 80 80 quick 4 | sed 's/10\.2/10.3/' > "$TMP/fourth"
rc "several" 0 "$CONNTRACK" -R "$TMP/first"
rc "the same again, by policies" 1 "$CONNTRACK" -R "$TMP/second"
err_has "the first is there already" "second:1: .*Such conntrack exists"
is "nothing is taken back that was there" 3 "$("$CONNTRACK" -C)"
is "nor changed" 3 "$("$CONNTRACK" -C -m 1)"
rc "-A of them" 0 "$CONNTRACK" -R "$TMP/third"
is "reaches all" 3 "$("$CONNTRACK" -C -m 3)"
is "gives each its own" "80 90 300" "$(timeout_of -m 3 | sort -n | joined)"
rc "seconds before a policy" 0 "$CONNTRACK" -R "$TMP/fourth"
is "make all" 3 "$("$CONNTRACK" -C -m 4)"
echo "-I -s 10.2.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 9" > "$TMP/order"
for wrong in nosuch slow; do
	echo "-I -s 10.2.0.9 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t $wrong" |
		cat "$TMP/order" - > "$TMP/load"
	rc "errors come in file order: $wrong" 1 "$CONNTRACK" -R "$TMP/load"
	is "the first one" "1" "$(sed -n 's/.*load:\([0-9]\):.*/\1/p' "$TMP/err")"
done

fresh
rc "-I for the next" 0 \
	"$CONNTRACK" -I $flow -p tcp --sport 1 --dport 2 --state ESTABLISHED --timeout slow
# More policies than one datagram of the kernel's holds.
for n in $(seq 500); do
	nfct add timeout "another-timeout-policy-$n" inet tcp established $n
done
rc "one of many" 0 \
	"$CONNTRACK" -U -p tcp --sport 1 --state ESTABLISHED -t another-timeout-policy-250
is "is found" 250 "$(timeout_of -p tcp --sport 1 -s 10.0.0.1)"
rc "not for expectations" 2 "$CONNTRACK" -I expect $flow -p tcp --sport 1 --dport 2 \
	--tuple-dst 10.0.0.2 --tuple-port-dst 9 -t slow
finish
