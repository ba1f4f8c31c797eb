#!/bin/sh
# netns: -a -m
# Commands that write say what they did, and refuse what they cannot honour.
. "$(dirname "$0")/../lib.sh"

to='-d 10.0.0.9 -p udp --sport 1 --dport 2'
fill() {
	fresh
	"$CONNTRACK" -R - << 'LINES'
-I -s 10.0.0.1 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 600 -m 5
-I -s 10.0.0.2 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 600 -n 10.8.8.8
-I -s 10.0.0.3 -d 10.0.0.9 -p tcp --sport 1 --dport 2 -t 600 --state CLOSE -u SEEN_REPLY,ASSURED
-I -s 10.0.0.4 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 600 -u FIXED_TIMEOUT
LINES
}

# A word that could be a format cut short, or an interface.
fill
for format in js ext xm; do
	for command in -D '-U -m 9'; do
		rc "$command -o $format" 2 "$CONNTRACK" $command -o $format
		err_has "is no format there" "neither a format .* nor an interface $format\$"
		rc "$command --output=$format" 2 "$CONNTRACK" $command --output=$format
		err_has "nor so" "\"$format\" is cut short"
	done
	rc "-D -o id,$format" 2 "$CONNTRACK" -D -o id,$format
done
is "nothing is deleted" 4 "$("$CONNTRACK" -C)"
rc "-L -o ext" 0 "$CONNTRACK" -L -o ext
if command -v ip > /dev/null && ip link add ext type veth peer name other 2> /dev/null; then
	for command in -D '-U -m 9' -L -C '-E --limit 1'; do
		rc "$command -o ext" 2 timeout 10 "$CONNTRACK" $command -o ext
		err_has "names both" '^conntrack: -o ext .*--out.*--output'
		echo "${command} -o ext" > "$TMP/load"
	done
	rc "-L -o ext,id" 2 "$CONNTRACK" -L -o ext,id
	echo '-D -o ext' > "$TMP/load"
	rc "in a load file" 2 "$CONNTRACK" -R "$TMP/load"
	err_has "too" ':1: -o ext is an interface'
	rc "-S -o ext has one reading" 2 "$CONNTRACK" -S -o ext
	is "nothing is deleted" 4 "$("$CONNTRACK" -C)"
	rc "-D --out ext" 1 "$CONNTRACK" -D --out ext
	rc "-L --output ext" 0 "$CONNTRACK" -L --output ext
	rc "-L -o extended" 0 "$CONNTRACK" -L -o extended
	rc "-D -o other" 1 "$CONNTRACK" -D -o other
	ip link del ext
else
	cannot "a format's name that is an interface" "no ip, or no veth"
fi

# Options with one value, given twice
for twice in '-L --limit 5 --limit 6' '-L --sort bytes --sort packets' \
	'-L --watch 1 --watch 2' '-L --jump count --jump null' '-L -j count -j null' \
	'-L --color never --color always' '-E -b 1 -b 2' '-E --on-loss warn --on-loss exit' \
	'-L -s 10.0.0.1 --mask-src 255.0.0.0 --mask-src 255.255.0.0' '-L --netns 1 --netns 1' \
	"-L --labelmap /dev/null --labelmap /dev/null" '-D --labelmap /dev/null --labelmap /x' \
	'-R - -R -' '-U -t 5 -t 6' '-U -m 5 -m 6' '-I -t 1 -t 2' '-U -p tcp --state CLOSE --state NONE'; do
	rc "$twice" 2 "$CONNTRACK" $twice
	err_is_one_line "and says so"
done
is "nothing has changed" 4 "$("$CONNTRACK" -C)"

# --any-nat and the two that it means; brackets without a port
for pair in '-L -j -n' '-D -j -g' '-D -j 10.8.8.8 -n' '-D --any-nat --src-nat 10.8.8.8' '-Ljn' \
	'-U -m 9 -g 10.8.8.8 -j'; do
	rc "$pair" 2 "$CONNTRACK" $pair
	err_has "do not go together" 'any-nat does not go with'
done
for bad in '-s [::1]' '-s [::1]/64' '-s [10.0.0.1]' '-n [::1]' '-d [10.0.0.1]:5'; do
	rc "-D $bad" 2 "$CONNTRACK" -D $bad
