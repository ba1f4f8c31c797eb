#!/bin/sh
# netns: -m
# -n a,b and -n all: commands that go through several network namespaces.
. "$(dirname "$0")/../lib.sh"

command -v ip > /dev/null || { skip namespaces "ip is not installed"; finish; }
mkdir -p /run/netns
for side in blue red; do
	ip netns add $side || { cannot namespaces "no named network namespaces here"; finish; }
	for i in 1 2; do
		ip netns exec $side "$CONNTRACK" -I -s 10.77.$i.1 -d 10.77.0.2 -p udp --sport 1 --dport 2 \
			-t 600 2> /dev/null
	done
done
"$CONNTRACK" -D -n red -s 10.77.2.1 > /dev/null 2>&1
there=10.78.$(($$ / 256 % 256)).$(($$ % 256)) # which no other namespace has
"$CONNTRACK" -I -s 10.77.1.1 -d $there -p udp --sport 1 --dport 2 -t 600 2> /dev/null
# others CMD...: its output, without lines of namespaces that are none of this test's
ours() { grep -E "netns=\"?(blue|red|$1)" "$TMP/out" | sed "s/netns=$1/netns=own/" | sort; }

rc "-L -n a,b" 0 "$CONNTRACK" -L -n blue,red
is "lists both" "blue blue red" "$(sed 's/.*netns=//' "$TMP/out" | joined)"
err_has "one summary" ' 3 flow entries have been shown\.$'
is "and one only" 1 "$(lines "$TMP/err")"
is "one namespace is told on no line" 0 "$("$CONNTRACK" -L -n red 2> /dev/null | grep -c netns=)"
sleep 300 &
hold $!
ip netns exec blue sleep 300 &
inside=$!
hold $inside
in_blue() { [ "$(stat -Lc %i /proc/$inside/ns/net)" = "$(stat -Lc %i /run/netns/blue)" ]; }
until_true 10 in_blue
# All but the last letter of this path, which has 4,095 before it, is that of blue.
slashes=$(printf '%*s' $((4095 - 14)) '' | tr ' ' /)
is "a path that may be" 2 "$("$CONNTRACK" -C -n "$(printf '%s' "$slashes" | cut -c 1-3000)run/netns/blue")"
rc "a path that is too long is not cut" 2 "$CONNTRACK" -C -n "${slashes}run/netns/bluex"
rc "each once" 0 "$CONNTRACK" -C -n "blue,red,blue,/run/netns/red,$inside"
is "by its first name" "2 netns=blue 1 netns=red" "$(joined < "$TMP/out")"
is "-L -o json is one array" '{"netns":"blue"}{"netns":"blue"}{"netns":"red"}' \
	"$("$CONNTRACK" -L -n blue,red -o json 2> /dev/null | sed '1s/\[/&/; s/^{.*\("netns":"[a-z]*"}\),*$/{\1/' | tr -d '\n[]')"
is "a template" "blue/10.77.1.1 blue/10.77.2.1 red/10.77.1.1" \
	"$("$CONNTRACK" -L -n red,blue -o format='%{netns}/%{src}\n' 2> /dev/null | sort | joined)"
is "short lines" 3 "$("$CONNTRACK" -L -n red,blue -o short 2> /dev/null | grep -c ' netns=[a-z]*$')"
is "--limit counts all" 2 "$("$CONNTRACK" -L -n red,blue --limit 2 2> /dev/null | grep -c netns=)"
is "-C, conditions" "1 netns=blue 1 netns=red" "$("$CONNTRACK" -C -n blue,red -s 10.77.1.1 | joined)"
rc "-C -o json" 0 "$CONNTRACK" -C -n blue,red -o json
out_has "tells the namespace" '^\{"table":"conntrack","entries":2,.*"netns":"blue"\}$'
rc "-S" 0 "$CONNTRACK" -S --total -n blue,red
is "a line for each" "blue red" "$(sed 's/.* netns=\([a-z]*\) $/\1/' "$TMP/out" | joined)"
rc "--check" 0 "$CONNTRACK" --check -n blue,red
is "a report for each" "blue red" "$(sed -n 's/^netns  *//p' "$TMP/out" | joined)"
rc "--check -o json" 0 "$CONNTRACK" --check -n blue,red -o json
is "a line for each" '{"netns":"blue" {"netns":"red"' "$(cut -d, -f1 "$TMP/out" | joined)"
rc "metrics" 0 "$CONNTRACK" -S -n blue,red -o prometheus
out_has "have a label" '^conntrack_entries\{netns="blue"\} 2$'
out_has "counters, too" '^conntrack_insert_total\{cpu="0",netns="red"\} [0-9]+$'
is "each metric has one head" "" "$(grep '^# TYPE' "$TMP/out" | sort | uniq -d)"
is "behind which its samples stand" "" "$(awk '/^# TYPE/ {m = $3; next} /^#/ {next}
	{sub("[{].*", "", $1)} $1 != m {print}' "$TMP/out")"
