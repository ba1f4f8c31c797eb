#!/bin/sh
# netns: -a -t -l -H
# Formats for programs: every document is read by strict parsers, the JSON checked against its
# schema, the metrics by promtool, and group sums against sums made from the list.
. "$(dirname "$0")/../lib.sh"
here=$(dirname "$0")/..
labels="--labelmap $TMP/labels"

# Names that are a trial for every format: quotes, markup, a control character, no UTF-8, 255 bytes.
awk 'BEGIN {
	long = "x"; while (length(long) < 255) long = long "y"
	for (i = 0; i < 120; i++) print i, "label" i
	printf "120 \"quoted\\\"\n121 <b>&amp;\n122 bell\007esc\033[31m\n"
	printf "123 \377\376bytes\n124 caf\303\251\n125 %s\n", long
}' > "$TMP/labels"
all=$(awk 'BEGIN {for (i = 0; i < 128; i++) printf "%s%d", i ? "," : "", i}')

hold "$("$TOOLS/traffic" tcp -p 2121)"
for kind in tcp udp icmp sctp-raw gre udplite; do
	for address in 127.0.0.1 ::1; do
		hold "$("$TOOLS/traffic" $kind -s $address -d $address 2> /dev/null)"
	done
done
"$CONNTRACK" -R - <<'LINES'
-I -s 10.1.0.1 -d 10.1.0.2 -p tcp --sport 1 --dport 2 -t 1000 --state CLOSE -n 10.9.0.1:99 -u SEEN_REPLY
-I -s 10.1.0.1 -d 10.1.0.3 -p udp --sport 1 --dport 2 -t 1000 --orig-zone 3
-I -s 10.1.0.1 -d 10.1.0.3 -p udp --sport 1 --dport 2 -t 1000 -w 7 -m 0xffffffff
-I -s ::1:2 -d ::ffff:1.2.3.4 -p 89 -t 1000
-I -s fe80::1 -d ff02::1 -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 5 -t 1000
LINES
labelled='-s 10.1.0.9 -d 10.1.0.2 -p tcp --sport 1 --dport 2'
rc "an entry with all labels" 0 \
	"$CONNTRACK" -I $labelled -t 1000 --state CLOSE --label-add "$all"

valid_json() {
	name=$1
	shift
	"$@" > "$TMP/doc" 2> "$TMP/err" || not_ok "$name: runs" "$(cat "$TMP/err")"
	if command -v jq > /dev/null; then
		holds "$name: jq reads it" jq -e . "$TMP/doc"
	else
		cannot "$name: jq" "not installed"
	fi
	/usr/bin/python3 - "$here/schema.json" "$TMP/doc" > "$TMP/py" 2>&1 <<'PY'
import json, sys
try:
    import jsonschema
except ImportError:
    sys.exit(77)
check = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
text = open(sys.argv[2], encoding="utf-8", errors="strict").read()
try:
    docs = json.loads(text)
    docs = docs if isinstance(docs, list) else [docs]
except ValueError:
    docs = [json.loads(line) for line in text.splitlines()]
for d in docs:
    check.validate(d)
print(len(docs))
PY
	case $? in
	0) ok "$name: meets the schema" ;;
	77 | 127) cannot "$name: schema" "python3-jsonschema is not installed" ;;
	*) not_ok "$name: meets the schema" "$(tail -n 5 "$TMP/py")" ;;
	esac
}

holds "README links the schema" grep -q -F '](test/schema.json)' "$here/../README.md"
is "make install installs the schema" \
	"test/schema.json \"$TMP/a dest/share/conntrack/schema.json\"" \
	"$(make -n -C "$here/.." install DESTDIR="$TMP/a dest" PREFIX= 2> /dev/null |
		sed -n 's/^install -D -m 644 \(.*schema.json"\)$/\1/p')"
