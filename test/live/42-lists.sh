# netns: -a -t -l
# Long lists, and lists from files: -s @FILE.
. "${0%/*}/../lib.sh"

cat >"$TMP/table" <<'EOT'
-I -m 1 -s 10.0.0.1 -d 10.9.0.1 -p tcp --sport 1001 --dport 80 --state ESTABLISHED -t 3000
-I -m 2 -s 10.0.0.2 -d 10.9.0.1 -p tcp --sport 1002 --dport 443 --state ESTABLISHED -t 3000
-I -m 3 -s 10.0.1.3 -d 10.9.0.1 -p udp --sport 1003 --dport 53 -t 3000
-I -m 4 -s 2001:db8::4 -d 2001:db8::9 -p udp --sport 1004 --dport 53 -t 3000 -w 7
-I -m 0x50005 -s 10.0.2.5 -d 10.9.0.1 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 5 -t 3000
EOT
rc "the table is filled" 0 "$CONNTRACK" -R "$TMP/table"
cd "$TMP" || exit 1

# found N OPTIONS...: -L, -C and a -D that is not carried out find N entries.
found() {
	f_want=$1
	shift
	run "$CONNTRACK" -L "$@"
	f_got="$RC $(lines out)"
	run "$CONNTRACK" -C "$@"
	f_got="$f_got "$RC" $(cat out err)"
	run "$CONNTRACK" -D --dry-run "$@"
	f_none=1
	[ "$f_want" -eq 0 ] || f_none=0
	[ "$RC" -eq $f_none ] && f_got="$f_got $(lines out)"
	is "$*" "0 $f_want 0 $f_want $f_want" "$f_got"
}

# wrong WORDS MESSAGE: exit code 2, this and no more on stderr, nothing on stdout.
wrong() {
	# shellcheck disable=SC2086 # words
	run "$CONNTRACK" $1
	is "$1: is refused" "2 conntrack: $2" "$RC $(cat out err)"
}

# --- files ---

printf '10.0.0.1\n10.0.0.2\n' >two
printf '# hosts\n\n  \t10.0.0.1   # a router\n#10.0.1.3\n10.0.0.2\t\n   \n10.0.1.0/24 # all\n' >comments
printf '10.0.0.1\r\n\r\n# no\r\n10.0.0.2\r\n' >crlf
printf '10.0.0.1\n10.0.0.2' >open
printf '10.0.0.1\n10.0.0.2\n10.0.0.300\n' >bad
printf '10.0.0.1\n10.0.0.2,10.0.1.3\n' >comma
printf '10.0.0.1\n10.0.0.2\0010.0.1.3\n' >nul
printf '# nothing\n\n' >nothing
: >empty
mkdir folder
printf '80\n50:60\n' >ports
printf '1\n0x50000/0xffff0000\n' >marks
printf '4\n7\n' >zones
printf 'udp\nicmp\n' >protocols
cp two a,10.0.1.3

found 2 -s @two
found 3 ! -s @two
found 3 -s @comments
found 2 -s @crlf
found 2 -s @open
found 2 -s@two
found 2 --src=@two
found 3 -s @two -s 10.0.1.3
found 1 -s @two --dport @ports
found 1 -s @two ! --dport @ports
found 2 -s @a,10.0.1.3
found 3 --dport @ports
found 2 -m @marks
found 3 ! -m @marks
found 1 -w @zones
found 3 -p @protocols
found 5 --any -s @two -s 10.9.0.1 -s 2001:db8::/32
found 2 -s "@$TMP/two"
"$CONNTRACK" -L -s @/dev/stdin <two >out 2>err
is "standard input" 2 "$(lines out)"

