# shellcheck shell=dash disable=SC2086,SC2154
# Functions for the tests that go through the documentation: tables of entries, what changes while -E
# follows, and command lines whose effect is checked. lib.sh comes first. options.list explains the
# names of setups and the clauses of what is expected.

cd "$TMP" || exit 1
mkdir bin
ln -s "$CONNTRACK" bin/conntrack
PATH=$TMP/bin:$PATH
export PATH

# Another network namespace has one entry, in a table of its own.
cat >other.sh <<'LINES'
conntrack -I -m 77 -s 10.7.0.1 -d 10.7.0.2 -p udp --sport 1 --dport 2 -t 600 2>/dev/null
echo $$
exec sleep 600
LINES
"$TOOLS/netns" -t -a -l -- sh other.sh >other.pid 2>/dev/null &
hold $!
until_true 10 test -s other.pid
other=$(cat other.pid)
hold "$other"
export other TMP

# --- files that commands name ---

printf '1 one\n2 two\n90 ninety\n' >labels
printf '10.0.0.1\n10.1.0.1\n' >addresses
printf -- '-p udp --dport 53\n-s 10.0.0.1 --dport 80\n' >conditions
printf -- '-D -m 3\n-I -m 30 -s 1.1.1.1 -d 1.1.1.2 -p udp --sport 1 --dport 2 -t 600\n' >load
printf -- '-D -m 3\n-I -s 127.0.0.1 -d 10.9.9.9 -p 89 -t 600\n-D -m 4\n' >fails
printf -- '-D -l one\n' >named
{
	printf -- '# sync start\n-A -m 9%d -s 10.7.7.%d -d 10.9.9.9 -p 89 -t 600\n' 1 1 2 2
	printf -- '# sync end\n# sync start\n-A -m 91 -s 10.7.7.1 -d 10.9.9.9 -p 89 -t 600\n# sync end\n'
} >replica
# shellcheck disable=SC2016 # for that program
printf '#!/bin/sh\necho "$CT_EVENT $CT_MARK" >>program.out\n' >program
chmod +x program
cat >flows <<'LINES'
-I -m 1 -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1001 --dport 80 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 3000 --label-add 1,2
-I -m 2 -s 10.0.0.1 -d 10.0.0.3 -p tcp --sport 1002 --dport 443 --state SYN_SENT -t 500 --helper ftp
-I -m 3 -s 10.0.0.4 -d 10.0.0.2 -p udp --sport 1003 --dport 53 -t 3000 --label-add 1
-I -m 4 -s 10.1.0.1 -d 10.0.0.2 -p udp --sport 53 --dport 1003 -t 3000 -u SEEN_REPLY -w 5
-I -m 5 -s 10.0.0.4 -d 10.0.0.2 -p udp --sport 1003 --dport 53 -q 10.0.0.77 -t 3000 --orig-zone 3
-I -m 6 -s 10.0.0.4 -d 10.0.0.2 -p udp --sport 1004 --dport 53 -t 3000 --reply-zone 4
-I -m 7 -s 10.0.0.1 -d 10.0.0.2 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 3000
-I -m 8 -s 2001:db8::1 -d 2001:db8::2 -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 78 -t 3000
-I -m 9 -s 10.0.0.1 -d 10.0.0.2 -p gre --srckey 17 --dstkey 34 -t 3000
-I -m 10 -s 10.0.0.1 -d 10.0.0.2 -p sctp --sport 2905 --dport 2906 --state ESTABLISHED --orig-vtag 11 --reply-vtag 22 -t 3000
-I -m 11 -s 192.168.1.5 -d 198.51.100.13 -p tcp --sport 1111 --dport 80 --src-nat 203.0.113.1:2222 --state CLOSE -u SEEN_REPLY -t 3000 --tcp-flags 0xff,0x15
-I -m 12 -s 192.168.1.5 -d 203.0.113.9 -p udp --sport 1112 --dport 80 --dst-nat 10.0.0.9:8080 -t 3000
-I -m 13 -s 127.0.0.1 -d 10.9.9.9 -p 89 -t 3000 --src-nat 203.0.113.2
-I -m 14 -s 10.9.9.8 -d 127.0.0.1 -p 89 -t 3000
-I -m 15 -s 10.0.0.1 -d 10.0.0.2 -p icmp --icmp-type 13 --icmp-code 1 --icmp-id 79 -t 3000
-I -m 16 -s 2001:db8::1 -d 2001:db8::2 -p icmpv6 --icmpv6-type 129 --icmpv6-code 1 --icmpv6-id 79 -t 3000
LINES
all="1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"

