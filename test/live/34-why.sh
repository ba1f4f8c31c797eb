# netns:
# It tells why there is nothing to see, where that is so, and not where it is not; and -C --above,
# -S --total.
. "${0%/*}/../lib.sh"
cd "$TMP" || exit 1
sysctl=/proc/sys/net/netfilter/nf_conntrack

# set_to NAME VALUE: of a sysctl
set_to() {
	echo "$2" >"${sysctl}_$1"
}
add() {
	"$CONNTRACK" -I -s "10.0.0.$1" -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 600 2>/dev/null
}
# follows OPTIONS...: what -E says in the beginning, but for the summary
follows() {
	run "$CONNTRACK" -E "$@" --for 0.2
	grep -v ' have been shown\.$' err
}
# lists OPTIONS...: likewise -L
lists() {
	"$CONNTRACK" -L "$@" 2>&1 >/dev/null | grep -v ' have been shown\.$'
}

# --- events ---

old='conntrack: entries that were created while nobody listened (of 2 here) send no UPDATE and no DESTROY: net.netfilter.nf_conntrack_events is 2; 1, in /etc/sysctl.d from boot on, makes all send them'
set_to events 2
is "events=2, an empty table" "" "$(follows)"
add 1
add 2
is "events=2, old entries" "$old" "$(follows)"
is "-e NEW needs none of them" "" "$(follows -e NEW)"
is "-e DESTROY does" "$old" "$(follows -e DESTROY)"
is "expectations do not" "" "$(follows expect)"
is "--quiet" "" "$(follows --quiet; cat err)"
# Somebody else's listener, in any network namespace, would make the old entry send events, too.
"$CONNTRACK" -E --for 60 >events 2>/dev/null &
pid=$!
hold $pid
listens() {
	awk '$2 == 12 && $4 != "00000000" {found = 1} END {exit !found}' /proc/net/netlink
}
until_true 5 listens
is "somebody listens already" "" "$(follows)"
add 3
"$CONNTRACK" -D -s 10.0.0.1 >/dev/null 2>&1
"$CONNTRACK" -D -s 10.0.0.3 >/dev/null 2>&1
until_true 10 grep -q 'DESTROY.*src=10.0.0.3' events
kill -INT $pid
wait $pid
is "a new entry sends them" 1 "$(grep -c 'DESTROY.*src=10.0.0.3' events)"
follows --sync -o json >/dev/null
is "sync_start tells" 1 "$(grep -c '^{"event":"sync_start","events":2,' out)"
set_to events 1
is "events=1" "" "$(follows)"
follows --sync -o json >/dev/null
is "sync_start tells that, too" 1 "$(grep -c '^{"event":"sync_start","events":1,' out)"
set_to events 0
none='conntrack: the kernel sends no events here: net.netfilter.nf_conntrack_events is 0; set it to 1'
is "events=0" "$none (--none-ok listens all the same)" "$(follows)"
rc "is an error" 1 timeout 5 "$CONNTRACK" -E
is "--none-ok" "$none" "$(follows --none-ok)"
is "--none-ok --quiet" "" "$(follows --none-ok --quiet)"
set_to events 2

# --- counters and times ---

no_acct='conntrack: no entry has counters: net.netfilter.nf_conntrack_acct'
no_time='conntrack: no entry has a time: net.netfilter.nf_conntrack_timestamp'
later='is 0; set to 1, it gives them to new entries'
set_to acct 0
set_to timestamp 0
"$CONNTRACK" -F 2>/dev/null
add 1
for options in '--sort bytes' '--sort -packets' '--sort bytes --limit 1' '--group src --sort bytes'; do
	# shellcheck disable=SC2086 # words
	is "$options without accounting" "$no_acct $later" "$(lists $options)"