valid_json "-L json" "$CONNTRACK" -L -o json $labels
valid_json "-L jsonl" "$CONNTRACK" -L -o jsonl $labels
valid_json "-L json without label names" "$CONNTRACK" -L -o json
valid_json "--check" "$CONNTRACK" --check -o json
valid_json "-S --total" "$CONNTRACK" -S --total -o json
valid_json "-C with a limit" "$CONNTRACK" -C -o json
valid_json "-L of nothing" "$CONNTRACK" -L -o json -s 9.9.9.9
valid_json "-L expect" "$CONNTRACK" -L expect -o json
valid_json "-L all" "$CONNTRACK" -L all -o json
valid_json "-G" "$CONNTRACK" -G $labelled -o json $labels
valid_json "-U" "$CONNTRACK" -U -p udp -m 3/3 -o json
valid_json "-L -z" "$CONNTRACK" -L -z -p icmp -o json
valid_json "-C" "$CONNTRACK" -C -o json
valid_json "-C all" "$CONNTRACK" -C all -o json
valid_json "-S" "$CONNTRACK" -S -o json
valid_json "-S expect" "$CONNTRACK" -S expect -o json
for fields in src dst/24,dport proto,state mark,zone,sport \
	src,dst,sport,dport,proto,state,mark,zone; do
	valid_json "--group $fields" "$CONNTRACK" -L --group $fields -o json
done

valid_json "-E --group" "$CONNTRACK" -E --group src,dport --every 0.1 --for 0.25 -o json

# Events, ended in the middle of a storm
"$CONNTRACK" -E -o json > "$TMP/events.json" 2> /dev/null &
json=$!
"$CONNTRACK" -E -o xml > "$TMP/events.xml" 2> /dev/null &
xml=$!
listening $json
listening $xml
before=$("$CONNTRACK" -C -p udp)
"$TOOLS/traffic" udp-many -n 3000 > /dev/null
made=$(($("$CONNTRACK" -C -p udp) - before))
is "traffic that makes events" 3000 "$made"
kill -INT $json $xml
wait $json
is "-E json ends well" 0 $?
wait $xml
is "-E xml ends well" 0 $?
valid_json "-E" cat "$TMP/events.json"
is "which has all events" "$made" "$(grep -c '"event":"new"' "$TMP/events.json")"

valid_xml() {
	name=$1
	shift
	"$@" > "$TMP/doc" 2> "$TMP/err" || not_ok "$name: runs" "$(cat "$TMP/err")"
	if command -v xmllint > /dev/null; then
		holds "$name: well-formed" xmllint --noout "$TMP/doc"
	else
		cannot "$name: well-formed" "xmllint is not installed"
	fi
}
valid_xml "-L xml" "$CONNTRACK" -L -o xml,labels,ktimestamp,id $labels
valid_xml "-G xml" "$CONNTRACK" -G $labelled -o xml,labels $labels
valid_xml "-L -z xml" "$CONNTRACK" -L -z -o xml
run "$CONNTRACK" -U -p tcp -m 3/3 -o xml
is "-U has flows alone, to be put into another document" "0 $(lines "$TMP/out")" \
	"$RC $(grep -c '^<flow>.*</flow>$' "$TMP/out")"
valid_xml "-S xml" "$CONNTRACK" -S -o xml
valid_xml "-E xml" cat "$TMP/events.xml"
run "$CONNTRACK" -L -o xml -s 9.9.9.9
is "a list of nothing is no byte of XML" 0 "$(wc -c < "$TMP/out" | tr -d ' ')"
run "$CONNTRACK" -L -o xml -p sctp
out_has "XML has SCTP's own state" '<state>ESTABLISHED</state>'
"$TOOLS/traffic" icmp -s 127.0.0.1 -d 127.0.0.1 > /dev/null 2>&1 # the first one may have expired
run "$CONNTRACK" -L -o xml -p icmp
out_has "XML has ICMP's keys" '<type>8</type><code>0</code><id>1</id></layer4>'

