#!/bin/sh
# netns: -m
# The shells' completions: every option, words that the program takes, and names as they are.
. "$(dirname "$0")/../lib.sh"

made=${TOOLS%/*} # where make completions puts them
mkdir "$TMP/bin"
ln -s "$CONNTRACK" "$TMP/bin/conntrack"
PATH=$TMP/bin:$PATH
"$CONNTRACK" --help all | sed -n 's/^ *\(-[^ ].*\)/\1/p' | grep -oE -- '(^| )--[a-z0-9-]+' |
	tr -d ' ' | sort -u > "$TMP/options"
is "there are options" yes "$([ "$(lines "$TMP/options")" -ge 60 ] && echo yes)"
mkdir -p /run/netns
: > /run/netns/blue
: > '/run/netns/red$(echo>hacked)'
states() { # PROTOCOL: its states, as the program's help lists them
	"$CONNTRACK" -h -p "$1" | sed -n 's/^  States: //p' | tr -d ,
}
states=$(for proto in tcp sctp dccp; do states $proto; done | tr ' ' '\n' | sort -u | joined)
is "there are states" yes "$([ "$(echo "$states" | wc -w)" -ge 25 ] && echo yes)"
if [ ! -f "$made/completion.bash" ]; then
	cannot "completions" "make completions has not been run"
	finish
	exit
fi

if command -v bash > /dev/null; then
	is "bash reads its file" "" "$(bash -n "$made/completion.bash" 2>&1)"
	complete() { # WORD...: what bash offers for the last one
		bash -c '. "$1"; shift; COMP_WORDS=(conntrack "$@"); COMP_CWORD=$#; _conntrack
			printf "%s\n" "${COMPREPLY[@]}"' bash "$made/completion.bash" "$@"
	}
	offers() { # EXPECTED WORD...
		want=$1
		shift
		is "bash: $*" "$want" "$(complete "$@" | LC_ALL=C sort | joined)"
	}
	complete -- > "$TMP/offered"
	is "bash: every option" "" "$(grep -vxFf "$TMP/offered" "$TMP/options")"
	offers '--delete --dport --dry-run --dst --dst-nat --dstkey --dump' --d
	offers 'dying' -L dy
	offers 'all conntrack expect' -C ''
	offers 'conntrack expect orig reply' -I ''
	offers 'conntrack orig reply' -A ''
	offers 'conntrack orig reply' -U ''
	offers 'orig' -U o
	offers 'tcp' -p t
	offers 'json jsonl' -L -o js
	offers 'id,labels' -L -o id,la
	offers 'ESTABLISHED' -L --state = E
	is "bash: all states" "$states" "$(complete --state '' | LC_ALL=C sort | joined)"
	offers 'lo' -L --in l
	offers 'lo' -L -i l
	offers 'labels lo' -L -o l
	offers 'blue' -L -n b
	cd "$TMP" || exit
	offers 'red\$\(echo\>hacked\)' -L -n r
	offers 'blue red\$\(echo\>hacked\)' -L -n ''
	is "bash: no name is run" "" "$(ls hacked 2> /dev/null)"
	cd /
	offers 'mark=' -L -j m
	offers 'list load-file' --help l
	offers '-packets' -L --sort -p
	offers 'ASSURED,SEEN_REPLY' -D -u ASSURED,SE
	# every word that is offered is one that the program takes
	for pair in -p:-L --state:-L --ctstate:-L -u:-L --output:-L -g:-L --sort:-L -f:-L -e:-E \
		--on-loss:-E --role:-L --icmp-type:-L --icmpv6-type:-L --color:-L; do
		option=${pair%:*}
		offered=$(complete "$option" '' | grep -vx -e -flows -e flows)
		is "$option: words are offered" yes "$([ -n "$offered" ] && echo yes)"
		for word in $offered; do
			extra=
			[ "$word" = prometheus ] && extra='-g src'
			[ "$word" = format= ] && word=format=src
			"$CONNTRACK" ${pair#*:} $extra "$option" "$word" --limit 1 \
				> "$TMP/out" 2> "$TMP/err" < /dev/null &
			pid=$!
			hold $pid
			if [ "${pair#*:}" = -E ]; then
				listening $pid
				kill -INT $pid 2> /dev/null
			fi
			wait $pid
			RC=$?
			is "$option $word" "0" "$RC$([ $RC -eq 0 ] || cat "$TMP/err")"
		done
	done
else
	skip "bash's completion" "no bash"
fi
if command -v zsh > /dev/null; then
	is "zsh reads its file" "" "$(zsh -n "$made/completion.zsh" 2>&1)"
	offers_zsh() { # EXPECTED WORD...: what zsh is given to choose from for the last one
		want=$1
		shift
		is "zsh: $*" "$want" "$(zsh_offers "$@" | LC_ALL=C sort | joined)"
	}
	zsh_offers() {
		zsh -fc 'autoload -Uz compinit; compinit -D; source "$1"; shift
			compadd() { print -l -- "${(@P)@[-1]}"; }
			compset() { [[ $2 == "*=" ]] && PREFIX=${PREFIX#*=}; }
			words=(conntrack "$@"); CURRENT=$#words; PREFIX=${words[-1]}
			_conntrack' zsh "$made/completion.zsh" "$@" 2>&1
	}
	zsh_offers -- > "$TMP/offered"
	is "zsh: every option" "" "$(grep -vxFf "$TMP/offered" "$TMP/options")"
	offers_zsh 'all conntrack dying expect unconfirmed' -L ''
	offers_zsh 'conntrack orig reply' -U ''
	offers_zsh "$states" --state ''
	offers_zsh "$states" --state=
	offers_zsh 'client server' --role ''
	offers_zsh 'blue red$(echo>hacked)' --netns ''
	is "zsh: --in" lo "$(zsh_offers --in '' | grep -x lo)"
else
	cannot "zsh's completion" "no zsh"
fi
if command -v fish > /dev/null; then
	fish_offers() { # LINE: what fish offers behind it
		HOME=$TMP fish -c "source $made/completion.fish; complete -C '$1'" 2> "$TMP/err" |
			cut -f1
	}
	offers_fish() { # EXPECTED LINE
		is "fish: $2" "$1" "$(fish_offers "conntrack $2" | grep -v '^-' | LC_ALL=C sort | joined)"
	}
	fish_offers 'conntrack --' > "$TMP/offered"
	is "fish: every option" "" "$(grep -vxFf "$TMP/offered" "$TMP/options")"
	offers_fish 'all conntrack dying expect unconfirmed' '-L '
	offers_fish 'conntrack orig reply' '-U '
	offers_fish "$states" '--state '
	offers_fish 'client server' '--role '
	offers_fish 'blue red$(echo>hacked)' '--netns '
	is "fish: --in" lo "$(fish_offers 'conntrack --in ' | grep -x lo)"
else
	cannot "fish's completion" "no fish"
fi
finish
