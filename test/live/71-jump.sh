#!/bin/sh
# netns: -a -l -H
# --jump: matches go to an extension instead of being printed.
. "$(dirname "$0")/../lib.sh"

fill() {
	fresh
	for n in $(seq 5); do
		echo "-I -s 10.0.0.$n -d 192.0.2.1 -p udp --sport $n --dport 53 -t 600 -m 0x1$n"
		echo "-I -s 10.0.0.$n -d 192.0.2.1 -p tcp --sport $n --dport 80 -t 600" \
			"--state ESTABLISHED -u SEEN_REPLY,ASSURED -w 3"
	done | "$CONNTRACK" -R -
}
fill
rc "count" 0 "$CONNTRACK" -L -p udp -j count
is "counts" 5 "$(cat "$TMP/out")"
rc "null" 0 "$CONNTRACK" -L -j null
is "null prints nothing" "" "$(cat "$TMP/out")"
err_has "but how many" '10 flow entries'
rc "mark" 0 "$CONNTRACK" -L -p udp --sport 1:3 --jump=mark=0x20/0xf0
err_has "says how many" '3 flow entries have been updated'
is "under the mask" 3 "$("$CONNTRACK" -C -m 0x20/0xf0)"
is "leaving the other bits" 1 "$("$CONNTRACK" -C -m 0x22)"
rc "delete" 0 "$CONNTRACK" -L -p tcp -s 10.0.0.1,10.0.0.2 -j delete
err_has "says how many" '2 flow entries have been deleted'
is "deletes those" 0 "$("$CONNTRACK" -C -p tcp -s 10.0.0.1,10.0.0.2)"
is "and no others" 8 "$("$CONNTRACK" -C)"
rc "delete, best first, two of them" 0 env MALLOC_PERTURB_=165 \
	GLIBC_TUNABLES=glibc.malloc.tcache_count=0 "$CONNTRACK" -L -p udp --sort expires --limit 2 -j delete
is "deletes two" 3 "$("$CONNTRACK" -C -p udp)"
rc "an expectation is no mark's" 2 "$CONNTRACK" -L expect -j mark=1
rc "but can be counted" 0 "$CONNTRACK" -L expect -j count
is "and is none" 0 "$(cat "$TMP/out")"

fill
for bad in nonsense count=1 null=1 delete=all mark mark= mark=x mark=1/2/3 exec exec=; do
	rc "-L --jump $bad" 2 "$CONNTRACK" -L --jump $bad
done
rc "-j with neither" 2 "$CONNTRACK" -L -j nonsense
err_has "names both" 'neither --any-nat nor --jump'
is "-j alone is NAT" 0 "$("$CONNTRACK" -C -j)"
is "-j with an address, too" 0 "$("$CONNTRACK" -C -j 10.9.9.9)"
rc "-D has no --jump" 2 "$CONNTRACK" -D --jump count
rc "no format beside --jump" 2 "$CONNTRACK" -L -j count -o json
rc "nor -z" 2 "$CONNTRACK" -L -j count -z
is "nothing has changed" 10 "$("$CONNTRACK" -C)"
is "nor has a mark" 5 "$("$CONNTRACK" -C -m 0x10/0xf0)"

# exec
cat > "$TMP/program" << 'PROGRAM'
#!/bin/sh
env | grep ^CT_ | sort > "${0%/*}/env.$CT_PROTO"
PROGRAM
chmod +x "$TMP/program"
fill
rc "exec" 0 env CT_HELPER=inherited "$CONNTRACK" -L -s 10.0.0.4 -j "exec=$TMP/program"
id=$("$CONNTRACK" -L -s 10.0.0.4 -p udp -o id 2> /dev/null | grep -o ' id=[0-9]*' | cut -d= -f2)
is "its environment" "CT_BYTES=0
CT_DPORT=53
CT_DST=192.0.2.1
CT_EVENT=list
CT_FAMILY=ipv4
CT_ID=$id
CT_MARK=20
CT_PACKETS=0
CT_PROTO=udp
CT_REPLY_DPORT=4
CT_REPLY_DST=10.0.0.4
CT_REPLY_SPORT=53
CT_REPLY_SRC=192.0.2.1
CT_SPORT=4
CT_SRC=10.0.0.4" "$(cat "$TMP/env.udp")"
is "the state" "CT_STATE=ESTABLISHED" "$(grep STATE "$TMP/env.tcp")"
is "the zone" "CT_ZONE=3" "$(grep ZONE "$TMP/env.tcp")"
printf '4 web\n' > "$TMP/labels"
"$CONNTRACK" -U -s 10.0.0.5 --label-add 4,5 > /dev/null 2>&1
"$CONNTRACK" -L -s 10.0.0.5 -p udp --labelmap "$TMP/labels" -j "exec=$TMP/program" 2> /dev/null
is "labels" CT_LABELS=web,5 "$(grep LABELS "$TMP/env.udp")"
rc "a program that fails" 1 "$CONNTRACK" -L -j exec=false
is "is told once" 1 "$(grep -c 'exit code 1 (reported once)' "$TMP/err")"
rc "one that does not exist" 1 "$CONNTRACK" -L -j "exec=$TMP/nosuch"
is "is told once" 1 "$(grep -c 'cannot run' "$TMP/err")"
err_has "how often" '10 runs'
printf '#!/bin/sh\nkill -9 $$\n' > "$TMP/killed"
chmod +x "$TMP/killed"
rc "one that is killed" 1 "$CONNTRACK" -L -p udp -j "exec=$TMP/killed"
is "is told once" 1 "$(grep -c 'by signal 9 (reported once)' "$TMP/err")"
: > "$TMP/canary"
rc "no shell" 1 "$CONNTRACK" -L -p udp -j "exec=true; rm $TMP/canary"
is "looks at the words" yes "$([ -e "$TMP/canary" ] && echo yes)"

