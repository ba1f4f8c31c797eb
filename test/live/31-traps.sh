#!/bin/sh
# netns: -a -l -H
# Ways in which a command once reached further than it said.
. "$(dirname "$0")/../lib.sh"
udp='-p udp -t 600 --sport 10 --dport 20'
flow="-s 10.0.0.1 -d 10.0.0.2 $udp"
count() { "$CONNTRACK" -C "$@"; }
# wrong_lines: the numbers of the lines of $TMP/load that the last run complained of
wrong_lines() {
	sed -n "s|^conntrack[^:]*: \(Operation failed: \)*$TMP/load:\([0-9]*\):.*|\2|p" "$TMP/err" |
		joined
}

# Words, and lines of a load file
"$CONNTRACK" -I $flow 2> /dev/null
"$CONNTRACK" -I -s fe80::1 -d fe80::2 $udp 2> /dev/null
rc "-F with a negated family" 2 "$CONNTRACK" -F ! -f ipv4
rc "-z beside --limit" 2 "$CONNTRACK" -L -z --limit 1
is "change nothing" 2 "$(count -m 0)"
printf -- '-D \0-s 10.0.0.1\n' > "$TMP/load"
rc "a NUL in a load file" 2 "$CONNTRACK" -R "$TMP/load"
is "deletes nothing" 2 "$(count)"
printf '%s\n' "-I $flow" '-D -s 10.0.0.3' '-D -s fe80::1 --quiet' > "$TMP/load"
rc "a failed creation before a deletion" 1 "$CONNTRACK" -R "$TMP/load" --continue
is "leaves the deletion what it is" 1 "$(count)"
is "and the entry that was there" 1 "$(count -s 10.0.0.1)"
rc "a port in an expectation's address" 2 "$CONNTRACK" -D expect -s 127.0.0.1:1000
rc "--any without an address" 2 "$CONNTRACK" -D --any -p udp

# A master is not taken back with its expectation.
fresh
"$CONNTRACK" -I $flow 2> /dev/null
hold "$("$TOOLS/traffic" tcp -p 2121)"
sport=$(ftp_port)
master="-s 127.0.0.1 -d 127.0.0.1 -p tcp --sport $sport --dport 2121"
printf '%s\n' "-I $flow" "-I expect $master --tuple-dst 127.0.0.1 --tuple-port-dst 6000" \
	> "$TMP/load"
rc "an expectation taken back" 1 "$CONNTRACK" -R "$TMP/load"
is "is gone" 0 "$(count expect)"
is "and leaves its master alone" 1 "$(count -p tcp --dport 2121 --helper ftp)"

# Label files
fresh
echo '40 web' > "$TMP/map40"
echo '41 web' > "$TMP/map41"
for label in 40 41; do
	"$CONNTRACK" -I -s 10.4.0.$label -d 10.0.0.2 $udp --label-add $label 2> /dev/null
done
echo '-D -l web' > "$TMP/load"
rc "-R with a label file" 0 "$CONNTRACK" -R "$TMP/load" --labelmap "$TMP/map41"
is "deletes by it" 0 "$(count -s 10.4.0.41)"
is "and by no other" 1 "$(count -s 10.4.0.40)"
cat > "$TMP/load" << LINES
-I -s 10.4.0.2 -d 10.0.0.2 $udp --label-add web
-I -s 10.4.0.3 -d 10.0.0.2 $udp --label-add web --labelmap $TMP/map41
-I -s 10.4.0.4 -d 10.0.0.2 $udp --label-add web --labelmap $TMP/map41
-I -s 10.4.0.5 -d 10.0.0.2 $udp --label-add web
LINES
rc "a line's own label file" 0 "$CONNTRACK" -R "$TMP/load" --labelmap "$TMP/map40"
"$CONNTRACK" -L -s 10.4.0.0/27 -l 40 2> /dev/null |
	sed 's/.* src=\(10.4[0-9.]*\) .*/\1/' | sort > "$TMP/labelled"
