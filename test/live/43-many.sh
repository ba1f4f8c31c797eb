# netns: -a -t -l -H
# Many selections at once: consecutive lines of a load file, and --from FILE.
. "${0%/*}/../lib.sh"
cd "$TMP" || exit 1

# A table of flows that differ in what lines select by.
awk 'BEGIN {
	srand(7)
	for (i = 0; i < 300; i++) {
		four = i % 5
		net = four ? "10.0." i % 4 "." : "2001:db8::" i % 4 ":"
		far = four ? "10.9.0." : "2001:db8::9:"
		proto = i % 3 == 0 ? "tcp --state ESTABLISHED" : i % 3 == 1 ? "udp" : "sctp --state ESTABLISHED --orig-vtag 1 --reply-vtag 2"
		zone = i % 7 == 0 ? " -w " i % 2 + 1 : i % 7 == 1 ? " --orig-zone 3" : i % 7 == 2 ? " --reply-zone 4" : ""
		nat = four && i % 11 == 0 ? " -n 203.0.113." i % 9 + 1 ":" 2000 + i : ""
		printf "-I -s %s%d -d %s%d -p %s --sport %d --dport %d -t 3000 -m %d%s%s\n", net, i % 25 + 1,
			far, i % 3 + 1, proto, 1000 + i, 50 + i % 6, i % 4, zone, nat
	}
}' >table
fill() {
	"$CONNTRACK" -F 2>/dev/null
	"$CONNTRACK" -R table
}
# saved: the table, without the time left
saved() {
	"$CONNTRACK" -L -o save 2>/dev/null | sed 's/ -t [0-9]* / /' | sort
}
rc "the table is filled" 0 fill
is "with 300 entries" 300 "$("$CONNTRACK" -C)"

# --- lines run together do what they do one by one ---

# commands SEED: random lines, most of them deletions and updates that follow one another
commands() {
	awk -v seed="$1" '
	function pick(n) {return int(rand() * n)}
	function conditions(	c, four) {
		c = ""
		four = pick(4)
		if (pick(2)) c = c (pick(4) ? "" : " !") " -s " (four ? "10.0." pick(4) "." pick(30) : "2001:db8::" pick(4) ":" pick(30))
		if (four && pick(4) == 0) c = c " -d " (pick(2) ? "10.9.0." pick(4) : "10.9.0.0/30")
		if (pick(3) == 0) c = c " -p " (pick(2) ? "udp" : "tcp")
		if (pick(3) == 0) c = c " --sport " (pick(2) ? 1000 + pick(300) : 1000 + pick(100) ":" 1100 + pick(100))
		if (pick(4) == 0) c = c " --dport " 50 + pick(8)
		if (pick(6) == 0) c = c " -w " pick(4)
		if (pick(9) == 0) c = c " --orig-zone 3"
		if (four && pick(9) == 0) c = c " -r 10.9.0." pick(4)
		if (four && pick(9) == 0) c = c " --any -s 203.0.113." pick(10)
		return c != "" ? c : " -s 10.0.9.9"
	}
	BEGIN {
		srand(seed)
		for (i = 0; i < 60; i++) {
			kind = pick(30)
			if (kind == 0)
				line = "-A -s 10.0." pick(4) "." pick(30) " -d 10.9.0.1 -p udp --sport " 1000 + pick(300) " --dport 53 -t 3000"
			else if (kind == 1)
				line = "-U" conditions() " -m " 10 + pick(3)
			else if (kind == 2)
				line = "-D -m " pick(13) conditions()
			else if (kind < 12)
				line = "-U -m " 9 - int(seed % 2) conditions()
			else
				line = "-D" conditions()
			print line
		}
	}'
}
without_times() {
	sed 's/^\([a-z]* *[0-9]*\) [0-9]* /\1 /; s/ delta-time=[0-9]*//' | sort
}
together=0
for seed in 1 2 3 4 5 6 7 8; do
	commands $seed >lines
	fill
	"$CONNTRACK" -R lines >shown 2>err
	code=$?
	saved >got
	without_times <shown >shown.got
	fill
	while IFS= read -r line; do
		echo "$line" | "$CONNTRACK" -R - || echo "$line" >&2
	done <lines >shown 2>>err
	saved >want
	without_times <shown >shown.want
	is "seed $seed: the run says nothing" "0 " "$code $(cat err)"
	is "seed $seed: the same table" "" "$(diff want got | head -n 5)"
	is "seed $seed: the same is shown" "" "$(diff shown.want shown.got | head -n 5)"
	[ "$(lines shown.got)" -lt 20 ] || together=$((together + 1))
