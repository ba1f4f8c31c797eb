#!/bin/sh
# netns: -a -t
# --idle, by the timeout that packets give and the time left.
. "${0%/*}/../lib.sh"

sysctl=/proc/sys/net/netfilter/nf_conntrack
set_to() { # VALUE NAME: a timeout
	echo "$1" 2>/dev/null >"${sysctl}_$2"
}
if ! set_to 100 udp_timeout; then
	cannot "timeouts" "the sysctl cannot be written"
	finish
	exit
fi
set_to 500 udp_timeout_stream
set_to 5000 tcp_timeout_established
set_to 300 tcp_timeout_unacknowledged
set_to 200 tcp_timeout_max_retrans
set_to 120 tcp_timeout_syn_sent
set_to 900 generic_timeout
set_to 30 icmp_timeout
echo 0 >${sysctl}_timestamp # entries of no known age may have been idle for ever
"$CONNTRACK" -R - <<'LINES'
-I -s 10.0.0.1 -d 10.1.0.9 -p udp --sport 1 --dport 53 -t 90
-I -s 10.0.0.2 -d 10.1.0.9 -p udp --sport 2 --dport 53 -t 90 -u SEEN_REPLY
-I -s 10.0.0.3 -d 10.1.0.9 -p udp --sport 3 --dport 53 -t 90 -u SEEN_REPLY,ASSURED
-I -s 10.0.0.4 -d 10.1.0.9 -p udp --sport 4 --dport 53 -t 6000
-I -s 10.0.0.5 -d 10.1.0.9 -p udp --sport 5 --dport 53 -t 90 -u FIXED_TIMEOUT
-I -s 10.0.0.6 -d 10.1.0.9 -p tcp --sport 6 --dport 53 -t 4000 --state ESTABLISHED -u SEEN_REPLY,ASSURED
-I -s 10.0.0.7 -d 10.1.0.9 -p tcp --sport 7 --dport 53 -t 300 --state ESTABLISHED -u SEEN_REPLY,ASSURED
-I -s 10.0.0.8 -d 10.1.0.9 -p tcp --sport 8 --dport 53 -t 100 --state SYN_SENT
-I -s 10.0.0.9 -d 10.1.0.9 -p 99 -t 600
LINES
# selects SOURCES OPTIONS...: the entries that a list has
selects() {
	want=$1
	shift
	is "$*" "$want" "$("$CONNTRACK" -L "$@" -o format=src 2>"$TMP/err" | sed 's/10.0.0.//' | sort | joined)"
}
selects "1 2 3 6 8 9" --idle 0
selects "3 6 9" --idle 60
selects "3 9" --idle 60:800
selects "6" --idle 990:1050
selects "1 2" -p udp --idle 10:60
selects "1 2 4 5 7 8" ! --idle 60
is "-C" 1 "$("$CONNTRACK" -C --idle 901)"

# What is not known is not touched, whatever is asked.
rc "-U" 0 "$CONNTRACK" -U ! --idle 60 -m 7
selects "1 2 8" -m 7
printf '%s\n' '-U --idle 60 -m 8' >"$TMP/load"
rc "-R" 0 "$CONNTRACK" -R "$TMP/load"
selects "3 6 9" -m 8
rc "-D" 0 "$CONNTRACK" -D --idle 60
selects "1 2 4 5 7 8"

# An entry has been idle no longer than it has lived.
echo 1 >${sysctl}_timestamp
"$CONNTRACK" -I -s 10.0.0.10 -d 10.1.0.9 -p udp --sport 1 --dport 53 -t 50 2>/dev/null
"$CONNTRACK" -I -s 10.0.0.11 -d 10.1.0.9 -p udp --sport 1 --dport 53 -t 100 2>/dev/null
selects "11" -s 10.0.0.8/29 --idle 0 -p udp

# Real packets start it again.
set_to 60 udp_timeout
hold "$("$TOOLS/traffic" udp -p 7001 2>/dev/null)"
selects 127.0.0.1 -s 127.0.0.1 -p udp --idle 0:30
selects "" -s 127.0.0.1 -p udp --idle 31
for wrong in x 5:3; do
	rc "--idle=$wrong" 2 "$CONNTRACK" -D --idle=$wrong
done
echo '--idle 1' >"$TMP/from"
rc "not in a file of conditions" 2 "$CONNTRACK" -D --from "$TMP/from"
finish
