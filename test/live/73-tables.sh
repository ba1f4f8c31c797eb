#!/bin/sh
# netns: -a -l -H
# The other tables: expectations saved and loaded, dying entries, unconfirmed ones; helpers.
. "$(dirname "$0")/../lib.sh"

expectations() { "$CONNTRACK" -L expect 2> /dev/null | sed 's/^[0-9]* //' | sort; }

hold "$("$TOOLS/traffic" tcp -p 2121)"
sport=$(ftp_port)
master="-s 127.0.0.1 -d 127.0.0.1 -p tcp --sport $sport --dport 2121"
rc "an expectation" 0 "$CONNTRACK" -I expect $master --tuple-src 127.0.0.0/8 \
	--tuple-dst 127.0.0.1 --tuple-port-dst 6000
expectations > "$TMP/before"
rc "saved" 0 "$CONNTRACK" -L expect -o save
cp "$TMP/out" "$TMP/saved"
is "as a command" 1 "$(grep -c '^-I expect ' "$TMP/saved")"
"$CONNTRACK" -F expect 2> /dev/null
is "gone" 0 "$("$CONNTRACK" -C expect)"
rc "loads again" 0 "$CONNTRACK" -R "$TMP/saved"
expectations > "$TMP/after"
no_diff "and is the same" "$TMP/before" "$TMP/after"
id=$("$CONNTRACK" -L expect -o jsonl 2> /dev/null | sed 's/.*"id":\([0-9]*\).*/\1/')
rc "deleted by another id" 1 "$CONNTRACK" -D expect --id $((id ^ 1))
rc "deleted by id, and saved" 0 "$CONNTRACK" -D expect --id "$id" -o save
is "as a deletion" 1 "$(grep -c '^-D expect -s 127.0.0.1 .*--tuple-port-dst 6000$' "$TMP/out")"
is "gone again" 0 "$("$CONNTRACK" -C expect)"
"$CONNTRACK" -R "$TMP/saved"
rc "both tables saved" 0 "$CONNTRACK" -L all -o save
out_has "entries" '^-A .* --dport 2121 '
out_has "and expectations" '^-I expect '

# Helpers
fresh
flow='-s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1 --dport 2 -t 600 --state ESTABLISHED'
rc "an unknown helper" 1 "$CONNTRACK" -I $flow --helper nosuch
err_has "the module is named" 'load the module nf_conntrack_nosuch'
rc "a helper of another protocol" 1 "$CONNTRACK" -I $flow --helper tftp
is "make nothing" 0 "$("$CONNTRACK" -C)"

# Unconfirmed entries
rc "unconfirmed" 0 "$CONNTRACK" -L unconfirmed
[ -s "$TMP/out" ] || err_has "is explained" 'no list of unconfirmed entries'

# A listener that does not read: what it has not been told stays on the list of the dying.
fresh
"$CONNTRACK" -E -e DESTROY --reliable -b 4096 > "$TMP/events" 2> /dev/null &
listener=$!
hold $listener
listening $listener
kill -STOP $listener
for n in $(seq 200); do
	echo "-I -s 10.4.0.$n -d 192.0.2.1 -p udp --sport $n --dport 53 -t 600"
done | "$CONNTRACK" -R -
"$CONNTRACK" -D -s 10.4.0.0/16 > /dev/null 2>&1
is "deleted" 0 "$("$CONNTRACK" -C -s 10.4.0.0/16)"
run "$CONNTRACK" -L dying -s 10.4.0.0/16
if [ "$(lines "$TMP/out")" -eq 0 ]; then
	cannot "the dying" "this kernel shows none"
else
	ok "the dying are shown"
	rc "all of them dying" 0 "$CONNTRACK" -L dying -s 10.4.0.0/16 -u '!DYING'
	is "none is not" 0 "$(lines "$TMP/out")"
	rc "JSON, too" 0 "$CONNTRACK" -L dying -o json
	out_has "has the status" '"status":\[.*"DYING"'
fi
kill -CONT $listener
until_true 20 has_lines "$TMP/events" 200
is "told in the end" 200 "$(grep -c 'src=10.4.0' "$TMP/events")"
kill -INT $listener
finish
