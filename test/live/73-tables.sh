#!/bin/sh
# netns: -a -l -H
# The other tables: expectations saved and loaded, dying entries, unconfirmed ones; helpers.
. "$(dirname "$0")/../lib.sh"

expectations() { "$CONNTRACK" -L expect 2> /dev/null | sed 's/^[0-9]* //' | sort; }

hold "$("$TOOLS/traffic" tcp -p 2121)"
sport=$("$CONNTRACK" -L -p tcp --dport 2121 --helper ftp 2> /dev/null | grep -o 'sport=[0-9]*' | head -n 1 | cut -d= -f2)
master="-s 127.0.0.1 -d 127.0.0.1 -p tcp --sport $sport --dport 2121"
rc "an expectation" 0 "$CONNTRACK" -I expect $master --tuple-src 127.0.0.0/8 --tuple-dst 127.0.0.1 --tuple-port-dst 6000
expectations > "$TMP/before"
rc "saved" 0 "$CONNTRACK" -L expect -o save
cp "$TMP/out" "$TMP/saved"
is "as a command" 1 "$(grep -c '^-I expect ' "$TMP/saved")"
"$CONNTRACK" -F expect 2> /dev/null
is "gone" 0 "$("$CONNTRACK" -C expect)"
rc "loads again" 0 "$CONNTRACK" -R "$TMP/saved"
is "and is the same" "" "$(expectations | diff "$TMP/before" -)"
id=$("$CONNTRACK" -L expect -o jsonl 2> /dev/null | sed 's/.*"id":\([0-9]*\).*/\1/')
rc "deleted by another id" 1 "$CONNTRACK" -D expect --id $((id ^ 1))
rc "deleted by id, and saved" 0 "$CONNTRACK" -D expect --id "$id" -o save
is "as a deletion" 1 "$(grep -c '^-D expect -s 127.0.0.1 .*--tuple-port-dst 6000$' "$TMP/out")"
is "gone again" 0 "$("$CONNTRACK" -C expect)"
run "$CONNTRACK" -L all -o save
is "both tables saved" 0 $RC

run "$CONNTRACK" -I -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1 --dport 2 -t 600 --state ESTABLISHED --helper nosuch
is "an unknown helper" 1 $RC
err_has "the module is named" 'load the module nf_conntrack_nosuch'
run "$CONNTRACK" -I -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1 --dport 2 -t 600 --state ESTABLISHED --helper tftp
is "a helper of another protocol" 1 $RC

rc "unconfirmed" 0 "$CONNTRACK" -L unconfirmed
[ -s "$TMP/out" ] || err_has "is explained" 'no list of unconfirmed entries'

# A listener that does not read: what it has not been told stays on the list of the dying.
"$CONNTRACK" -E -e DESTROY --reliable -b 4096 > "$TMP/events" 2> /dev/null &
listener=$!
hold $listener
sleep 0.5
kill -STOP $listener
for n in $(seq 200); do
	echo "-I -s 10.4.0.$n -d 192.0.2.1 -p udp --sport $n --dport 53 -t 600"
done | "$CONNTRACK" -R -
"$CONNTRACK" -D -s 10.4.0.0/16 > /dev/null 2>&1
is "deleted" 0 "$("$CONNTRACK" -C -s 10.4.0.0/16)"
run "$CONNTRACK" -L dying -s 10.4.0.0/16
if [ "$(wc -l < "$TMP/out")" -eq 0 ]; then
	cannot "the dying" "this kernel shows none"
else
	ok "the dying are shown"
	is "all of them dying" 0 "$("$CONNTRACK" -L dying -s 10.4.0.0/16 -u '!DYING' 2> /dev/null | wc -l | tr -d ' ')"
	"$CONNTRACK" -L dying -o json > "$TMP/json" 2> /dev/null
	is "JSON, too" yes "$(grep -q '"status":\[.*"DYING"' "$TMP/json" && echo yes)"
fi
kill -CONT $listener
for n in $(seq 50); do
	[ "$(wc -l < "$TMP/events")" -ge 200 ] && break
	sleep 0.2
done
is "told in the end" 200 "$(grep -c 'src=10.4.0' "$TMP/events")"
kill -INT $listener
finish
