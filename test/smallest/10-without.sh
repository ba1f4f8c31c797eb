#!/bin/sh
# netns: -a -l
# A build with everything left out that can be: what it has works, and what it lacks is refused, on
# commands that change something, too. $TOOLS/../conntrack, which has everything, makes the entries.
. "$(dirname "$0")/../lib.sh"

full=${TOOLS%/*}/conntrack
for i in 1 2 3; do
	rc "an entry" 0 "$full" -I -s 10.0.0.$i -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 300
done

while IFS='|' read -r what args; do
	run "$CONNTRACK" $args
	is "refused: $args" 2 $RC
	is "prints nothing: $args" 0 "$(wc -c < "$TMP/out" | tr -d ' ')"
	is "in one line: $args" 1 "$(lines "$TMP/err")"
	err_has "named: $args" "^conntrack: $what.*this build (was made without this option|has no format)"
done << 'LINES'
-I|-I -s 10.0.0.4 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 300
-A|-A -s 10.0.0.4 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 300
-I|-I expect -s 10.0.0.1
-U|-U -s 10.0.0.1 -m 3
-E|-E
-E|-E -s 10.0.0.1
-R|-R /dev/null
-o|-L -o xml
-o|-L -o json,id
-o|-L -o id,jsonl
-o|-D -o save
-o|-S -o prometheus
-g|-L -g src
--sort|-L --sort bytes
--watch|-L --watch
--watch|-C --watch=3
-i|-D -i lo
--in|-D --in lo
--out|-D ! --out lo
--jump|-L --jump delete
LINES
is "nothing has changed" 3 "$("$CONNTRACK" -C)"
rc "a letter's other meaning" 2 "$CONNTRACK" -L -j delete

rc "lists" 0 "$CONNTRACK" -L -o id,extended,labels,ktimestamp
cp "$TMP/out" "$TMP/want"
rc "as the other" 0 "$full" -L -o id,extended,labels,ktimestamp
sed 's/ 2[0-9][0-9] / /' "$TMP/want" > "$TMP/a"
sed 's/ 2[0-9][0-9] / /' "$TMP/out" > "$TMP/b"
no_diff "the same lines" "$TMP/b" "$TMP/a"
rc "gets" 0 "$CONNTRACK" -G -s 10.0.0.2 -d 10.0.0.9 -p udp --sport 1 --dport 2
out_has "it" 'src=10.0.0.2 '
rc "zeroes" 0 "$CONNTRACK" -L -z
rc "deletes" 0 "$CONNTRACK" -D -s 10.0.0.0/31
err_has "what matches" '1 flow entries have been deleted'
is "and no other" 2 "$("$CONNTRACK" -C)"
rc "statistics" 0 "$CONNTRACK" -S
rc "expectations" 0 "$CONNTRACK" -L expect
rc "in a namespace" 0 "$CONNTRACK" -L -n $$
rc "help" 0 "$CONNTRACK" -h
out_has "names" '--delete'
is "what it has" "" "$(grep -oE -e '--(event|create|load-file|sort|watch|reliable|event-mask|in|replica)\b' "$TMP/out" | joined)"
rc "formats" 0 "$CONNTRACK" -o help
out_has "are what it has" '^  extended '
is "and no others" "" "$(grep -E '^  (xml|json|save|prometheus|short|format=) ' "$TMP/out")"
rc "flushes" 0 "$CONNTRACK" -F
is "all" 0 "$("$CONNTRACK" -C)"
finish
