# shellcheck shell=dash
# Functions for the live and peer tests. A test script sources this file, makes its checks and ends
# with "finish":
#
#	# netns: -a -t -l
#	. "${0%/*}/../lib.sh"
#
#	rc "lists" 0 "$CONNTRACK" -L
#	out_has "shows the flow" 'dport=53 '
#	finish
#
# CONNTRACK	the program under test; default: beside TOOLS, which is build/conntrack
# TOOLS		the folder of the built test tools; default build/test
# TMP		a fresh folder, removed at the end
# TEST_STRICT	1: what was skipped has failed
#
# Names that begin with t_ belong to this file.

LC_ALL=C
export LC_ALL

# t_abs PATH: the same path, whatever the current folder.
t_abs() {
	case $1 in
	/*) echo "$1" ;;
	*) echo "$PWD/$1" ;;
	esac
}

TOOLS=$(t_abs "${TOOLS:-$(cd "${0%/*}/../.." && pwd)/build/test}")
CONNTRACK=$(t_abs "${CONNTRACK:-${TOOLS%/*}/conntrack}")
[ -z "${PEER:-}" ] || PEER=$(t_abs "$PEER")
TMP=$(mktemp -d) || exit 1
: >"$TMP/out"
: >"$TMP/err"
RC=0

t_passed=0
t_failed=0
t_held=
t_finished=

# t_cleanup: end the holders, remove TMP. Twice is no harm.
t_cleanup() {
	[ -z "$t_held" ] || kill $t_held 2>/dev/null
	t_held=
	rm -rf "$TMP"
}

# t_exit: a script that ends without "finish" has failed, whatever its exit code.
t_exit() {
	t_rc=$?
	t_cleanup
	[ -n "$t_finished" ] && exit $t_rc
	echo "not ok ${0##*/} died (exit code $t_rc)"
	exit 1
}
trap t_exit EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# ok NAME: a check has passed.
ok() {
	t_passed=$((t_passed + 1))
	printf 'ok %s\n' "$1"
}

# not_ok NAME [TEXT...]: a check has failed; TEXT, of one or more lines, says why.
not_ok() {
	t_failed=$((t_failed + 1))
	printf 'not ok %s\n' "$1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/    /'
}

# skip NAME REASON: a check was left out. In strict runs that is a failure.
skip() {
	if [ "${TEST_STRICT:-}" = 1 ]; then
		not_ok "$1" "skipped: $2"
	else
		printf 'skip %s: %s\n' "$1" "$2"
	fi
}

# cannot NAME REASON: this kernel or machine cannot do what the check is about. Never a failure.
cannot() {
	printf 'cannot %s: %s\n' "$1" "$2"
}

# run CMD...: stdout goes to $TMP/out, stderr to $TMP/err, the exit code to RC.
run() {
	RC=0
	"$@" >"$TMP/out" 2>"$TMP/err" || RC=$?
}

# t_last: what the last run did, in short.
t_last() {
	echo "exit code $RC"
	sed 's/^/stdout: /' "$TMP/out" | head -n 20
	sed 's/^/stderr: /' "$TMP/err" | head -n 20
}

# is NAME EXPECTED ACTUAL: two strings are equal.
is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "expected: $2" "actual:   $3"
	fi
}

# rc NAME CODE CMD...: run CMD; its exit code is CODE.
rc() {
	t_name=$1
	t_code=$2
	shift 2
	run "$@"
	if [ "$RC" -eq "$t_code" ]; then
		ok "$t_name"
	else
		not_ok "$t_name" "expected exit code $t_code of: $*" "$(t_last)"
	fi
}

# out_is NAME CMD...: run CMD, without input; its stdout is this function's stdin, byte for byte.
out_is() {
	t_name=$1
	shift
	cat >"$TMP/expected"
	run "$@" </dev/null
	if cmp -s "$TMP/expected" "$TMP/out"; then
		ok "$t_name"
	else
		not_ok "$t_name" "$(diff -u "$TMP/expected" "$TMP/out")" "$(t_last)"
	fi
}

# t_has NAME FILE PATTERN
t_has() {
	if grep -E -q -e "$3" "$2"; then
		ok "$1"
	else
		not_ok "$1" "std${2##*/} does not match: $3" "$(t_last)"
	fi
}

# out_has NAME PATTERN: a line of the last run's stdout matches this extended regular expression.
out_has() {
	t_has "$1" "$TMP/out" "$2"
}

# err_has NAME PATTERN: likewise, of its stderr.
err_has() {
	t_has "$1" "$TMP/err" "$2"
}

# A refusal of the kernel begins with this.
refusal='^conntrack v[0-9.]+ \(conntrack-tools\): Operation failed: '