is "is for that line alone" "10.4.0.2 10.4.0.5" "$(joined < "$TMP/labelled")"
# A line's label file is gone with the line, also where it was refused, and where what is read next
# takes its place in memory.
long="# $(printf '%0100000d' 0)"
cat > "$TMP/load" << LINES
-R foo --labelmap $TMP/map41
-I -s 10.4.1.2 -d 10.0.0.2 $udp --label-add web
$long
-I -s 10.4.1.3 -d 10.0.0.2 $udp --label-add web
-I -s 10.4.1.9 -d 10.0.0.2 $udp --label-add web --labelmap $TMP/map41
$long
-I -s 10.4.1.4 -d 10.0.0.2 $udp --label-add web
-I --nonsense --labelmap $TMP/map41
-D -l web --labelmap $TMP/nowhere
$long
-I -s 10.4.1.5 -d 10.0.0.2 $udp --label-add web
LINES
rc "refused lines with label files" 1 \
	"$CONNTRACK" -R "$TMP/load" --continue --labelmap "$TMP/map40"
is "are told" "1 8 9" "$(wrong_lines)"
is "and change no line after them" 4 "$(count -s 10.4.1.0/24 -l 40)"
is "nor does one that was carried out" 1 "$(count -s 10.4.1.9 -l 41)"
rc "two label files" 2 "$CONNTRACK" -L --labelmap /dev/null --labelmap /dev/null

# A saved deletion
fresh
"$CONNTRACK" -I $flow 2> /dev/null
"$CONNTRACK" -I $flow -w 7 2> /dev/null
"$CONNTRACK" -D -s 10.0.0.1 -w 0 -o save > "$TMP/saved" 2> /dev/null
"$CONNTRACK" -I $flow 2> /dev/null
rc "a saved deletion" 0 "$CONNTRACK" -R "$TMP/saved"
is "deletes again" 0 "$(count -w 0)"
is "and leaves other zones alone" 1 "$(count -w 7)"

# -A of what exists in another way, -U by the reply
fresh
"$CONNTRACK" -I $flow 2> /dev/null
rc "-A of a tuple that is another flow's reply" 1 \
	"$CONNTRACK" -A -s 10.0.0.2 -d 10.0.0.1 -p udp --sport 20 --dport 10 -t 600 -m 9
is "makes nothing" 1 "$(count)"
is "and does not touch that flow" 1 "$(count -m 0)"
rc "-A with NAT of a flow without" 1 "$CONNTRACK" -A $flow -n 10.9.9.9 -m 9
err_has "is explained" 'exists with other NAT'
is "and changes nothing" 1 "$(count -m 0)"
rc "-A with a helper of a flow without" 1 "$CONNTRACK" -A $flow --helper tftp
rc "-U reply" 0 "$CONNTRACK" -U reply -s 10.0.0.2 --sport 20 -d 10.0.0.1 -m 5
is "selects by the reply" 1 "$(count -m 5)"
rc "-U reply of the original direction" 1 "$CONNTRACK" -U reply -s 10.0.0.1 -m 6
nat='-s 10.0.0.3 -d 10.0.0.4 -p udp -t 600 --sport 10 --dport 20 -n 10.9.9.9:77'
"$CONNTRACK" -A $nat 2> /dev/null
rc "-A with the NAT that is in force" 0 "$CONNTRACK" -A $nat -m 8
is "updates" 1 "$(count -m 8 -n 10.9.9.9)"
rc "-A with another port" 1 "$CONNTRACK" -A ${nat%77}78 -m 9

# -A and the reply
fresh
"$CONNTRACK" -I $nat 2> /dev/null
own='-s 10.0.0.5 -d 10.0.0.4 -p udp -t 600 --sport 10 --dport 20'
reply='-p udp --sport 20 --dport 10 -t 600'
"$CONNTRACK" -I $own -r 10.0.0.4 -q 10.0.0.5 2> /dev/null
for other in '-r 10.0.0.9 -q 10.0.0.5' '--reply-port-src 77' '-q 10.0.0.9' '--reply-port-dst 11'; do
	rc "-A with another reply: $other" 1 "$CONNTRACK" -A $own $other -m 9
	err_has "is explained" 'exists with other NAT'
done
rc "-A reply, of another reply" 1 \
	"$CONNTRACK" -A reply -s 10.0.0.4 -d 10.0.0.9 -r 10.0.0.5 -q 10.0.0.4 $reply -m 9
rc "-A with the reply that it would have without its NAT" 1 \
	"$CONNTRACK" -A ${nat%-n*} -r 10.0.0.4 -q 10.0.0.3 -m 9
