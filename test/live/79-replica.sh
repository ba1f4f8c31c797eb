#!/bin/sh
# netns: -a -m
# -R --replica: a second router has the table of the first one, and takes over. Two routers, each in a
# network namespace, are between a host and a server, behind addresses that move.
. "${0%/*}/../lib.sh"

# --- one stream, without routers ---

sources() { # of the entries in the table
	"$CONNTRACK" -L -o format='%{src}\n' 2>/dev/null | sed 's/.*\.//' | sort -n | joined
}
flow() { # N [WORD...]: the words of an entry
	n=$1
	shift
	echo "-s 10.0.0.$n -d 10.1.0.1 -r 10.1.0.1 -q 10.0.0.$n -p udp --sport $n --dport 53" \
		"--reply-port-src 53 --reply-port-dst $n" "$@"
}
add() { # N [WORD...]
	echo "-A -t 600 -u UNSET $(flow "$@")"
}
sync() { # LINE...: what lies between the two lines
	echo '# sync start'
	for line; do
		echo "$line"
	done
	echo '# sync end'
}
load() { # WORD...: loads what is written
	"$CONNTRACK" -R - "$@" >"$TMP/out" 2>"$TMP/err"
}
"$CONNTRACK" -I -s 10.0.0.99 -d 10.1.0.1 -p udp --sport 9 --dport 9 -t 600 >/dev/null 2>&1
{
	sync "$(add 1)" "$(add 2)" "$(add 3)"
	add 4
	echo "-D -w 0 $(flow 2)"
	sync "$(add 1)" "$(add 5)"
} | load --replica
is "it ends well" 0 $?
is "what the second sync lacks is gone, and nothing else" "1 5 99" "$(sources)"
err_has "is told" ' 2 flow entries that the sync has not named have been deleted\.$'
{
	sync "$(add 1)" "$(add 6 -w 3)" "$(add 7 --orig-zone 4)"
	sync "$(add 6 -w 3)" "$(add 7 --orig-zone 4)"
} | load --replica --quiet
is "zones are told apart" "5 6 7 99" "$(sources)"
is "no word with --quiet" "" "$(cat "$TMP/err")"
{
	sync "$(add 6)" "$(add 6 -w 3)"
	sync "$(add 6 -w 3)"
} | load --replica
is "the same tuple of another zone stays" "1" "$("$CONNTRACK" -C -s 10.0.0.6)"
{
	sync "$(add 1)" "$(add 2)"
	echo '# sync start'
	add 1
} | load --replica
is "a sync that does not end deletes nothing" "1 2 5 6 7 99" "$(sources)"
{
	echo '# sync end'
	add 3
} | load --replica=all
is "nor one that does not begin" "1 2 3 5 6 7 99" "$(sources)"
{
	sync "$(add 1)" 'nonsense' '-A -s 10.0.0.77' "$(add 2)"
	printf '%s' "-D $(flow 1)"
} | load --replica
is "wrong lines are told, and do not stop the stream" 1 $?
err_has "by their numbers" '^conntrack: -:3: '
err_has "each" '^conntrack: -:4: '
is "half a line at the end does nothing" "1 2 3 5 6 7 99" "$(sources)"
{
	sync "$(add 1)" "$(add 2)"
	sync
} | load --replica
is "an empty table is one" "3 5 6 7 99" "$(sources)"
# One that is here with another reply is not the other host's.
"$CONNTRACK" -I -s 10.0.0.9 -d 10.1.0.1 -p udp --sport 9 --dport 53 -n 192.0.2.9 -t 600 >/dev/null 2>&1
{
	sync "$(add 1)" "$(add 9)"
	sync
} | load --replica
is "what could not be made is not deleted" "3 5 6 7 9 99" "$(sources)"
err_has "and told of" 'the entry exists with other NAT'
"$CONNTRACK" -D -s 10.0.0.9 >/dev/null 2>&1
# A line that cannot be read might have named any of them; another comment is no end.
{
	sync "$(add 1)" "$(add 2)"
	sync "$(add 1)" 'nonsense'
} | load --replica
is "a sync with a wrong line deletes nothing" "1 2 3 5 6 7 99" "$(sources)"
{
	sync "$(add 1)" "$(add 2)"
	echo '# sync start'
	echo '# sync ended, or so'
} | load --replica
is "nor does another comment" "1 2 3 5 6 7 99" "$(sources)"
{
	sync "$(add 1)" "$(add 2)"
	sync
} | load --replica
is "and the next one does" "3 5 6 7 99" "$(sources)"
sync "$(add 8)" | load --replica=all --dry-run
is "--dry-run deletes nothing" "3 5 6 7 99" "$(sources)"
"$CONNTRACK" -I -s 10.0.0.9 -d 10.1.0.1 -p udp --sport 9 --dport 53 -n 192.0.2.9 -t 600 >/dev/null 2>&1
sync "$(add 8)" "$(add 9)" | load --replica=all
is "all: what could not be made, but was named, stays" "8 9" "$(sources)"
"$CONNTRACK" -D -s 10.0.0.9 >/dev/null 2>&1
add 5 | load
sync "$(add 8)" | load --replica=all
is "all: what is not named goes" "8" "$(sources)"
{
	sync "$(add 8)"
	echo "-A -t 600 -s 127.0.0.1 -d 10.1.0.1 -p udp --sport 1 --dport 2"
	echo "-A -t 600 -s 10.1.0.9 -d 10.1.0.1 -g 127.0.0.1 -p udp --sport 1 --dport 2"
} | load
sync "$(add 8)" | load --replica=all
is "all: this host's own flows stay" "1 8 9" "$(sources)"
"$CONNTRACK" -D ! -s 10.0.0.8 >/dev/null 2>&1
rc "another word" 2 "$CONNTRACK" -R - --replica=some </dev/null
rc "beside another command" 2 "$CONNTRACK" -L --replica </dev/null
echo "-A -t 600 --state ESTABLISHED -s 10.0.0.1 -d 10.1.0.1 -p tcp --sport 1 --dport 2 --tcp-flags 15,0" |
	load --replica
