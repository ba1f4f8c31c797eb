#!/bin/sh
# netns: -a -t -l -H
# -o format=: text with values in it.
. "${0%/*}/../lib.sh"

printf '1 web\n5 "es\033c\n' >"$TMP/labels"
"$CONNTRACK" -R - <<'LINES'
-I -s 10.0.0.1 -d 10.96.0.10 -p udp --sport 1 --dport 53 -t 600 -g 10.244.1.7 -w 1
-I -s 10.0.0.3 -d 10.96.0.10 -p tcp --sport 3 --dport 53 -t 43200 -g 10.244.9.9:8053 -n 203.0.113.1 --state ESTABLISHED -m 0x100 -u SEEN_REPLY,ASSURED --label-add 1,5,77 --tcp-flags 15,7,15,3 --wscale 14,9
-I -s 2001:db8::4 -d 2001:db8::9 -p tcp --sport 65535 --dport 80 -t 86399 --state SYN_SENT --orig-zone 4
-I -s 10.0.0.6 -d 10.0.0.9 -p 99 -t 6000 -u SEEN_REPLY
-I -s 10.0.0.7 -d 10.0.0.9 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 6000 --reply-zone 5
-I -s 192.0.2.1 -d 198.51.100.5 -p gre --srckey 0x11 --dstkey 0x22 -t 1000
-I -s 192.0.2.1 -d 198.51.100.6 -p sctp --sport 2905 --dport 2906 --state ESTABLISHED --orig-vtag 11 --reply-vtag 4294967295 -t 1000 -u SEEN_REPLY
LINES
hold "$("$TOOLS/traffic" tcp -p 7001)"

# show TEMPLATE [OPTION...]: the list
show() {
	template=$1
	shift
	"$CONNTRACK" -L -o "format=$template" "$@" 2>/dev/null
}
is "names, commas, escapes" '10.0.0.1 . 1, 10.96.0.10 . 53 {\	100%}' \
	"$(show '%{src} . %{sport}, %{dst} . %{dport} {\\\t100%%}\n' -s 10.0.0.1)"
is "a list is a line with tabs" '10.0.0.1	10.244.1.7	1' "$(show src,Reply.SRC,zone -s 10.0.0.1)"
is "- for what is absent" '10.0.0.7 - - 77 5 -' \
	"$(show '%{src} %{sport} %{event} %{orig.id} %{reply.zone} %{zone}\n' -s 10.0.0.7)"
is "keys of GRE are no ports" '17 34 - -' "$(show '%{srckey} %{dstkey} %{sport} %{dport}\n' -p gre)"
is "text alone" "$(printf 'x%%x%%x%%x%%x%%x%%x%%x%%')" "$(show x%% | tr -d '\n')"
long=$(printf '%01000d' 7)
is "long texts" "$long/10.0.0.6/$long" "$(show "$long/%{src}/$long\\n" -s 10.0.0.6)"
is "both directions' counters" \
	"$(show '%{orig.bytes} %{reply.bytes}\n' -p tcp --dport 7001 | awk '{print $1 + $2}')" \
	"$(show bytes -p tcp --dport 7001)"
is "names of labels drive no terminal" 'web,"es\x1bc,77' "$(show labels --labelmap "$TMP/labels" -s 10.0.0.3)"

# Each value of JSON is there, under its name.
"$CONNTRACK" -L -o jsonl --labelmap "$TMP/labels" 2>/dev/null | sed 's/\\u001b/\\x1b/; s/\\"/"/' |
	awk '{
		prefix = ""
		line = substr($0, 2)
		id = $0
		sub(/.*"id":/, "", id)
		sub(/[^0-9].*/, "", id)
		while (match(line, /^,?"[a-z_]*":/)) {
			name = substr(line, RSTART, RLENGTH)
			gsub(/[",:]/, "", name)
			line = substr(line, RSTART + RLENGTH)
			if (substr(line, 1, 1) == "{") {
				prefix = name "."
				line = substr(line, 2)
				continue
			}
			if (line ~ /^\[/)
				match(line, /^\[[^]]*\]/)
			else if (line ~ /^"/)
				match(line, /^"[^"]*"/)
			else
				match(line, /^[^,}]*/)
			value = substr(line, 1, RLENGTH)
			line = substr(line, RLENGTH + 1)
			gsub(/^\[?"?|"?\]?$/, "", value)
			gsub(/","|",|,"/, ",", value)
			if (value != "")
				print prefix name "\t" value "\t" id
			while (line ~ /^}/) {
				prefix = ""
				line = substr(line, 2)
			}
		}
	}' >"$TMP/values"
is "there are values" yes "$([ "$(lines "$TMP/values")" -gt 120 ] && echo yes)"
cut -f1 "$TMP/values" | sort -u >"$TMP/names"
is "of many names" yes "$([ "$(lines "$TMP/names")" -ge 40 ] && echo yes)"
while read -r name; do
	case $name in
	timeout) continue ;; # runs
	esac
	awk -F'\t' -v name="$name" '$1 == name {print $2 "\t" $3}' "$TMP/values" | sort >"$TMP/want"
	show "%{$name}\\t%{id}\\n" --labelmap "$TMP/labels" | grep -v '^-	' | sort >"$TMP/got"
	no_diff "$name is as in JSON" "$TMP/want" "$TMP/got"
