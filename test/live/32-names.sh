#!/bin/sh
# netns: -a -l -H
# Entries whose tuples are those of others: each command reaches the entry that it shows, and no
# other. The kernel takes an entry whose reply tuple is another one's original tuple, where a zone is
# of one direction alone; by such a tuple it finds now the one and now the other.
. "$(dirname "$0")/../lib.sh"

ports='-p udp --sport 500 --dport 500'
first="-s 10.0.1.1 -d 11.0.0.1 $ports"
second="-s 192.168.1.5 -d 10.0.1.1 $ports -n 11.0.0.1:500 --orig-zone 1"

count() { "$CONNTRACK" -C "$@"; }
marks() { "$CONNTRACK" -L 2> /dev/null | sed -n 's/.* mark=\([0-9]*\) .*/\1/p' | sort -n | joined; }
make() { # LINE...: each creates one entry, with marks from 1 on
	fresh
	t_mark=0
	for t_line; do
		t_mark=$((t_mark + 1))
		"$CONNTRACK" -I $t_line -t 100 -m $t_mark 2> "$TMP/make" || not_ok "made: $t_line" \
			"$(cat "$TMP/make")"
	done
}

# By the tuple of the first, the kernel finds the second.
make "$first" "$second"
rc "-U" 0 "$CONNTRACK" -U -s 10.0.1.1 -m 9
err_has "changes one" ' 1 flow entries have been updated'
is "that is the one shown" "2 9" "$(marks)"
is "and no other" 1 "$(count -s 10.0.1.1 -m 9)"
rc "-U of the other" 0 "$CONNTRACK" -U -s 192.168.1.5 -m 8
is "reaches the other" "8 9" "$(marks)"
make "$first" "$second"
rc "-j mark" 0 "$CONNTRACK" -L -s 10.0.1.1 -j mark=9
is "marks that one" "2 9" "$(marks)"
make "$first" "$second"
rc "-U -t 0" 0 "$CONNTRACK" -U -s 10.0.1.1 -t 0
is "lets that one expire" "2" "$(marks)"
# Were the zoned one gone, each of its tuples would find another one.
zoned="-s 10.0.1.1 -d 11.0.0.1 $ports --orig-zone 1"
mirror="-s 11.0.0.1 -d 10.0.9.9 $ports -g 10.0.1.1"
make "-s 11.0.0.1 -d 10.0.1.1 $ports -n 10.0.9.8" "$zoned" "$mirror"
rc "-U of an entry that has no name of its own" 1 "$CONNTRACK" -U -s 10.0.1.1 -m 9
err_has "is refused" 'by each of its tuples the kernel may find another entry'
is "and changes nothing" "1 2 3" "$(marks)"
rc "-D names it by its id" 0 "$CONNTRACK" -D -s 10.0.1.1
is "deletes it alone" "1 3" "$(marks)"
make "$zoned" "$mirror"
rc "-U of one whose reply names it" 0 "$CONNTRACK" -U -s 10.0.1.1 -m 9
is "changes it" "2 9" "$(marks)"
for selection in '-s 10.0.1.1' "$first" "$first -w 0"; do
	make "$first" "$second"
	rc "-D $selection" 0 "$CONNTRACK" -D $selection
	err_has "counts it" ' 1 flow entries have been deleted'
	is "deletes that one" "2" "$(marks)"
done
make "$first" "$second"
rc "-D of the other" 0 "$CONNTRACK" -D -s 192.168.1.5
is "deletes the other" "1" "$(marks)"
make "$first" "$second"
rc "-L -j delete" 0 "$CONNTRACK" -L -s 10.0.1.1 -j delete
is "deletes that one" "2" "$(marks)"
make "$first" "$second"
rc "-G" 0 "$CONNTRACK" -G $first
out_has "finds it" " src=10\.0\.1\.1 .* mark=1 "
rc "-G of the other" 0 "$CONNTRACK" -G ${second%-n*} --orig-zone 1
out_has "finds the other" " mark=2 "
rc "-G by the reply" 0 "$CONNTRACK" -G -r 11.0.0.1 -q 10.0.1.1 -p udp --reply-port-src 500 \
	--reply-port-dst 500
out_has "finds it" " mark=1 "
rc "-G of the other by its reply" 0 "$CONNTRACK" -G -r 10.0.1.1 -q 11.0.0.1 -p udp \
	--reply-port-src 500 --reply-port-dst 500
out_has "finds the other" " mark=2 "
run "$CONNTRACK" -L $first -w 0
is "-L with the full tuple" 1 "$(lines "$TMP/out")"
out_has "finds it" " mark=1 "

