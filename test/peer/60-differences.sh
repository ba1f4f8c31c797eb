# netns: -a -t -l
# Each difference from the peer that the manual page lists is there, in the way that it says: both
# programs run a command line on the same table, and differ.
# shellcheck disable=SC2016,SC2034 # for the shells of both; for pair.sh
. "${0%/*}/../lib.sh"

here=${0%/*}
. "$here/setup.sh"
. "$here/pair.sh"
begin "differences"
tables

# The items of the page's list, one a line, as they are written.
sed -n '/^\.Sh COMPATIBILITY/,/^\.El/p' "$here/../../cli/conntrack.8" |
	awk '/^\.It/ {n++; next} /^\.El/ {exit} n {item[n] = item[n] $0 " "}
		END {for (i = 1; i <= n; i++) print item[i]}' >"$T/page"
: >"$T/shown"

# item TEXT: one item of the page's list begins so; what follows is about it.
item() {
	awk -v t="$1" 'index($0, t) == 1' "$T/page" >"$T/item"
	is "the page has: $1" 1 "$(lines "$T/item")"
	cat "$T/item" >>"$T/shown"
}

# differ NAME: $T/theirs and $T/ours differ as the lines of stdin say: "< RE" is in theirs, from the
# start of a line, and not in ours; "> RE" is in ours, and not in theirs.
differ() {
	while IFS= read -r way; do
		has=$T/theirs lacks=$T/ours
		case $way in '>'*) has=$T/ours lacks=$T/theirs ;; esac
		if ! grep -E -q -e "^${way#? }" "$has"; then
			not_ok "$1: $way" "it is not in:" "$(cat "$has")"
		elif grep -E -q -e "^${way#? }" "$lacks"; then
			not_ok "$1: $way" "it is also in the other's"
		else
			ok "$1: $way"
		fi
	done
}

# pairs: stdin is command lines, one after another, and behind them lines for differ, which are about
# each of them.
pairs() {
	: >"$T/lines"
	: >"$T/ways"
	while IFS= read -r pair; do
		case $pair in
		'<'* | '>'*) printf '%s\n' "$pair" >>"$T/ways" ;;
		*)
			pairs_judge
			printf '%s\n' "$pair" >>"$T/lines"
			;;
		esac
	done
	pairs_judge
	[ ! -s "$T/lines" ] || not_ok "what is different" "$(cat "$T/lines")"
}
pairs_judge() {
	[ -s "$T/ways" ] || return 0
	while IFS= read -r line <&3; do
		set -f
		eval "set -- $line"
		set +f
		ran "$PEER" theirs "$@"
		ran "$CONNTRACK" ours "$@"
		differ "$line" <"$T/ways"
	done 3<"$T/lines"
	: >"$T/lines"
	: >"$T/ways"
}

# both COMMAND...: sh runs it by either program, as $P, on the start table; $T/theirs and $T/ours are
# what it prints.
both() {
	for side in theirs ours; do
		P=$CONNTRACK
		[ $side = ours ] || P=$PEER
		fill
		P=$P PEER=$PEER T=$T timeout 30 sh -c "$1" >"$T/$side" 2>&1 </dev/null
	done
	full=
}

use calls

item 'No condition is dropped, and wrong numbers'
pairs <<'END'
-L -s 10/8
< stderr: SUMMARY 0 flow entries have been shown
> stderr: conntrack: -s: "10/8" is not an address
-D -p tcp --dport 80x
-D -p tcp --dport 65616
< stderr: SUMMARY 2 flow entries have been deleted
> exit code 2
-D -p tcp --dport nosuch
-L -m 7x
< exit code 1
> exit code 2
-U -p icmp -t 5x
< exit code 0
> exit code 2
-L -p icmp --icmp-type 264
< stdout: icmp
> exit code 2
-D -s 10.0.0.1 foo
< stderr: SUMMARY 2 flow entries have been deleted
> stderr: conntrack: "foo" is left over
nosuch
> stderr: conntrack: "nosuch" is left over
-A -s 10.6.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 3000 -u SEEN_REPLY,OFFLOAD
< stderr: SUMMARY 1 flow entries have been added
> exit code 2
-I -s 10.6.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 3000 -u SRC_NAT
< stderr: WARNING: ignoring SRC_NAT
> exit code 2
-L -o save,xml
< exit code 1
> exit code 2
-Lzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz
< exit code 0
> exit code 2
-D -s 10.0.0.1/
< stderr: SUMMARY 9 flow entries have been deleted
> exit code 2
-D -u UNSET
< stderr: SUMMARY 10 flow entries have been deleted
> stderr: SUMMARY 9 flow entries have been deleted
-D -u SRC_NAT
< stderr: SUMMARY 10 flow entries have been deleted
> stderr: SUMMARY 1 flow entries have been deleted
-D --src-nat=192.0.2.77
< stderr: SUMMARY 1 flow entries have been deleted
> stderr: SUMMARY 0 flow entries have been deleted
-D --dst-nat=192.0.2.77
< stderr: SUMMARY 3 flow entries have been deleted
> exit code 1
-D -g192.0.2.77
< exit code 0
> exit code 1
-Cw 5
< stdout: 10$
> stdout: 1$
END
both "for label in web voip; do \$PEER -U -s 10.0.0.2 --label-add \$label $LM; done >/dev/null 2>&1
	\$PEER -U -s 10.0.0.1 -p udp --label-add web $LM >/dev/null 2>&1
	\$P -L -l web,voip $LM >/dev/null; \$P -U -s 10.0.0.2 --label-del=web $LM 2>/dev/null"
differ "labels" <<'END'
< .* 2 flow entries have been shown
> .* 1 flow entries have been shown
> udp .* labels=voip$
END
cat >"$T/gre" <<'END'
-I -s 10.0.0.9 -d 10.0.0.2 -p gre --srckey 0x11 --dstkey 0x22 -t 3000
-I -s 10.0.0.9 -d 10.0.0.5 -p gre --srckey 0x33 --dstkey 0x44 -t 3000
END
use gre
pairs <<'END'
-D -p gre --srckey 0x11
< stderr: SUMMARY 2 flow entries have been deleted
> stderr: SUMMARY 1 flow entries have been deleted
-D -p gre --srckey 5
< exit code 0
> exit code 1
END
use spellings
pairs <<'END'
-Ln10.8.8.9
< stderr: SUMMARY 1 flow entries have been shown
> stderr: SUMMARY 0 flow entries have been shown
END
both '$P -L -n10.8.8.8; $P -L -j10.8.8.9 2>&1 | grep -c "^udp"'
differ "-Ln10.8.8.9 is" <<'END'
< 1$
> 0$
END
use calls

item '.Fl D Fl t is an error'
pairs <<'END'
-D -t 5
< stderr: SUMMARY 10 flow entries have been deleted
> stderr: conntrack: -t: 
> exit code 2
END

item '.Fl c Ar n matches nothing'
pairs <<'END'
-L -c 3
< stderr: SUMMARY 10 flow entries have been shown
> stderr: SUMMARY 0 flow entries have been shown
> stderr: conntrack: -c: no kernel reports
END

item 'An option that is given again'
pairs <<'END'
-L -p tcp -p udp
< stderr: SUMMARY 5 flow entries have been shown
> stderr: SUMMARY 8 flow entries have been shown
-D -s 10.0.0.1 -s 10.0.0.3
< stderr: SUMMARY 1 flow entries have been deleted
> stderr: SUMMARY 3 flow entries have been deleted
-U -m 1 -m 2
< exit code 0
> exit code 2
END

item '.Fl w Cm 0'
pairs <<'END'
-L -w 0
< stderr: SUMMARY 9 flow entries have been shown
> stderr: SUMMARY 8 flow entries have been shown
-D -w 0
< stdout: .* zone-orig=3
> left: .* zone-orig=3
END

item '.Fl n , g and .Fl j select'
pairs <<'END'
-L -g 10.244.1.2:53
< stderr: SUMMARY 1 flow entries have been shown
> stderr: SUMMARY 2 flow entries have been shown
-L -j 10.244.1.2 -p udp
< stderr: SUMMARY 0 flow entries have been shown
> stderr: SUMMARY 2 flow entries have been shown
END

item '.Fl F Fl f empties'
pairs <<'END'
-F -f ipv4
> left: ipv6
END

item '.Fl L Fl z zeroes'
pairs <<'END'
-L -z -p tcp
< exit code 2
> exit code 0
END
both '$PEER -F 2>/dev/null; bash -c "echo x >/dev/udp/127.0.0.1/9" 2>/dev/null
	$P -L -z -j >/dev/null; $PEER -L -p udp 2>/dev/null | grep -o "packets=[0-9]*" | head -n 1'
grep -q '^packets=' "$T/ours" && differ "-L -z of others" <<'END'
< packets=0
> packets=1
END
pairs <<'END'
-L -z -o id
-Lzo id
< first: SUMMARY 10 flow entries have been shown
> first: .* src=.* id=I$
END

item '.Fl A leaves an entry alone'
pairs <<'END'
-A -s 10.0.0.1 -d 10.96.0.10 -p udp --sport 1 --dport 53 -t 500 -r 192.0.2.9 -q 10.0.0.99
< left: .* 17 500 src=10\.0\.0\.1 .*dst=10\.96\.0\.10 
> stderr: SUMMARY Operation failed: the entry exists with other NAT
> exit code 1
-A -s 10.0.0.3 -d 192.0.2.9 -p tcp --sport 3 --dport 30053 -t 500 --state CLOSE --reply-zone 7
< left: .* 6 500 CLOSE src=10\.0\.0\.3 
> exit code 1
END

item '.Fl I and .Fl A want both addresses'
pairs <<'END'
-I -s 10.6.0.1 -p 50 -t 3000 -r 10.6.0.2 -q 10.6.0.1
< exit code 0
> exit code 2
-I -s 10.6.0.1 -d 10.6.0.2 -p udplite --sport 1 --dport 2 -t 3000 -g 10.6.0.3:4
< left: .* src=10\.6\.0\.3 dst=10\.6\.0\.1 sport=2 
> left: .* src=10\.6\.0\.3 dst=10\.6\.0\.1 sport=4 
-I -s 10.6.0.1 -d 10.6.0.2 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 5 -t 3000 -n 10.6.0.3:4
< left: .* dst=10\.6\.0\.3 type=0 code=0 id=5 
> left: .* dst=10\.6\.0\.3 type=0 code=0 id=4 
-I -s 10.6.0.1 -d 10.6.0.2 -p 50 -t 3000 -n 10.6.0.3:4
< exit code 0
> exit code 2
END

item '.Fl U finds entries in zones'
pairs <<'END'
-U -p tcp -m 5
< stderr: SUMMARY 2 flow entries have been updated
> stderr: SUMMARY 3 flow entries have been updated
> left: .* mark=5 zone=5
-U -p udp -m 5
> left: .* zone-orig=3 .* mark=5
END
cat >"$T/twins" <<'END'
-I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 3000
-I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1 --dport 2 -t 3000 -w 3 -m 2
END
use twins
pairs <<'END'
-U -m 9
> left: .* mark=9 zone=3
END
use calls

item '.Fl U goes on behind an entry'
for i in 1 2 3 4 5 6; do
	echo "-I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport $i --dport 1 -t 3000"
	echo "-I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport $i --dport 2 -t 3000 -u FIXED_TIMEOUT"
done >"$T/fixed"
use fixed
pairs <<'END'
-U -t 200
> stderr: SUMMARY 6 flow entries have been updated
END
use calls

item '.Fl U without anything to set'
pairs <<'END'
-U -p tcp
< stderr: SUMMARY 0 flow entries have been updated
> stderr: conntrack: -U needs something to set
> exit code 2
END

item '.Fl D Cm expect without conditions'
pairs <<'END'
-D expect
< exit code 2
> stderr: SUMMARY 0 expectations have been deleted
-D all
< exit code 2
> stderr: SUMMARY 10 flow entries have been deleted
END

item '.Fl D , G and .Fl L Cm expect'
master="-s 10.7.0.1 -d 10.7.0.2 -p tcp --sport 40021 --dport 21"
tuple="-s 10.8.0.1 -d 10.7.0.2 -p tcp --sport 0 --dport 5001"
expected="\$PEER -F expect 2>/dev/null
	$CONNTRACK -I $master --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 3000 --helper ftp 2>/dev/null
	\$PEER -I expect $master --tuple-src 10.8.0.1 --tuple-dst 10.7.0.2 --tuple-port-src 0 \
		--tuple-port-dst 5001 --mask-src 255.255.255.255 --mask-dst 255.255.255.255 \
		--mask-port-src 0 --mask-port-dst 65535 -t 100 2>/dev/null || echo none"
both "$expected
	\$P -G expect $master; echo get of the master: \$?
	\$P -G expect $tuple; echo get of the tuple: \$?
	\$P -G expect $tuple --reply-port-src 1 --reply-port-dst 2; echo get with ports: \$?
	\$P -L expect -s 10.7.0.1 -d 10.7.0.2; echo list: \$?
	\$P -D expect $tuple --reply-port-src 1 --reply-port-dst 2; echo delete: \$?
	\$PEER -C expect"
if grep -q -x none "$T/theirs" "$T/ours"; then
	cannot "expectations" "there is no entry with the helper ftp"
else
	differ "expectations" <<-'END'
		< get of the master: 2
		> get of the master: 0
		< .*need to supply the `--reply-port-src'
		> get of the tuple: 1
		< get with ports: 0
		> get with ports: 2
		< list: 2
		> list: 0
		< delete: 1
		< 0$
		> delete: 2
		> 1$
	END
fi

item 'Expectations have a layer 3 protocol'
both "$expected
	\$P -L expect -o extended
	\$P -L expect -o save
	\$P -E expect >\$T/events 2>/dev/null &
	until grep -E -q \"^[^ ]+ +12 +\$! +0*[1-9a-f]\" /proc/net/netlink; do sleep 0.05; done
	$CONNTRACK -D expect >/dev/null 2>&1
	until [ -s \$T/events ]; do sleep 0.05; done
	kill -INT \$!
	wait
	cat \$T/events"
if grep -q -x none "$T/theirs" "$T/ours"; then
	cannot "output of expectations" "there is no entry with the helper ftp"
else
	differ "output of expectations" <<-'END'
		> ipv4 +2 [0-9]+ proto=6 src=10\.8\.0\.1
		> -I expect -t [0-9]+ -s 10\.7\.0\.1
		> \[DESTROY\] .* helper=ftp \[USERSPACE\] portid=[0-9]+
	END
fi

item '.Fl G with a .Fl Fl state'
pairs <<'END'
-G -p tcp -s 10.0.0.3 -d 192.0.2.9 --sport 3 --dport 30053 --state CLOSE
< stderr: SUMMARY 0 flow entries have been shown
> stderr: SUMMARY Operation failed: such conntrack doesn't exist$
-G -p sctp -s 10.0.0.8 -d 10.0.0.2 --sport 8 --dport 80 --orig-vtag 12
< exit code 0
> exit code 1
-G -p sctp -s 10.0.0.8 -d 10.0.0.2 --sport 8 --dport 80 --reply-vtag 12
< stderr: SUMMARY 1 flow entries have been shown
> stderr: SUMMARY Operation failed: such conntrack doesn't exist$
END

item 'A load file is read'
new='-I -s 10.6.0.1 -p udp --sport 1 -t 3000'
printf '%s\n' "$new -d 10.6.0.2 --dport 2" "$new -d 10.6.0.3 --dport x" "-X" >"$T/wrong"
printf '%s\n' "$new -d 10.6.0.2 --dport 2" "$new -d 10.6.0.2 --dport 2" >"$T/again"
printf '%s\n' '-U -p icmp -m 3' '-U -p sctp -m 4' >"$T/marks"
echo -F >"$T/flush"
awk -v new="$new" 'BEGIN {printf "%s", new
	for (i = 0; i < 20000; i++) printf " "
	print "-d 10.6.0.2 --dport 2"}' >"$T/long"
pairs <<'END'
-R $T/wrong
< exit code 2
> stderr: conntrack: .*/wrong:2: --dport: 
> left: .*src=10.6.0.1 dst=10.6.0.2
-R $T/again
< stderr: SUMMARY Operation failed: Such conntrack exists
> stderr: SUMMARY Operation failed: .*/again:2: Such conntrack exists
-R $T/marks
< left: .* icmp .* mark=4
> left: .* icmp .* mark=3
-R $T/flush
< stderr: SUMMARY connection tracking table has been emptied
-R $T/long
< exit code 2
> left: .*src=10.6.0.1 dst=10.6.0.2
END

item 'Output that cannot be written'
both 'for args in -L -C -S "-L -o xml"; do $P $args >/dev/full; echo "$args: $?"; done'
differ "a full disk" <<'END'
< -L: 0
> -L: 1
< -C: 0
> -C: 1
< -S: 0
> -S: 1
< -L -o xml: 0
> -L -o xml: 1
> conntrack: cannot write to standard output: No space left
END

awk 'BEGIN {for (i = 1; i <= 4000; i++)
	print "-I -s 10.0.0.9 -d 10.0.0.2 -p udp --sport", i, "--dport 2 -t 3000"}' >"$T/many"
