#!/bin/sh
# netns: -a -l
# Labels as one value of 128 bits, as Open vSwitch writes them.
. "${0%/*}/../lib.sh"

printf '1 web\n64 0x40\n' >"$TMP/labels"
"$CONNTRACK" -R - <<'LINES'
-I -s 10.0.0.1 -d 10.1.0.9 -p udp --sport 1 --dport 53 -t 6000
-I -s 10.0.0.2 -d 10.1.0.9 -p udp --sport 2 --dport 53 -t 6000 --label-add 0,1
-I -s 10.0.0.3 -d 10.1.0.9 -p udp --sport 3 --dport 53 -t 6000 --label-set 0x80000000000000000000000000000005/0x8000000000000000000000000000000f
-I -s 10.0.0.4 -d 10.1.0.9 -p udp --sport 4 --dport 53 -t 6000 --label-set 0x123456789abcdef0 -m 4
LINES
# has SOURCE LABELS: the bits that are set
has() {
	is "labels of 10.0.0.$1" "$2" "$("$CONNTRACK" -L --labelmap "$TMP/labels" -o format=labels -s "10.0.0.$1" 2>/dev/null)"
}
has 1 -
has 2 '0,web'
has 3 '0,2,127'
has 4 '4,5,6,7,9,10,11,12,14,15,18,19,20,21,23,25,27,28,31,35,36,37,38,41,42,44,46,50,52,53,57,60'

# selects LABELS SOURCE...: which entries it matches
selects() {
	value=$1
	shift
	is "-l $value" "$*" "$("$CONNTRACK" -L --labelmap "$TMP/labels" $not -l "$value" -o format=src 2>/dev/null |
		sed 's/10.0.0.//' | sort | joined)"
}
not=
selects 0x1/0x1 2 3
selects 0x1/0x3 3
selects 1/3 3
selects 0x0/0x1 1 4
selects 0/0 1 2 3 4
selects 0x0 1
selects 0x3 2
selects 0x80000000000000000000000000000005 3
selects 0x80000000000000000000000000000000/0x80000000000000000000000000000000 3
selects 0X000000000000000000000000000000F0/0xfF 4
selects web 2
selects web,0x1/0x1 2
selects 0x40
selects 64
not=!
selects 0x1/0x1 1 4
selects web 1 3 4
is "two must both hold" 2 "$("$CONNTRACK" -L -l 0x1/0x1 -l 0x2/0x2 -o format=src 2>/dev/null | sed 's/10.0.0.//')"

# Under a mask, other labels stay.
rc "-U" 0 "$CONNTRACK" -U -s 10.0.0.2 --label-set 0x4/0x6
has 2 0,2
rc "-U of the same" 1 "$CONNTRACK" -U -s 10.0.0.2 --label-set 0x4/0x6
rc "-U, all of them" 0 "$CONNTRACK" -U -s 10.0.0.3 --label-set 0x2
has 3 web
rc "-U, none" 0 "$CONNTRACK" -U -s 10.0.0.3 --label-set 0/0xff
has 3 -
rc "-A" 0 "$CONNTRACK" -A -s 10.0.0.4 -d 10.1.0.9 -p udp --sport 4 --dport 53 -t 6000 --label-set 1/0xffffffffffffffff
has 4 0
rc "-D" 0 "$CONNTRACK" -D -l 0x0/0x4
is "the one with the bit is left" 10.0.0.2 "$("$CONNTRACK" -L -o format=src 2>/dev/null)"

# Events of traffic and deletions do not tell labels.
"$CONNTRACK" -E -l 0x0/0x8 -o format='%{event} %{src}\n' >"$TMP/events" 2>/dev/null &
pid=$!
hold $pid
listening $pid
"$CONNTRACK" -R - <<'LINES' >/dev/null
-U -s 10.0.0.2 -m 1
-U -s 10.0.0.2 --label-add 5
-U -s 10.0.0.2 --label-add 3
-D -s 10.0.0.2
LINES
until_true has_lines "$TMP/events" 2
kill -INT $pid
wait $pid
is "-E" "update 10.0.0.2 update 10.0.0.2" "$(joined <"$TMP/events")"

for wrong in 0x2/0x1 0x/0x1 0x1/ /0x1 1/0xg 0x100000000000000000000000000000000/0x1 128 5/x -1/1 \
	0x1/0x1,0x0/0x1 0x1/0x3,web; do
	rc "-l $wrong" 2 "$CONNTRACK" -D --labelmap "$TMP/labels" -l "$wrong"
	err_is_one_line "-l $wrong: one line"
done
rc "--label-del wants labels" 2 "$CONNTRACK" -U --label-del 0x1/0x1
finish
