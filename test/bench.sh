#!/bin/sh
# bench.sh [N]: measures time and memory with N entries (default 200000), of this program's static
# binary ($OURS), of the peer ($PEER, if there is one), of a loop that only receives or sends the same
# (bareloop), and of the ordinary binary ($ORDINARY). Run by make bench. BENCH_JSON names a file to which each row is added as an object. Figures are
# medians of RUNS (default 5) interleaved runs; on a busy machine only their ratios mean something.
# It is no test and never fails.
set -u
N=${1:-200000}
RUNS=${RUNS:-5}
LIMIT=/proc/sys/net/netfilter/nf_conntrack_max

# The limit of entries holds for all network namespaces and can be set in the first one only: it is
# raised there meanwhile, where that is allowed and there is enough memory. The measurements run in
# another namespace.
if [ -z "${BENCH_INSIDE:-}" ]; then
	limit=$(cat $LIMIT 2> /dev/null)
	most=$((N > 1000000 ? N : 1000000))
	free=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
	if [ -n "$limit" ] && [ "$limit" -lt $most ] && [ "${free:-0}" -gt $((most * 2)) ] &&
		{ echo $most > $LIMIT; } 2> /dev/null; then
		trap 'echo $limit > $LIMIT' EXIT
		trap 'exit 130' HUP INT TERM
	fi
	BENCH_INSIDE=1 "$TOOLS/netns" sh "$0" "$N"
	exit
fi

TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
BARE=$TOOLS/bareloop
# The peer may be started by a script, whose start is not its own.
PEER=${PEER:+$(sed -n 's/^exec \(.*\) "\$@"$/\1/p' "$PEER" | tr -d '"' | grep . || echo "$PEER")}

# creations N [6]: as a load file
creations() {
	addresses='10.%d.%d.%d -d 192.0.2.1'
	[ -z "${2:-}" ] || addresses='2001:db8:%x:%x::%x -d 2001:db8::1'
	awk -v n="$1" -v addresses="$addresses" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "-I -s " addresses " -p tcp --sport %d --dport 443 -t 3000 " \
				"--state ESTABLISHED -u SEEN_REPLY,ASSURED\n",
				i / 65536 % 256, i / 256 % 256, i % 256, 1024 + i % 60000
	}'
}
creations "$N" > "$TMP/load"
creations "$N" 6 > "$TMP/load6"

# Sources that would have the same hash, were it not for its seed, and others.
for kind in chosen random; do
	"$TOOLS/collide" $kind 100000 |
		sed 's/.*/-I -s & -d 2001:db8::1 -p udp --sport 1 --dport 2 -t 3000/' > "$TMP/$kind"
done

# values KIND N: a list of that many, in no order, which nothing in the table has.
values() {
	awk -v kind="$1" -v n="$2" 'BEGIN {
		for (i = 0; i < n; i++) {
			k = i * 7919 % n
			if (kind == "addresses")
				printf "172.16.%d.%d\n", k / 256, k % 256
			else
				print (kind == "ports" ? 10000 : 100000) + 3 * k
		}
	}'
}
for kind in addresses ports marks; do
	for n in 1 1000 10000; do
		values $kind $n > "$TMP/$kind.$n"
	done
done

# take NAME [-n TIMES] COMMAND...: adds wall, user and system time and KiB to NAME's file.
take() {
	name=$1
	shift
	repeat=
	[ "$1" != -n ] || { repeat="-n $2"; shift 2; }
	# shellcheck disable=SC2086 # words
	"$TOOLS/measure" $repeat "$TMP/$name" "$@" > /dev/null 2> /dev/null
}

# ours NAME ARGUMENTS...: of both our binaries.
ours() {
	row=$1
	shift
	take "$row.ours" "$OURS" "$@"
	take "$row.ord" "$ORDINARY" "$@"
}

# all NAME ARGUMENTS...: of the peer, too.
all() {
	ours "$@"
	shift
	# shellcheck disable=SC2086 # words
	[ -z "$PEER" ] || take "$row.peer" $PEER "$@"
}

fill() {
	"$OURS" -F 2> /dev/null
	"$OURS" -R "${1:-$TMP/load}" || exit 1
}