is "windows are not checked" 1 "$("$CONNTRACK" -C -p tcp --tcp-flags liberal,liberal)"
"$CONNTRACK" -F >/dev/null 2>&1
{
	master="-s 10.0.0.1 -d 10.1.0.1 -p tcp --sport 1 --dport 21"
	made="-A -t 600 --state ESTABLISHED $master -u SEEN_REPLY --helper ftp"
	expected="-I expect -t 300 $master --tuple-src 10.1.0.1 --tuple-dst 10.0.0.1 --tuple-port-dst 2000"
	sync "$made" "$expected"
	sync "$made" "$expected"
} | load --replica
is "an expectation that each sync names is no failure" "0 1" "$? $("$CONNTRACK" -C expect)"
is "and not told" "" "$(grep -v 'have been deleted' "$TMP/err")"
"$CONNTRACK" -F all >/dev/null 2>&1

# --- into another zone, with another mark ---

zones() { # of the entries in the table: their sources and zones
	"$CONNTRACK" -L -o format='%{src}.%{zone}\n' 2>/dev/null | sed 's/10\.0\.0\.//' | sort -n | joined
}
echo "-D -w 0 $(flow 1)" | load --set-zone 7
add 1 | load
add 1 | load --set-zone 7
is "--set-zone: the same tuple in another zone" "1.- 1.7" "$(zones)"
echo "-U -w 0 -m 5 $(flow 1)" | load --set-zone 7
is "-U changes the one there" "1 1" \
	"$("$CONNTRACK" -C -w 7 -m 5) $("$CONNTRACK" -C -w 0 -m 0)"