# A zone of both directions, beside entries without one and with one of the reply alone.
zoned="-s 10.0.2.1 -d 11.0.0.2 $ports -w 5"
for others in "" "-s 192.168.1.6 -d 10.0.2.1 $ports -n 11.0.0.2:500" \
	"-s 192.168.1.7 -d 10.0.2.1 $ports -n 11.0.0.2:500 --reply-zone 5"; do
	for order in 1 2; do
		set --
		[ -z "$others" ] || set -- "$others"
		# The kernel refuses the entry that comes second then.
		case $order$others in 2*--reply-zone*) continue ;; esac
		remade() { [ $order = 1 ] && make "$zoned" "$@" || make "$@" "$zoned"; }
		[ $# -eq 0 ] && mine=1 rest= || { mine=$order; rest=$((3 - order)); }
		remade "$@"
		rc "-U in a zone" 0 "$CONNTRACK" -U -s 10.0.2.1 -m 9
		is "changes that one" "${rest:+$rest }9" "$(marks)"
		is "and no other" 1 "$(count -w 5 -m 9)"
		remade "$@"
		run "$CONNTRACK" -L $zoned
		out_has "-L finds it" " mark=$mine zone=5 "
		rc "-G" 0 "$CONNTRACK" -G $zoned
		out_has "finds it" " mark=$mine zone=5 "
		rc "-D in a zone" 0 "$CONNTRACK" -D $zoned
		is "deletes that one" "$rest" "$(marks)"
	done
done

# Counters start again for the entry that is shown.
fresh
"$TOOLS/traffic" udp > /dev/null 2>&1
line=$("$CONNTRACK" -L -p udp -o save 2> /dev/null | head -n 1)
sport=$(echo "$line" | sed -n 's/.*--sport \([0-9]*\).*/\1/p')
dport=$(echo "$line" | sed -n 's/.*--dport \([0-9]*\).*/\1/p')
rc "an entry whose reply is the other way round" 0 "$CONNTRACK" -I -s 192.168.1.5 -d 127.0.0.1 -p udp \
	--sport 7 --dport "$sport" -n "127.0.0.1:$dport" --orig-zone 1 -t 100 -m 77
run "$CONNTRACK" -L -z -s 127.0.0.1 -p udp
is "-L -z shows the one with packets" 1 "$(grep -c 'packets=[1-9]' "$TMP/out")"
is "and zeroes it" 0 "$(count -s 127.0.0.1 -p udp --packets 1:1000000)"

# What -R takes back is what it has made, not what was there before.
make "-s 10.9.0.1 -d 10.9.0.2 $ports"
printf "%s\n" "-I -s 10.9.0.1 -d 10.9.0.2 $ports -t 100" "-I $first -t 100 -m 5" \
	"-I $second -t 100 -m 6" > "$TMP/load"
rc "a load that fails at its first line" 1 "$CONNTRACK" -R "$TMP/load"
is "takes the others back" 1 "$(marks)"

# An entry of another reply zone is another entry.
key="-s 10.0.0.1 -d 10.0.0.2 $ports"
for kind in --reply-zone --orig-zone -w; do
	make "$key $kind 4"
	run "$CONNTRACK" -A $key $kind 5 -t 100 -m 9
	case $kind in
	-*-zone)
		is "-A with another zone of one direction" 1 "$RC"
		err_has "says that it exists" 'Such conntrack exists'
		is "and changes nothing" 1 "$(marks)"
		;;
	*)
		is "-A with another zone" 0 "$RC"
		is "makes another" "1 9" "$(marks)"
		;;
	esac
	rc "-A with that zone" 0 "$CONNTRACK" -A $key $kind 4 -t 100 -m 3
	is "updates that one" "1 0" "$(count -m 3) $(count -m 1)"
done
make "$key --reply-zone 4"
rc "-A without the zone" 1 "$CONNTRACK" -A $key -t 100 -m 9
is "changes nothing" 1 "$(marks)"
# The kernel does not tell the zone of an expectation: nothing is selected by it, and what cannot be
# named without it is not called gone.
fresh
ends='-s 10.6.0.1 -d 10.6.0.2 -p tcp --sport 1021 --dport 21'
for zone in '' '-w 5'; do
	rc "a master $zone" 0 "$CONNTRACK" -I $ends --state ESTABLISHED --helper ftp -t 500 $zone
	rc "an expectation $zone" 0 "$CONNTRACK" -I expect $ends --tuple-src 10.6.0.2 \
		--tuple-dst 10.6.0.1 --tuple-port-dst "600${zone#-w }" $zone
done
for command in '-L expect' '-G expect --tuple-port-dst 6005' '-D expect --tuple-port-dst 6005' \
	'-E expect --limit 1'; do
	rc "$command by zone" 2 timeout 5 "$CONNTRACK" $command -w 5
	err_has "names the option" '^conntrack: -w: .* table expect'
done
is "changes nothing" 2 "$(count expect)"
rc "-D of one in a zone" 1 "$CONNTRACK" -D expect --tuple-port-dst 6005
err_has "counts none" ' 0 expectations have been deleted'
err_has "and says why" ' zone.* \(cannot delete 1 of '
rc "-L -j delete of one in a zone" 1 "$CONNTRACK" -L expect --tuple-port-dst 6005 -j delete
err_has "says why" ' zone'
is "it is still there" 2 "$(count expect)"
rc "-D of one without a zone" 0 "$CONNTRACK" -D expect --tuple-port-dst 600
is "deletes that one" 1 "$(count expect)"
finish