# 10,000 deletions by addresses, of nothing that is there, and by whole tuples; 33,232 of the 40,000
# flows of one service, as one who manages services deletes them.
awk 'BEGIN {
	for (i = 0; i < 10000; i++) {
		a = "-D -s 172.16." int(i / 256) "." i % 256 " -d 192.0.2.1"
		print a > ARGV[1]
		print a " -p tcp --sport " 1024 + i " --dport 443" > ARGV[2]
	}
	for (i = 0; i < 40000; i++) {
		a = "-s 10.1." int(i / 256) "." i % 256 " -d 10.96.0.10 -p udp --sport " 1024 + i " --dport 53"
		print "-I " a " -g 10.244." i % 6 "." i % 200 " -t 3000" > ARGV[3]
		if (i < 33232)
			print "-D " a > ARGV[4]
	}
}' "$TMP/lines" "$TMP/tuples" "$TMP/service" "$TMP/stale"

# follow NAME PROGRAM...: measures the processor time, in microseconds, that a listener needs for
# each of N creations.
follow() {
	name=$1
	shift
	"$OURS" -F 2> /dev/null
	rm -f "$TMP/time"
	# shellcheck disable=SC2016 # for the inner shell
	"$TOOLS/measure" "$TMP/time" sh -c 'echo $$ > "$0"; exec "$@"' "$TMP/pid" \
		"$@" -E -e NEW -b 67108864 > "$TMP/events" 2> /dev/null &
	sleep 0.5
	"$OURS" -R "$TMP/load"
	sleep 2
	kill -INT "$(cat "$TMP/pid")"
	wait
	awk -v n="$(grep -c . "$TMP/events")" \
		'{printf "%.2f %s %s %s\n", n ? ($2 + $3) * 1e6 / n : 0, $2, $3, $4}' \
		"$TMP/time" >> "$TMP/$name"
}

SIZES=
for size in 1000 10000 100000 1000000; do
	[ $size -gt "$(cat $LIMIT 2> /dev/null || echo 65536)" ] || SIZES="$SIZES $size"
done

# shellcheck disable=SC2034,SC2086 # $PEER is words
for run in $(seq "$RUNS"); do
	fill
	take list.bare "$BARE" dump
	all list -L
	take json.bare "$BARE" dump
	ours json -L -o json
	all xml -L -o xml
	all save -L -o save
	all count -C
	all source -L -s 10.0.1.5
	take range.bare "$BARE" dump
	ours range -L --dport 1:5
	for kind in addresses ports marks; do
		for n in 1 1000 10000; do
			case $kind in
			addresses) option=-s ;;
			ports) option=--dport ;;
			marks) option=-m ;;
			esac
			take "$kind$n.ours" env CONNTRACK_NO_PUSHDOWN=1 \
				"$OURS" -L $option "@$TMP/$kind.$n"
			cat "$TMP/${kind}1.ours" > "$TMP/$kind$n.peer"
		done
	done
	for lines in lines tuples; do
		take $lines.bare "$BARE" dump
		ours $lines -R "$TMP/$lines"
	done
	take update.bare "$BARE" update
	take update.ours "$OURS" -U -p tcp -m 7
	take update.ord "$ORDINARY" -U -p tcp -m 9
	[ -z "$PEER" ] || take update.peer $PEER -U -p tcp -m 8
	for who in "ours $OURS -D -p tcp" "ord $ORDINARY -D -p tcp" "bare $BARE delete" \
		${PEER:+"peer $PEER -D -p tcp"}; do
		fill
		take delete.$who
	done
	for who in "ours $OURS -R $TMP/load" "ord $ORDINARY -R $TMP/load" \
		${PEER:+"peer $PEER -R $TMP/load"} "bare $BARE load $N"; do
		"$OURS" -F 2> /dev/null
		take load.$who
	done
	for who in "stale.ours $OURS -R $TMP/stale" "stale.bare $BARE delete" \
		"service.ours $OURS -D -p udp -d 10.96.0.10 ! -r 10.244.0.0/24" \
		"service.bare $BARE delete"; do
		fill "$TMP/service"
		take $who
	done
	fill "$TMP/random"
	take group.bare "$OURS" -L --group src
	fill "$TMP/chosen"
	ours group -L --group src
	fill "$TMP/load6"
	take list6.bare "$BARE" dump
	all list6 -L -f ipv6
	follow events.ours "$OURS"
	follow events.ord "$ORDINARY"
	[ -z "$PEER" ] || follow events.peer $PEER
	take start.ours -n 200 "$OURS" -V
	take start.ord -n 200 "$ORDINARY" -V
	[ -z "$PEER" ] || take start.peer -n 200 $PEER -V
	"$OURS" -F 2> /dev/null
	filled=0
	for size in $SIZES; do
		creations "$size" | tail -n +$((filled + 1)) | "$OURS" -R -
		filled=$size
		times=$(((1000000 + size - 1) / size))
		[ $times -lt 200 ] || times=200
		take "size$size.ours" -n $times "$OURS" -L
		take "size$size.bare" -n $times "$BARE" dump
	done