is "these update nothing" 0 "$(count -m 9)"
rc "-A reply of its own" 0 "$CONNTRACK" -A reply -s 10.0.0.4 -d 10.0.0.5 $reply -m 10
is "updates it" 1 "$(count -m 10 -s 10.0.0.5)"
rc "-A with the reply that it has" 0 "$CONNTRACK" -A $own -r 10.0.0.4 -q 10.0.0.5 \
	--reply-port-src 20 --reply-port-dst 10 -m 11
is "updates it" 1 "$(count -m 11 -s 10.0.0.5)"
rc "-A that says nothing of the reply" 0 "$CONNTRACK" -A ${nat%-n*} -m 10
is "updates the one with NAT" 1 "$(count -m 10 -n 10.9.9.9)"
is "and none of these makes one" 2 "$(count)"

# Nothing that is given is dropped for something else that is given.
fresh
while read -r command; do
	rc "$command" 2 "$CONNTRACK" $command
	err_is_one_line "in one line"
done << 'LINES'
-I -s 10.0.0.1:80 --sport 90 -d 10.0.0.2 --dport 5 -p udp -t 300
-I -s 10.0.0.1 --sport 90 -d 10.0.0.2:5 --dport 5 -p udp -t 300
-I -s 10.0.0.1 --sport 90 -d 10.0.0.2 --dport 5 -q 10.0.0.1:7 --reply-port-dst 8 -p udp -t 300
-I -s 10.0.0.1:80 -d 10.0.0.2 -p icmp --icmp-type 8 --icmp-code 0 -t 300
-I -s 10.0.0.1 -d 10.0.0.2:80 -p 99 -t 300
-I -s 10.0.0.1 -d 10.0.0.2 -r 10.0.0.2:99 -p gre --srckey 1 --dstkey 2 -t 300
-I -s 10.0.0.1 -d 10.0.0.2 -p gre --srckey 1 --dstkey 2 --reply-key-src 5 --reply-key-dst 1 -g 10.9.9.9 -t 300
-D -s 10.9.1.1 --mask-src 255.255.255.255 --mask-src 255.0.0.0
-D -d 10.9.1.1 --mask-dst 255.0.0.0 --mask-dst 255.255.255.255
LINES
is "make nothing" 0 "$(count)"
while read -r option command; do
	rc "$command" 2 "$CONNTRACK" $command
	err_has "names the option" "^conntrack: $option "
done << 'LINES'
--timeout -I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2
--timeout -U -t 5 -t 6
--family -I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 5 -f ipv4 -f ipv6
LINES
printf '5 foo\n13 foo\n' > "$TMP/twice"
"$CONNTRACK" -I $flow --label-add 13 2> /dev/null
is "a name that stands for another label is not saved" 13 \
	"$("$CONNTRACK" -L -o save --labelmap "$TMP/twice" 2> /dev/null |
		sed 's/.*--label-add \([^ ]*\).*/\1/')"
rc "a key that agrees with the NAT" 0 "$CONNTRACK" -I -s 10.0.0.1 -d 10.0.0.2 -p gre --srckey 1 \
	--dstkey 2 --reply-key-src 2 --reply-key-dst 1 -g 10.9.9.9 -t 300

# Zones of one direction
key='-s 10.0.0.1 -d 10.0.0.2 -p udp --sport 10 --dport 20'
for zone in --orig-zone --reply-zone; do
	fresh
	"$CONNTRACK" -I $flow $zone 4 2> /dev/null
	rc "-G $zone" 0 "$CONNTRACK" -G $key $zone 4
	rc "-G $zone by the reply" 0 "$CONNTRACK" -G -r 10.0.0.2 -q 10.0.0.1 -p udp \
		--reply-port-src 20 --reply-port-dst 10 $zone 4
	rc "-G $zone of another" 1 "$CONNTRACK" -G $key $zone 5
done
rc "-G of a zone, and of one in one direction" 2 "$CONNTRACK" -G $key -w 5 --orig-zone 5

# ICMP by its reply, and families
fresh
ping='-p icmp --icmp-type 8 --icmp-code 0'
rc "-I of ICMP by the reply alone" 0 \
	"$CONNTRACK" -I -r 10.0.0.6 -q 10.0.0.5 $ping --icmp-id 6 -t 600
