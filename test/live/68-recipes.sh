# netns: -a -t -l -m
# The manual's recipes, run as printed: each does what it is for, and no more.
. "${0%/*}/../lib.sh"
page=$(cd "${0%/*}/../.." && pwd)/cli/conntrack.8
cd "$TMP" || exit 1

# The commands, one a line.
sed -n '/^\.Sh RECIPES/,/^\.Sh COMPAT/p' "$page" | sed -n '/^\.Bd/,/^\.Ed/p' | grep -v '^\.' |
	sed 's/\\e/\\/g' >recipes
is "there are recipes" yes "$([ "$(lines recipes)" -ge 11 ] && echo yes)"
mkdir bin var
cp "$CONNTRACK" bin/conntrack
PATH=$TMP/bin:$PATH
export PATH

# recipe PATTERN: runs the only one that matches, with paths of our own
recipe() {
	grep -e "$1" recipes >one
	[ "$(lines one)" = 1 ] || not_ok "one recipe has: $1" "$(cat one)"
	cat one >>ran
	sed -i "s|/var/lib/node|$TMP/var|g; s|/var/lib|$TMP/var|g" one
	run sh one
}
fill() {
	conntrack -F 2>/dev/null
	conntrack -R - <<'LINES'
-I -s 10.0.0.1 -d 10.96.0.10 -p udp --sport 1 --dport 53 -t 600 -g 10.244.1.7 -w 1
-I -s 10.0.0.2 -d 10.96.0.10 -p udp --sport 2 --dport 53 -t 600 -g 10.244.9.9 -m 0x123
-I -s 10.0.0.3 -d 10.96.0.10 -p tcp --sport 3 --dport 53 -t 600 -g 10.244.9.9 --state ESTABLISHED -m 0x100
-I -s 10.0.0.4 -d 10.0.0.9 -p tcp --sport 4 --dport 80 -t 600 --state SYN_SENT -m 0x200
-I -s 203.0.113.66 -d 10.0.0.9 -p udp --sport 5 --dport 80 -t 600
-I -s 10.0.0.9 -d 203.0.113.66 -p udp --sport 6 --dport 80 -t 600 -m 0x1ff
-I -s 10.0.0.8 -d 203.0.113.1 -p udp --sport 7 --dport 80 -t 600 -g 203.0.113.66
LINES
}
# left: the source ports of the entries that are left
left() {
	conntrack -L -o save 2>/dev/null | sed 's/.* --sport \([0-9]*\) .*/\1/' | sort | tr -d '\n'
}
# deletes PATTERN LEFT: the recipe leaves these entries, and is no failure where it finds nothing
deletes() {
	fill
	recipe "$1"
	is "$(cat one)" "0 $2" "$RC $(left)"
	conntrack -F 2>/dev/null
	recipe "$1"
	is "of an empty table" 0 "$RC"
}
deletes '-D -p udp -d 10.96' 134567
deletes 'SYN_SENT' 123567
deletes '--any' 1234
deletes '-m 0x100/0xff00' 1457

fill
conntrack -L -o save 2>/dev/null | sed 's/ -t [0-9]* / /' | sort >before
recipe '-L -o save'
is "saved" 7 "$(lines var/conntrack.save)"
conntrack -F 2>/dev/null
recipe '-R /var'
is "restored" "0 " "$RC $(conntrack -L -o save 2>/dev/null | sed 's/ -t [0-9]* / /' | sort | diff before -)"

recipe '--limit 100'
is "JSON of the largest" "0 7" "$RC $(grep -c '"orig"' out)"
recipe '--group zone'
is "flows by zone" "0 2" "$RC $(grep -c '^conntrack_group_flows{zone="[01]"} [16]$' out)"
recipe 'ct.prom'
is "for the textfile collector" "0 1" "$RC $(grep -c '^conntrack_entries 7$' var/ct.prom)"
recipe '--above'
is "a health check of a healthy table" 0 "$RC"

grep socat recipes >>ran
if command -v socat >/dev/null && command -v python3 >/dev/null; then
	grep socat recipes >one
	sh -c "exec $(cat one)" 2>/dev/null &
	hold $!
	cat >get.py <<'PY'
import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:9101/metrics", timeout=5).read().decode(), end="")
PY
	got() {
		python3 get.py >metrics && grep -q '^conntrack_entries [0-9]*$' metrics
	}
	until_true 5 got
	is "for Prometheus itself" 1 "$(grep -c '^conntrack_insert_total{cpu="0"} ' metrics)"
else
	cannot "a server of metrics" "there is no socat or python3"
fi
grep 'nft add' recipes >>ran
if command -v nft >/dev/null && command -v jq >/dev/null; then
	nft 'add table inet filter; add set inet filter talkers { type ipv4_addr; }'
	recipe 'nft add'
	is "a set from a list" "0 $(conntrack -L -o jsonl 2>/dev/null | jq -r .orig.src | sort -u | grep -c .)" \
		"$RC $(nft -j list set inet filter talkers | jq '.nftables[1].set.elem | length')"
else
	cannot "a set of nftables" "there is no nft or jq"
fi

# With a second network namespace for the other host, which is reached without ssh.
grep 'ssh standby' recipes >>ran
"$TOOLS/netns" sleep 60 &
standby=$!
hold $standby
fill
printf '#!/bin/sh\nshift 2\nexec conntrack -n %s "$@"\n' $standby >bin/ssh
chmod +x bin/ssh
until_true 5 conntrack -n $standby -C
grep 'ssh standby' recipes >one
(PATH=$PWD/bin:$PATH exec setsid sh ./one) >out 2>err &
stream=$!
hold $stream
there() {
	[ "$(conntrack -n $standby -C)" = "$(conntrack -C ! --local)" ]
}
until_true 10 there
is "a second router's" "$(conntrack -C ! --local)" "$(conntrack -n $standby -C)"
kill -- -$stream # all of the pipe: a follower that stayed would make every table send events

is "each recipe has been run" "" "$(grep -vxFf ran recipes)"
finish
