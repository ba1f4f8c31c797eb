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
for words in '-t 5' '--timeout=5' '--expires 1:2 -t 600'; do
	rc "-D $words" 2 "$CONNTRACK" -D $words
	err_has "names what selects" '^conntrack: -?-t(imeout)?: selects no entries: --expires does'
done
for bad in '-D -t x' '-D -t' '-D ! -t 5' '-D -t 99999999999'; do
	echo "$bad" > "$TMP/load"
	rc "$bad in a load file" 2 "$CONNTRACK" -R "$TMP/load"
done

# An expectation of no seconds
master="-s 127.0.0.1 -d 127.0.0.1 -p tcp --sport 5 --dport 2121"
rc "-I expect -t 0" 2 "$CONNTRACK" -I expect $master --tuple-dst 127.0.0.1 --tuple-port-dst 5 -t 0
err_has "is refused" '^conntrack: --timeout 0: '
# Output that fails
many=3000
awk -v n=$many 'BEGIN {
	for (i = 0; i < n; i++)
		printf "-I -s 10.7.%d.%d -d 192.0.2.1 -p udp --sport 7 --dport 53 -t 1000\n", i / 256, i % 256
}' > "$TMP/many"
unshown() { # ARGS...: runs, and writes to where nothing can be written
	RC=0
	"$CONNTRACK" "$@" > /dev/full 2> "$TMP/err" || RC=$?
}
fresh
"$CONNTRACK" -R "$TMP/many"
unshown -U -m 7
is "-U to a full disk" 1 $RC
err_has "is reported" " $many flow entries have been updated\.\$"
err_has "and why" '^conntrack: cannot write to standard output: No space left'
is "and has changed all" $many "$("$CONNTRACK" -C -m 7)"
echo '-U -m 8' > "$TMP/load"
unshown -R "$TMP/load"
is "in a load file" 1 $RC
err_has "it is told, too" ": line 1: $many have been updated\\.\$"
is "with one line of error" 1 "$(grep -c '^conntrack: ' "$TMP/err")"
is "and has changed all" $many "$("$CONNTRACK" -C -m 8)"
RC=0
"$CONNTRACK" -D -p udp 2> "$TMP/err" | head -n 1 > "$TMP/out"
err_has "-D for nobody" " $many flow entries have been deleted\.\$"
is "has deleted all" 0 "$("$CONNTRACK" -C)"
"$CONNTRACK" -R "$TMP/many"
RC=0
"$CONNTRACK" -D -p udp 2> "$TMP/err" >&- || RC=$?
is "-D with its output closed" 1 $RC
err_has "-D with its output closed" " $many flow entries have been deleted\.\$"
is "has deleted all" 0 "$("$CONNTRACK" -C)"

# Dry runs of load files
fill
cat > "$TMP/load" << LINES
-I -s 10.1.0.1 $to -t 60 -m 3 -n 10.1.0.9:77
-A -s 10.1.0.2 -d 10.0.0.9 -p tcp --sport 1 --dport 2 -t 60 --state CLOSE -w 4
-I expect -s 10.1.0.1 -d 10.0.0.9 -p tcp --sport 1 --dport 21 --tuple-dst 10.0.0.9 --tuple-port-dst 5
-D -p tcp
-F
LINES
rc "-R --dry-run" 0 "$CONNTRACK" -R "$TMP/load" --dry-run
is "shows a line for each" 4 "$(lines "$TMP/out")"
out_has "-I" '^    \[NEW\] udp +17 60 src=10\.1\.0\.1 .*\[UNREPLIED\] .* dst=10\.1\.0\.9 .*dport=77 mark=3'
out_has "-A" '^    \[NEW\] tcp +6 60 CLOSE src=10\.1\.0\.2 .* zone=4'
out_has "-I expect" '^    \[NEW\] .*dport=5 .*master-src=10\.1\.0\.1'
out_has "-D" '^tcp +6 [0-9]+ CLOSE src=10\.0\.0\.3 '
err_has "-F" 'connection tracking table would be emptied\.$'
is "nothing has changed" 4 "$("$CONNTRACK" -C)"
rc "-R --dry-run --quiet" 0 "$CONNTRACK" -R "$TMP/load" --dry-run --quiet
is "shows nothing" 0 "$(lines "$TMP/out")"

