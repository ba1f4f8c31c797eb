#!/bin/sh
# count.sh: instructions for each entry, which do not depend on how busy the machine is. Prints a
# line for each case: its name, and a figure for each binary. Run by make count.
#
# Each command runs under valgrind on a small and on a large table. The difference of the two
# counts, by the difference of entries, has no start-up in it. Valgrind does not run under the
# confinement of cli's commands: the binaries are built with CONFINE=0.
#
# BINARIES	the programs to count; default: the static and the ordinary one of build/count
# CASES		what to count; default: all of "list json xml save filter update delete load event"
# SIZES		the numbers of entries of the two tables; default "1000 5000"
# LIMITS	a file of lines "NAME NUMBER": exit code 1 where the first binary's figure is above
# TOOLS		the folder of the built test tools; default build/test
set -u
LC_ALL=C
export LC_ALL

build=$(cd "$(dirname "$0")/.." && pwd)/build
TOOLS=${TOOLS:-$build/test}
BINARIES=${BINARIES:-$build/count/static/conntrack $build/count/conntrack}
SIZES=${SIZES:-1000 5000}
LIMITS=${LIMITS:-}
CASES=${CASES:-list json xml save filter update delete load event}

die() {
	echo "count: $*" >&2
	exit 1
}

# The rest writes to the table, and so has a network namespace of its own.
if [ "${COUNT_INSIDE:-}" != 1 ]; then
	command -v valgrind >/dev/null || die "valgrind is not installed"
	COUNT_INSIDE=1 exec "$TOOLS/netns" -a -t -l -- sh "$0"
fi

T=$(mktemp -d) || exit 1
writer=
listener=
trap 'kill $writer $listener 2>/dev/null; rm -rf "$T"' EXIT
trap 'exit 130' HUP INT TERM

small=${SIZES% *}
large=${SIZES#* }
first=${BINARIES%% *}

# creations N: as a load file
creations() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "-I -s 10.%d.%d.%d -d 192.0.2.1 -p tcp --sport %d --dport 443 " \
				"-t 3000 --state ESTABLISHED -u SEEN_REPLY,ASSURED\n",
				i / 65536 % 256, i / 256 % 256, i % 256, 1024 + i % 60000
	}'
}

# entries N: the table has so many.
entries() {
	[ "$("$first" -C)" -eq "$1" ]
}

# fill N: a table of N fresh entries
fill() {
	"$first" -F 2>/dev/null
	"$first" -R "$T/load.$1"
	entries "$1" || die "a table of $1 entries cannot be made"
}

# under_valgrind CMD...: takes the shell's place; standard output goes to $T/out.
under_valgrind() {
	exec valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null \
		--log-file="$T/valgrind" "$@" >"$T/out" 2>"$T/err"
}

# counted CMD...: runs it under valgrind.
counted() {
	(under_valgrind "$@")
}

# wait_for CMD...: until it succeeds, ten seconds at most.
wait_for() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -le 200 ] || die "waited in vain for: $*"
		sleep 0.05
	done
}

# listens PID: it has subscribed to events.
listens() {
	awk -v p="$1" '$2 == 12 && $3 == p && $4 != "00000000" {found = 1} END {exit !found}' \
		/proc/net/netlink
}

# event BINARY N: shows N creations. All of them wait in the socket's buffer before the first one is
# read, and who made them still runs, as its name is shown.
event() {
	"$first" -F 2>/dev/null
	mkfifo "$T/lines"
	"$first" -R - <"$T/lines" &
	writer=$!
	exec 9>"$T/lines"
	under_valgrind "$1" -E -e NEW -b 67108864 --limit "$2" &
	listener=$!
	wait_for listens $listener
	kill -STOP $listener
	cat "$T/load.$2" >&9
	wait_for entries "$2"
	kill -CONT $listener
	wait $listener
	code=$?
	listener=
	exec 9>&-
	wait $writer
	writer=
	rm "$T/lines"
	return $code
}

# instructions CASE BINARY N: what the case takes in all on a table of N entries.
instructions() {
	case $1 in
	update | delete) fill "$3" ;;
	load) "$first" -F 2>/dev/null ;;
	esac
	case $1 in
	list) counted "$2" -L ;;
	json) counted "$2" -L -o json ;;
	xml) counted "$2" -L -o xml ;;
	save) counted "$2" -L -o save ;;
	filter) counted "$2" -L --expires 999999 ;;
	update) counted "$2" -U -p tcp -m 7 ;;
	delete) counted "$2" -D -p tcp ;;
	load) counted "$2" -R "$T/load.$3" ;;
	event) event "$2" "$3" ;;
	esac || die "$1 fails: $2: $(cat "$T/err")"
	case $1 in
	filter | load) shown=0 ;;
	*) shown=$3 ;;
	esac
	[ "$(grep -c 'dport.*443' "$T/out")" -eq "$shown" ] ||
		die "$1: $2 does not show $shown entries"
	case $1 in
	load) entries "$3" ;;
	delete) entries 0 ;;
	esac || die "$1: $2 leaves another table than it should"
	sed -n 's/.*I *refs: *//p' "$T/valgrind" | tr -d ','
}

for size in $small $large; do
	creations "$size" >"$T/load.$size"
done
for name in $CASES; do
	line=$name
	for binary in $BINARIES; do
		for size in $small $large; do
			case $name in
			list | json | xml | save | filter) entries "$size" || fill "$size" ;;
			esac
			instructions "$name" "$binary" "$size" >"$T/count.$size"
		done
		more=$(($(cat "$T/count.$large") - $(cat "$T/count.$small")))
		line="$line $((more / (large - small)))"
	done
	echo "$line"
	echo "$line" >>"$T/table"
done
[ -z "$LIMITS" ] && exit

awk 'NR == FNR {count[$1] = $2; next}
	/^(#|$)/ {next}
	!($1 in count) {print "count: there is no " $1; bad = 1; next}
	count[$1] > $2 {print "count: " $1 " takes " count[$1] ", and may take " $2; bad = 1}
	END {exit bad}' "$T/table" "$LIMITS" >&2
