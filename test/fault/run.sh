#!/bin/sh
# netns: -a -t -l -H
# Every command, while any one of its calls to the kernel or of its allocations fails, or the
# kernel's answer is not what it should be: it never hangs, never crashes, says in one line what
# went wrong, and claims to have done what was asked for only where that is so.
#
# run.sh [PATTERN]: only the commands whose name contains PATTERN (a glob).
# PART		0 or 1: only every second command
. "$(dirname "$0")/../lib.sh"
pattern=${1:-}
inject=$TOOLS/inject.so
entry='-s 10.9.9.9 -d 192.0.2.9 -p udp --sport 9 --dport 9'
existing='-s 10.0.0.1 -d 192.0.2.1 -p udp --sport 1001 --dport 53'
master='-s 192.0.2.1 -d 198.51.100.15 -p tcp --dport 21 --sport'
expected='--tuple-src 192.0.2.1 --tuple-dst 198.51.100.15 --tuple-port-dst'

# kinds: the kinds of calls, and how each may fail. "=" marks a failure that must make no
# difference, "~" one after which the output may be anything, "+" one that lasts for all later
# calls of its kind.
kinds() {
	cat << 'LINES'
socket EMFILE+ EPROTONOSUPPORT
bind ENOMEM
getsockname ENOBUFS
setsockopt EPERM ENOPROTOOPT
getsockopt ENOPROTOOPT
sendto =EINTR ENOBUFS EPERM short
recvmsg =EINTR EAGAIN ENOBUFS+ ENOMEM =sender =seq =portid trunc toolong tootiny ~odd cut refused busy lost =intr ~garbage
recvmmsg =EINTR ~EAGAIN ENOBUFS ENOMEM =sender trunc toolong tootiny ~odd cut ~garbage
read =EINTR =short EIO
write =EINTR =EAGAIN =short EIO ENOSPC+ EPIPE
open ENOENT EMFILE+ EACCES
close EIO
poll =EINTR ENOMEM
syscall =EPERM =ENOSYS
alloc ENOMEM ENOMEM+
LINES
}

awk 'BEGIN {
	for (i = 1; i <= 10; i++) {
		printf "-I -s 10.0.0.%d -d 192.0.2.1 -p udp --sport %d --dport 53 -t 3000 -m %d\n",
			i, 1000 + i, i
		printf "-I -s 10.0.1.%d -d 192.0.2.2 -p tcp --sport %d --dport 443 -t 4000 " \
			"--state ESTABLISHED -u SEEN_REPLY,ASSURED\n", i, 2000 + i
	}
	print "-I -s 10.0.2.1 -d 192.0.2.3 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 2000"
	print "-I -s 2001:db8::1 -d 2001:db8::2 -p icmpv6 --icmpv6-type 128 --icmpv6-code 0 " \
		"--icmpv6-id 78 -t 2100"
	print "-I -s 2001:db8::5 -d 2001:db8::9 -p tcp --sport 1111 --dport 80 " \
		"--state SYN_SENT -t 2200"
	print "-I -s 10.0.2.2 -d 192.0.2.3 -p sctp --sport 1 --dport 2 --state ESTABLISHED " \
		"--orig-vtag 11 --reply-vtag 12 -t 2300"
	print "-I -s 10.0.2.3 -d 192.0.2.3 -p gre --srckey 0x11 --dstkey 0x22 -t 2400"
	print "-I -s 10.0.2.4 -d 192.0.2.3 -p 2 -t 3000"
	print "-I -s 10.0.2.5 -d 192.0.2.3 -p udp --sport 5 --dport 6 -t 3000 --label-add 0,127"
	print "-I -s 10.0.2.6 -d 192.0.2.3 -p udp --sport 5 --dport 6 -t 3000 --zone 9"
	print "-I -s 10.0.2.7 -d 192.0.2.3 -p udp --sport 5 --dport 6 -t 3000 -g 10.0.0.9:8080"
}' > "$TMP/setup"
cat >> "$TMP/setup" << LINES
-I $master 5 --state ESTABLISHED -t 4000 --helper ftp
-I $master 6 --state ESTABLISHED -t 4000 --helper ftp
-I $master 7 --state ESTABLISHED -t 4000 --helper ftp
-I expect $master 5 $expected 5000
-I expect $master 6 $expected 5001
LINES
awk 'BEGIN {
	for (i = 0; i < 300; i++)
		printf "-I -s 10.7.%d.%d -d 192.0.2.1 -p udp --sport %d --dport 53 -t 1000\n",
			i / 256, i % 256, 1024 + i
}' > "$TMP/load"
# The file touches no entry twice: each is either as before or as after the run, never in between.
for i in 1 2 11 12; do
	echo "-A -s 10.0.0.$i -d 192.0.2.1 -p udp --sport $((1000 + i)) --dport 53 -t 3000 -m 99"
	[ $i != 11 ] || echo "-D -p udp -s 10.0.0.5"
