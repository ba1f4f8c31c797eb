#!/bin/sh
# netns: -a
# --watch in a terminal: however it ends, the terminal is what it was.
. "$(dirname "$0")/../lib.sh"

"$TOOLS/pty" true < /dev/null > "$TMP/out" 2>&1
[ $? -ne 77 ] || { cannot window "no pseudo terminals here"; finish; }

TERM=xterm
export TERM
version=$("$CONNTRACK" -V | sed 's/.* v\([0-9.]*\) .*/\1/')
"$CONNTRACK" -I -s 10.0.0.1 -d 10.1.0.1 -t 9999 -p udp --sport 1 --dport 2 > /dev/null 2>&1

# ends NAME HOW COMMAND...: what happens is stdin; it ends by this, and leaves the terminal as it was
ends() {
	name=$1
	how=$2
	shift 2
	run "$TOOLS/pty" -r 12 -c 50 -- "$@"
	is "$name" "0 $how" "$RC $(joined < "$TMP/out")"
	[ ! -s "$TMP/err" ] || cat "$TMP/err"
}

# All that end a process by default, and can be caught; a sanitizer has handlers of its own.
signals='1 2 3 4 5 6 7 8 10 11 12 14 15 16 24 25 26 27 29 30 31 40 64'
[ -z "${SANITIZED:-}" ] || signals='1 2 3 10 12 14 15 16 24 25 26 27 29 30 31 40 64'
# way STATE: into that state, once rows are shown
way() {
	case $1 in
	help) echo 'keys ?' && echo 'wait another key' ;;
	typing) echo 'keys /-p "' && echo 'wait ^/-p "$' ;;
	asking) echo 'keys d' && echo 'wait y/n$' ;;
	paused) echo 'keys p' && echo 'wait ^PAUSED' ;;
	stopped) echo 'keys \032' && echo 'stopped' && echo 'gone 10.0.0.1' ;;
	esac
}
for state in rows help typing asking paused stopped; do
	for signal in $signals; do
		{
			echo 'wait 10.0.0.1'
			way $state
			echo "signal $signal"
			[ $state != stopped ] || echo bg
		} > "$TMP/script"
		run "$TOOLS/pty" -r 12 -c 50 -- "$CONNTRACK" -L --watch 60 < "$TMP/script"
		[ "$RC $(joined < "$TMP/out")" = "0 signal $signal" ] ||
			not_ok "signal $signal while $state" "$RC $(joined < "$TMP/out")" "$(cat "$TMP/err")"
	done
	ok "signals while $state"
done

# Nobody reads what is written, and it is stuck.
cat > "$TMP/until" << 'LINES'
for i in 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9; do
	! grep -q "$1" "/proc/$JOB/$2" 2> /dev/null || exit 0
	sleep 0.1
done
LINES
"$TOOLS/traffic" udp-many -n 400
for signal in 2 10; do
	ends "signal $signal while it is stuck" "signal $signal" "$CONNTRACK" -L --watch 60 <<- LINES
		size 250 500
		wait 127.1.0.1
		deaf
		keys $(awk 'BEGIN {for (i = 0; i < 100; i++) printf "\\14"}')
		sh sh $TMP/until wait_woken wchan
		signal $signal
		sh sh $TMP/until '^State:[[:space:]]*[ZX]' status
		hear
	LINES
done
fresh
"$CONNTRACK" -I -s 10.0.0.1 -d 10.1.0.1 -t 9999 -p udp --sport 1 --dport 2 > /dev/null 2>&1

# Keys that the shell must not see
ends "q" 'exit 0' "$CONNTRACK" -L --watch 60 << LINES
wait 10.0.0.1
keys qrm -rf x\n
LINES
ends "Ctrl-C" 'signal 2' "$CONNTRACK" -L --watch 60 << LINES
wait 10.0.0.1
keys \003
LINES

# Stopped and continued, from within and from outside
ends "stopped twice" 'exit 0' "$CONNTRACK" -L --watch 60 << LINES
wait 10.0.0.1
keys \032
stopped
cooked
gone 10.0.0.1
fg
wait 10.0.0.1
raw
signal STOP
stopped
fg
raw
quiet
wait 10.0.0.1
keys /x
wait ^/x$
signal TSTP
stopped
cooked
fg
wait ^/x$
keys \e
wait q quit
keys q
LINES