echo "-D -w 0 $(flow 1)" | load --set-zone 7
is "-D deletes the one there" "1.-" "$(zones)"
echo "-D -p udp" | load --set-zone 7
is "and a line without a zone nothing elsewhere" "1.-" "$(zones)"
{
	add 2 -w 3
	add 3
	echo "-D -w 0 $(flow 2)"
	add 4 --orig-zone 3
	echo "-D --orig-zone 3 $(flow 2)"
	echo "-D ! -w 4 $(flow 2)"
	echo '-F'
	echo '-F -m 0'
	echo '-D expect'
	add 5 -w 3
} | load --set-zone 7 --continue
is "lines of another zone, or of all, are refused" "1.- 2.7 5.7" "$(zones)"
is "each" "7" "$(grep -c '^conntrack: -:[2-8]: ' "$TMP/err")"
err_has "and told" '^conntrack: -:3: a line before this is of zone 3: --set-zone takes one$'
add 6 -w 9 | load --set-zone 0
is "into no zone" "1.- 2.7 5.7 6.-" "$(zones)"
sync "$(add 5)" "$(add 8)" | load --set-zone 7 --replica=all
is "all: of this zone" "1.- 5.7 6.- 8.7" "$(zones)"
# shellcheck disable=SC2046 # words
"$CONNTRACK" -I $(flow 9) -u UNSET -t 600 --orig-zone 4 >/dev/null 2>&1
sync "$(add 6)" | load --set-zone 0 --replica=all
is "all: of no zone at all" "5.7 6.- 8.7 9.-" "$(zones)"
"$CONNTRACK" -F >/dev/null 2>&1
marks() {
	"$CONNTRACK" -L -o format='%{src}.%{mark}\n' 2>/dev/null | sed 's/10\.0\.0\.//' | sort -n | joined
}
{
	add 1
	add 2 -m 0x11
	add 3 -m 0x1
	echo "-U $(flow 3) -m 0x12"
	echo "-U $(flow 1) -t 500"
	add 4 -m 0x1
	echo "-D -m 1 $(flow 4)"
} | load --set-mark 0x20/0xf0
is "--set-mark: bits of each mark that is set" "1.32 2.33 3.34 4.33" "$(marks)"
add 2 -m 0x11 | load --set-mark 5
is "the whole mark" "1.32 2.5 3.34 4.33" "$(marks)"
add 1 | load --set-mark 0x3/0xf
is "-A over an entry sets these bits alone" "1.35 2.5 3.34 4.33" "$(marks)"
rc "a zone too large" 2 "$CONNTRACK" -R - --set-zone 65536 </dev/null
rc "a range" 2 "$CONNTRACK" -R - --set-zone 1-2 </dev/null
rc "no mark" 2 "$CONNTRACK" -R - --set-mark x </dev/null
rc "beside another command" 2 "$CONNTRACK" -L --set-mark 1 </dev/null
rc "in a line" 2 "$CONNTRACK" -R - <<LINES
-D --set-zone 1
LINES
"$CONNTRACK" -F >/dev/null 2>&1
# Packets renew timeouts, and are no events.
add 1 | load
{
	add 1 | sed 's/ 600 / 20 /'
	add 2 | sed 's/ 600 / 20 /'
	add 3
	echo "-U -t 20 $(flow 3)"
	add 4
	echo "-U -m 7 $(flow 4)"
	sleep 1
} | load --replica
is "no timeout is below three minutes" "1 2 3" "$("$CONNTRACK" -L --expires 170:180 -o format='%{sport}\n' 2>/dev/null | sort -n | joined)"
is "and none is set that the stream does not tell" 1 "$("$CONNTRACK" -C --sport 4 --expires 590:600)"
echo "-U -t 20 $(flow 3)" | load
is "without --replica they are as told" 1 "$("$CONNTRACK" -C --sport 3 --expires 10:20)"
"$CONNTRACK" -F >/dev/null 2>&1
# The table does not grow with what has ended: as the stream tells, or as syncs do.
cat >"$TMP/ends.awk" <<'AWK'
function flow(i) {
	return sprintf("-s 10.%d.%d.1 -d 10.1.0.1 -r 10.1.0.1 -q 10.%d.%d.1 -p udp --sport 7 --dport 53 " \
		"--reply-port-src 53 --reply-port-dst 7", i / 256 + 2, i % 256, i / 256 + 2, i % 256)
}
BEGIN {
	for (i = 0; i < 60000; i++) {
		if (sync && i % 6000 == 0)
			print "# sync start"
		print "-A -t 600 -u UNSET " flow(i)
		if (!sync)
			print "-D -w 0 " flow(i)
		else if (i % 6000 == 5999)
			print "# sync end"
	}
}
AWK
for sync in 0 1; do
	awk -v sync=$sync -f "$TMP/ends.awk" >"$TMP/load"
	rm -f "$TMP/measured"
	"$TOOLS/measure" "$TMP/measured" "$CONNTRACK" -R "$TMP/load" --replica --quiet >"$TMP/out" 2>&1
	is "as many made as ended" $((sync * 6000)) "$("$CONNTRACK" -C)"
	kib=$(awk '{print $4}' "$TMP/measured")
	[ $sync -eq 1 ] || least=$kib
	[ -n "${SANITIZED:-}" ] || is "in constant memory: $kib KiB" 1 $((kib < 4096 && kib < least + 1024))
	"$CONNTRACK" -F >/dev/null 2>&1