both '$PEER -R $T/many; $P -D -p udp -s 10.0.0.9 2>/dev/null | true; $PEER -L -s 10.0.0.9 2>/dev/null | grep -c .'
differ "-D into a closed pipe" <<'END'
< [1-9][0-9]*$
> 0$
END
both '$P -E >/dev/null 2>&1 & pid=$!
	until awk "\$2 == 12 && \$4 != \"00000000\" {n++} END {exit !n}" /proc/net/netlink; do sleep 0.05; done
	until grep -q "^Sig\(Cgt\|Blk\):.*[2367abef]\$" /proc/$pid/status; do sleep 0.05; done
	kill -HUP $pid; wait $pid; echo "exit code $?"'
differ "SIGHUP" <<'END'
< exit code 129
> exit code 0
END

item 'A usage error is one line'
pairs <<'END'
-L --nonsense
< stderr: Try `conntrack -h' or 
> stderr: conntrack: 
-Lex
-Lx
-LD
-Lfoo
-Lo
-Lz=1
-Lp
-D -p icmp --dport 80
-I -s 10.3.0.1 -d 10.3.0.2 -p tcp --sport 1 --dport 2 -t 3000
-E -x
< stderr: SUMMARY
> stderr: conntrack: [^v]
-h
< stdout: Usage: /
> stdout: Usage: conntrack COMMAND
END

item '.Fl V names this program'
pairs <<'END'
-V
< stdout: conntrack v1\.4\.9 \(conntrack-tools\)$
> stdout: conntrack v[0-9]+\.[0-9]+\.[0-9]+ \(conntrack\)$
--version
< stdout: conntrack v1\.4\.9 \(conntrack-tools\)$
END

item 'SCTP verification tags'
pairs <<'END'
-L -p sctp -o save
< .* --orig-vtag 11 --reply-vtag 22
> .* --orig-vtag 184549376 --reply-vtag 369098752
-G -p sctp -s 10.0.0.8 -d 10.0.0.2 --sport 8 --dport 80 --orig-vtag 11
< exit code 0
> exit code 1
END

item '.Fl o Cm save keeps'
pairs <<'END'
-L -p tcp -s 10.0.0.3 -o save
< stdout: -A .* --state ESTABLISHED$
> stdout: -A .* --state ESTABLISHED -m 7$
-L -p udp -s 10.0.0.1 -o save
< stdout: .* -g 10\.244\.1\.2 
> stdout: .* -g 10\.244\.1\.2:53 .* -m 0$
-D -p udp -s 10.0.0.1 -o save
< stdout: -D .* -u UNSET 
> stdout: -D -t [0-9]+ -w 0 -s 
END

item 'XML has the right state'
pairs <<'END'
-L -p sctp -o xml
< stdout: .*<state>FIN_WAIT</state>
> stdout: .*<state>ESTABLISHED</state>
-L -p icmp -o xml
< stdout: .* protoname="icmp"></layer4>
> stdout: .* protoname="icmp"><type>8</type><code>0</code><id>77</id></layer4>
--dump --family ipv4 --output xml
> stdout: .* protoname="icmp"><type>8</type><code>0</code><id>77</id></layer4>
-G -p tcp -s 10.0.0.3 -d 192.0.2.9 --sport 3 --dport 30053 -o xml
> stdout: </conntrack>$
END

item 'Labels without a name'
printf '9 nine\n' >"$T/names"
both "\$PEER -U -s 10.0.0.2 --label-add nine --labelmap $T/names >/dev/null 2>&1
	\$P -L -s 10.0.0.2 -o labels $LM"
differ "-o labels" <<'END'
< udp .* labels$
> udp .* labels=9$
END

item 'The receive buffer for events'
cat >"$T/burst" <<'END'
$P -E $1 & pid=$!
until grep -q '^Sig\(Cgt\|Blk\):.*[2367abef]$' "/proc/$pid/status" &&
	awk '$2 == 12 && $4 != "00000000" {n++} END {exit !n}' /proc/net/netlink; do sleep 0.05; done
kill -STOP $pid
awk 'BEGIN {for (i = 1; i <= 8000; i++)
	print "-I -s 10.0.0.9 -d 10.0.0.2 -p udp --sport", i, "--dport 2 -t 3000"}' | $PEER -R -
kill -CONT $pid
until awk 'NR > 1 {n += $5} END {exit n > 0}' /proc/net/netlink; do sleep 0.05; done
kill -INT $pid
wait $pid
END
both '$PEER -F 2>/dev/null; . $T/burst >/dev/null'
differ "-E with a burst" <<'END'
< WARNING: We have hit ENOBUFS! We are losing events\.
> .* 8000 flow events have been shown
END
both '$PEER -F 2>/dev/null; set -- "-b 4096"; . $T/burst >/dev/null'
differ "-E with a small buffer" <<'END'
< NOTICE: Netlink socket buffer size has been set to
< WARNING: We have hit ENOBUFS! We are losing events\.
> conntrack: the event socket's receive buffer has [0-9]+ bytes
> conntrack: .*[0-9].*ENOBUFS
END

item 'Where output and messages share a pipe'
both '$P -D -o xml 2>&1 | sed -n "/have been deleted/="'
differ "-D with long output" <<'END'
> 11$
END
pairs <<'END'
-G -p tcp -s 10.0.0.3 -d 192.0.2.9 --sport 3 --dport 30053 -o xml
< first: SUMMARY 1 flow entries have been shown
> first: <\?xml 
END

item 'Without .Dv CAP_NET_ADMIN'
if unshare -U true 2>/dev/null; then
	by='unshare -U'
	pairs <<-'END'
		-C
		< exit code 1
		> exit code 0
		-S
		< exit code 1
		> exit code 0
		-F
		< stderr: SUMMARY connection tracking table has been emptied
		> stderr: SUMMARY Operation failed: .*CAP_NET_ADMIN is needed
		-L
		< stderr: SUMMARY Operation failed: sorry, you must be root
		> stderr: SUMMARY Operation failed: .*CAP_NET_ADMIN is needed
	END
	by=
else
	cannot "without privileges" "no user namespaces"
fi

item 'Notes on standard error'
pairs <<'END'
-L unconfirmed
> stderr: conntrack: Linux 5\.19 and newer keep no list
END
if unshare -n true 2>/dev/null; then
	by='unshare -n'
	pairs <<-'END'
		-L
		> stderr: conntrack: no rule here asks for connection tracking
	END
	by=
else
	cannot "an empty list" "no network namespaces"
fi

item 'Command lines that 1.4.9 refuses'
pairs <<'END'
-D -s 10.0.0.1,10.0.0.3
< exit code 2
> stderr: SUMMARY 3 flow entries have been deleted
-L -p tcp --dport 70:90
< stderr: SUMMARY 0 flow entries have been shown
> stderr: SUMMARY 2 flow entries have been shown
-L --dport 80
< exit code 2
> exit code 0
--list
< exit code 2
> stderr: SUMMARY 10 flow entries have been shown
-D -j 10.244.1.2
< exit code 2
> stderr: SUMMARY 2 flow entries have been deleted
-f ipv4 -C
< exit code 2
> stdout: 9$
-U -p tcp -d 10.0.0.2 -w 5 -m 7
< exit code 2
> left: .* mark=7 zone=5
-U -g 10.244.1.2 -m 4
< exit code 1
> stderr: SUMMARY 2 flow entries have been updated
-D -p tcp --state established
< exit code 2
> stderr: SUMMARY 2 flow entries have been deleted
-I -s 10.6.0.1 -d 10.6.0.2 -p udplite --sport 1 --dport 2 -t 3000 -r 10.6.0.2 -q 10.6.0.3
< exit code 1
> stderr: SUMMARY 1 flow entries have been created
-L -u UNSET
< exit code 1
> exit code 0
-Lexp
-Lexpect
-L=e
-LEXPECT
< exit code 2
> stderr: SUMMARY 0 expectations have been shown
-Lcon
< exit code 1
> stderr: SUMMARY 10 flow entries have been shown
-C -w 5
< exit code 2
> stdout: 1$
-C -o xml
< exit code 2
> stdout: 10$
-Ljo id
< stdout: udp .* use=U$
> stdout: udp .* use=U id=I$
-Lno id
< stdout: tcp .* use=U$
> stdout: tcp .* use=U id=I$
END

item 'Ports may be names of services'
pairs <<'END'
-L -p tcp --dport http
> stdout: tcp .* dport=80 
-L -p icmp6
< exit code 2
> exit code 0
-L -u SNAT
< exit code 2
> exit code 0
END

sort "$T/page" >"$T/a"
sort "$T/shown" >"$T/b"
no_diff "each item of the page's list is here, once" "$T/a" "$T/b"
finish
