#!/bin/sh
# netns: -a -t -l
# --group by labels and by interfaces, and several fields at once; --sort new.
. "${0%/*}/../lib.sh"

printf '1 web\n5 voip\n6 "od\033d\n' >"$TMP/labels"
"$CONNTRACK" -R - <<'LINES'
-I -s 10.0.0.1 -d 10.1.0.9 -p udp --sport 1 --dport 53 -t 6000 --label-add 1,5
-I -s 10.0.0.2 -d 10.1.0.8 -p udp --sport 2 --dport 53 -t 6000 --label-add 5,1
-I -s 10.0.1.3 -d 10.2.0.9 -p udp --sport 3 --dport 53 -t 6000 --label-add 1
-I -s 10.0.1.4 -d 10.2.0.9 -p tcp --sport 4 --dport 80 -t 6000 --state SYN_SENT --label-add 6,77
-I -s 10.0.1.5 -d 10.2.0.9 -p tcp --sport 5 --dport 80 -t 6000 --state ESTABLISHED -u SEEN_REPLY,ASSURED
-I -s fe80::5 -d fe80::6 -p udp --sport 5 --dport 80 -t 6000
LINES
hold "$("$TOOLS/traffic" tcp -p 7001)"

# groups FIELDS [OPTION...]: the groups, without packets and bytes
groups() {
	fields=$1
	shift
	"$CONNTRACK" -L --labelmap "$TMP/labels" --group "$fields" -o jsonl "$@" 2>"$TMP/err" |
		sed 's/,"packets":[0-9]*,"bytes":[0-9]*//' | sort | joined
}
is "label" '{"flows":3} {"label":"?od?d,77","flows":1} {"label":"web","flows":1} {"label":"web,voip","flows":2}' \
	"$(groups label)"
is "in, out" '{"flows":6} {"in":"lo","out":"lo","flows":1}' "$(groups in,out)"
is "link-local flows are no matter" "" "$(grep -v shown "$TMP/err")"
is "several, with prefixes" '{"family":"ipv4","reply_src":"10.1.0.0/16","label":"web,voip","flows":2} {"family":"ipv4","reply_src":"10.2.0.0/16","label":"web","flows":1}' \
	"$(groups family,reply-src/16,label -p udp -f ipv4)"
is "an other row" '{"label":"web,voip","flows":2} {"other":true,"flows":3}' \
	"$(groups label --limit 1 -s 10.0.0.0/23 | sed 's/{"flows":1} //')"
"$CONNTRACK" -L -g label,proto -o prometheus --labelmap "$TMP/labels" >"$TMP/out" 2>/dev/null
out_has "metrics" '^conntrack_group_flows{label="web,voip",proto="udp"} 2$'
"$CONNTRACK" -L -g label >"$TMP/out" 2>/dev/null
out_has "numbers, without a label file" '^1,5 *2 '

# A group is what is shown: TCP and SCTP have states of the same name, and no zone of both directions
# is not zone 0.
"$CONNTRACK" -R - <<'LINES' 2>"$TMP/err"
-I -s 10.7.0.1 -d 10.7.0.9 -p sctp --sport 1 --dport 5 -t 600 --state ESTABLISHED --orig-vtag 1 --reply-vtag 2 -w 3
-I -s 10.7.0.2 -d 10.7.0.9 -p tcp --sport 1 --dport 5 -t 600 --state ESTABLISHED -u SEEN_REPLY,ASSURED -w 3
-I -s 10.7.0.2 -d 10.7.0.9 -p tcp --sport 2 --dport 5 -t 600 --state CLOSE --orig-zone 4
-I -s 10.7.0.2 -d 10.7.0.9 -p udp --sport 3 --dport 5 -t 600
LINES
is "a state's name is one group" '{"flows":1} {"state":"CLOSE","flows":1} {"state":"ESTABLISHED","flows":2}' \
	"$(groups state -d 10.7.0.9)"
is "zones, as -w selects them" '{"flows":1} {"zone":0,"flows":1} {"zone":3,"flows":2}' "$(groups zone -d 10.7.0.9)"
is "-w 0" 1 "$("$CONNTRACK" -L -d 10.7.0.9 -w 0 -o format=src 2>/dev/null | wc -l)"
if command -v promtool >/dev/null; then
	set -- src dst reply-src reply-dst sport dport reply-sport reply-dport family proto state status \
		mark zone helper offload label in out mac
	wrong=
	sound() { # FIELDS: promtool takes them, and no series comes twice
		"$CONNTRACK" -L -g "$1" -o prometheus >"$TMP/metrics" 2>/dev/null
		promtool check metrics <"$TMP/metrics" >"$TMP/said" 2>&1 && grep -q '^conn' "$TMP/metrics" &&
			[ -z "$(sed '/^#/d; s/ [^ ]*$//' "$TMP/metrics" | sort | uniq -d)" ]
	}
	while [ $# -gt 0 ]; do
		a=$1
		sound "$a" || wrong="$wrong $a"
		shift
		for b; do
			sound "$a,$b" || wrong="$wrong $a,$b"
		done
	done
	is "each field and pair is sound" "" "$wrong"
	printf 'a{b="c"} 1\na{b="c"} 2\n' | promtool check metrics >"$TMP/said" 2>&1
	is "where a double series is none" 1 "$(($? != 0))"
else
	cannot "each field and pair is sound" "promtool is not installed"
fi
"$CONNTRACK" -D -d 10.7.0.9 >/dev/null 2>&1

# Newest first.
"$CONNTRACK" -I -s 10.0.9.1 -d 10.1.0.9 -p udp --sport 1 --dport 53 -t 6000 2>/dev/null
newest() {
	"$CONNTRACK" -L --sort "$1" --limit 1 -o format=src -s 10.0.0.0/16 2>/dev/null
}
is "--sort new" 10.0.9.1 "$(newest new)"
is "--sort -new" 10.0.0.1 "$(newest -new)"
rc "groups have no age" 2 "$CONNTRACK" -L -g src --sort new
rc "labels have no prefix" 2 "$CONNTRACK" -L -g label/8
finish
