# netns: -a -l
# Commands that write, one line of change.list each: the peer runs it on a known table, then ours
# does, on the same table. Exit code and the table afterwards must be as change.list says; its head
# explains the columns.
. "${0%/*}/../lib.sh"

here=${0%/*}
. "$here/setup.sh"
list=${CHANGE_LIST:-$here/change.list}
begin "change.list"

cat >"$T/full" <<'END'
-I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1000 --dport 53 -t 3000
-I -s 10.0.0.1 -d 10.0.0.3 -p tcp --sport 2000 --dport 443 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 4000 -m 7
-I -s 10.0.0.4 -d 10.0.0.3 -p tcp --sport 2001 --dport 80 --state SYN_SENT -t 4000
-I -s 10.0.0.1 -d 10.0.0.2 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 3000
-I -s 2001:db8::1 -d 2001:db8::2 -p udp --sport 1000 --dport 53 -t 3000 -m 5
-I -s 2001:db8::1 -d 2001:db8::3 -p tcp --sport 2000 --dport 443 --state ESTABLISHED -u SEEN_REPLY,ASSURED,FIXED_TIMEOUT -t 4000
-I -s 2001:db8::1 -d 2001:db8::2 -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 78 -t 3000 -u SEEN_REPLY
-I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1000 --dport 53 -t 3000 -w 9 -m 9
-I -s 10.0.0.1 -d 10.0.0.5 -p gre --srckey 0x11 --dstkey 0x22 -t 3000
-I -s 10.0.0.1 -d 10.0.0.5 -p sctp --sport 2905 --dport 2906 --state ESTABLISHED --orig-vtag 11 --reply-vtag 22 -t 3000 -u SEEN_REPLY
-I -s 192.168.1.5 -d 203.0.113.9 -p udp --sport 1111 --dport 80 --dst-nat 10.0.0.9:8080 -t 3000
-I -s 192.168.1.5 -d 198.51.100.13 -p tcp --sport 1111 --dport 80 --src-nat 203.0.113.1:2222 --state ESTABLISHED -t 4000 -u SEEN_REPLY,ASSURED
-I -s 10.0.0.1 -d 224.0.0.22 -p igmp -t 3000
-I -s 10.0.0.4 -d 10.0.0.2 -p udp --sport 1003 --dport 53 -t 3000 --orig-zone 3 -u SEEN_REPLY
-I -s 10.0.0.6 -d 10.0.0.2 -p udp --sport 1000 --dport 53 -t 3000
END
grep -v -e ' -w ' -e '-zone ' "$T/full" >"$T/plain"

# Load files of change.list: "@NAME TEXT".
while IFS= read -r line; do
	case $line in
	@*) name=${line%% *} name=${name#@}
		case $line in *' '*) printf '%s\n' "${line#* }" ;; *) echo ;; esac >>"$T/$name" ;;
	esac
done <"$list"

table() {
	{
		"$PEER" -L -o extended,labels $LM
		"$PEER" -L -o save	# shows FIXED_TIMEOUT
		"$PEER" -L expect
	} 2>/dev/null | clean | sort
}

fill() {
	"$PEER" -F >/dev/null 2>&1
	"$PEER" -R "$T/$start" >/dev/null 2>&1
	"$PEER" -U -s 10.0.0.6 --label-add web $LM >/dev/null 2>&1
}

# use START: choose the start table.
use() {
	start=$1
	fill
	base=$(table)
	now=$base rc=1
	if [ "$(echo "$base" | wc -l)" -ne $((2 * $(wc -l <"$T/$start"))) ]; then
		not_ok "start table $start" "$base"
		finish
		exit
	fi
}

use full

# one PROGRAM ARGS: run it on the start table; sets rc and now (the table afterwards), leaves $T/out
# and $T/err.
one() {
	[ "$now" = "$base" ] && [ $rc -ne 0 ] || fill	# not all that a success changes can be seen
	set -f
	eval "set -- \"\$1\" ${2%% <*}"
	set +f
	timeout 20 "$@" <"$in" >"$T/out" 2>"$T/err"
	rc=$?
	now=$(table)
}

# phrase FILE: the summary, or one of the two phrases that callers look for
phrase() {
	clean "$1" | grep -E -o -e '^[0-9]+ (flow entries|expectations).*' -e '.*has been emptied.*' \
		-e '[Ss]uch conntrack .*' | sed 's/^Operation failed: //; s/ (cannot .*//' | tail -n 1
}