# --- setups: each fills the table ---

none() {
	:
}
flows() {
	conntrack -R flows
	id=$(conntrack -L -m 12 -o format=id 2>/dev/null) # of a tuple that no other entry has
	export id
}
# Linux up to 6.16 tracks DCCP.
dccp() {
	[ -e /proc/sys/net/netfilter/nf_conntrack_dccp_timeout_open ] || return
	conntrack -R - <<'LINES'
-I -m 1 -s 10.0.0.5 -d 10.0.0.6 -p dccp --sport 5 --dport 6 --state OPEN --role client -t 3000
-I -m 2 -s 10.0.0.5 -d 10.0.0.6 -p dccp --sport 6 --dport 6 --state OPEN --role server -t 3000
LINES
}
# Real packets: mark 1 has 2 of them, mark 2 has 18.
counted() {
	"$TOOLS/traffic" icmp -d 127.0.0.2 -n 1 && "$TOOLS/traffic" icmp -d 127.0.0.3 -n 9
	conntrack -U -d 127.0.0.2 -m 1 && conntrack -U -d 127.0.0.3 -m 2
}
# Mark 1 is two seconds older than mark 2.
aged() {
	conntrack -I -m 1 -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 600
	sleep 2.1
	conntrack -I -m 2 -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 2 --dport 2 -t 600
}
# The kernel gives UDP 30 seconds: mark 1 has been idle for 20 of them, mark 2 for none. No entry is
# idle for longer than it has been there, where it says since when.
idle() {
	echo 0 >/proc/sys/net/netfilter/nf_conntrack_timestamp
	conntrack -I -m 1 -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 10
	conntrack -I -m 2 -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 2 --dport 2 -t 30
	echo 1 >/proc/sys/net/netfilter/nf_conntrack_timestamp
}
# The neighbour table has 10.0.0.4.
neighbour() {
	if ! ip link show lan; then
		ip link add lan type veth peer name port && ip link set lan up &&
			ip neigh add 10.0.0.4 lladdr 02:00:00:00:0a:0a dev lan nud permanent || return
	fi
	flows
}
# Four expectations each of a master of its own; they are told apart by their port, 1 to 4.
expect() {
	conntrack -R - <<'LINES'
-I -m 1 -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1001 --dport 2121 --state ESTABLISHED -u SEEN_REPLY -t 3000 --helper ftp
-I -m 2 -s 10.0.0.3 -d 10.0.0.4 -p udp --sport 1003 --dport 6969 -u SEEN_REPLY -t 3000 --helper tftp
-I -m 3 -s 2001:db8::1 -d 2001:db8::2 -p tcp --sport 1005 --dport 2121 --state ESTABLISHED -u SEEN_REPLY -t 3000 --helper ftp
-I -m 4 -s 10.0.0.11 -d 127.0.0.1 -p tcp --sport 1006 --dport 2121 --state ESTABLISHED -u SEEN_REPLY -t 3000 --helper ftp
LINES
	for line in "-s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1001 --dport 2121 --tuple-src 10.0.0.2 $(
			)--tuple-dst 10.0.0.1 --tuple-port-src 20 --tuple-port-dst 1" \
		"-s 10.0.0.11 -d 127.0.0.1 -p tcp --sport 1006 --dport 2121 --tuple-src 10.0.0.5 $(
			)--tuple-dst 10.0.0.6 --tuple-port-src 21 --tuple-port-dst 2" \
		"-s 10.0.0.3 -d 10.0.0.4 -p udp --sport 1003 --dport 6969 --tuple-src 10.0.0.2 $(
			)--tuple-dst 10.0.0.1 --tuple-port-src 20 --tuple-port-dst 3" \
		"-s 2001:db8::1 -d 2001:db8::2 -p tcp --sport 1005 --dport 2121 --tuple-src 2001:db8::2 $(
			)--tuple-dst 2001:db8::1 --tuple-port-src 20 --tuple-port-dst 4"; do
		conntrack -I expect $line -t 300
	done
	id=$(conntrack -L expect --tuple-port-dst 2 -o format=id 2>/dev/null)
	export id
}

