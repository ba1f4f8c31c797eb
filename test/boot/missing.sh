#!/bin/sh
# missing.sh MODULE: what is said while the kernel lacks this module: one clear line, and exit 1.
. "${0%/*}/../lib.sh"
module=$1

while read -r words; do
	run timeout 10 "$CONNTRACK" $words </dev/null
	is "no $module, $words: exit 1" 1 "$RC"
	err_is_one_line "no $module, $words: one line"
	err_has "no $module, $words: names it" "load the module $module\\b"
	is "no $module, $words: nothing on stdout" "" "$(cat "$TMP/out")"
done <<'LINES'
-L
-L -p udp -o json
-L expect
-G -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2
-I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 100
-A -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 100
-U -p udp -m 1
-D -p udp
-F
-E
-E expect
-C
-S
LINES
printf -- '-I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 100\n' >"$TMP/load"
run "$CONNTRACK" -R "$TMP/load"
is "no $module, -R: exit 1" 1 "$RC"
err_is_one_line "no $module, -R: one line"
err_has "no $module, -R: names it" "load the module $module\\b"
rc "no $module, -V" 0 "$CONNTRACK" -V
finish