done > "$TMP/mixed"
echo "-U -p icmp -m 5" >> "$TMP/mixed"
# Lines that are answered by one walk, and the same as conditions.
for i in 1 2 3 4 5 6 7 8 9; do
	echo "-p udp -s 10.0.0.$i"
done > "$TMP/from"
sed 's/^/-D /' "$TMP/from" > "$TMP/together"
echo '5 five' > "$TMP/labels"

# table: both tables, without what changes by itself.
table() {
	{
		"$CONNTRACK" -L -o save
		"$CONNTRACK" -L expect
	} 2> /dev/null | sed -E 's/ -t [0-9]+//; s/^[0-9]+ (proto=)/\1/' | sort
}

restore() {
	"$CONNTRACK" -F 2> /dev/null
	"$CONNTRACK" -R "$TMP/setup"
	restored=$(date +%s)
}

# plain: output without what changes by itself, each entry on a line and in order.
plain() {
	sed -E "${1:+s/[0-9]+/#/g;}"'s/^( *\[[A-Z]+\] )?([a-z0-9]+ +[0-9]+) [0-9]+ /\1\2 # /
		s/ -t [0-9]+//; s/^( *\[[A-Z]+\] )?[0-9]+ (proto=)/\1# \2/
		s/"(timeout|id|portid)":[0-9]+/"\1":#/g; s/"(start|stop|time)":"[^"]*"/"\1":#/g
		s/ (use|delta-time|portid)=[0-9]+//g; s/<(timeout|use|id|deltatime)>[0-9]+/<\1>#/g
		s/^\[$//; s/[],]*$//; /expectations_limit/d' "$2" | sort
}

# shoot FAULT: run the command at hand with it.
shoot() {
	rm -f "$TMP/log"
	run timeout -k 1 10 env FAULT="$1" FAULT_LOG="$TMP/log" ${action:+FAULT_ACTION="$action"} \
		LD_PRELOAD="$inject" "$CONNTRACK" $args < /dev/null
}

# summary, errors: the last line of a command that has worked; how many there are of others.
summary() {
	grep '^conntrack v' "$TMP/err" | grep -v -E "$refusal"
}
errors() {
	grep -c -E "^conntrack: |$refusal" "$TMP/err"
}

# effect WHAT: what is wrong with the table after the run.
effect() {
	table > "$TMP/now"
	if ! comm -23 "$TMP/now" "$TMP/either" | cmp -s - /dev/null; then
		echo "the table has entries that nobody asked for"
	elif ! comm -23 "$TMP/both" "$TMP/now" | cmp -s - /dev/null; then
		echo "entries are gone that the command does not mean"
	elif [ $RC -eq 0 ] && [ "$1" != '~' ] && ! cmp -s "$TMP/now" "$TMP/after"; then
		echo "exit code 0, and the table is not as it should be"
	elif [ $RC -eq 2 ] && ! cmp -s "$TMP/now" "$TMP/before"; then
		echo "exit code 2, and the table is not as before"
	elif [ -n "$changes" ] && [ "$(grep -c . "$TMP/out")" -gt \
		"$(comm -23 "$TMP/before" "$TMP/now" | grep -c .)" ]; then
		echo "more was shown than was changed"
	fi
}

# verdict KIND WHAT FLAG: what is wrong with the run, or nothing.
verdict() {
	hit=$(sed -n 's/^hit //p' "$TMP/log")
	case $RC in
	124 | 137) echo "no end within 10 seconds" ;;
	0 | 1 | 2) ;;
	*) echo "exit code $RC" ;;
	esac
	[ -n "$hit" ] || echo "the fault did not happen"
	[ "$class" = reads ] || effect "$3"
	deaf=$(echo "$hit" | grep '^write .* 2$')
	if [ $RC -eq 0 ]; then
		[ $wanted -eq 0 ] || echo "exit code 0 instead of $wanted"
		[ "$3" != '~' ] || return
		plain "$digits" "$TMP/out" > "$TMP/plain"
		cmp -s "$TMP/plain" "$TMP/expected" ||
			{ [ "$2" = "$less" ] &&
				! comm -23 "$TMP/plain" "$TMP/expected" | grep -q .; } ||
			echo "exit code 0, but another output"
		[ -n "$deaf" ] || summary | cmp -s - "$TMP/summary" ||
			echo "exit code 0, but another summary"
		return
	fi
	[ "$3" != '=' ] || [ $RC -eq $wanted ] || echo "it made a difference"
	[ -z "$deaf" ] && [ "$3" != '~' ] || return
	lines=$(errors)
	if [ $RC -eq $wanted ] && [ "$lines" -eq $said ] &&
		summary | cmp -s - "$TMP/summary"; then
		return
	fi
	if [ "$2" = EPIPE ]; then
		[ "$lines" -le $said ] || echo "talks, though nobody reads"
	elif [ "$lines" -lt 1 ] || [ "$lines" -gt $((said + most)) ]; then
		echo "$lines lines of error"
	fi
}

