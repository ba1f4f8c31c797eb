#!/bin/sh
# netns: -a
# -F -m: the entries with a mark, by one request or one by one, and nothing else.
. "${0%/*}/../lib.sh"

fill() {
	"$CONNTRACK" -F 2>/dev/null
	"$CONNTRACK" -R - <<'LINES'
-I -s 10.0.0.1 -d 10.1.0.9 -p udp --sport 1 --dport 53 -t 6000
-I -s 10.0.0.2 -d 10.1.0.9 -p udp --sport 2 --dport 53 -t 6000 -m 1
-I -s 10.0.0.3 -d 10.1.0.9 -p udp --sport 3 --dport 53 -t 6000 -m 0x101
-I -s 10.0.0.4 -d 10.1.0.9 -p udp --sport 4 --dport 53 -t 6000 -m 0x102 -w 7
-I -s fd00::5 -d fd00::9 -p udp --sport 5 --dport 53 -t 6000 -m 0x103
LINES
}
# flush LEFT OPTIONS...: these source ports are left
flush() {
	want=$1
	shift
	fill
	rc "-F $*" 0 "$CONNTRACK" -F "$@"
	is "says so" "conntrack v$version (conntrack-tools): entries with this mark have been removed." "$(cat "$TMP/err")"
	is "shows nothing" "" "$(cat "$TMP/out")"
	is "leaves" "$want" "$("$CONNTRACK" -L -o format=sport 2>/dev/null | sort | joined)"
}
version=$("$CONNTRACK" -V | sed 's/.* v\([0-9.]*\) .*/\1/')
# The kernel is asked, then it is not.
for way in asked listed; do
	[ $way = listed ] && export CONNTRACK_NO_PUSHDOWN=1
	flush "1 3 4 5" -m 1
	flush "1 2" -m 0x100/0x100
	flush "1 2 5" -m 0x100/0x100 -f ipv4
	flush "1 2 3 4" -m 0x100/0x100 -f ipv6
	flush "2 3 4 5" -m 0
	flush "1 4 5" -m 1,0x101
	flush "1 2 3 4 5" -m 0x42
	flush "1 2 3 4 5" -m 0x2/0x1
	flush "" -m 0/0
done
unset CONNTRACK_NO_PUSHDOWN
newer() { # than Linux 6.11
	uname -r | awk -F. '{exit !($1 > 6 || ($1 == 6 && $2 + 0 >= 12))}'
}
if newer && [ -z "${SANITIZED:-}" ] && command -v strace >/dev/null && strace -o "$TMP/trace" true 2>/dev/null; then
	fill
	strace -f -e trace=sendto,sendmsg,write -o "$TMP/trace" "$CONNTRACK" -F -m 0x100/0x100 2>/dev/null
	is "one request" 1 "$(grep -c '^[0-9 ]*send' "$TMP/trace")"
else
	cannot "one request" "an older kernel, or no strace"
fi
fill
rc "--dry-run" 0 "$CONNTRACK" -F -m 1 --dry-run
err_has "would be" 'entries with this mark would be removed'
is "nothing is gone" 5 "$("$CONNTRACK" -C)"
echo '-F -m 1' >"$TMP/load"
rc "-R" 0 "$CONNTRACK" -R "$TMP/load"
is "one is gone" 4 "$("$CONNTRACK" -C)"
for wrong in '! -m 1' '-m x' 'expect -m 1' 'all -m 1' '-m 1 -s 10.0.0.1'; do
	rc "-F $wrong" 2 "$CONNTRACK" -F $wrong
done
is "nothing more is gone" 4 "$("$CONNTRACK" -C)"
finish
