#!/bin/sh
# netns: -a
# Spellings of the classic tool that scripts use: bundled letters and the like.
. "$(dirname "$0")/../lib.sh"

fill() {
	fresh
	"$CONNTRACK" -R - << 'LINES'
-I -s 10.0.0.1 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 600 -m 5
-I -s 10.0.0.2 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 600 -n 10.8.8.8
-I -s 10.0.0.3 -d 10.0.0.9 -p tcp --sport 1 --dport 2 -t 600 --state CLOSE -u SEEN_REPLY,ASSURED
-I -s fe80::3 -d fe80::4 -p udp --sport 1 --dport 2 -t 600 -w 1
LINES
}
fill

# same COUNT BUNDLE... = LETTERS...: both spellings show the same, so many lines
same() {
	want=$1
	bundle=${2%% = *}
	apart=${2#* = }
	run "$CONNTRACK" $apart
	sed 's/ use=[0-9]*//; s/ [56][09][0-9] / /' "$TMP/out" > "$TMP/apart"
	is "$apart" "0 $want" "$RC $(lines "$TMP/apart")"
	run "$CONNTRACK" $bundle
	sed 's/ use=[0-9]*//; s/ [56][09][0-9] / /' "$TMP/out" > "$TMP/bundle"
	is "$bundle" "0 $want" "$RC $(lines "$TMP/bundle")"
	holds "$bundle is $apart" cmp "$TMP/apart" "$TMP/bundle"
}
same 4 '-Lo extended = -L -o extended'
same 4 '-Loextended = -L -o extended'
same 7 '-Loxml = -L -o xml'
same 1 '-Ljo id = -L -j -o id'
same 1 '-Lj = -L -j'
same 1 '-Ln = -L -n'
same 0 '-Lg = -L -g'
same 1 '-Lno id = -L -n -o id'
same 1 '-Ln10.8.8.8 = -L -n 10.8.8.8'
same 0 '-Ln10.8.8.9 = -L -n 10.8.8.9'
same 1 '-Ln 10.8.8.8 = -L -n 10.8.8.8'
same 1 '-Lp tcp = -L -p tcp'
same 1 '-Lptcp = -L -p tcp'
same 3 '-Lf ipv4 = -L -f ipv4'
same 1 '-Lu ASSURED = -L -u ASSURED'
same 1 '-Lm 5 = -L -m 5'
same 1 '-Lw 1 = -L -w 1'
same 4 '-Lzo id = -L -z -o id'
same 1 '-Co xml = -C -o xml'
same 1 '-Cw 5 = -C -w 5'
same 0 '-Lexp = -L expect'
same 0 '-Lexpect = -L expect'
same 0 '-L=e = -L expect'
same 4 '-Lcon = -L conntrack'
same 0 '-LEXPECT = -L expect'
is "-Co xml counts" 4 "$("$CONNTRACK" -Co xml)"
is "-Cw 1 counts" 1 "$("$CONNTRACK" -Cw 1)"
for bad in -Lex -Lx -LD -Lfoo -Lo -Lz=1 '-Lp' "-L$(printf 'z%.0s' $(seq 40))"; do
	rc "$(echo "$bad" | cut -c1-10)" 2 "$CONNTRACK" $bad
	err_is_one_line "and why"
done
rc "-Dp tcp" 0 "$CONNTRACK" -Dp tcp
err_has "deletes" ' 1 flow entries have been deleted'
is "and nothing else" 3 "$("$CONNTRACK" -C)"
printf '%s\n' '-Dw 1' '-Dm 5' > "$TMP/load"
rc "bundles in a load file" 0 "$CONNTRACK" -R "$TMP/load"
is "are carried out" 1 "$("$CONNTRACK" -C)"
finish
