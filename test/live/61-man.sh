#!/bin/sh
# netns: none
# The manual page names every option that the help names, and no other.
. "$(dirname "$0")/../lib.sh"
page=$(dirname "$0")/../../cli/conntrack.8

run "$CONNTRACK" -h
is "-h" 0 "$RC"
is "fits a screen" yes "$([ "$(wc -l < "$TMP/out")" -le 56 ] && [ "$(awk 'length($0) > 100' "$TMP/out" | wc -l)" -eq 0 ] && echo yes)"
cp "$TMP/out" "$TMP/short"
run "$CONNTRACK" --help all
is "--help all" 0 "$RC"
for name in $(sed -nE 's/^  (-[A-Za-z]|  )(, |  )(--[a-z0-9-]+).*/\3/p' "$TMP/out"); do
	grep -q -e "$name" "$TMP/short" && ok "-h names $name" || not_ok "-h names $name"
done
cp "$TMP/out" "$TMP/all"
for command in list get D delete U E event F C S R I A add load-file; do
	run "$CONNTRACK" --help $command
	is "--help $command" "0 " "$RC $(grep -vxFf "$TMP/all" "$TMP/out")"
done
is "-R's options only" 0 "$("$CONNTRACK" -h R | grep -c -e --sport)"
rc "--help of nothing" 2 "$CONNTRACK" --help nothing
for pair in dprot:dport sorc:src lables:label netn:netns hlper:helper; do
	run "$CONNTRACK" -L --"${pair%:*}x" 1
	[ "$RC" -eq 2 ] && grep -q 'unknown option' "$TMP/err" && ok "--${pair%:*}x is unknown" || not_ok "--${pair%:*}x" "$(t_last)"
done
run "$CONNTRACK" -L --dprot 1
err_has "the nearest option is told" 'did you mean --dport'
cp "$TMP/all" "$TMP/out"
for name in $(grep -oE -- '--[a-z0-9-]+' "$TMP/out" | sort -u); do
	grep -qE "Fl Fl ${name#--}( |\$)" "$page" && ok "$name is in the manual" || not_ok "$name is in the manual"
done
for letter in $(sed -n 's/^  -\([A-Za-z]\),.*/\1/p' "$TMP/out" | sort -u); do
	grep -qE "Fl $letter( |\$)" "$page" && ok "-$letter is in the manual" || not_ok "-$letter is in the manual"
done
for name in $(grep -oE 'Fl Fl [a-z0-9-]+' "$page" | awk '{print $3}' | sort -u); do
	[ "$name" = name ] && continue
	grep -qE -- "--$name([, ]|\$)" "$TMP/all" || not_ok "--help all names --$name"
	run "$CONNTRACK" -V "--$name"
	grep -q 'unknown option' "$TMP/err" && not_ok "the manual's --$name exists" || ok "the manual's --$name exists"
done
if command -v mandoc > /dev/null; then
	run mandoc -T lint -W warning "$page"
	is "mandoc has nothing to say" "0 " "$RC $(cat "$TMP/out" "$TMP/err")"
else
	cannot "mandoc" "not installed"
fi
finish
