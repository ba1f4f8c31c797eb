#!/bin/sh
# netns: -a -t -l -m
# Each example of the manual page, of README and of the help is run as printed, and does what is
# said of it. 68-recipes.sh runs the recipes.
# shellcheck disable=SC2034,SC2154 # variables of options.sh
. "${0%/*}/../lib.sh"
root=$(cd "${0%/*}/../.." && pwd)
. "${0%/*}/../options.sh"

# --- tables: the entries are known by their marks ---

cat >entries <<'LINES'
-I -m 1 -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1001 --dport 80 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 3000
-I -m 2 -s 10.0.0.1 -d 10.0.0.3 -p udp --sport 1002 --dport 443 -u SEEN_REPLY,ASSURED -t 3000
-I -m 3 -s 192.0.2.7 -d 198.51.100.1 -p udp --sport 1003 --dport 53 -t 3000
-I -m 4 -s 192.0.2.9 -d 198.51.100.1 -p tcp --sport 1004 --dport 8001 -n 203.0.113.1 --state SYN_SENT -t 3000
-I -m 5 -s 192.0.2.7 -d 198.51.100.2 -p udp --sport 1005 --dport 8001 -t 3000
-I -m 6 -s 172.16.0.1 -d 198.51.100.2 -p tcp --sport 1006 --dport 80 -n 127.0.0.1 --state ESTABLISHED -t 3000
LINES
all="1 2 3 4 5 6"
echo 198.51.100.1 >gone.txt
# shellcheck disable=SC2016 # for that program
printf '#!/bin/sh\necho "$CT_EVENT $CT_SRC" >>notified\n' >notify
chmod +x notify

entries() {
	conntrack -R entries
}
entries_changes() {
	conntrack -D -m 3
	conntrack -I -s 192.0.2.7 -d 198.51.100.3 -p udp --sport 1 --dport 2 -t 60 -m 7
	conntrack -I -s 10.0.0.9 -d 198.51.100.3 -p udp --sport 1 --dport 2 -t 60 -m 8
}
# A router; a device in its network.
router() {
	command -v ip >/dev/null || return
	if ! ip link show lan0; then
		for side in lan wan; do
			ip link add ${side}0 type veth peer name $side && ip link set ${side}0 up &&
				ip link set $side up || return
		done
		ip addr add 10.0.0.254/24 dev lan0
		ip addr add 203.0.113.254/24 dev wan0
		ip route add default dev wan0
		ip neigh add 10.0.0.1 lladdr 02:00:5e:10:00:0a dev lan0 nud permanent
	fi
	entries
	conntrack -I -m 9 -s 10.0.0.1 -d 192.0.2.99 -p udp --sport 1 --dport 2 -t 60
}
# Two network namespaces with names: this one, and the other one.
named() {
	mkdir -p /run/netns
	for pair in blue:self "red:$other"; do
		[ -e "/run/netns/${pair%:*}" ] || : >"/run/netns/${pair%:*}"
		mount --bind "/proc/${pair#*:}/ns/net" "/run/netns/${pair%:*}" || return
	done
	entries
	other
}

# --- the table: setup => example => what is expected, as in options.list ---

cat >rows <<'LINES'
entries => conntrack -L => shows all ; says 6 flow entries
entries => conntrack -E => has \[DESTROY\].* mark=3 ; has \[NEW\].* mark=7 ; has \[NEW\].* mark=8
entries => conntrack -E -s 192.0.2.7 -o timestamp => lines 2 ; has ^\[[0-9.]+\]	 +\[NEW\].* mark=7 ; has \[DESTROY\].* mark=3
entries => conntrack -D -s 192.0.2.7 => shows 3 5 ; leaves 1 2 4 6
entries => conntrack -C => prints 6\n
entries => conntrack -L ! -p tcp --dport 53,8000-8100 => shows 3 5
entries => conntrack -L --group src/24 --sort bytes --limit 10 => has ^10.0.0.0/24 +2 ; has ^192.0.2.0/24 +3
entries => conntrack -L -o save > saved && conntrack -R saved => leaves all ; file saved ^-A .*-m 6
entries => conntrack -L -s 10.0.0.0/8 --dport 80,443 => shows 1 2
entries => conntrack -L ! -p tcp -u '!ASSURED' => shows 3 5
entries => conntrack -L --watch => has ^.0/s .* mark=3
entries => conntrack -L -o short => has ^tcp +ESTABLISHED +10.0.0.1:1001 -> 10.0.0.2:80 
entries => conntrack -D -d @gone.txt => shows 3 4 ; leaves 1 2 5 6
entries => conntrack -U -p udp -m 0x10/0xf0 => leaves 1 4 6 18 19 21
entries => conntrack --check => has ^entries +6 of
entries => conntrack -L --group src/24 --sort bytes => has ^192.0.2.0/24 +3
entries => conntrack -E --group src --every 10 => has ^192.0.2.7 +1 +1 ; has ^10.0.0.9 +1 +0
router => conntrack -L --in lan0 --out wan0 => shows 9
router => conntrack -L --mac 02:00:5e:10:00:0a => shows 1 2 9
entries => conntrack -D --nat-gone => shows 4 ; leaves 1 2 3 5 6
entries => conntrack -E -e NEW -j exec=/bin/notify => file notified ^new 192.0.2.7
named => conntrack -C -n blue,red => prints 6 netns=blue\n1 netns=red\n
entries => conntrack -L -o json | jq . => has ^    "mark": 6,$
entries => conntrack -L -o format=src,dport => lines 6 ; has ^192.0.2.7	8001$
entries => conntrack -L -o save > f; conntrack -R f => leaves all ; file f ^-A .*-m 6
LINES

while read -r line <&3; do
	setup=${line%% => *}
	expected=${line##* => }
	command=${line#* => }
	command=${command% => *}
	case $command in
	*"| jq "*) command -v jq >/dev/null || {
		cannot "$command" "there is no jq"
		continue
	} ;;
	esac
	table=
	if ! set_up "$setup"; then
		cannot "$command" "the setup $setup cannot be made here"
		continue
	fi
	bad=
	case $command in # a path of one's own
	*/bin/notify) perform "${command%/bin/*}$TMP/notify" "$expected" ;;
	*) perform "$command" "$expected" ;;
	esac
	if [ -z "$bad" ]; then
		ok "$command"
	else
		not_ok "$command" "expected: $expected" "$bad"
	fi
done 3<rows

# --- the table is whole ---

sed 's/^[a-z]* => //; s/ => .*//' rows | sort >run
{
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh RECIPES/s/^conntrack /&/p' "$root/cli/conntrack.8" | sed 's/\\e/\\/g'
	# A description begins in column 47.
	cut -c 1-46 "$root/README.md" | sed -n 's/^    \(\$ \)*\(conntrack .*\)/\2/p'
	conntrack -h | sed -n '/^Examples:/,/^$/s/^  conntrack /conntrack /p'
} | sed 's/  .*//; s/ $//' | sort -u >printed
no_diff "each example is run, and each that is run is one" printed run
finish
