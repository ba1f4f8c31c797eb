#!/bin/sh
# netns: -a
# The command lines of well-known programs, and what those look at afterwards.
. "$(dirname "$0")/../lib.sh"

fill() {
	"$CONNTRACK" -F 2> /dev/null
	"$CONNTRACK" -R - << 'LINES'
-I -s 10.0.0.1 -d 10.96.0.10 -p udp --sport 1 --dport 53 -t 600 -g 10.244.1.2:53
-I -s 10.0.0.2 -d 10.96.0.10 -p udp --sport 2 --dport 53 -t 600 -g 10.244.1.3:53
-I -s 10.0.0.3 -d 192.0.2.9 -p tcp --sport 3 --dport 30053 -t 600 --state ESTABLISHED -u SEEN_REPLY,ASSURED
-I -s 10.0.0.4 -d 192.0.2.9 -p udp --sport 4 --dport 30053 -t 600 -g 10.244.1.2:53
-I -s fd00::1 -d fd00::2 -p udp --sport 5 --dport 53 -t 600
-I -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 6 --dport 80 -t 600 --state ESTABLISHED -w 5
LINES
}
# deletes COUNT ARGS...: that many go, and stdout and stderr together say so, as callers read them
deletes() {
	want=$1
	shift
	fill
	code=0
	"$CONNTRACK" "$@" > "$TMP/both" 2>&1 || code=$?
	is "$*: exit code" "$((want == 0))" $code
	is "$*: leaves" "$((6 - want))" "$("$CONNTRACK" -C)"
	is "says how many" 1 "$(grep -cE "^conntrack v[0-9.]+ \(conntrack-tools\): $(
		)$want flow entries have been deleted\.$" "$TMP/both")"
}

# kube-proxy: exit code, or "0 flow entries have been deleted" in the output
deletes 2 -D --orig-dst 10.96.0.10 -p udp
deletes 1 -D --orig-dst 10.96.0.10 --dst-nat 10.244.1.2 -p udp
deletes 0 -D --orig-dst 10.96.0.11 --dst-nat 10.244.1.2 -p udp
deletes 1 -D -p udp --dport 30053
deletes 1 -D -p udp --dport 30053 --dst-nat 10.244.1.2
deletes 1 -D --orig-dst fd00::2 -p udp -f ipv6
deletes 0 -D -p udp --dport 30054 --dst-nat 10.244.1.2
# Calico
deletes 2 --family ipv4 --delete --orig-src 10.0.0.1
deletes 0 --family ipv4 --delete --reply-src 10.0.0.77
deletes 1 --family ipv6 --delete --orig-src fd00::1
# kube-router
deletes 2 -D --orig-dst 10.96.0.10 -p udp --dport 53
# neutron, in the namespace of a router; exit code 1 is "no such flow" to it
deletes 1 -D -f ipv4 -p tcp -d 10.0.0.2 -s 10.0.0.1 -w 5
deletes 0 -D -f ipv4 -p tcp -d 10.0.0.2 -s 10.0.0.1 -w 6
# fail2ban
deletes 1 -D -s 10.0.0.3
fill

# kubeadm and minikube look for the program and its version
run "$CONNTRACK" --version
out_has "--version" '^conntrack v[0-9]+\.[0-9]+'
# VyOS: XML of one family; nothing at all when there is nothing
run "$CONNTRACK" --dump --family ipv4 --output xml
is "VyOS: XML" 0 "$RC"
is "begins" '<?xml' "$(head -c 5 "$TMP/out")"
is "ends" '</conntrack>' "$(tail -n 1 "$TMP/out")"
rc "of nothing" 0 "$CONNTRACK" -L -s 10.99.0.1 -o xml
is "no byte for nothing" 0 "$(wc -c < "$TMP/out" | tr -d ' ')"
run "$CONNTRACK" --dump --family ipv4 --orig-src 10.0.0.3 --output id
out_has "by id" ' id=[0-9]+$'
id=$(grep -o ' id=[0-9]*' "$TMP/out" | cut -d= -f2)
rc "and deletes by it" 0 "$CONNTRACK" -D --family ipv4 --orig-src 10.0.0.3 --id "$id"
# Weave Scope reads lines of -L and -E: protocol, number, timeout, state, key=value
run "$CONNTRACK" -L -o id -p tcp --any-nat
is "Scope: -L" 0 $RC
flow='-s 10.5.0.1 -d 10.5.0.2 -p tcp --sport 1 --dport 2'
"$CONNTRACK" -E -o id -p tcp > "$TMP/events" 2> /dev/null &
pid=$!
hold $pid
listening $pid
"$CONNTRACK" -I $flow -t 600 --state ESTABLISHED 2> /dev/null
until_true 5 has_lines "$TMP/events" 1
kill -TERM $pid
wait $pid
is "Scope: -E" 1 "$(lines "$TMP/events")"
cp "$TMP/events" "$TMP/out"
out_has "Scope: the line" "^    \\[NEW\\] tcp      6 (600|599) ESTABLISHED src=10\.5\.0\.1 $(
	)dst=10\.5\.0\.2 sport=1 dport=2 (packets=0 bytes=0 )?\\[UNREPLIED\\] src=.* id=[0-9]+"
# exporters split the lines of -S, one a CPU, into name=value
rc "exporters: -S" 0 "$CONNTRACK" -S
is "a line for each processor" "$(nproc --all)" \
	"$(grep -cE '^cpu=[0-9]+ +	(found|searched)=[0-9]+ ([a-z_]+=[0-9]+ )+$' "$TMP/out")"
is "the columns in order" \
	"found invalid insert insert_failed drop early_drop error search_restart" \
	"$(sed -n '1s/=[0-9]*//gp' "$TMP/out" | tr -s ' \t' ' ' | cut -d ' ' -f 2-9)"
rc "-C" 0 "$CONNTRACK" -C
out_has "-C is a number" '^[0-9]+$'
is "and nothing else" 1 "$(lines "$TMP/out")"
# scripts
rc "a second time" 1 "$CONNTRACK" -I $flow -t 600 --state ESTABLISHED
err_has "has the words" "${refusal}Such conntrack exists, try -U to update"
rc "nothing there" 1 "$CONNTRACK" -D -s 10.77.0.1
rc "nor there" 1 "$CONNTRACK" -G -s 10.77.0.1 -d 10.5.0.2 -p tcp --sport 1 --dport 2
err_has "has the words" "${refusal}such conntrack doesn't exist"
finish
