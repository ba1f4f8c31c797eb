# netns: -a -t -l
# The command lines of programs that call conntrack, which are in callers.list: the peer runs each on
# a known table, then ours does, on the same one. The exit code, stdout, stderr, both of them in one
# pipe, and the table afterwards must be the same. Only the version differs, and what ours adds to a
# refusal, in brackets. Lines with -E are in 40-events.sh; 60-differences.sh has those that differ on
# purpose.
. "${0%/*}/../lib.sh"

here=${0%/*}
. "$here/setup.sh"
. "$here/pair.sh"
begin "callers"
tables
echo '-I -s 10.5.0.1 -d 10.5.0.2 -p udp --sport 1 --dport 2 -t 3000' >"$T/more"

compare() {
	name=$1
	shift
	if [ "$1" = %table ]; then
		use "$2"
		return
	fi
	ran "$PEER" theirs "$@"
	ran "$CONNTRACK" ours "$@"
	no_diff "$name" "$T/theirs" "$T/ours"
}
each compare <"$here/callers.list"

# A terminal shows the same, in the same order and without colours.
use calls
screen() {
	fill
	printf '%s\n' end show | TERM=xterm "$TOOLS/pty" -r 60 -c 400 -- "$@" >"$TMP/out"
	said "$TMP/out"
}
for args in -L '-L -o extended,id' '-D -s 10.0.0.3' '-G -s 10.9.9.9 -d 10.9.9.8 -p udp --sport 1 --dport 2'; do
	screen "$PEER" $args >"$T/theirs"
	screen "$CONNTRACK" $args >"$T/ours"
	no_diff "on a terminal: $args" "$T/theirs" "$T/ours"
done

# Each line of the live tests of callers that has no variable is compared somewhere in this folder.
sed -n "s/^\(deletes [0-9]*\|rc \"[^\"]*\" [0-9] \"\$CONNTRACK\"\|run \"\$CONNTRACK\"\) //p
	s/^same [0-9]* '\(.*\) = \(.*\)'\$/\1\n\2/p" "$here/../live/65-callers.sh" \
	"$here/../live/66-classic.sh" | grep -v '\$' >"$T/live"
is "the live tests have lines" yes "$([ "$(lines "$T/live")" -gt 60 ] && echo yes)"
is "and each is compared" "" "$(grep -v -x -F -f "$here/callers.list" "$T/live" |
	grep -v -x -F -f "$here/60-differences.sh" | joined)"
finish