# all_of KIND COUNT WHAT...: one check; every call of this kind, in every way.
all_of() {
	kind=$1
	count=$2
	shift 2
	: > "$TMP/bad"
	for what; do
		flag=
		case $what in
		[=~]*)
			flag=${what%"${what#?}"}
			what=${what#?}
			;;
		esac
		n=0
		while [ $n -lt "$count" ]; do
			n=$((n + 1))
			# The kernel keeps an expectation of ftp for 300 seconds.
			[ $(($(date +%s) - restored)) -lt 200 ] || restore
			case $what in
			*+) shoot "$kind:$n+:${what%+}" ;;
			*) shoot "$kind:$n:$what" ;;
			esac
			verdict "$kind" "$what" "$flag" > "$TMP/why"
			if [ -s "$TMP/why" ]; then
				echo "$kind $n $what: conntrack $args: exit code $RC"
				sed 's/^/    /' "$TMP/why" "$TMP/err"
			fi >> "$TMP/bad"
			[ "$class" = reads ] || cmp -s "$TMP/now" "$TMP/before" || restore
		done
	done
	if [ -s "$TMP/bad" ]; then
		not_ok "$name: $kind, $count calls" "$(head -n 60 "$TMP/bad")"
	else
		ok "$name: $kind, $count calls"
	fi
}

# check NAME ARGS...: all checks of a command. Variables set before it differ from the default:
# class (reads, writes), action, digits (1: all numbers change by themselves), changes (1: it shows
# the entries that it changes), less (an error at which it may leave values out), most (the number
# of error lines allowed), code (the exit code without a fault).
check() {
	name=$1
	shift
	args=$*
	turn=$((!turn))
	case ${PART:-$turn}$name in
	$turn*$pattern*)
		[ "$class" = reads ] || restore
		table > "$TMP/before"
		shoot ''
		wanted=$code
		[ $RC -eq $code ] || not_ok "$name without a fault" "$(t_last)"
		said=$(errors)
		plain "$digits" "$TMP/out" > "$TMP/expected"
		summary > "$TMP/summary"
		table > "$TMP/after"
		sort -u "$TMP/before" "$TMP/after" > "$TMP/either"
		comm -12 "$TMP/before" "$TMP/after" > "$TMP/both"
		cp "$TMP/log" "$TMP/calls"
		grep -q '^calls ' "$TMP/calls" || not_ok "$name: its calls are counted"
		[ "$class" = reads ] || restore
		while read -r kind ways; do
			count=$(sed -n "s/^calls $kind //p" "$TMP/calls")
			[ "${count:-0}" -eq 0 ] || all_of $kind $count $ways
		done << LINES
$(kinds)
LINES
		;;
	esac
	class=reads action='' digits='' changes='' less='' most=1 code=0
}
class=reads action='' digits='' changes='' less='' most=1 code=0
turn=0