# In the background it waits, without a loop, and touches nothing.
cat > "$TMP/idle" << 'LINES'
awk '{exit $14 + $15 > 20}' "/proc/$JOB/stat" || echo busy
LINES
run "$TOOLS/pty" -b -- "$CONNTRACK" -L --watch 0.1 << LINES
stopped
written
sh sleep 0.3
sh sh $TMP/idle
bg
stopped
cooked
written
fg
wait 10.0.0.1
keys \032
stopped
mark
bg
stopped
written
cooked
fg
wait 10.0.0.1
keys q
LINES
is "in the background it does not take the terminal" "0 0 0 0 exit 0" "$RC $(joined < "$TMP/out")"
[ ! -s "$TMP/err" ] || cat "$TMP/err"
run "$TOOLS/pty" -b -- "$CONNTRACK" -L --watch 0.1 << LINES
stopped
signal TERM
bg
end
written
LINES
is "nor when it is ended there" "0 0 signal 15" "$RC $(joined < "$TMP/out")"
# A job of a shell without jobs is in the background, and nobody will call it to the foreground.
run "$TOOLS/pty" -- sh -c "trap '' TTOU; $CONNTRACK -L --watch 0.1 & exec $TOOLS/pty -- true < /dev/null" < /dev/null
is "nor one that cannot be stopped" 0 "$RC"

# An error after the first round, which leaves LeakSanitizer no files either
run env ASAN_OPTIONS=detect_leaks=0 "$TOOLS/pty" -c 100 -- "$CONNTRACK" -L --watch 0.3 << LINES
wait 10.0.0.1
files 3
end
show
LINES
is "an error is shown once the screen is restored" \
	"0 conntrack v$version (conntrack-tools): Operation failed: Too many open files (cannot list) exit 1" \
	"$RC $(joined < "$TMP/out")"
run "$TOOLS/pty" -c 100 -- "$CONNTRACK" -L --watch 0.3 --out nosuch0 << LINES
end
show
LINES
is "so is one of the first round" "0 conntrack: there is no interface nosuch0 exit 2" \
	"$RC $(joined < "$TMP/out")"

# Terminals that know less
for type in vt100 vt102 linux; do
	TERM=$type
	run "$TOOLS/pty" -r 12 -c 50 -- "$CONNTRACK" -L --watch 60 <<- LINES
		wait 10.0.0.1
		keys r?
		wait another key
		keys /x\n
		wait left over
		size 12 60
		keys x
		wait q quit
		keys q
		end
		show
	LINES
	# The rows stay above the shell's next line.
	is "TERM=$type" "0 exit 0" "$RC $(tail -n 1 "$TMP/out")"
	is "TERM=$type leaves rows" 1 "$(grep -c 10.0.0.1 "$TMP/out")"
done
for TERM in dumb ''; do
	[ -n "$TERM" ] || unset TERM
	run "$TOOLS/pty" -r 40 -c 150 -- "$CONNTRACK" -L --watch 0.1 <<- LINES
		wait ^\\+0/s  *udp .*src=10.0.0.1
		cooked
		signal INT
		end
		show
	LINES
	is "TERM=${TERM-unset} ends" "0 exit 0" "$RC $(tail -n 1 "$TMP/out")"
	holds "TERM=${TERM-unset} has rounds" [ "$(grep -c 'src=10.0.0.1' "$TMP/out")" -ge 2 ]
done
TERM=xterm
export TERM # unset took that away

# An interface that goes away is waited for.
cat > "$TMP/appear" << 'LINES'
ip link add gone0 type bridge && ip addr add 10.1.0.254/24 dev gone0 && ip link set gone0 up
LINES
if ! command -v ip > /dev/null || ! sh "$TMP/appear" 2> /dev/null; then
	cannot "an interface that goes away" "no ip, or no bridge"
	finish
fi
ends "an interface that goes away" 'exit 0' "$CONNTRACK" -L --watch 0.1 --out gone0 << LINES
wait 10.0.0.1
sh ip link del gone0
gone 10.0.0.1
sh sh $TMP/appear
wait 10.0.0.1
keys q
LINES
finish