if command -v promtool > /dev/null; then
	for words in '-S' '-C' '-L --group src' '-L --group proto,dport' \
		'-L --group reply-src/8,status,helper --limit 2'; do
		rc "metrics: $words" 0 "$CONNTRACK" $words -o prometheus
		cp "$TMP/out" "$TMP/metrics"
		rc "promtool: $words" 0 sh -c 'promtool check metrics < "$1"' - "$TMP/metrics"
		is "promtool has nothing to say: $words" "" "$(cat "$TMP/out" "$TMP/err")"
	done
else
	cannot "metrics" "promtool is not installed"
fi

if command -v jq > /dev/null; then
	"$CONNTRACK" -L -o json 2> /dev/null | jq -c 'group_by(.orig.src)[] |
		{src: .[0].orig.src, flows: length,
		packets: (map((.orig.packets // 0) + (.reply.packets // 0)) | add),
		bytes: (map((.orig.bytes // 0) + (.reply.bytes // 0)) | add)}' > "$TMP/want"
	"$CONNTRACK" -L --group src -o json 2> /dev/null | jq -c 'sort_by(.src)[]' > "$TMP/got"
	no_diff "group sums are the list's" "$TMP/want" "$TMP/got"
	# Each field, as the list's objects have it.
	while read -r field value; do
		"$CONNTRACK" -L -o json 2> /dev/null | jq -c "group_by($value)[] |
			{value: .[0] | ($value), flows: length} | select(.value != null)" |
			sort > "$TMP/want"
		"$CONNTRACK" -L --group "$field" -o json 2> /dev/null |
			jq -c ".[] | {value: .$(echo "$field" | tr - _), flows} |
				select(.value != null)" | sort > "$TMP/got"
		no_diff "--group $field" "$TMP/want" "$TMP/got"
		is "--group $field: there are some" yes "$([ -s "$TMP/got" ] && echo yes)"
	done << 'FIELDS'
reply-src .reply.src
reply-dst .reply.dst
reply-sport .reply.sport
reply-dport .reply.dport
family .family
status (.status//[])|join(",")
helper .helper
offload (.status//[])|if(index("HW_OFFLOAD"))then("hardware")elif(index("OFFLOAD"))then("software")else("no")end
FIELDS
	sums() {
		jq -c '[.[] | [.flows, .packets, .bytes]] | transpose | map(add)'
	}
	is "with --limit the sum stays" "$("$CONNTRACK" -L --group src,dport -o json 2> /dev/null | sums)" \
		"$("$CONNTRACK" -L --group src,dport --limit 3 -o json 2> /dev/null | sums)"
	is "one row more" 4 "$("$CONNTRACK" -L --group src,dport --limit 3 -o json 2> /dev/null | jq length)"
	"$CONNTRACK" -L -o jsonl --sort bytes --limit 5 2> /dev/null |
		jq -c '.orig.bytes + .reply.bytes' > "$TMP/got"
	"$CONNTRACK" -L -o json 2> /dev/null |
		jq -c '[.[] | .orig.bytes + .reply.bytes] | sort | reverse | .[0:5][]' > "$TMP/want"
	no_diff "--sort bytes --limit 5" "$TMP/want" "$TMP/got"
else
	cannot "sums" "jq is not installed"
fi
run "$CONNTRACK" -L -o labels $labels -s 10.1.0.9
out_has "labels are shown" ' labels=label0,.*caf'
is "nothing drives the terminal" "" "$(LC_ALL=C tr -d '\n -~' < "$TMP/out")"
for words in '-L -o xml,json' '-L -o json,jsonl' '-L -o save,json' '-L -o prometheus' \
	'-L -g src -o xml' '-L --sort flows' '-L --sort size' '-L -g colour' '-L -g src,src' \
	'-L -g src/129' '-D -g src'; do
	rc "$words is refused" 2 "$CONNTRACK" $words
done
finish