wrong "-D -s @bad" 'bad:3: -s: "10.0.0.300" is not an address, ADDR[:PORT][/MASK]'
wrong "-D -s @comma" 'comma:2: -s: "10.0.0.2,10.0.1.3" is not an address, ADDR[:PORT][/MASK]'
wrong "-D --dport @two" 'two:1: --dport: "10.0.0.1" is not a port, a service or a range of ports (0 to 65535)'
wrong "-D -w @two" 'two:1: -w: "10.0.0.1" is not a number up to 65535'
wrong "-D -s @missing" '-s: @missing: No such file or directory'
wrong "-D -s @folder" '-s: @folder: Is a directory'
wrong "-D -s @" '-s: @: No such file or directory'
wrong "-D -s @nothing" '-s: @nothing lists nothing'
wrong "-D -s @empty" '-s: @empty lists nothing'
wrong "-D ! -s @empty" '-s: @empty lists nothing'
wrong "-D -s @/dev/null" '-s: @/dev/null lists nothing'
wrong "-D -s @a,10.0.0.1" '-s: @a,10.0.0.1: No such file or directory'
wrong "-D -s 10.0.0.1,@two" '-s: "@two" is not an address, ADDR[:PORT][/MASK]'
run "$CONNTRACK" -D -s @nul
is "a NUL is no end of a value" 2 "$RC"
err_has "a NUL: the line" '^conntrack: nul:2: '
is "nothing was deleted" 5 "$("$CONNTRACK" -C)"

# --- letters with several meanings: by what the file holds ---

"$CONNTRACK" -L -o id 2>/dev/null | sed -n 's/.* id=\([0-9]*\).*/\1/p' | head -n 2 >ids
found 2 -i @ids
printf 'lo\n' >names
rc "-i @FILE of names: interfaces" 0 "$CONNTRACK" -L -i @names
found 0 -n @two
wrong "-D -j @missing" '-j, read as --any-nat: @missing: No such file or directory'

# --- commands ---

printf -- '-D -s @two --dport @ports\n' >load
rc "a line of a load file" 0 "$CONNTRACK" -R load
is "a line of a load file deletes" 4 "$("$CONNTRACK" -C)"
printf -- '-D -p udp\n-D -s @bad\n' >load
run "$CONNTRACK" -R load --dry-run
is "a bad line of a list of a line: exit code" 2 "$RC"
err_has "a bad line of a list of a line" '^conntrack: load:2: bad:3: -s: "10.0.0.300" is not an address'
rc "-G takes a list of one" 0 "$CONNTRACK" -G -s 10.0.1.3 -d 10.9.0.1 -p udp --sport 1003 --dport 53
printf '10.0.1.3\n' >one
rc "-G @FILE" 0 "$CONNTRACK" -G -s @one -d 10.9.0.1 -p udp --sport 1003 --dport 53
rc "-I @FILE" 0 "$CONNTRACK" -I -s @one -d 10.9.0.2 -p udp --sport 1003 --dport 53 -t 3000
rc "-D @FILE" 0 "$CONNTRACK" -D -d 10.9.0.2 -s @one

# --- length ---

awk 'BEGIN {for (i = 0; i < 10000; i++) printf "172.%d.%d.%d\n", 16 + i % 13, i % 251, i % 241}' >long
echo 10.0.0.2 >>long
awk 'BEGIN {for (i = 0; i < 10000; i++) printf "2001:db8:%x::%x\n", i * 7919 % 65536, i}' >>long
echo 10.0.1.0/24 >>long
found 2 -s @long
found 2 ! -s @long
awk 'BEGIN {for (i = 0; i < 20000; i++) printf "%d\n", (i * 7919) % 30000 + 2000}' >long_ports
echo 53 >>long_ports
found 2 --dport @long_ports
found 2 --any --sport @long_ports
head -c 1000000 /dev/zero | tr '\0' '#' >huge
echo >>huge
cat two >>huge
found 1 -s @huge
"$CONNTRACK" -E -s @long -e NEW --limit 1 >out 2>err &
pid=$!
until awk -v p=$pid '$2 == 12 && $3 == p && $4 != "00000000" {f = 1} END {exit !f}' /proc/net/netlink; do
	sleep 0.05
done
"$CONNTRACK" -I -s 10.0.9.9 -d 10.9.0.2 -p udp --sport 1 --dport 53 -t 3000 >/dev/null 2>&1
"$CONNTRACK" -I -s 10.0.1.9 -d 10.9.0.2 -p udp --sport 1 --dport 53 -t 3000 >/dev/null 2>&1
wait $pid
is "-E @FILE" 1 "$(grep -c 'src=10.0.1.9 ' out)"
if [ -z "${SANITIZED:-}" ]; then
	"$TOOLS/measure" peak "$CONNTRACK" -C -s @long >/dev/null 2>&1
	is "20,000 addresses take less than 6 MiB" yes \
		"$([ "$(cut -d ' ' -f 4 peak)" -lt 6144 ] && echo yes || cat peak)"
fi
cd / || exit 1
finish