done
is "most runs change something" yes "$([ $together -ge 6 ] && echo yes)"

# --- how they run ---

awk 'BEGIN {for (i = 0; i < 3000; i++) printf "-D -s 10.1.%d.%d -d 10.9.0.1\n", i / 256, i % 256}' >missing
fill
rc "lines that find nothing" 0 "$CONNTRACK" -R missing
is "delete nothing" "300 " "$("$CONNTRACK" -C) $(cat out err)"
sed 's/^-D/-U -m 5/' missing >update
rc "nor do they update anything" 0 "$CONNTRACK" -R update
is "300 are left" "300 " "$("$CONNTRACK" -C) $(cat out err)"

# The kernel refuses what has a fixed timeout a new one; the range of lines is told.
fill
"$CONNTRACK" -I -s 10.0.7.7 -d 10.9.0.1 -p udp --sport 1 --dport 2 -t 3000 -u FIXED_TIMEOUT 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9; do
	echo "-U -s 10.0.7.$i -t 100"
done >fixed
run "$CONNTRACK" -R fixed
is "a refusal names the lines" 1 $RC
err_has "and what failed" "${refusal}fixed:1-9: .*FIXED_TIMEOUT.* \(cannot update 1 of the matching entries"
echo "-D -s 10.0.7.7" >>fixed
run "$CONNTRACK" -R fixed
is "what follows is not run" 1 "$("$CONNTRACK" -C -s 10.0.7.7)"
run "$CONNTRACK" -R fixed --continue
is "but with --continue" "1 0" "$RC $("$CONNTRACK" -C -s 10.0.7.7)"

# A wrong line: those before it are carried out, those after it are not.
fill
{
	for i in 1 2 3 4 5 6 7 8 9; do
		echo "-D -s 10.0.1.$i"
	done
	echo "-D -s 10.0.1.300"
	echo "-D -s 10.0.0.0/16"
} >wrong
run "$CONNTRACK" -R wrong
is "a wrong line is named" 'conntrack: wrong:10: -s: "10.0.1.300" is not an address, ADDR[:PORT][/MASK]' \
	"$(cat err)"
is "those before it ran" "1 0" "$RC $("$CONNTRACK" -C -s 10.0.1.1,10.0.1.2,10.0.1.9)"
is "those after it did not" yes "$([ "$("$CONNTRACK" -C -s 10.0.0.0/16)" -gt 100 ] && echo yes)"

fill
grep -v 300 wrong >right
run "$CONNTRACK" -R right --dry-run
is "a dry run shows each once" "0 $("$CONNTRACK" -C -s 10.0.0.0/16)" "$RC $(lines out)"
is "and deletes nothing" 300 "$("$CONNTRACK" -C)"

# A pipe that stays open: what has been read is done.
fill
mkfifo fifo
"$CONNTRACK" -R - <fifo >shown &
pid=$!
hold $pid
exec 9>fifo
seq 1 20 | sed 's/^/-D -s 10.0.1./' >&9
gone() {
	[ "$("$CONNTRACK" -C -s 10.0.1.1,10.0.1.7,10.0.1.9)" -eq 0 ]
}
until_true 5 gone && ok "lines of an open pipe do not wait" || not_ok "lines of an open pipe do not wait"
exec 9>&-
wait $pid
is "the load ends" 0 $?

# Each output by itself where it has a beginning and an end.
fill
seq 1 9 | sed 's/.*/-D -s 10.0.1.& -o json/' >json
while IFS= read -r line; do
	echo "$line" | "$CONNTRACK" -R - --dry-run
done <json >want
run "$CONNTRACK" -R json
is "JSON is an array a line" "$(grep -c '^\[' want)" "$(grep -c '^\[' out)"
is "of several lines" yes "$([ "$(grep -c '^\[' out)" -gt 3 ] && echo yes)"

# --- --from ---

cat >from <<'EOT'
# flows of two hosts
-s 10.0.1.2
  -s 10.0.2.3 -p udp	# no comment: a word

EOT
run "$CONNTRACK" -L --from from
is "# stands only where a line begins" "2 conntrack: from:3: \"#\" is left over: no option takes it" \
	"$RC $(cat err)"
sed -i 's/#.*word//' from

