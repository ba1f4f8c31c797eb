#!/bin/sh
# Where something is missing: the capability, the right user namespace, /proc.
# netns: -a -t -l
. "${0%/*}/../lib.sh"

flow='-s 10.0.0.1 -d 10.0.0.2 -p udp --sport 5 --dport 6'
# shellcheck disable=SC2086 # a list of words
rc "a flow" 0 "$CONNTRACK" -I $flow -t 600
cp "$CONNTRACK" "$TMP/conntrack" && chmod 755 "$TMP" "$TMP/conntrack"

# refused PREFIX...: each command that reads or changes entries says what it lacks, and exits 1.
refused() {
	while read -r command; do
		# shellcheck disable=SC2086 # a list of words
		run "$@" "$TMP/conntrack" $command
		is "$command" 1 "$RC"
		err_is_one_line "$command: one line"
		err_has "$command: the reason" "$refusal.*CAP_NET_ADMIN"
	done << LINES
-L
-L expect
-L -o json
-G $flow
-C -p udp
-D
-D $flow
-U -m 1
-U $flow -t 5
-A $flow -t 5
-F
-F expect
-E
-E --sync
-z -L
-j count -L
-I -s 10.0.0.7 -d 10.0.0.8 -p udp --sport 5 --dport 6 -t 9
LINES
	is "the flow stays" 1 "$("$CONNTRACK" -C $flow)"
}

# metrics: what may be counted is.
metrics() {
	rc "-S -o prometheus" 0 "$@" "$TMP/conntrack" -S -o prometheus
	out_has "counts entries" '^conntrack_entries 1$'
	is "and no expectations" 0 "$(grep -c '^conntrack_expectations ' "$TMP/out")"
	is "says nothing" "" "$(cat "$TMP/err")"
}

nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
# shellcheck disable=SC2086 # a list of words
if [ "$(id -u)" = 0 ] && $nobody true 2> /dev/null; then
	refused $nobody
	metrics $nobody
else
	cannot "commands without CAP_NET_ADMIN" "needs root and setpriv"
fi

# Root of another user namespace than the network namespace's is nobody here, and all there.
if unshare -Ur true 2> /dev/null; then
	refused unshare -Ur
	echo "-I $flow -t 600 -m 3" > "$TMP/lines"
	rc "in a user namespace of its own: all works" 0 unshare -Urn sh -c '"$1" -R "$2" &&
		"$1" -U -m 7 && "$1" -L -o json && "$1" -D -m 7 && "$1" -C' - \
		"$TMP/conntrack" "$TMP/lines"
	out_has "lists" '"mark":7'
	is "deletes" 0 "$(tail -n 1 "$TMP/out")"
	is "another table was meant" 1 "$("$CONNTRACK" -C $flow)"
else
	cannot "user namespaces" "unshare(1) is not allowed"
fi

# A container without /proc, and one with nothing but the program.
if [ -n "${SANITIZED:-}" ]; then
	: # the sanitizers need it
elif unshare -m mount -t tmpfs none /proc 2> /dev/null; then
	cat > "$TMP/all" << LINES
$TMP/conntrack -I -s 10.0.0.3 -d 10.0.0.4 -p udp --sport 5 --dport 6 -t 600
$TMP/conntrack -L --in lo+
$TMP/conntrack -G $flow
$TMP/conntrack -U -m 1
$TMP/conntrack -D -s 10.0.0.3
$TMP/conntrack -C
$TMP/conntrack -C expect
$TMP/conntrack -S
$TMP/conntrack -S -o prometheus
$TMP/conntrack -R $TMP/lines.D
$TMP/conntrack -L -o ktimestamp,id
LINES
	echo "-D $flow" > "$TMP/lines.D"
	run unshare -m sh -ec "mount -t tmpfs none /proc; . '$TMP/all'"
	is "without /proc" 0 "$RC"
	is "all of it was done" 0 "$("$CONNTRACK" -C)"
	run unshare -m sh -c 'mount -t tmpfs none /proc; "$1" --netns 1 -L' - "$CONNTRACK"
	is "a process's namespace" 2 "$RC"
	err_has "needs it" '/proc'
else
	cannot "without /proc" "unshare(1) is not allowed"
fi
finish