done

# --- two routers ---

for tool in ip nft python3; do
	command -v $tool >/dev/null || {
		skip routers "$tool is not installed"
		finish
	}
done
mkdir -p /run/netns
for net in lan wan; do
	ip link add $net-br type bridge && ip link set $net-br up || {
		cannot routers "there are no bridges here"
		finish
	}
done
join() { # NAMESPACE LAN|WAN ADDRESS ADDRESS6: it has an interface of that name
	ip link add "$1-$2" type veth peer name "$2" netns "$1"
	ip link set "$1-$2" master "$2-br" up
	ip -n "$1" link set "$2" up
	ip -n "$1" addr add "$3" dev "$2"
	ip -n "$1" addr add "$4" dev "$2" nodad
}
for host in host server one two; do
	ip netns add $host
	ip -n $host link set lo up
done
join host lan 10.1.0.9/24 fd00:1::9/64
join server wan 203.0.113.9/24 2001:db8::9/64
for n in 2 3; do
	router=$([ $n = 2 ] && echo one || echo two)
	join $router lan 10.1.0.$n/24 fd00:1::$n/64
	join $router wan 203.0.113.$n/24 2001:db8::$n/64
	ip netns exec $router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	ip netns exec $router nft -f - <<'RULES'
table ip nat {
	chain post {
		type nat hook postrouting priority 100
		oifname "wan" ip saddr 10.1.0.0/24 snat to 203.0.113.1
	}
}
table inet helper {
	ct helper ftp {
		type "ftp" protocol tcp
	}
	chain pre {
		type filter hook prerouting priority 0
		tcp dport 21 ct helper set "ftp"
	}
}
table inet filter {
	chain forward {
		type filter hook forward priority 0
		ct state invalid drop
		ct state new meta l4proto tcp tcp flags & (syn | ack) != syn drop
	}
}
RULES
done
active() { # ROUTER: it has the addresses; nobody knows others
	ip -n "$1" addr add 10.1.0.1/24 dev lan
	ip -n "$1" addr add 203.0.113.1/24 dev wan
	ip -n "$1" addr add fd00:1::1/64 dev lan nodad
	ip -n "$1" addr add 2001:db8::1/64 dev wan nodad
	ip -n host neigh flush all
	ip -n server neigh flush all
	ip -n host -6 neigh flush all
	ip -n server -6 neigh flush all
}
active one
ip -n host route add default via 10.1.0.1
ip -n host -6 route add default via fd00:1::1
ip -n server -6 route add fd00:1::/64 via 2001:db8::1

cat >"$TMP/server.py" <<'PY'
# Sends back all that comes by TCP; answers each datagram with the port that it came from.
import socket, threading
def echo(c):
    while True:
        d = c.recv(4096)
        if not d:
            return
        c.sendall(d)