done

# median FILE COLUMN
median() {
	[ -f "$TMP/$1" ] || { echo null; return; }
	sort -n -k "$2,$2" "$TMP/$1" | awk -v c="$2" '{v[NR] = $c} END {print v[int((NR + 1) / 2)]}'
}

# row TITLE NAME
row() {
	for who in ours peer bare ord; do
		for column in 1 2 3 4; do
			median "$2.$who" $column
		done | tr '\n' ' '
		echo
	done | awk -v title="$1" -v json="${BENCH_JSON:-}" '
		function cell(v, digits) {return v == "null" ? "-" : sprintf("%.*f", digits, v)}
		function ratio(a, b) {
			return a == "null" || b == "null" || b == 0 ? "-" : sprintf("%.2f", a / b)
		}
		{wall[NR] = $1; user[NR] = $2; sys[NR] = $3; kib[NR] = $4}
		END {
			printf "%-31s %6s %6s %6s %5s %5s %6s %6s %6s %5s %6s\n", title,
				cell(wall[1], 3), cell(wall[2], 3), cell(wall[3], 3),
				ratio(wall[1], wall[2]), ratio(wall[1], wall[3]),
				ratio(user[1], user[2]), cell(user[1], 3), cell(sys[1], 3), kib[1],
				cell(wall[4], 3)
			if (json == "")
				exit
			figures = "{\"wall\":%s,\"user\":%s,\"sys\":%s,\"kib\":%s}"
			printf "{\"row\":\"%s\",\"ours\":" figures ",\"peer\":" figures \
				",\"bare\":{\"wall\":%s},\"ordinary\":" figures "}\n", title,
				wall[1], user[1], sys[1], kib[1],
				wall[2], user[2], sys[2], kib[2], wall[3],
				wall[4], user[4], sys[4], kib[4] >> json
		}'
}

printf '%s entries, medians of %s runs: seconds of the static binary, the peer and the bare loop, ' \
	"$N" "$RUNS"
echo 'ratios of wall and user time, user and system time, KiB, and seconds of the ordinary binary'
printf '%-31s %6s %6s %6s %5s %5s %6s %6s %6s %5s %6s\n' \
	'' ours peer bare /peer /bare u/peer user sys KiB ordin.
row 'list everything' list
row 'list of IPv6' list6
row 'list as JSON' json
row 'list as XML' xml
row 'list as commands (-o save)' save
row 'count' count
row 'list one IPv4 source' source
row 'list by a user-space filter' range
for kind in addresses ports marks; do
	for n in 1 1000 10000; do # the peer's column has the figure of one value
		row "list by $n $kind" "$kind$n"
	done
done
row 'update (-U -p tcp -m 7)' update
row 'delete (-D -p tcp)' delete
row 'load (-R)' load
row '10000 -D lines by addresses' lines # the bare loop lists
row '10000 -D lines by tuples' tuples
row '33232 of 40000 flows, -D lines' stale # the bare loop deletes all
row '33333 of 40000 flows, one -D' service
row 'group by 100000 chosen sources' group # the bare column has others
row 'follow: microseconds per event' events
row 'start, 200 times (-V)' start
for size in $SIZES; do
	times=$(((1000000 + size - 1) / size))
	row "list $size, $((times < 200 ? times : 200)) times" "size$size"
done
echo
"$TOOLS/netns" -a -l -t sh "${0%/*}/replica.sh"