# events: once for each, none lost, nothing left behind
fresh
printf '#!/bin/sh\necho $CT_EVENT $CT_SPORT $CT_DST >> %s/ran\n' "$TMP" > "$TMP/program"
: > "$TMP/ran"
"$CONNTRACK" -E -e NEW -p udp --dport 7000 -j "exec=$TMP/program" 2> "$TMP/listener" &
listener=$!
hold $listener
listening $listener
descriptors=$(ls "/proc/$listener/fd" | wc -l)
"$TOOLS/traffic" udp-many -n 2000
until_true 60 has_lines "$TMP/ran" 2000
no_zombie() { # waits for the listener
	cat /proc/[0-9]*/stat 2> /dev/null | sed 's/.*) //' |
		awk -v p=$listener '$1 == "Z" && $2 == p {found = 1} END {exit found}'
}
until_true 5 no_zombie
holds "no zombie waits" no_zombie
is "no descriptor is left open" "$descriptors" "$(ls "/proc/$listener/fd" | wc -l)"
kill -INT $listener
wait $listener
is "-E -j exec ends well" 0 $?
is "2000 events, 2000 runs" 2000 "$(lines "$TMP/ran")"
is "each of another event" 2000 "$(sort -u "$TMP/ran" | grep -c .)"
is "none lost" 0 "$(grep -c lost "$TMP/listener")"

fill
"$CONNTRACK" -E -j mark=7 2> "$TMP/listener" &
listener=$!
hold $listener
listening $listener
"$CONNTRACK" -I -s 10.1.0.1 -d 10.1.0.2 -p udp --sport 1 --dport 2 -t 600 2> /dev/null
until_true 10 has_entries 1 -m 7
until_true 10 has_read $listener # its own update, too
kill -INT $listener
wait $listener
is "-E -j mark" 1 "$("$CONNTRACK" -C -m 7)"
is "does not follow itself" 1 "$(grep -c ' 1 flow entries have been updated' "$TMP/listener")"

# Two at once: what one has done is done for the other, too; those who want different things would
# never end.
twice() { # MARK: one sets 1, the other MARK, of a new flow
	fresh
	"$CONNTRACK" -E -j mark=1 2> "$TMP/one" &
	one=$!
	"$CONNTRACK" -E -j "mark=$1" 2> "$TMP/two" &
	two=$!
	hold $one $two
	listening $one && listening $two || not_ok "two listen"
	"$TOOLS/traffic" udp-many -n 1
	until_true 10 has_entries 1 -m "1,$1"
}
updates() {
	cat "$TMP/one" "$TMP/two" | sed -n 's/.* \([0-9]*\) flow entries have been updated.*/\1/p' |
		awk '{n += $1} END {print n}'
}
twice 1
until_true 10 has_read
kill -INT $one $two
wait $one
codes=$?
wait $two
is "the same mark" "0 0" "$codes $?"
is "is set once by each at most" yes "$([ "$(updates)" -le 2 ] && echo yes || updates)"
twice 2
stopped() {
	ended $one || ended $two
}
until_true 10 stopped
holds "different marks: one stops" stopped
kill -INT $one $two 2> /dev/null
wait $one
codes=$?
wait $two
is "with exit code 1" yes "$([ $((codes + $?)) -ge 1 ] && echo yes)"
is "says who undoes it" yes "$(cat "$TMP/one" "$TMP/two" | grep -q 'port id [0-9]* undoes' && echo yes)"
is "before it is too much" yes "$([ "$(updates)" -le 200 ] && echo yes || updates)"
fresh
"$CONNTRACK" -E -e NEW -s 10.1.0.3 -j delete 2> "$TMP/listener" &
listener=$!
hold $listener
listening $listener
"$CONNTRACK" -I -s 10.1.0.3 -d 10.1.0.2 -p udp --sport 1 --dport 2 -t 600 2> /dev/null
"$CONNTRACK" -I -s 10.1.0.4 -d 10.1.0.2 -p udp --sport 1 --dport 2 -t 600 2> /dev/null
until_true 10 has_entries 0 -s 10.1.0.3
until_true 10 has_read $listener
kill -INT $listener
wait $listener
is "-E -j delete" 0 "$("$CONNTRACK" -C -s 10.1.0.3)"
is "and no other" 1 "$("$CONNTRACK" -C -s 10.1.0.4)"
finish