done
is "-o ktimestamp without times" "$no_time $later" "$(lists -o ktimestamp)"
is "both" 2 "$(lists -o ktimestamp --sort bytes | grep -c '^conntrack: no entry')"
is "not with --quiet" "" "$(lists -o ktimestamp --sort bytes --quiet)"
is "not where nothing is asked of them" "" "$(lists; lists --sort expires; lists --group src)"
is "not where nothing matches" "" "$(lists --sort bytes -s 10.9.9.9)"
timeout -s INT 1 "$CONNTRACK" -L --watch=0.2 >out 2>err
is "--watch, once" "$no_acct $later" "$(cat err)"
set_to acct 1
set_to timestamp 1
is "accounting was off" "$no_acct was 0 when they were created" "$(lists --sort bytes)"
is "times were off" "$no_time was 0 when they were created" "$(lists -o ktimestamp)"
uncounted='conntrack: --bytes, --packets: there are entries without counters: net.netfilter.nf_conntrack_acct was 0 when they were created'
is "-L --bytes" "$uncounted" "$(lists --bytes 0)"
is "-C --packets" "$uncounted" "$("$CONNTRACK" -C --packets 0 2>&1 >/dev/null)"
is "-L --bytes --quiet" "" "$(lists --bytes 0 --quiet)"
add 2
is "one has counters" "" "$(lists --sort bytes)"
"$CONNTRACK" -D -s 10.0.0.1 >/dev/null 2>&1
is "-L --bytes, of entries with counters" "" "$(lists --bytes 0)"
is "one has a time" "" "$(lists -o ktimestamp)"

# --- an empty table ---

untracked='conntrack: no rule here asks for connection tracking: add one that uses ct state or NAT'
"$CONNTRACK" -F 2>/dev/null
is "an empty table where a rule asks for tracking" "" "$(lists; follows)"
if unshare -n true 2>err; then
	is "where none does" "$untracked" "$(unshare -n "$CONNTRACK" -L 2>&1 | head -n 1)"
	is "not with conditions" 1 "$(unshare -n "$CONNTRACK" -L -p udp 2>&1 | grep -c .)"
	is "not with --quiet" 0 "$(unshare -n "$CONNTRACK" -L --quiet 2>&1 | grep -c .)"
	is "-E" "$untracked" "$(unshare -n timeout -s INT 1 "$CONNTRACK" -E 2>&1 | head -n 1)"
	is "not where there is an entry" 0 "$(unshare -n sh -c "
		$CONNTRACK -I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 9 2>/dev/null
		$CONNTRACK -L 2>&1" | grep -c 'no rule here')"
else
	cannot "a network namespace without rules" "$(cat err)"
fi
# rules: of another kind, then of a kind that asks; nft reads them
if command -v nft >/dev/null && unshare -n true 2>/dev/null; then
	# tracks RULE: what -L says where this is the only rule
	tracks() {
		unshare -n sh -c "nft 'add table inet t; add counter inet t c;
			add chain inet t a { type filter hook input priority 0; };
			add chain inet t n { type nat hook postrouting priority 100; };
			add rule inet t $1' && $CONNTRACK -L 2>&1 | grep -c 'no rule here'"
	}
	for rule in 'a tcp dport 22 counter accept' 'a ip saddr { 10.0.0.1, 10.0.0.2 } drop' \
		'a counter name c' 'a notrack' 'a log' 'a limit rate 5/second' 'a meta mark set 5'; do
		is "does not ask: $rule" 1 "$(tracks "$rule")"
	done
	for rule in 'a ct state new' 'n masquerade' 'n snat ip to 10.0.0.1' 'a ct mark set 1' \
		'a ct count over 5 drop'; do
		is "asks: $rule" 0 "$(tracks "$rule")"
	done
else
	skip "rules that ask for tracking" "there is no nft"
fi

# --- privileges ---

# refuses MEANING CMD...: each command run by CMD says so in one line, or works without
refuses() {
	meaning=$1
	shift
	for command in '-L' '-L expect' '-C -p udp' '-E' '-D -p udp' '-F' '-U -m 5' '--check' \
		'-G -s 10.0.0.1 -d 10.0.0.9 -p udp --sport 1 --dport 2' \
		'-I -s 10.0.0.1 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 5'; do
		# shellcheck disable=SC2086 # words
		run timeout 5 "$@" "$TMP/bin/conntrack" $command
		is "$command $meaning" "1 1" \
			"$RC $(grep -Ec "${refusal}Operation not permitted: $meaning.* \(cannot [a-z ]*\)$" err)"
		is "$command: one line" "0 1" "$(lines out) $(lines err)"
	done
	rc "-C works" 0 "$@" "$TMP/bin/conntrack" -C
	rc "-S works" 0 "$@" "$TMP/bin/conntrack" -S
}
mkdir bin
cp "$CONNTRACK" bin/conntrack
chmod 755 . bin bin/conntrack
if command -v setpriv >/dev/null && setpriv --bounding-set -all --inh-caps -all true 2>/dev/null; then
	refuses 'CAP_NET_ADMIN is needed: be root; docker, podman: --cap-add NET_ADMIN; Kubernetes:' \
		setpriv --reuid 65534 --regid 65534 --clear-groups
