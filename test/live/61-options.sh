#!/bin/sh
# netns: -a -t -l -m
# Each option of the manual page has a line in options.list, which is run by every one of its names:
# it selects, changes or prints what stands there. Each command that takes an option has such a line.
# shellcheck disable=SC2034,SC2154,SC2086 # variables of options.sh; words
. "${0%/*}/../lib.sh"
list=$(cd "${0%/*}" && pwd)/options.list
. "${0%/*}/../options.sh"

# each MARKS OPTION...: these entries are what -L, -C, -U and -D mean.
each() {
	e_want=$1
	shift
	e_n=0
	for mark in $e_want; do
		e_n=$((e_n + 1))
	done
	run conntrack -L "$@" </dev/null
	[ $RC -eq 0 ] && [ "$(sorted "$(marks out)")" = "$e_want" ] || bad="-L: $(t_last)"
	[ "$name" = "${names%% *}" ] || return # another name is another spelling
	run conntrack -C "$@" </dev/null
	[ $RC -eq 0 ] && [ "$(cat out)" = $e_n ] || bad="$bad -C: $(t_last)"
	if [ "$verb" = each ]; then
		run conntrack -U --label-add 90 "$@" </dev/null
		[ $RC -eq 0 ] && [ "$(sorted "$(marks out)")" = "$e_want" ] &&
			[ "$(conntrack -C -l 90)" = $e_n ] || bad="$bad -U: $(t_last)"
	fi
	run conntrack -D "$@" </dev/null
	[ $RC -eq 0 ] && [ "$(sorted "$(marks out)")" = "$e_want" ] || bad="$bad -D: $(t_last)"
	case $setup in
	flows | neighbour) table_has "$(others "$e_want")" || bad="$bad -D leaves: $(marks table)" ;;
	esac
	table=
}

# --- the table ---

sed -n '/^[^#]/{s/[[:space:]]*|[[:space:]]*/|/g; p;}' "$list" >rows
is "there are lines" yes "$([ "$(lines rows)" -ge 150 ] && echo yes)"

# What selects is tried on all events, too: those of the table's entries, when they come and when
# they go.
cut -d '|' -f 2-3 rows | grep -E '\|(each|query) ' | cut -d '|' -f 1 | sort -u >setups
while read -r setup <&3; do
	set_up "$setup" || continue
	n=0
	followers=
	while IFS='|' read -r names row_setup command expected <&4; do
		n=$((n + 1))
		case "$row_setup $command" in
		"$setup each "* | "$setup query "*) ;;
		*) continue ;;
		esac
		words=${command#* }
		eval "exec conntrack -E ${words%OPT*}${names%% *}${words#*OPT}" >"events.$n" \
			2>"events.$n.err" </dev/null &
		followers="$followers $!"
	done 4<rows
	hold $followers
	for follower in $followers; do
		until_true 20 ready
	done
	conntrack -F 2>/dev/null
	table=
	set_up "$setup"
	conntrack -F 2>/dev/null
	table=
	until_true 20 has_read
	# shellcheck disable=SC2086 # several
	kill -INT $followers
	for follower in $followers; do
		wait $follower
	done
done 3<setups

n=0
while IFS='|' read -r names setup command expected <&3; do
	n=$((n + 1))
	verb=${command%% *}
	case $verb in
	each) commands='L C U D E' ;;
	query) commands='L C D E' ;;
	make) commands='I A' ;;
	alone) commands=${command#alone -} commands=${commands%% *} ;;
	OPT) commands= ;;
	--check) commands=check ;;
	*) commands=${verb#-} ;;
	esac
	for c in $commands; do
		echo "$c $names" >>pairs
	done
	case $command in
	*OPT*) ;;
	*) not_ok "$names: a line without OPT" "$command" ;;
	esac
	if ! set_up "$setup"; then
		cannot "$names" "the setup $setup cannot be made here"
		continue
	fi
	case $verb in
	alone)
		unshare -p -f --mount-proc true 2>/dev/null || {
			cannot "$names" "no process namespaces here"
			continue
		}
		;;
	each | query)
		is "${names%% *} ${command#* }: -E" "$expected" "$(sorted "$(marks "events.$n")")"
		;;
	esac
	for name in $names; do
		words=${command%%OPT*}$name${command#*OPT}
		for one in ${commands:-OPT}; do
			set_up "$setup"
			bad=
			case $verb in
			each | query)
				eval "each \"\$expected\" ${words#* }"
				;;
			make) perform "conntrack -$one ${words#* }" "$expected" ;;
			alone)
				# "All" network namespaces are those of the processes: of no others.
				perform "unshare -p -f --mount-proc conntrack ${words#* }" "$expected"
				;;
			*) perform "conntrack $words" "$expected" ;;
			esac
			if [ -z "$bad" ]; then
				ok "$words"
			else
				not_ok "$words" "expected: $expected" "$bad"
			fi
			[ $verb = make ] || break
		done
	done
done 3<rows

# --- the table is whole ---

# names: the names of each option of a help, as the first column of the table has them.
names() {
	awk '/^  (-[A-Za-z]|    --)/ {
		line = ""
		for (i = 1; $i ~ /^--?[a-zA-Z]/; i++) {
			sub(",", "", $i)
			line = line (i > 1 ? " " : "") $i
		}
		print line
	}' | sort -u
}
conntrack --help all | names >all.names
cut -d '|' -f 1 rows | sort -u >row.names
no_diff "each option has a line, and each line an option" all.names row.names
for c in list:L get:G delete:D create:I add:A update:U event:E flush:F count:C stats:S \
	load-file:R check:check; do
	conntrack --help "${c%:*}" | sed '/^Commands:/,/^$/d' | names >help.names
	sed -n "s/^${c#*:} //p" pairs | sort -u >row.names
	no_diff "--help ${c%:*}: each option has a line" help.names row.names
done
finish