# For a failure: what ours wrote, and how the tables differ.
explain() {
	echo "$1"
	sed 's/^/stdout: /' "$T/ours.out" | head -n 5
	sed 's/^/stderr: /' "$T/ours.err" | head -n 5
	printf '%s\n' "$2" >"$T/want"
	printf '%s\n' "$3" >"$T/have"
	diff "$T/want" "$T/have" | head -n 12
}

line=0
while IFS='|' read -r exit mode args like <&3; do
	line=$((line + 1))
	case $exit in
	'' | '#'* | @*) continue ;;
	'%table '*) use "${exit#* }"; continue ;;
	esac
	if [ "$mode" = skip ]; then
		skip "$args" "$like"
		continue
	fi
	in=/dev/null
	case $args in
	*' <'*) in=$(eval echo "${args##* <}") ;;
	esac
	want=$base want_rc=$exit
	rm -f "$T/peer.out" "$T/peer.err"
	if [ "$exit" = = ] || [ "$mode" = same ] || [ "$mode" = table ]; then	# needs the peer
		one "$PEER" "$args"
		want=$now
		[ "$exit" = = ] && want_rc=$rc
		clean "$T/out" | sort >"$T/peer.out"
		cp "$T/err" "$T/peer.err"
	fi
	case $mode in
	same | table | exit | order) ;;
	unchanged) want=$base ;;
	empty) want= ;;
	like)
		fill
		while [ -n "$like" ]; do
			in=/dev/null
			set -f
			eval "set -- ${like%% ; *}"
			set +f
			"$PEER" "$@" >/dev/null 2>&1
			case $like in *' ; '*) like=${like#* ; } ;; *) like= ;; esac
		done
		want=$(table) now= ;;
	*) not_ok "change.list:$line" "unknown mode $mode"; continue ;;
	esac
	differs=yes
	case "$exit $mode" in
	'= same' | *' order') differs= ;;
	esac
	[ "$CONNTRACK" != "$PEER" ] || differs=
	if [ -n "$differs" ] && [ ! -e "$T/peer.out" ]; then
		one "$PEER" "$args"
		clean "$T/out" | sort >"$T/peer.out"
		cp "$T/err" "$T/peer.err"
	fi
	theirs="$rc $now"
	one "$CONNTRACK" "$args"
	cp "$T/out" "$T/ours.out"
	cp "$T/err" "$T/ours.err"
	name="${args:-no arguments} (line $line)"
	case $want_rc in
	'*') ;;
	'!') [ $rc -eq 1 ] || [ $rc -eq 2 ] ;;
	*) [ $rc -eq "$want_rc" ] ;;
	esac || {
		not_ok "$name" "$(explain "exit $rc, not $want_rc" "$want" "$now")"
		continue
	}
	if [ "$mode" != exit ] && [ "$mode" != order ] && [ "$now" != "$want" ]; then
		not_ok "$name" "$(explain "another table afterwards" "$want" "$now")"
		continue
	fi
	if [ "$mode" = same ] && [ "$exit" = = ] && [ $rc -ne 2 ] && [ -s "$T/peer.out" ]; then
		clean "$T/ours.out" | sort >"$T/out"
		if ! cmp -s "$T/peer.out" "$T/out"; then
			not_ok "$name" "another output" \
				"$(diff "$T/peer.out" "$T/out" | head -n 12)"
			continue
		fi
	fi
	if [ "$CONNTRACK" != "$PEER" ]; then
		said=$(phrase "$T/peer.err" 2>/dev/null)
		if [ "$mode" = same ] && [ "$exit" = = ] && [ -n "$said" ] &&
			! grep -q -F -e "$said" "$T/ours.err"; then
			not_ok "$name" "$(explain "stderr lacks: $said" "" "")"
			continue
		fi
		if [ $rc -eq 2 ] && [ -n "$args" ] && ! grep -q '^conntrack: ' "$T/ours.err"; then
			not_ok "$name" "$(explain "exit 2 without a message" "" "")"
			continue
		fi
	fi
	# What the peer does with a lone word varies, by what lies in its memory.
	ours="$rc $now" tries=3
	while [ -n "$differs" ] && [ "$theirs" = "$ours" ] && [ "$said" = "$(phrase "$T/ours.err")" ] &&
		clean "$T/ours.out" | sort | cmp -s "$T/peer.out" - && [ $tries -gt 0 ]; do
		tries=$((tries - 1))
		one "$PEER" "$args"
		theirs="$rc $now"
	done
	if [ $tries -eq 0 ] && [ "$theirs" = "$ours" ]; then
		not_ok "$name" "the peer does the same"
		continue
	fi
	ok "$name"
done 3<"$list"
finish