# The kernel takes no timeout for longer than its ticks have bits.
fill
for t in 4294967295 4000000000 2000000 1000; do
	rc "-U -t $t" 0 "$CONNTRACK" -U -s 10.0.0.1 -t $t
	shown=$(awk '{print $3}' "$TMP/out")
	is_ago=$("$CONNTRACK" -L -s 10.0.0.1 2> /dev/null | awk -v t="$shown" '{print (t - $3 <= 2 && t >= $3)}')
	is "shows what the kernel made of it ($shown)" 1 "$is_ago"
done
rc "-U -t of several" 0 "$CONNTRACK" -U -p udp -t 4000000000 ! -s 10.0.0.4
is "shows it for all" 1 "$(awk '{print $3}' "$TMP/out" | sort -u | wc -l | tr -d ' ')"

# What nobody counts cannot be a condition of a change.
acct=/proc/sys/net/netfilter/nf_conntrack_acct
fill
echo 0 > $acct
"$CONNTRACK" -I -s 10.0.0.7 $to -t 600 2> /dev/null
for words in '-D' '-D --dry-run' '-U -m 9' '-L -j delete' '-L -j mark=9' '-D --quiet'; do
	for condition in '--bytes 0' '! --bytes 5' '--packets 1:2' '! --packets 0:1'; do
		rc "$words $condition" 1 "$CONNTRACK" $words $condition
		err_has "is refused" '^conntrack: .*nothing was done: set net\.netfilter\.nf_conntrack_acct to 1$'
	done
done
is "nothing has changed" 5 "$("$CONNTRACK" -C ! -m 9)"
rc "-L --bytes" 0 "$CONNTRACK" -L --bytes 1
err_has "has a note" '^conntrack: .*net\.netfilter\.nf_conntrack_acct is 0; set to 1'
rc "-D without such a condition" 0 "$CONNTRACK" -D -p tcp
echo 1 > $acct
rc "entries without counters" 1 "$CONNTRACK" -D -s 10.0.0.7 ! --bytes 5
err_has "are left alone" 'entries without counters were left alone: net\.netfilter\.nf_conntrack_acct'
rc "also by --bytes" 1 "$CONNTRACK" -D -s 10.0.0.7 --bytes 0
rc "and -j delete" 0 "$CONNTRACK" -L -s 10.0.0.7 -j delete ! --packets 5
is "it is there" 1 "$("$CONNTRACK" -C -s 10.0.0.7)"
rc "those that have counters are deleted" 0 "$CONNTRACK" -D --bytes 0
is "all of them" 1 "$("$CONNTRACK" -C)"

# Link-local addresses
fresh
"$CONNTRACK" -R - << 'LINES'
-I -s fe80::1 -d fe80::2 -p udp --sport 1 --dport 2 -t 600
-I -s febf::1 -d ff02::fb -p udp --sport 1 --dport 2 -t 600
-I -s 127.0.0.1 -d 127.0.0.1 -p udp --sport 1 --dport 2 -t 600
-I -s 2001:db8::1 -d 2001:db8::2 -p udp --sport 1 --dport 2 -t 600
LINES
ip -6 route add fe80::/10 dev lo 2> /dev/null
for words in '--in lo -f ipv6' '! --in nosuch+ -s fe80::/10' '--out lo -f ipv6' '! --out nosuch+ -d ff02::/16'; do
	for command in -D '-U -m 9'; do
		rc "$command $words" 1 "$CONNTRACK" $command $words
		err_has "passes over" '^conntrack: .*link-local'
	done
done
is "nothing has changed" 4 "$("$CONNTRACK" -C ! -m 9)"
rc "-D --in lo" 0 "$CONNTRACK" -D --in lo
err_has "others match" ' 1 flow entries have been deleted'
finish
