#!/bin/sh
# Commands that have begun give up their capabilities but one, and by seccomp most system calls.
# netns: -a -t -l
. "${0%/*}/../lib.sh"

# powers PID: all that a process still may
powers() {
	sed -n 's/^\(CapEff\|CapPrm\|CapInh\|NoNewPrivs\|Seccomp\):[[:space:]]*/\1=/p' \
		"/proc/$1/status" | joined
}

# confined PID: its capabilities are down to one or two, of the first 32, and its calls to a list
confined() {
	case $(powers "$1") in
	*CapPrm=00000000000?1000*NoNewPrivs=1\ Seccomp=2) return 0 ;;
	*) return 1 ;;
	esac
}

# settled_powers PID: what it may once it is confined, or after 5 seconds
settled_powers() {
	until_true 5 confined "$1"
	powers "$1"
}

# All that is left, in the order of the file: CAP_NET_ADMIN is bit 12.
few='CapInh=0000000000000000 CapPrm=0000000000001000 CapEff=0000000000001000 NoNewPrivs=1 Seccomp=2'

# A program with rights that its caller lacks does not lend them: not to read a file, nor to what it
# runs; and the caller's environment is not looked at.
if [ "$(id -u)" -eq 0 ] && command -v setpriv > /dev/null && grep -q '^ *0 *0 *4294967295$' /proc/self/uid_map; then
	dir=$(mktemp -d /tmp/conntrack.XXXXXX) && chmod 755 "$dir"
	cp "$CONNTRACK" "$dir/conntrack" && chmod 4755 "$dir/conntrack"
	echo 'secret word' > "$dir/secret" && chmod 600 "$dir/secret"
	printf '#!/bin/sh\nid -u; id -g; grep CapPrm: /proc/self/status; echo $CT_SRC $EXTRA\n' > "$dir/program"
	chmod 755 "$dir/program"
	lent() { # WORD...: by somebody else
		setpriv --reuid 65534 --regid 65534 --clear-groups "$dir/conntrack" "$@"
	}
	"$CONNTRACK" -I -s 10.8.0.1 -d 10.8.0.2 -p udp --sport 1 --dport 9 -t 100 > /dev/null 2>&1
	if lent -L > "$TMP/out" 2> "$TMP/err"; then
		out_has "set-user-ID: lists" 'src=10\.8\.0\.1 '
		for words in "-R $dir/secret" "-L -s @$dir/secret" "-L --from $dir/secret" \
			"-L -o labels --labelmap $dir/secret"; do
			rc "${words%"$dir"*} of a file of root's" 2 lent $words
			err_has "is denied" 'Permission denied$'
		done
		rc "-j exec" 0 env EXTRA=more CONNTRACK_COLOR=always setpriv --reuid 65534 --regid 65534 \
			--clear-groups "$dir/conntrack" -L -j "exec=$dir/program"
		is "runs as the real user, with nothing" '65534 65534 CapPrm: 0000000000000000 10.8.0.1' \
			"$(tr '\t' ' ' < "$TMP/out" | joined)"
		rc "colors of the environment" 0 env CONNTRACK_COLOR=always setpriv --reuid 65534 --regid 65534 \
			--clear-groups "$dir/conntrack" -L
		is "are not there" 0 "$(grep -c "$(printf '\033')" "$TMP/out")"
	else
		cannot "set-user-ID" "$(cat "$TMP/err")"
	fi
	"$CONNTRACK" -D -s 10.8.0.1 > /dev/null 2>&1
	rm -rf "$dir"
else
	cannot "set-user-ID" "not root, or no setpriv"
fi

if [ -n "${SANITIZED:-}" ]; then
	finish # LeakSanitizer needs what would be given up
fi

for i in $(seq 9); do
	seq 300 | sed "s/.*/-I -s 10.0.$i.1 -d 10.0.0.2 -p udp --sport & --dport 9 -t 100/"
done | "$CONNTRACK" -R - || not_ok "load"

"$CONNTRACK" -E > /dev/null 2>&1 &
pid=$!
# Bit 19 is CAP_SYS_PTRACE, for the names of programs.
is "events" "$few" "$(settled_powers $pid | sed 's/000081000/000001000/g')"
kill $pid
wait $pid
"$CONNTRACK" -E -j null 2> /dev/null &
pid=$!
is "events that name no program" "$few" "$(settled_powers $pid)"
kill $pid
wait $pid

# Commands that wait to be read, and one that waits for its input.
mkfifo "$TMP/pipe"
for command in '-L' '-L -o xml' '-L --sort packets' '-D -p udp' '-U -p udp -m 7 -o id'; do
	exec 9<> "$TMP/pipe"
	# shellcheck disable=SC2086 # a list of words
	"$CONNTRACK" $command > "$TMP/pipe" 2> /dev/null 9>&- &
	pid=$!
	is "$command" "$few" "$(settled_powers $pid)"
	kill -9 $pid 2> /dev/null
	wait $pid 2> /dev/null
	exec 9<&-
done
mkfifo "$TMP/lines"
"$CONNTRACK" -R - < "$TMP/lines" &
pid=$!
exec 9> "$TMP/lines"
is "-R" "$few" "$(settled_powers $pid)"
echo '-I -s 10.9.0.1 -d 10.9.0.2 -p udp --sport 1 --dport 9 -t 100' >&9
exec 9>&-
wait $pid
is "and it ends well" 0 $?
is "and has loaded" 1 "$("$CONNTRACK" -C -s 10.9.0.1)"

# The zone is a file, too, and no more can be opened when the first date is written.
printf 'TZif2%80s\nJST-9\n' '' > "$TMP/zone"
echo 1 > /proc/sys/net/netfilter/nf_conntrack_timestamp
rc "an entry with a time" 0 \
	"$CONNTRACK" -I -s 10.9.0.3 -d 10.9.0.4 -p udp --sport 1 --dport 9 -t 100
hour() {
	TZ=$1 "$CONNTRACK" -L -s 10.9.0.3 -o ktimestamp 2> /dev/null |
		sed 's/.*start=[^:]* \([0-9]*\):.*/\1/'
}
is "nine hours later" $(((1$(hour UTC0) - 100 + 9) % 24)) $((1$(hour ":$TMP/zone") - 100))

# A program that entries are handed to keeps everything.
printf '#!/bin/sh\ngrep Seccomp: /proc/self/status\n' > "$TMP/program"
chmod +x "$TMP/program"
rc "exec" 0 "$CONNTRACK" -L -s 10.9.0.1 -j "exec=$TMP/program"
out_has "its programs are free" '^Seccomp:[[:space:]]*0$'
finish