else
	cannot "commands without the capability" "there is no setpriv"
fi
if unshare -Ur true 2>/dev/null; then
	refuses 'CAP_NET_ADMIN does not count in a user namespace that does not own' unshare -Ur
else
	cannot "commands in another user namespace" "there can be none"
fi
if [ -n "${SANITIZED:-}" ]; then
	: # the sanitizers need /proc themselves
elif unshare -m sh -c 'mount -t tmpfs -o ro none /proc' 2>/dev/null; then
	for command in '-L' '-C' '-L --sort bytes' '-S' '--check' '-D -s 10.9.9.9 --none-ok' '-U -m 5 --none-ok'; do
		rc "$command without /proc" 0 unshare -m sh -c \
			"mount -t tmpfs -o ro none /proc; exec $TMP/bin/conntrack $command"
	done
	rc "-E without /proc" 0 unshare -m sh -c \
		"mount -t tmpfs -o ro none /proc; exec timeout --preserve-status -s INT 1 $TMP/bin/conntrack -E --quiet"
else
	cannot "commands without /proc" "it cannot be hidden"
fi

# --- -C --above ---

"$CONNTRACK" -F 2>/dev/null
for i in 1 2 3; do
	add $i
done
for words in '2 1' '3 0' '4294967295 0' '0 1' '0% 1' '100% 0' '99% 0'; do
	# shellcheck disable=SC2086 # two words
	set -- $words
	rc "-C --above $1" "$2" "$CONNTRACK" -C --above "$1"
	is "prints the number all the same" "3" "$(cat out err)"
done
rc "with conditions" 1 "$CONNTRACK" -C -s 10.0.0.1 --above 0
rc "of a percentage" 1 "$CONNTRACK" -C -s 10.0.0.1 --above 0%
rc "expectations" 0 "$CONNTRACK" -C expect --above 0
rc "expectations, of a percentage" 0 "$CONNTRACK" -C expect --above 50%
for wrong in 101% -1 % '' 5%% x 4294967296; do
	rc "--above '$wrong' is refused" 2 "$CONNTRACK" -C --above "$wrong"
	is "with one line" "0 1" "$(lines out) $(lines err)"
done
rc "not with both tables" 2 "$CONNTRACK" -C all --above 5
rc "not with -L" 2 "$CONNTRACK" -L --above 5
limit=$(cat ${sysctl}_max)
is "JSON has the percentage" \
	"{\"table\":\"conntrack\",\"entries\":3,\"limit\":$limit,\"percent\":$((3000 / limit / 10)).$((3000 / limit % 10))}" \
	"$("$CONNTRACK" -C -o json)"

# --- -S --total ---

"$CONNTRACK" -S >each
"$CONNTRACK" -S --total >out
is "one line" 1 "$(lines out)"
# sums FILE: of each counter
sums() {
	tr ' \t' '\n\n' <"$1" | awk -F= '/=/ && $1 != "cpu" {sum[$1] += $2} END {
		for (name in sum) print name, sum[name]}' | sort
}
is "the sum of the CPUs" "$(sums each)" "$(sums out)"
is "something was inserted" yes "$(sums out | awk '$1 == "insert" && $2 > 0 {print "yes"}')"
is "named so" "cpu=all" "$(sed 's/ .*//' out)"
is "as JSON" 1 "$("$CONNTRACK" -S --total -o jsonl | grep -c '^{"cpu":"all","found":')"
is "as XML" 1 "$("$CONNTRACK" -S --total -o xml | grep -c '<cpu number="all"><found>')"
rc "of expectations" 0 "$CONNTRACK" -S expect --total
rc "metrics are of each CPU" 2 "$CONNTRACK" -S --total -o prometheus

finish