run "$CONNTRACK" -R "$TMP/setup"
is "the table is set up" "0 32 2" "$RC $("$CONNTRACK" -C) $("$CONNTRACK" -C expect)"
# A sync names two entries, as they are; the next one names the first of them.
"$CONNTRACK" -L -p udp -o save 2> /dev/null | head -n 2 > "$TMP/named"
{
	echo '# sync start'
	cat "$TMP/named"
	printf '# sync %s\n' end start
	head -n 1 "$TMP/named"
	echo '# sync end'
} > "$TMP/replica"

check list -L
check list-json -L -o json
check list-xml -L -o xml
check list-save -L -o save
check list-labels -L -o labels --labelmap "$TMP/labels"
check list-one -L $existing
check list-some -L -p udp --dport 53,6 -m 3
check list-proto -L -p igmp
check list-all -L all
check list-expect -L expect
check group -L --group src/24,proto
check sort -L --sort expires
check sort-limit -L --sort -expires --limit 5
check limit -L --limit 5
check get -G $existing
code=1 check get-nothing -G $entry
check count -C
check count-some -C -p tcp
check count-all -C all
digits=1 check stats -S
digits=1 less=EPERM check metrics -S -o prometheus
check help -h
check formats -L -o help
check version -V
check nothing
code=2 check wrong -L --no-such-option
class=writes check zero -L -z -p udp
class=writes check create -I $entry -t 3000
class=writes check create-labels -I $entry -t 3000 --label-add 5
class=writes code=1 check create-existing -I $existing -t 10
class=writes check add -A $entry -t 3000
class=writes check add-existing -A $existing -t 3000 -m 99
class=writes check create-expect -I expect $master 7 $expected 5002
class=writes changes=1 check update -U -p udp -m 0x50/0xf0
class=writes changes=1 check update-one -U $existing -m 99
class=writes changes=1 check update-labels -U -s 10.0.2.5 --label-add 3
class=writes changes=1 check delete -D -p tcp
class=writes changes=1 check delete-one -D $existing
class=writes check delete-json -D -p udp -o json
class=writes code=1 check delete-nothing -D -s 9.9.9.9
class=writes check delete-dry -D -p tcp --dry-run
class=writes changes=1 check delete-expect -D expect --tuple-port-dst 5000
class=writes check flush -F
class=writes check flush-family -F -f ipv6
class=writes check flush-expect -F expect
class=writes check flush-all -F all
class=writes check load -R "$TMP/load"
class=writes check load-mixed -R "$TMP/mixed"
class=writes most=300 check load-continue -R "$TMP/mixed" --continue
class=writes most=300 check load-replica -R "$TMP/replica" --replica
class=writes check load-together -R "$TMP/together"
class=writes check delete-from -D --from "$TMP/from"
class=writes check update-from -U --from "$TMP/from" -m 5

cat > "$TMP/action" << LINES
LC_ALL=C
i=0
while [ \$i -lt 5 ]; do
	i=\$((i + 1))
	"$CONNTRACK" -I -s 10.8.0.\$i -d 192.0.2.9 -p udp --sport 9 --dport 9 -t 3000 2> /dev/null
done
[ "\$1" != stop ] || kill -TERM \$PPID
LINES
class=writes action="sh $TMP/action go" check follow -E -e NEW -p udp --limit 3
class=writes action="exec sh $TMP/action stop" check follow-stop -E -o json
class=writes action="exec sh $TMP/action stop" check follow-all -E all -e NEW,DESTROY --reliable
class=writes action="sh $TMP/action go" check follow-sync -E --sync --limit 35 -b 1048576
class=writes action="sh $TMP/action go" check follow-xml -E -o xml --on-loss resync -p udp --limit 3

[ -n "$pattern" ] || [ "${PART:-0}" = 1 ] || {
	restore
	for args in -L '-L all' '-C -p udp' '-L -z -p icmp' '-D -p udp --dry-run' \
		'-U -p icmp -m 5' '-D -p igmp'; do
		shoot recvmsg:1+:intr
		is "$args, interrupted" 0 "$RC"
		is "$args, interrupted: is told once" 1 \
			"$(grep -c '^conntrack: the table changed while it was read' "$TMP/err")"
	done
	restore
	table > "$TMP/now"
	is "the table is as at the start" "32 2" "$("$CONNTRACK" -C) $("$CONNTRACK" -C expect)"
}
finish