# No entry here, and one in the other namespace.
other() {
	conntrack -n "$other" -F
	conntrack -n "$other" -I -m 77 -s 10.7.0.1 -d 10.7.0.2 -p udp --sport 1 --dport 2 -t 600 \
		--label-add 1
}
# The kernel sends no events.
mute() {
	echo 0 >/proc/sys/net/netfilter/nf_conntrack_events
}
many() {
	seq 500 | sed 's/.*/-I -m & -s 10.0.0.1 -d 10.0.0.2 -p udp --sport & --dport 53 -t 600/' |
		conntrack -R -
}

# --- changes: with -E, those of the setup are made while it follows ---

none_changes() {
	conntrack -I -m 1 -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 53 -t 600
	conntrack -I -m 2 -s 10.0.0.2 -d 10.0.0.2 -p tcp --sport 2 --dport 80 -t 600 --state SYN_SENT
	conntrack -U -p tcp -m 3
	conntrack -D -p udp
}
flows_changes() {
	conntrack -U -p gre --label-add 1
	conntrack -D -m 3
}
expect_changes() {
	conntrack -D expect
}
other_changes() {
	conntrack -n "$other" -D
}
mute_changes() {
	:
}
# More at once than a small buffer holds.
many_changes() {
	kill -STOP $follower
	conntrack -D --sport 1:400
	kill -CONT $follower
}

# --- running ---