# FTP in active mode: PORT and EPRT tell where to connect to; RETR does, and sends a word.
def answer(c):
    to = None
    for line in c.makefile("r"):
        command, arg = (line.split() + [""])[:2]
        if command == "PORT":
            n = arg.split(",")
            to = (".".join(n[:4]), int(n[4]) * 256 + int(n[5]))
        elif command == "EPRT":
            to = (arg.split("|")[2], int(arg.split("|")[3]))
        elif command == "RETR":
            data = socket.create_connection(to, timeout=5)
            data.sendall(b"received")
            data.close()
        c.sendall(b"200 ok\r\n")
def listen(family, address, port, serve):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.bind((address, port))
    s.listen()
    while True:
        threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
for family, address in (socket.AF_INET6, "2001:db8::9"), (socket.AF_INET, "203.0.113.9"):
    for port, serve in (7000, echo), (21, answer):
        threading.Thread(target=listen, args=(family, address, port, serve), daemon=True).start()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(("203.0.113.9", 7001))
while True:
    d, a = u.recvfrom(100)
    u.sendto(str(a[1]).encode(), a)
PY
cat >"$TMP/client.py" <<'PY'
# client.py ADDRESS FILE: sends pieces of data for ever, and writes how many have come back.
import os, socket, sys, time
c = socket.create_connection((sys.argv[1], 7000), timeout=60)
n = 0
while True:
    c.sendall(b"x" * 3000)
    left = 3000
    while left:
        got = c.recv(left)
        if not got:
            sys.exit("closed")
        left -= len(got)
    n += 1
    with open(sys.argv[2] + ".new", "w") as f:
        f.write(str(n))
    os.replace(sys.argv[2] + ".new", sys.argv[2]) # never seen empty
    time.sleep(0.02)
