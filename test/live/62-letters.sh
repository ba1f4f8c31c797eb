#!/bin/sh
# netns: -a -m
# Letters with two meanings are read by what their argument looks like; long options never are.
. "$(dirname "$0")/../lib.sh"

mkdir -p /run/netns
sleep 300 &
hold $!
pid=$!
: > /run/netns/self && mount --bind /proc/self/ns/net /run/netns/self
"$CONNTRACK" -R - << 'LINES'
-I -s 10.0.0.1 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 600
-I -s 10.0.0.2 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 600 -n 10.8.8.8
-I -s 10.0.0.3 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 600 -g 10.7.7.7
-I -s 127.0.0.1 -d 127.0.0.1 -p udp --sport 1 --dport 2 -t 600
LINES
id=$("$CONNTRACK" -L -s 10.0.0.1 -o id 2> /dev/null | grep -o ' id=[0-9]*' | cut -d= -f2)

# same COUNT LETTERS... = LONG...: both spellings show so many lines
same() {
	want=$1
	shift
	letters=''
	long=''
	behind=''
	for word; do
		if [ "$word" = = ]; then
			behind=1
		elif [ -n "$behind" ]; then
			long="$long $word"
		else
			letters="$letters $word"
		fi
	done
	run "$CONNTRACK" -L $letters
	is "$letters" "$want" "$(lines "$TMP/out")"
	run "$CONNTRACK" -L $long
	is "$letters is$long" "$want" "$(lines "$TMP/out")"
}
same 1 -n = --src-nat
same 1 -n 10.8.8.8 = --src-nat 10.8.8.8
same 1 -n10.8.8.8 = --src-nat=10.8.8.8
same 0 -n 10.8.8.9,10.8.8.7 = --src-nat 10.8.8.9,10.8.8.7
same 4 -n $pid = --netns $pid
same 4 -n self = --netns self
same 4 -n /run/netns/self = --netns /run/netns/self
same 4 -n ./../../../../../../../../run/netns/self = --netns /run/netns/self
same 1 -n self -n = --netns self --src-nat
same 1 -g = --dst-nat
same 1 -g 10.7.7.7 = --dst-nat 10.7.7.7
same 2 -g proto = --group proto
same 5 -g src,dport = --group src,dport
same 3 -g src/8 = --group src/8
same 2 -j = --any-nat
same 1 -j 10.8.8.8 = --any-nat 10.8.8.8
same 1 -j count = --jump count
same 0 -j null = --jump null
same 4 -o id = --output id
same 6 -o json = --output json
same 1 -o lo -i lo = --out lo --in lo
same 1 -i $id = --id $id
same 1 -i 0x$(printf %x $id) = --id $id
same 1 -i lo = --in lo
same 1 -i lo,nosuch+ = --in lo,nosuch+
same 4 -c 0 = --secmark 0
same 0 -c 7 = --secmark 7

is "-c alone" 4 "$("$CONNTRACK" -c)"
is "-c and a table" 0 "$("$CONNTRACK" -c expect)"
is "-c beside conditions" 1 "$("$CONNTRACK" -c -s 10.0.0.1)"
rc "-c beside a command needs a number" 2 "$CONNTRACK" -L -c
rc "-c with a word there" 2 "$CONNTRACK" -L -c expect
for bad in '-n 10.0.0.0/33' '-n 1.2.3' '-n a/b' '-g nonsense' '-g src;dst' '-j nonsense' \
	'-o a/b' '-i a/b' '-i lo,'; do
	rc "$bad is nothing of both" 2 "$CONNTRACK" -L $bad
	err_has "and both are named" 'fits neither --[a-z-]+ nor --[a-z-]+'
done
# A word that could name an interface is read as one, even if there is none of that name.
for bad in '-i nosuch' '-i 12x' '--in nosuch'; do
	rc "$bad is no interface" 2 "$CONNTRACK" -L $bad
	err_has "which is told" "there is no interface ${bad#* }\$"
done
for bad in '-o nosuch' '-o xml,lo' '-o help,xml'; do
	rc "$bad is no format" 2 "$CONNTRACK" -L $bad
	word=${bad#* }
	err_has "nor an interface" \
		"neither a format \(plain, .*prometheus\) nor an interface ${word%,*}\$"
done
rc "--out is no format" 2 "$CONNTRACK" -L --out jsn
err_has "and is not taken for one" 'there is no interface jsn$'
rc "-o beside a command without conditions" 2 "$CONNTRACK" -S -o jsn
err_has "names a format" '"jsn" is no format'
takes_name() { # ERROR WORD...: -E takes a name that may come to be
	want=$1
	shift
	"$CONNTRACK" -E "$@" 2> "$TMP/err" > /dev/null &
	pid=$!
	hold $pid
	listening $pid
	kill -INT $pid
	wait $pid
	is "-E $*" "0 conntrack: $want yet: its flows will match once it exists" \
		"$? $(head -n 1 "$TMP/err" | sed 's/(plain, .*prometheus)/(FORMATS)/')"
}
takes_name 'there is no interface eth9' -i eth9
takes_name 'there is no interface eth9' --in eth9
takes_name '-o: there is neither a format (FORMATS) nor an interface jsn' -o jsn
for pair in '-j mark=x:--jump' '-g src,src:--group' '-i 1,x:--id' '-i 99999999999:--id' \
	'-n 10.0.0.1,x:--src-nat' '-o xml,json:--output'; do
	rc "${pair%:*} is wrong" 2 "$CONNTRACK" -L ${pair%:*}
	err_has "and as what it was read is told" "read as ${pair#*:}: "
done
rc "-t is a number" 2 "$CONNTRACK" -U -s 10.0.0.1 -t 7s
rc "or a policy's name" 2 "$CONNTRACK" -U -s 10.0.0.1 -t nosuch
err_has "that is looked up" 'no policy nosuch|no timeout policies'
if command -v ip > /dev/null && ip link add id type veth peer name other 2> /dev/null; then
	same 4 -o id = --output id
	same 0 --out id = --out other
else
	cannot "an interface called id" "no ip, or no veth"
fi
finish