# set_up NAME: the table is what the setup makes, unless it still is. Fails where it cannot be.
table=
set_up() {
	[ "$1" != "$table" ] || return 0
	table=
	conntrack -F 2>/dev/null
	echo 1 >/proc/sys/net/netfilter/nf_conntrack_events
	"$1" >setup.out 2>&1 </dev/null || return
	table=$1
}
# marks FILE: the marks of a listing, or the ports of its expectations, in its order.
marks() {
	sed -n 's/.* dport=\([0-9]*\) mask-src=.*/\1/p; t; s/.* mark=\([0-9]*\) .*/\1/p' "$1" | joined
}
# sorted WORDS: each once.
sorted() {
	printf '%s\n' $1 | sort -nu | grep -v '^0*$' | joined
}
# others MARKS: all marks but these.
others() {
	o_others=
	for mark in $all; do
		case " $1 " in
		*" $mark "*) ;;
		*) o_others="$o_others${o_others:+ }$mark" ;;
		esac
	done
	echo "$o_others"
}
# table_has MARKS: the table holds these entries, no others.
table_has() {
	conntrack -L -o plain >table 2>/dev/null </dev/null
	[ "$(sorted "$(marks table)")" = "$1" ]
}
# begin COMMAND: a command line in the background, as $follower.
begin() {
	: >out # what the one before has written
	sh -c "exec $1" >out 2>err </dev/null &
	follower=$!
}
# ready: it follows, here or in the other namespace, or has ended.
ready() {
	ended $follower || catches $follower &&
		awk -v p=$follower '$2 == 12 && $3 == p && $4 != "00000000" {found = 1}
			END {exit !found}' /proc/net/netlink "/proc/$other/net/netlink"
}
# all_read: nothing waits for it.
all_read() {
	awk -v p=$follower '$3 == p {waits += $5} END {exit waits > 0}' /proc/net/netlink \
		"/proc/$other/net/netlink"
}
# end: its exit code becomes RC.
end() {
	ended $follower || kill -INT $follower
	until_true 10 ended $follower || kill -KILL $follower
	RC=0
	wait $follower || RC=$?
}
# meets CLAUSE: a clause of what is expected is true of the command that has run.
meets() {
	arg=${1#* }
	[ "$arg" != all ] || arg=$all
	case $1 in
	"shows "*) [ "$(sorted "$(marks out)")" = "$arg" ] ;;
	shows) [ -z "$(marks out)" ] ;;
	"order "*) [ "$(marks out)" = "$arg" ] ;;
	"leaves "*) table_has "$arg" ;;
	leaves) table_has "" ;;
	"prints "*) printf '%b' "$arg" | cmp -s - out ;;
	prints) ! [ -s out ] ;;
	"lines "*) [ "$(lines out)" -eq "$arg" ] ;;
	"has "*) grep -E -q -e "$arg" out ;;
	"lacks "*) ! grep -E -q -e "$arg" out ;;
	"says "*) grep -E -q -e "$arg" err ;;
	silent) ! [ -s err ] ;;
	"then "*) conntrack -L -o jsonl 2>/dev/null | grep -E -q -e "$arg" ;;
	"never "*) ! conntrack -L -o jsonl 2>/dev/null | grep -E -q -e "$arg" ;;
	"expects "*) conntrack -L expect -o jsonl 2>/dev/null | grep -E -q -e "$arg" ;;
	"nothing there") [ -z "$(conntrack -L -n "$other" 2>/dev/null)" ] ;;
	"there "*) conntrack -L -o jsonl -n "$other" 2>/dev/null | grep -E -q -e "$arg" ;;
	"file "*) until_true 10 grep -E -q -e "${arg#* }" "${arg%% *}" ;;
	"exits "*) [ "$RC" -eq "$arg" ] ;;
	ends) ;;
	*) false ;;
	esac
}

# ends_by_itself EXPECTED: what is expected says that the command does.
ends_by_itself() {
	case "; $1 ;" in
	*"; ends ;"*) ;;
	*) false ;;
	esac
}

# perform COMMAND EXPECTED: runs a command line, and checks each clause. What is wrong is added to
# $bad.
perform() {
	clauses="$2 ; "
	case $1 in
	"conntrack -E"* | "conntrack --event"*)
		begin "$1"
		until_true 10 ready
		"${setup}_changes" >/dev/null 2>&1 </dev/null
		if ends_by_itself "$2"; then
			until_true 10 ended $follower || bad="It does not end."
		else
			case $2 in
			"lines "*)
				p_lines=${2#* }
				until_true 20 has_lines out "${p_lines%% *}"
				;;
			esac
			until_true 10 all_read
		fi
		end
		;;
	*" --watch"*)
		begin "$1"
		until_true 10 grep -q '/s' out
		end
		;;
	*) run sh -c "$1" </dev/null ;;
	esac
	case $2 in
	*"exits "*) ;;
	*) [ "$RC" -eq 0 ] || bad="not exit code 0" ;;
	esac
	while [ -n "$clauses" ]; do
		clause=${clauses%% ; *}
		clauses=${clauses#* ; }
		meets "$clause" || bad="$bad not: $clause."
	done
	[ -z "$bad" ] || bad="$bad
$(t_last)"
	case $1 in
	*" -z"* | *" --zero"* | *" -j"* | *" --jump"* | *";"*) table= ;;
	"conntrack -"[LCGShV]" "* | "conntrack --check"*) ;;
	*) table= ;;
	esac
}