if command -v promtool > /dev/null; then
	rc "promtool takes them" 0 promtool check metrics < "$TMP/out"
fi

# all of them: those of others are there, too
rc "-C -n all" 0 "$CONNTRACK" -C -n all
is "each once" "" "$(sed 's/.*=//' "$TMP/out" | sort | uniq -d)"
is "names before processes" "1 netns=red 2 netns=blue" "$(grep -E '=(blue|red)$' "$TMP/out" | sort | joined)"
own=$(stat -Lc %i /proc/self/ns/net)
told() { # the namespace of this test, by one of its processes
	for pid in $(sed -n 's/.*netns=\([0-9]*\)$/\1/p' "$TMP/out"); do
		[ "$(stat -Lc %i "/proc/$pid/ns/net" 2> /dev/null)" != "$own" ] || echo "$pid"
	done
}
is "this one by a process" 1 "$(told | wc -l | tr -d ' ')"
is "has its entry" "1 netns=$(told)" "$(grep "=$(told)\$" "$TMP/out")"
# a namespace that only this very command is in
rc "-n all, alone in a namespace" 0 unshare -n "$CONNTRACK" -C -n all
out_has "counts that, too" '^0 netns=[0-9]+$'
is "and still the others" "1 netns=red 2 netns=blue" "$(grep -E '=(blue|red)$' "$TMP/out" | sort | joined)"
: > /run/netns/stale
rc "a name that is left of a namespace" 0 "$CONNTRACK" -C -n all
is "is none" 0 "$(grep -c stale "$TMP/out" "$TMP/err" | sed 's/.*://' | sort -u)"
rm /run/netns/stale

# what must not happen by mistake
for command in "-D -p udp" "-F" "-F expect" "-D expect -p udp"; do
	rc "$command -n all" 2 "$CONNTRACK" $command -n all
	err_has "wants --yes" '-D and -F want --yes or --dry-run'
done
rc "--dry-run" 0 "$CONNTRACK" -D -n all -s 10.77.1.1 -d $there --dry-run
is "shows what would go" 1 "$(grep -c "dst=$there .*netns=" "$TMP/out")"
for command in "-D -n blue,nosuch" "-D -n nosuch,blue" "-D -n blue," "-D -n ,blue" "-U -m 1 -n blue,red" \
	"-E --in lo -n blue,red" "-E -o xml -n blue,red" "-E -j count -n blue,red" "-G -n blue,red" "-R /dev/null -n blue,red" "-L -n blue,red --watch" \
	"-L -n blue,red --group src" "-L -n blue,red --sort bytes" "-L -n blue,red -j count" \
	"-L -n blue,red -o xml" "-L -n blue,red -o save"; do
	rc "$command" 2 "$CONNTRACK" $command
done
is "nothing is gone" "2 netns=blue 1 netns=red" "$("$CONNTRACK" -C -n blue,red | joined)"
rc "-D" 0 "$CONNTRACK" -D -n red,blue -s 10.77.2.1
is "deletes where it finds one" "blue" "$(sed 's/.*netns=//' "$TMP/out" | joined)"
err_has "and sums up" ' 1 flow entries have been deleted\.$'
rc "nothing anywhere" 1 "$CONNTRACK" -D -n red,blue -s 10.77.2.1
rc "--none-ok" 0 "$CONNTRACK" -D -n red,blue -s 10.77.2.1 --none-ok
rc "conditions by each one's addresses" 0 "$CONNTRACK" -C -n red,blue --in lo
# -D of all, of addresses that are this test's alone
rc "-D -n all --yes" 0 "$CONNTRACK" -D -n all --yes -s 10.77.1.1 -d $there
is "deletes here" 0 "$("$CONNTRACK" -C)"
rc "-F" 0 "$CONNTRACK" -F -n blue,red
is "empties both" "0 netns=blue 0 netns=red" "$("$CONNTRACK" -C -n blue,red | joined)"
is "and tells each" 2 "$(grep -c 'has been emptied in [a-z]*\.$' "$TMP/err")"
rc "an interface that only one has" 1 "$CONNTRACK" -C -n blue,red --in eth9
err_has "tells the namespace" '^conntrack: netns red: there is no interface eth9'
finish
