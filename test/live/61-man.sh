#!/bin/sh
# netns: none
# The manual page names every option that the help names, and no other.
. "$(dirname "$0")/../lib.sh"
page=$(dirname "$0")/../../cli/conntrack.8

run "$CONNTRACK" -h
is "-h" 0 "$RC"
for name in $(grep -oE -- '--[a-z0-9-]+' "$TMP/out" | sort -u); do
	grep -qE "Fl Fl ${name#--}( |\$)" "$page" && ok "$name is in the manual" || not_ok "$name is in the manual"
done
for letter in $(sed -n 's/^  -\([A-Za-z]\),.*/\1/p' "$TMP/out" | sort -u); do
	grep -qE "Fl $letter( |\$)" "$page" && ok "-$letter is in the manual" || not_ok "-$letter is in the manual"
done
for name in $(grep -oE 'Fl Fl [a-z0-9-]+' "$page" | awk '{print $3}' | sort -u); do
	[ "$name" = name ] && continue
	run "$CONNTRACK" -L "--$name"
	grep -q 'unknown option' "$TMP/err" && not_ok "the manual's --$name exists" || ok "the manual's --$name exists"
done
if command -v mandoc > /dev/null; then
	run mandoc -T lint -W warning "$page"
	is "mandoc has nothing to say" "0 " "$RC $(cat "$TMP/out" "$TMP/err")"
else
	cannot "mandoc" "not installed"
fi
finish