# found OPTIONS...: what -L shows of them, sorted
found() {
	"$CONNTRACK" -L "$@" -o id 2>/dev/null | without_times
}
fill
{
	found -s 10.0.1.2
	found -s 10.0.2.3 -p udp
} | sort -u >want
is "there are some" yes "$([ "$(lines want)" -gt 2 ] && echo yes)"
found --from from >got
is "-L --from: any line" "$(cat want)" "$(cat got)"
found -p udp --from from >got
is "beside other conditions" "$(grep udp want)" "$(cat got)"
is "-C --from" "$(lines want)" "$("$CONNTRACK" -C --from from)"
is "-C ! --from" $((300 - $(lines want))) "$("$CONNTRACK" -C ! --from from)"
is "--from -" "$(lines want)" "$("$CONNTRACK" -C --from - <from)"
rc "-D --dry-run --from" 0 "$CONNTRACK" -D --dry-run --from from
is "shows them" "$(lines want)" "$(lines out)"
rc "-U --from: -m in the file selects, beside it sets" 0 sh -c \
	"echo '-m 2 -s 10.0.0.0/16' >marks && $CONNTRACK -C -m 2 -s 10.0.0.0/16 >n && $CONNTRACK -U --from marks -m 77"
is "exactly those" "$(cat n) 0" "$("$CONNTRACK" -C -m 77) $("$CONNTRACK" -C -m 2 -s 10.0.0.0/16)"
fill
rc "-D --from" 0 "$CONNTRACK" -D --from from
is "they are gone" "0 $((300 - $(lines want)))" "$("$CONNTRACK" -C --from from) $("$CONNTRACK" -C)"
fill
echo "-D --from from" >load
rc "--from in a load file" 0 "$CONNTRACK" -R load
is "does the same" $((300 - $(lines want))) "$("$CONNTRACK" -C)"
fill
rc "-D ! --from: all but those" 0 "$CONNTRACK" -D ! --from from
is "they are left" "$(lines want)" "$("$CONNTRACK" -C)"

# Events are selected, too.
"$CONNTRACK" -F 2>/dev/null
"$CONNTRACK" -E -e NEW --from from --limit 2 >events 2>err &
pid=$!
hold $pid
listens() {
	awk -v p="$pid" '$2 == 12 && $3 == p && $4 != "00000000" {found = 1} END {exit !found}' \
		/proc/net/netlink
}
until_true 5 listens
"$CONNTRACK" -R table
wait $pid
is "-E --from" "0 2" "$? $(grep -c -E 'src=10.0.1.2 |udp.* src=10.0.2.3 ' events)"

# refused LINE MESSAGE: a file of this line is refused, and nothing is deleted.
fill
refused() {
	printf '%s\n' "-s 10.0.0.1" "$1" >bad
	run "$CONNTRACK" -D --from bad
	is "in a file of conditions: $1" "2 300 conntrack: $2" "$RC $("$CONNTRACK" -C) $(cat err)"
}
refused "-s 10.0.0.300" 'bad:2: -s: "10.0.0.300" is not an address, ADDR[:PORT][/MASK]'
refused "-D -s 10.0.0.1" 'bad:2: -D: only conditions go here'
refused "-s 10.0.0.1 -o xml" 'bad:2: -o, read as --output: only conditions go here'
refused "-s 10.0.0.1 --limit 3" 'bad:2: --limit: only conditions go here'
refused "--from bad" 'bad:2: --from: does not go here'
refused "--helper ftp" \
	'bad:2: --helper, --in, --out, --mac, --nat-gone, --local, --age, --idle, --bytes and --packets go beside --from, not into its file'
refused "-s 10.0.0.1 -d 2001:db8::1" 'bad:2: the addresses and families given leave no common family'
refused '-s "10.0.0.1' 'bad:2: a double quote is not closed'
printf '# none\n\n' >none
run "$CONNTRACK" -D --from none
is "a file without a line is not everything" "2 300 conntrack: --from: none lists nothing" \
	"$RC $("$CONNTRACK" -C) $(cat err)"
run "$CONNTRACK" -D --from missing.file
is "nor is one that is missing" "2 300 conntrack: --from: missing.file: No such file or directory" \
	"$RC $("$CONNTRACK" -C) $(cat err)"
run "$CONNTRACK" -D --from from --from from
is "one file" "2 300" "$RC $("$CONNTRACK" -C)"
run "$CONNTRACK" -L expect --from from
is "not of expectations" "2 conntrack: --from: does not go with this command on the table expect" \
	"$RC $(cat err)"

finish