done
rc "with a port brackets stand" 1 "$CONNTRACK" -D -s [::1]:80
rc "and a mask" 1 "$CONNTRACK" -D -s [::1]:80/64
is "nothing is deleted" 4 "$("$CONNTRACK" -C)"
# -U leaves alone what already is as asked.
fill
kept() { # ARGS...: nothing changes, so nothing is shown, and the exit code tells
	rc "-U $*" 1 "$CONNTRACK" -U "$@"
	err_has "changes nothing" ' 0 flow entries have been updated\.$'
	is "and shows nothing" 0 "$(lines "$TMP/out")"
	rc "-U $* --none-ok" 0 "$CONNTRACK" -U "$@" --none-ok
	rc "-U $* --dry-run" 1 "$CONNTRACK" -U "$@" --dry-run
}
changes() { # COUNT ARGS...: so many change
	want=$1
	shift
	rc "-U $*" 0 "$CONNTRACK" -U "$@"
	err_has "changes $want" " $want flow entries have been updated\\.\$"
	is "and shows as many" "$want" "$(lines "$TMP/out")"
}
"$CONNTRACK" -E -e UPDATES -o id > "$TMP/events" 2> /dev/null &
pid=$!
hold $pid
listening $pid
kept -s 10.0.0.1 -m 5
kept -m 5/5 -s 10.0.0.1
kept -p udp -m 0/0
kept -p tcp --state CLOSE
kept -p tcp -u ASSURED
kept -p tcp -u SEEN_REPLY --state CLOSE -m 0
kept -p udp -u UNSET
kept -p udp --label-del
kept -p tcp --tcp-flags liberal,liberal
kept -s 10.0.0.4 -u FIXED_TIMEOUT
"$CONNTRACK" -L -p udp -j mark=5/5 -s 10.0.0.1 > /dev/null 2> "$TMP/err"
err_has "-j mark" ' 0 flow entries have been updated'
until_true 5 has_read $pid
is "and nothing is sent" 0 "$(lines "$TMP/events")"
changes 3 -m 5
changes 1 -m 4 -s 10.0.0.1
changes 4 -m 6
changes 4 -m 1/0
changes 4 -m 1/0
changes 1 -p tcp --state TIME_WAIT
changes 1 -p tcp -t 300
changes 1 -p tcp -t 300
changes 3 -u ASSURED
kept -u ASSURED
kill -TERM $pid
wait $pid
is "what has changed is told" 22 "$(lines "$TMP/events")"
printf '%s\n' '-U -m 6' '-U -m 6' '-U -s 10.0.0.1 -m 7' > "$TMP/load"
rc "in a load file that is no failure" 0 "$CONNTRACK" -R "$TMP/load"
is "and the next line follows" 1 "$("$CONNTRACK" -C -m 7)"
# Saved deletions carry -t, so that they can be made creations.
fill
"$CONNTRACK" -I -s fe80::1 -d fe80::2 -p sctp --sport 1 --dport 2 --state ESTABLISHED \
	--orig-vtag 1 --reply-vtag 2 -t 600 -w 7 2> /dev/null
"$CONNTRACK" -L -o extended 2> /dev/null | sed -E 's/ (5|6)[0-9][0-9] / T /; s/\[(ASSURED|UNREPLIED)\] //
	s/ mark=.*use/ use/' | sort > "$TMP/before"
rc "-D -o save" 0 "$CONNTRACK" -D -o save
cp "$TMP/out" "$TMP/saved"
is "each has its timeout" 5 "$(grep -cE '^-D -t (600|59[0-9]) ' "$TMP/saved")"
is "nothing is left" 0 "$("$CONNTRACK" -C)"
sed 's/-D /-I /' "$TMP/saved" > "$TMP/load"
rc "made creations, they load" 0 "$CONNTRACK" -R "$TMP/load"
"$CONNTRACK" -L -o extended 2> /dev/null | sed -E 's/ (5|6)[0-9][0-9] / T /; s/\[(ASSURED|UNREPLIED)\] //
	s/ mark=.*use/ use/' | sort > "$TMP/after"
no_diff "and make the same entries" "$TMP/before" "$TMP/after"
"$CONNTRACK" -U -t 300 > /dev/null 2>&1
rc "as they are" 0 "$CONNTRACK" -R "$TMP/saved"
is "they delete, whatever their timeouts are" 0 "$("$CONNTRACK" -C)"
for words in '-t 5' '--timeout=5' '-t policy' '--expires 1:2 -t 600'; do
	rc "-D $words" 2 "$CONNTRACK" -D $words
	err_has "names what selects" '^conntrack: -?-t(imeout)?: does not go with -D: --expires selects'
done
for bad in '-D -t x' '-D -t' '-D ! -t 5' '-D -t 99999999999'; do
	echo "$bad" > "$TMP/load"
	rc "$bad in a load file" 2 "$CONNTRACK" -R "$TMP/load"
done

# An expectation of no seconds
master="-s 127.0.0.1 -d 127.0.0.1 -p tcp --sport 5 --dport 2121"
rc "-I expect -t 0" 2 "$CONNTRACK" -I expect $master --tuple-dst 127.0.0.1 --tuple-port-dst 5 -t 0
err_has "is refused" '^conntrack: --timeout 0: '
finish
