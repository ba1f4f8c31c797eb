#!/bin/sh
# netns: -a -l -H
# Ways in which a command once reached further than it said.
. "$(dirname "$0")/../lib.sh"
udp='-p udp -t 600 --sport 10 --dport 20'
"$CONNTRACK" -I -s 10.0.0.1 -d 10.0.0.2 $udp 2> /dev/null
"$CONNTRACK" -I -s fe80::1 -d fe80::2 $udp 2> /dev/null
rc "-F with a negated family" 2 "$CONNTRACK" -F ! -f ipv4
rc "-U reply" 2 "$CONNTRACK" -U reply -s 10.0.0.2 -m 5
rc "-z beside --limit" 2 "$CONNTRACK" -L -z --limit 1
is "change nothing" 2 "$("$CONNTRACK" -C -m 0)"
printf -- '-D \0-s 10.0.0.1\n' > "$TMP/load"
rc "a NUL in a load file" 2 "$CONNTRACK" -R "$TMP/load"
is "deletes nothing" 2 "$("$CONNTRACK" -C)"
printf -- '-I -s 10.0.0.1 -d 10.0.0.2 %s\n-D -s 10.0.0.3\n-D -s fe80::1 --quiet\n' "$udp" > "$TMP/load"
rc "a failed creation before a deletion" 1 "$CONNTRACK" -R "$TMP/load" --continue
is "leaves the deletion what it is" "1 1" "$("$CONNTRACK" -C) $("$CONNTRACK" -C -s 10.0.0.1)"
hold "$("$TOOLS/traffic" tcp -p 2121)"
sport=$("$CONNTRACK" -L -p tcp --dport 2121 --helper ftp 2> /dev/null | grep -o 'sport=[0-9]*' | head -n 1 | cut -d= -f2)
master="-s 127.0.0.1 -d 127.0.0.1 -p tcp --sport $sport --dport 2121"
printf -- '-I -s 10.0.0.1 -d 10.0.0.2 %s\n-I expect %s --tuple-dst 127.0.0.1 --tuple-port-dst 6000\n' "$udp" "$master" > "$TMP/load"
rc "an expectation taken back" 1 "$CONNTRACK" -R "$TMP/load"
is "leaves its master alone" "1 0" "$("$CONNTRACK" -C -p tcp --dport 2121 --helper ftp) $("$CONNTRACK" -C expect)"
rc "a port in an expectation's address" 2 "$CONNTRACK" -D expect -s 127.0.0.1:1000
rc "two label files" 2 "$CONNTRACK" -L --labelmap /dev/null --labelmap /dev/null
finish