done <"$TMP/names"
"$CONNTRACK" -o help | sed -n '/^Names/,$p' | tail -n +2 | tr -s ' ' '\n' | grep . >"$TMP/listed"
is "-o help lists each name" "" "$(grep -vxFf "$TMP/listed" "$TMP/names")"
show "$(joined <"$TMP/listed" | tr ' ' ,)" >"$TMP/out"
is "each listed name is one" 8 "$(lines "$TMP/out")"

# Other commands.
out=$("$CONNTRACK" -G -s 10.0.0.6 -d 10.0.0.9 -p 99 -o format=src,protonum 2>/dev/null)
is "-G" '10.0.0.6	99' "$out"
out=$("$CONNTRACK" -U -s 10.0.0.6 -m 7 -o 'format=%{src} %{mark}\n' 2>/dev/null)
is "-U" '10.0.0.6 7' "$out"
is "-L --sort" '86399' "$(show '%{timeout}\n' --sort expires --limit 1 -f ipv6 | sed 's,^8[56]...$,86399,')"
"$CONNTRACK" -E --sync -o 'format=%{event} %{src} %{portid} %{stop}\n' --limit 9 >"$TMP/events" 2>/dev/null &
pid=$!
listening $pid
until_true has_lines "$TMP/events" 8
out=$("$CONNTRACK" -D -s 10.0.0.6 -o 'format=%{src}, gone\n' 2>/dev/null)
is "-D" '10.0.0.6, gone' "$out"
wait $pid
is "-E" 1 "$(grep -c '^destroy 10.0.0.6 [1-9][0-9]* 20[0-9-]*T[0-9:.]*Z$' "$TMP/events")"
is "and SYNC events, without markers" 8 "$(grep -c '^sync [0-9a-f.:]* - -$' "$TMP/events")"
is "--netns" "$$" "$("$CONNTRACK" -L --netns $$ -s 10.0.0.1 -o "format=%{netns}\n" 2>/dev/null)"

# In a load file, where blanks and backslashes are quoted.
printf '%s\n' '-U -s 10.0.0.1 -m 1 -o format=src,mark' \
	'-U -s 10.0.0.3 -m 1 -o "format=%{src}, %{mark}\\n"' '-U -s 10.0.0.1 -m 2' \
	'-U -s 10.0.0.3 -m 2 -o format=%{mark}\ %{src}\\n' >"$TMP/load"
"$CONNTRACK" -R "$TMP/load" >"$TMP/out" 2>"$TMP/err"
is "-R" "10.0.0.1	1 10.0.0.3, 1 2 10.0.0.3" "$(grep -v ' src=' "$TMP/out" | joined)"

# Expectations.
"$CONNTRACK" -I -s 10.0.0.8 -d 10.0.0.9 -p tcp --sport 9 --dport 21 -t 600 --state ESTABLISHED --helper ftp 2>/dev/null
if "$CONNTRACK" -I expect -s 10.0.0.8 -d 10.0.0.9 -p tcp --sport 9 --dport 21 --tuple-src 10.0.0.9 \
	--tuple-dst 10.0.0.8 --tuple-port-src 0 --tuple-port-dst 4000 --mask-src 255.255.255.255 \
	--mask-dst 255.255.255.255 -t 100 2>"$TMP/err"; then
	out=$("$CONNTRACK" -L expect -o 'format=%{src}>%{dport} %{mask.src} %{master.dport} %{class} %{nat.src}\n' 2>/dev/null)
	is "-L expect" '10.0.0.9>4000 255.255.255.255 21 0 -' "$out"
	is "-L all" 1 "$("$CONNTRACK" -L all -o 'format=%{table} %{mark} %{mask.dport}\n' 2>/dev/null |
		grep -c '^expect - 65535$')"
	rc "entries' names are none of expectations" 2 "$CONNTRACK" -L expect -o format=status
else
	cannot "expectations" "$(cat "$TMP/err")"
fi
rc "and the other way round" 2 "$CONNTRACK" -L -o format=mask.src

# What is wrong is told, and nothing is done.
while IFS='|' read -r template why; do
	rc "$template" 2 "$CONNTRACK" -D -o "format=$template"
	err_is_one_line "$template: one line"
	err_has "$template: why" "$why"
done <<'LINES'
%{sprot}|"sprot".* did you mean sport?
src,dts|"dts".* did you mean dst?
%{orgi.src}|did you mean orig.src?
%{reply.dpotr}|did you mean reply.dport?
hello|"hello" is no name of a value: -o help
%{}|"" is no name
src,|"" is no name
,|"" is no name
a%b|"%b" is not %{NAME} or %%
a%|"%" is not
%{src|has no }
\x|"\\x" is not
\|is not
|needs a template
LINES
rc "without a template" 2 "$CONNTRACK" -L -o format=
rc "not even that" 2 "$CONNTRACK" -L --output format
rc "beside another format" 2 "$CONNTRACK" -L -o json -o format=src
rc "behind one" 2 "$CONNTRACK" -L --output json,format=src
rc "before one" 2 "$CONNTRACK" -L -o format=src -o xml
rc "twice" 2 "$CONNTRACK" -L -o format=src -o format=dst
rc "in groups" 2 "$CONNTRACK" -L -g src -o format=src
is "nothing was deleted" 8 "$("$CONNTRACK" -C)"
finish