is "is the query" 1 "$(count -s 10.0.0.5 -d 10.0.0.6 --icmp-type 8 --icmp-id 6)"
"$CONNTRACK" -I -s 10.0.0.1 -d 10.0.0.2 $ping --icmp-id 7 -t 600 2> /dev/null
rc "-G of ICMP by the reply" 0 "$CONNTRACK" -G -r 10.0.0.2 -q 10.0.0.1 $ping --icmp-id 7
"$CONNTRACK" -I -s fe80::1 -d fe80::2 $udp 2> /dev/null
run "$CONNTRACK" -L -f ipv4 -f inet
is "-f ipv4 -f inet is both" 3 "$(lines "$TMP/out")"
is "-f inet is both" 3 "$(count -f inet)"
is "-f ipv4 is not" 2 "$(count -f ipv4)"

# Wrong lines behind right ones
fresh
printf -- '-I -s 10.1.0.1 -d 10.0.0.2 %s\n-I nonsense\n' "$udp" > "$TMP/load"
rc "a wrong line behind a right one" 1 "$CONNTRACK" -R "$TMP/load"
is "does not undo it" 1 "$(count -s 10.1.0.1)"
sed 1d "$TMP/load" > "$TMP/wrong"
rc "a wrong line alone" 2 "$CONNTRACK" -R "$TMP/wrong"
printf '%s\n' "-I -s 10.1.0.1 -d 10.0.0.2 $udp" "-I -s 10.1.0.2 -d 10.0.0.2 $udp" '-I nonsense' \
	> "$TMP/load"
run "$CONNTRACK" -R "$TMP/load" --continue
is "errors come in file order" "1 3" "$(wrong_lines)"

# Lines of one shape are read by a shortcut; it must not lead elsewhere.
fresh
cat > "$TMP/load" << 'LINES'
-I -s 10.3.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 600
-I -s 10.3.0.2 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 600
-I reply -s 10.3.0.3 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 600
-I reply -s 10.3.0.4 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 600
-I orig -s 10.3.0.5 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 600
-I -s 10.3.0.6 -d 10.0.0.2 -p udp --sport 1 --dport 2 -n 10.8.8.8 -t 600
-I -s 10.3.0.7 -d 10.0.0.2 -p udp --sport 1 --dport 2 -n 10.8.8.9 -t 600
-I -s 10.3.0.8 -d 10.0.0.2 -p udp --sport 1 --dport "" -t 600
-I -s 10.3.0.9 -d 10.0.0.2 -p udp --sport 1 --dport -2 -t 600
-I -s 10.3.0.10 -d 10.0.0.2 -p udp --sport=1 --dport=2 -t 600
-I -s 10.3.0.11 -d 10.0.0.2 -p udp --sport=3 --dport=4 -t 600
-U -s 10.3.0.1 -m 5
-U ! -s 10.3.0.0/16 -m 7
-U ! -s 10.0.0.0/8 -m 6
LINES
run "$CONNTRACK" -R "$TMP/load" --continue
is "lines alike: errors" "8 9" "$(wrong_lines)"
is "lines alike: entries" 9 "$(count)"
is "lines alike: described by the reply" 2 "$(count -s 10.0.0.2)"
is "lines alike: NAT" 1 "$(count -n 10.8.8.9)"
is "lines alike: ports" 1 "$(count --sport 3)"
is "lines alike: an update" 1 "$(count -m 5)"
is "lines alike: a negated one" 2 "$(count -m 7)"
is "lines alike: another negated one" 0 "$(count -m 6)"

# Help, messages, names
fresh
rc "-o help needs no command" 0 "$CONNTRACK" -o help
rc "-h -p tcp" 0 "$CONNTRACK" -h -p tcp
out_has "tells of its options" '^Of tcp:'
out_has "and states" 'SYN_SENT, SYN_RECV'
run "$CONNTRACK" -L -s "$(printf 'x\233\302\233y')"
is "no byte above ASCII in a message" 0 "$(LC_ALL=C grep -c "$(printf '[\200-\377]')" "$TMP/err")"
printf '5 7\n9 web\n' > "$TMP/labels" # bit 5 is called 7
"$CONNTRACK" -I -s 10.2.0.1 -d 10.0.0.2 $udp --label-add 7,web --labelmap "$TMP/labels" 2> /dev/null
is "a label's number comes before a name that is one" 1 "$(count -l 7,9)"
is "and is not that name's" 0 "$(count -l 5)"
finish
