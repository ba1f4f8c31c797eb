# Functions to run a command line by both programs, to be sourced behind setup.sh.
# shellcheck shell=dash disable=SC2154

# tables: load files of what tables hold at first
tables() {
	cat >"$T/calls" <<-'END'
		-I -s 10.0.0.1 -d 10.96.0.10 -p udp --sport 1 --dport 53 -t 3000 -g 10.244.1.2:53
		-I -s 10.0.0.2 -d 10.96.0.10 -p udp --sport 2 --dport 53 -t 3000 -g 10.244.1.3:53 -m 0x30
		-I -s 10.0.0.3 -d 192.0.2.9 -p tcp --sport 3 --dport 30053 -t 3000 --state ESTABLISHED -u SEEN_REPLY,ASSURED -m 7
		-I -s 10.0.0.4 -d 192.0.2.9 -p udp --sport 4 --dport 30053 -t 3000 -g 10.244.1.2:53
		-I -s 10.0.0.5 -d 192.0.2.9 -p tcp --sport 5 --dport 80 -t 3000 --state SYN_SENT -n 203.0.113.1
		-I -s 10.0.0.6 -d 192.0.2.9 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77 -t 3000
		-I -s fd00::1 -d fd00::2 -p udp --sport 5 --dport 53 -t 3000
		-I -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 6 --dport 80 -t 3000 --state ESTABLISHED -w 5
		-I -s 10.0.0.7 -d 10.0.0.2 -p udp --sport 7 --dport 80 -t 3000 --orig-zone 3
		-I -s 10.0.0.8 -d 10.0.0.2 -p sctp --sport 8 --dport 80 -t 3000 --state ESTABLISHED --orig-vtag 11 --reply-vtag 22
	END
	cat >"$T/spellings" <<-'END'
		-I -s 10.0.0.1 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 3000 -m 5
		-I -s 10.0.0.2 -d 10.0.0.9 -p udp --sport 1 --dport 2 -t 3000 -n 10.8.8.8
		-I -s 10.0.0.3 -d 10.0.0.9 -p tcp --sport 1 --dport 2 -t 3000 --state CLOSE -u SEEN_REPLY,ASSURED
		-I -s fe80::3 -d fe80::4 -p udp --sport 1 --dport 2 -t 3000 -w 1
	END
}

# said FILE: clean, with SUMMARY where a line begins as those do that callers look for; without what
# ours adds to a refusal in brackets, and without the numbers of -S.
said() {
	sed -E 's/^conntrack v[0-9]+\.[0-9]+\.[0-9]+ \(conntrack-tools\): /SUMMARY /
		/^SUMMARY Operation failed: /s/ \(cannot [^)]*\)$//
		/^cpu=/s/=[0-9]+/=N/g' "$1" | clean
}

# fill: the table holds what the load file $T/$start says, by the peer.
fill() {
	"$PEER" -F >/dev/null 2>&1
	"$PEER" -R "$T/$start" >/dev/null 2>"$T/err" || not_ok "fill" "$(cat "$T/err")"
	full=1
}

# table: what the table holds
table() {
	"$PEER" -L -o extended,labels $LM 2>/dev/null | clean
}

# use START: the load file that ran starts with.
use() {
	start=$1
	fill
	table >"$T/base"
	[ "$(lines "$T/base")" -eq "$(lines "$T/$start")" ] || not_ok "start table $start" "$(cat "$T/base")"
}

# ran PROGRAM NAME ARG...: all that can be seen of it, on the start table, goes to $T/NAME. An
# argument @id is the id of the first entry of 10.0.0.3. What $by holds runs the program.
by=
ran() {
	ran_program=$1
	ran_to=$T/$2
	shift 2
	[ -n "$full" ] || fill
	ran_run "$@" >"$TMP/out" 2>"$TMP/err"
	{
		echo "exit code $?"
		said "$TMP/out" | sed 's/^/stdout: /'
		said "$TMP/err" | sed 's/^/stderr: /'
	} >"$ran_to"
	table >"$T/left"
	cmp -s "$T/base" "$T/left" || full=
	sed 's/^/left: /' "$T/left" >>"$ran_to"
	[ -n "$full" ] || fill
	ran_run "$@" 2>&1 | cat >"$TMP/out"
	cmp -s "$T/base" "$T/left" || full=
	said "$TMP/out" | sed '1s/^/first: /; 1!s/^/both: /' >>"$ran_to"
}
ran_run() {
	case " $* " in
	*' @id '*)
		ran_id=$("$PEER" -L -o id -s 10.0.0.3 2>/dev/null | sed -n '1s/.* id=//p')
		for ran_word in "$@"; do
			shift
			[ "$ran_word" != @id ] || ran_word=$ran_id
			set -- "$@" "$ran_word"
		done
		;;
	esac
	timeout 20 $by "$ran_program" "$@" </dev/null
}
