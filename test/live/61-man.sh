#!/bin/sh
# netns: none
# The manual page names every option that the help names, and no other.
. "$(dirname "$0")/../lib.sh"
page=$(dirname "$0")/../../cli/conntrack.8

run "$CONNTRACK" -h
is "-h" 0 "$RC"
is "fits a screen: lines" yes "$([ "$(lines "$TMP/out")" -le 56 ] && echo yes)"
is "fits a screen: columns" "" "$(awk 'length($0) > 100' "$TMP/out")"
cp "$TMP/out" "$TMP/short"
run "$CONNTRACK" --help all
is "--help all" 0 "$RC"
cp "$TMP/out" "$TMP/all"
sed -nE 's/^  (-[A-Za-z]|  )(, |  )(--[a-z0-9-]+).*/\3/p' "$TMP/all" > "$TMP/names"
is "--help all has options" yes "$([ "$(lines "$TMP/names")" -ge 60 ] && echo yes)"
while read -r name; do
	holds "-h names $name" grep -q -e "$name" "$TMP/short"
done < "$TMP/names"
for command in list get D delete U E event F C S R I A add load-file; do
	rc "--help $command" 0 "$CONNTRACK" --help $command
	out_has "--help $command: an option" '^  .*--[a-z]'
	is "--help $command: nothing new" "" "$(grep -vxFf "$TMP/all" "$TMP/out")"
done
is "-R's options only" 0 "$("$CONNTRACK" -h R | grep -c -e --sport)"
rc "--help of nothing" 2 "$CONNTRACK" --help nothing
for pair in dprot:dport sorc:src lables:label netn:netns hlper:helper; do
	rc "--${pair%:*}x" 2 "$CONNTRACK" -L --"${pair%:*}x" 1
	err_has "--${pair%:*}x is unknown" 'unknown option'
done
run "$CONNTRACK" -L --dprot 1
err_has "the nearest option is told" 'did you mean --dport'
for name in $(grep -oE -- '--[a-z0-9-]+' "$TMP/all" | sort -u); do
	holds "$name is in the manual" grep -qE "Fl Fl ${name#--}( |\$)" "$page"
done
sed -n 's/^  -\([A-Za-z]\),.*/\1/p' "$TMP/all" | sort -u > "$TMP/letters"
is "--help all has letters" yes "$([ "$(lines "$TMP/letters")" -ge 20 ] && echo yes)"
while read -r letter; do
	holds "-$letter is in the manual" grep -qE "Fl $letter( |\$)" "$page"
done < "$TMP/letters"
grep -oE 'Fl Fl [a-z0-9-]+' "$page" | awk '{print $3}' | sort -u | grep -v -x name > "$TMP/names"
is "the manual has options" yes "$([ "$(lines "$TMP/names")" -ge 60 ] && echo yes)"
while read -r name; do
	holds "--help all names the manual's --$name" grep -qE -- "--$name([, ]|\$)" "$TMP/all"
	run "$CONNTRACK" -V "--$name"
	is "the manual's --$name exists" 0 "$(grep -c 'unknown option' "$TMP/err")"
done < "$TMP/names"
# Behind a comma, Fl makes one dash of each word.
is "names have two dashes" "" "$(grep -E '(Fl Fl .* , |[^l] Fl |^\.Fl )[a-z][a-z-]+( |$)' "$page")"
# The completions hold every word of every list.
if [ -f "${TOOLS%/*}/completion.bash" ]; then
	sed -n 's/.*choices+=(\(.*\)) ;;&/\1/p' "${TOOLS%/*}/completion.bash" | tr ' ' '\n' |
		sed 's/^-//; s/=$//' | sort -u > "$TMP/words"
	is "there are lists of words" yes "$([ "$(lines "$TMP/words")" -ge 120 ] && echo yes)"
	# The words of the page: those of .Cm, .Ar, .Fl Fl and of its sentences.
	tr -s ' ,()' '\n' < "$page" | sed 's/[.;:]$//' | sort -u > "$TMP/said"
	is "the manual has each word" "" "$(grep -vxFf "$TMP/said" "$TMP/words" | joined)"
else
	cannot "lists of words" "make completions has not been run"
fi
if command -v mandoc > /dev/null; then
	run mandoc -T lint -W warning "$page"
	is "mandoc has nothing to say" "0 " "$RC $(cat "$TMP/out" "$TMP/err")"
else
	cannot "mandoc" "not installed"
fi
finish