PY
cat >"$TMP/ftp.py" <<'PY'
# ftp.py SERVER ADDRESS FILE: what comes on standard input are commands, PORT or EPRT without their
# arguments; answers and what is received go to FILE.
import socket, sys
server, address, name = sys.argv[1:]
c = socket.create_connection((server, 21), timeout=60)
replies = c.makefile("r")
data = socket.create_server((address, 5020), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
data.settimeout(10)
port = {"PORT": "%s,19,156" % address.replace(".", ","), "EPRT": "|2|%s|5020|" % address}
with open(name, "w", buffering=1) as out:
    out.write("connected\n")
    for command in sys.stdin:
        command = command.strip()
        c.sendall(("%s %s\r\n" % (command, port.get(command, ""))).encode())
        out.write("%s %s" % (command, replies.readline()))
        if command == "RETR":
            out.write(data.accept()[0].recv(100).decode() + "\n")
PY
cat >"$TMP/ask.py" <<'PY'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.1.0.9", 5000))
s.settimeout(3)
s.sendto(b"?", ("203.0.113.9", 7001))
print(s.recv(100).decode())
PY
ip netns exec server python3 "$TMP/server.py" &
hold $!
sleep 0.5
started() { # FILE: a transfer runs
	[ -s "$1" ]
}
begin() { # FILE ADDRESS
	ip netns exec host python3 "$TMP/client.py" "$2" "$1" 2>"$1.err" &
	hold $!
	until_true 10 started "$1" || not_ok "a transfer to $2" "$(cat "$1.err")"
}
come() { # FILE: how many pieces have
	cat "$1"
}
ftp() { # NAME SERVER ADDRESS: a session; its commands go into the pipe NAME.in
	mkfifo "$TMP/$1.in"
	ip netns exec host python3 "$TMP/ftp.py" "$2" "$3" "$TMP/$1" <"$TMP/$1.in" 2>"$TMP/$1.err" &
	hold $!
}
told() { # NAME LINE
	grep -q "^$2" "$TMP/$1" 2>/dev/null
}
ask() { # NAME COMMAND
	echo "$2" >&"$3"
	until_true 15 told "$1" "$2 200" || not_ok "$2 of $1" "$(cat "$TMP/$1" "$TMP/$1.err")"
}
goes_on() { # FILE: within some seconds more pieces come
	before=$(come "$1")
	more() {
		[ "$(come "$1")" -gt $((before + 10)) ]
	}
	until_true "${2:-15}" more "$1"
}
one() { ip netns exec one "$CONNTRACK" "$@"; }
two() { ip netns exec two "$CONNTRACK" "$@"; }
streams=0
replicate() { # WORD...: from one to two
	streams=$((streams + 1))
	mkfifo "$TMP/stream.$streams"
	ip netns exec two "$CONNTRACK" -R - --quiet "$@" <"$TMP/stream.$streams" >"$TMP/two.out" 2>"$TMP/two.err" &
	loader=$!
	hold $loader
	ip netns exec one "$CONNTRACK" -E all ! --local --sync --on-loss resync -b 65536 -o save \
		>"$TMP/stream.$streams" 2>"$TMP/one.err" &
	follower=$!
	hold $follower
}
part() { # ROUTER: what the entries of others are, without what passes
	ip netns exec "$1" "$CONNTRACK" -L ! --local -o save 2>/dev/null |
		sed -E 's/-t [0-9]+ //; s/--tcp-flags [^ ]* //; s/--wscale [^ ]* //; s/-u [^ ]* //' | sort
}
same() {
	part one >"$TMP/part.one"
	part two >"$TMP/part.two"
	cmp -s "$TMP/part.one" "$TMP/part.two"
}
equal() { # NAME
	until_true 10 same
	no_diff "$1" "$TMP/part.one" "$TMP/part.two"
}

begin "$TMP/early" 203.0.113.9
replicate --replica
begin "$TMP/late" 203.0.113.9
begin "$TMP/six" 2001:db8::9
begin "$TMP/control" 203.0.113.9
port=$(ip netns exec host python3 "$TMP/ask.py")
echo_request() {
	ip netns exec host "$TOOLS/traffic" icmp -d 203.0.113.9 -P 77
}
echo_request
ftp ftp4 203.0.113.9 10.1.0.9
exec 4>"$TMP/ftp4.in"
ftp ftp6 2001:db8::9 fd00:1::9
exec 6>"$TMP/ftp6.in"
until_true 10 told ftp4 connected
until_true 10 told ftp6 connected
equal "the second router has the same entries"
is "of both families" "3 1" "$(two -C -p tcp --dport 7000 -f ipv4 --state ESTABLISHED) $(two -C -p tcp --dport 7000 -f ipv6)"
is "and none of the first router's own" 0 "$(two -C -s 10.1.0.2)"
one -I -s 10.1.0.50 -d 203.0.113.9 -p udp --sport 1 --dport 2 -t 600 >/dev/null 2>&1
equal "what is made"
one -U -s 10.1.0.50 -m 7 >/dev/null 2>&1
equal "and changed"
one -D -s 10.1.0.50 >/dev/null 2>&1
equal "and deleted"

# Loss: the follower sleeps while more happens than its buffer holds.
one -I -s 10.1.0.51 -d 203.0.113.9 -p udp --sport 1 --dport 2 -t 600 >/dev/null 2>&1
equal "one that will be missed"
kill -STOP $follower
one -D -s 10.1.0.51 >/dev/null 2>&1
seq 2000 | sed 's/.*/-I -s 10.1.0.52 -d 203.0.113.9 -p udp --sport & --dport 2 -t 600/' | one -R - --quiet
kill -CONT $follower
equal "after a loss both are the same again"
is "there was one" 1 "$(grep -c 'events were lost' "$TMP/one.err")"
one -D -s 10.1.0.52 >/dev/null 2>&1
equal "and later"

# The link between them is cut for a while.
kill $follower
wait $follower
wait $loader
one -I -s 10.1.0.53 -d 203.0.113.9 -p udp --sport 1 --dport 2 -t 600 >/dev/null 2>&1
two -I -s 10.1.0.54 -d 203.0.113.9 -p udp --sport 1 --dport 2 -t 600 >/dev/null 2>&1

# From here on as README has it: ssh, which runs what its key is good for, is played by ip.
readme=$(cd "${0%/*}/../.." && pwd)/README.md
sent=$(sed -n "s|^ExecStart=/bin/sh -c '\(.*\)'\$|\1|p" "$readme")
forced=$(sed -n 's/^restrict,command="\(.*\)" ssh-.*/\1/p' "$readme")
mkdir "$TMP/bin"
ln -s "$CONNTRACK" "$TMP/bin/conntrack"
printf '#!/bin/sh\ncat "%s/state"\n' "$TMP" >"$TMP/bin/systemctl"
echo "$forced" >"$TMP/forced"
printf '#!/bin/sh\necho "$@" >"%s/peer"\nexec ip netns exec two sh "%s/forced"\n' "$TMP" "$TMP" >"$TMP/bin/ssh"
chmod +x "$TMP/bin/ssh" "$TMP/bin/systemctl"
for state in active activating; do # as systemd says between two attempts, too
	echo $state >"$TMP/state"
	rc "a router that sends takes nothing: $state" 0 env PATH="$TMP/bin:$PATH" ip netns exec one sh -c "$sent"
	is "and loses nothing" 1 "$(two -C -s 10.1.0.54)"
done
echo inactive >"$TMP/state"
service() {
	PATH=$TMP/bin:$PATH ip netns exec one sh -c "$sent" 2>"$TMP/one.err" &
	unit=$!
	hold $unit
}
loader() { # the process on the second router
	ip netns pids two | head -n 1
}
service
equal "and with a new stream, as README has it, whatever was there"
holds "it goes to the peer" grep -q ' peer$' "$TMP/peer"
kill "$(loader)"
until_true 3 ended $unit
is "which ends where the peer does, for systemd to start it again" 0 $?
two -D -s 10.1.0.53 >/dev/null 2>&1
service
equal "and once more"
loads=$(sed -n 's/.* exec \(conntrack .*\); esac$/\1/p' "$TMP/forced")
holds "and ends what it has taken when it begins to" grep -q -x "ExecStartPre=-/usr/bin/pkill -xf '$loads'" "$readme"
if command -v systemd-analyze >/dev/null; then
	# shellcheck disable=SC2016 # three backquotes
	sed -n '/^```ini$/,/^```$/p' "$readme" | grep -v '^```' >"$TMP/conntrack-replica.service"
	is "systemd finds nothing wrong" "" \
		"$(systemd-analyze verify "$TMP/conntrack-replica.service" 2>&1 | grep conntrack-replica)"
fi

# An expectation is there, too; it has no NAT.
ask ftp6 USER 6
ask ftp6 EPRT 6
expected() {
	[ "$(two -L expect 2>/dev/null | grep -c 'dport=5020 ')" -eq 1 ]
}
until_true 10 expected
is "what a helper expects" 0 $?

# The first one is taken away. What the second one does not know cannot go on.
kill "$(loader)"
wait $unit
client=$(two -L -p tcp --dport 7000 -f ipv4 -o format='%{sport}\n' 2>/dev/null | sort | joined)
control=$(ip netns exec host sh -c "cat /proc/net/tcp" | awk '$3 ~ /:1B58$/' | wc -l)
is "three transfers of IPv4" 3 "$(echo "$client" | wc -w)"
is "are the host's" 3 "$control"
for net in lan wan; do
	ip -n one link set $net down
done
# Nothing new passes but what is expected.
ip netns exec two nft add rule inet filter forward ct state new drop
active two
goes_on "$TMP/early"
is "a transfer from before the stream goes on" 0 $?
goes_on "$TMP/late"
is "one from after it" 0 $?
goes_on "$TMP/six"
is "one of IPv6" 0 $?
is "datagrams come from the same port" "$port" "$(ip netns exec host python3 "$TMP/ask.py")"
echo_request
is "echo requests of the same id pass" 0 $?
ask ftp6 RETR 6
until_true 10 told ftp6 received
is "the expected connection comes" 0 $?
ask ftp4 PORT 4
ask ftp4 RETR 4
until_true 10 told ftp4 received
is "the helper goes on with a session, through NAT" 0 $?
# Control: an entry that is not there any more is what a transfer needs.
goes_on "$TMP/control"
is "and the last one" 0 $?
two -D -p tcp -f ipv4 >/dev/null 2>&1
goes_on "$TMP/control" 2
is "until its entry is taken away" 1 $?
finish