# err_is_one_line NAME: the last run's stderr is one line, and begins with the program's name.
err_is_one_line() {
	if [ "$(grep -c '' "$TMP/err")" -eq 1 ] && grep -Eq "^conntrack: |$refusal" "$TMP/err"; then
		ok "$1"
	else
		not_ok "$1" "stderr is not one line that begins with 'conntrack: ', and no refusal" "$(t_last)"
	fi
}

# holds NAME CMD...: CMD succeeds.
holds() {
	t_name=$1
	shift
	if t_said=$("$@" 2>&1); then
		ok "$t_name"
	else
		not_ok "$t_name" "failed: $*" "$t_said"
	fi
}

# no_diff NAME EXPECTED ACTUAL: two files have the same lines, and there are some.
no_diff() {
	if ! [ -s "$2" ]; then
		not_ok "$1" "nothing to compare with: $2"
	elif t_diff=$(diff "$2" "$3" 2>&1); then
		ok "$1"
	else
		not_ok "$1" "$(echo "$t_diff" | head -n 40)"
	fi
}

# hold PID...: end these processes when the script ends.
hold() {
	t_held="$t_held $*"
}

# until_true SECONDS CMD...: runs CMD, without its output, until it succeeds; fails where it has not
# after so many whole seconds. A CMD that takes long itself runs once more behind the last moment.
until_true() {
	read -r t_now _ </proc/uptime
	t_end=$((${t_now%.*} + $1 + 1))
	shift
	until "$@" >/dev/null 2>&1; do
		read -r t_now _ </proc/uptime
		[ "${t_now%.*}" -lt $t_end ] || return 1
		sleep 0.05
	done
}

# catches PID: this process handles SIGINT, which before that it ignores if in the background.
catches() {
	grep -q -E '^Sig(Cgt|Blk):.*[2367abef]$' "/proc/$1/status"
}

# follows PID: this process has subscribed to events, and can be stopped.
follows() {
	awk -v p="$1" '$2 == 12 && $3 == p && $4 != "00000000" {found = 1}
		END {exit !found}' /proc/net/netlink && catches "$1"
}

# listening PID: waits until this process follows events; fails after ten seconds.
listening() {
	until_true 10 follows "$1"
}

# has_read [PID]: nothing waits in the receive buffers of this process's netlink sockets, or of all.
has_read() {
	awk -v p="${1:-any}" 'NR > 1 && (p == "any" || $3 == p) {waits += $5}
		END {exit waits > 0}' /proc/net/netlink
}

# ended PID: this process has ended, and may still be waited for.
ended() {
	! grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" 2>/dev/null
}

# fresh: the table is emptied, as at the start of a section of a test.
fresh() {
	"$CONNTRACK" -F >/dev/null 2>&1
}

# lines FILE: how many it has.
lines() {
	wc -l <"$1" | tr -d ' '
}

# has_lines FILE N: it has N lines or more.
has_lines() {
	[ "$(lines "$1")" -ge "$2" ]
}

# has_entries N [CONDITION...]: so many entries of the table meet the conditions.
has_entries() {
	t_n=$1
	shift
	[ "$("$CONNTRACK" -C "$@" 2>/dev/null)" = "$t_n" ]
}

# joined: the lines of stdin in one line, with blanks between them.
joined() {
	tr '\n' ' ' | sed 's/ $//'
}

# ftp_port: the source port of a connection to port 2121, which has the helper ftp.
ftp_port() {
	"$CONNTRACK" -L -p tcp --dport 2121 --helper ftp 2>/dev/null |
		sed -n 's/[^=]*src=[^ ]* dst=[^ ]* sport=\([0-9]*\) .*/\1/p' | head -n 1
}

# built NAME WHAT: test/live/NAME.c with the library becomes $TMP/NAME. Without a compiler, or where
# it does not build, the script ends, which says so of WHAT.
built() {
	t_root=$(cd "${0%/*}/../.." && pwd)
	if ! ${CC:-cc} --version >/dev/null 2>&1; then
		skip "$2" "no compiler"
		finish
	fi
	run ${CC:-cc} -std=gnu11 -O2 -I"$t_root" "$t_root/test/live/$1.c" "$t_root"/nl/*.c \
		"$t_root"/ct/*.c -o "$TMP/$1"
	[ $RC -eq 0 ] && return
	not_ok "$2 can be built" "$(t_last)"
	finish
}

# finish: end the script with a summary; exit code 1 where a check has failed.
finish() {
	t_finished=1
	t_cleanup
	printf '%d passed, %d failed\n' $t_passed $t_failed
	[ $t_failed -eq 0 ]
	exit
}
