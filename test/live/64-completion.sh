#!/bin/sh
# netns: -m
# The shells' completions: every option, and words that the program takes.
. "$(dirname "$0")/../lib.sh"

cli=$(cd "$(dirname "$0")/../../cli" && pwd)
mkdir "$TMP/bin"
ln -s "$CONNTRACK" "$TMP/bin/conntrack"
PATH=$TMP/bin:$PATH
"$CONNTRACK" --help all | grep -oE -- '(^| )--[a-z0-9-]+' | tr -d ' ' | sort -u > "$TMP/options"
is "there are options" yes "$([ "$(lines "$TMP/options")" -ge 60 ] && echo yes)"
mkdir -p /run/netns
: > /run/netns/blue

if command -v bash > /dev/null; then
	complete() { # WORD...: what bash offers for the last one
		bash -c '. "$1"; shift; COMP_WORDS=(conntrack "$@"); COMP_CWORD=$#; _conntrack
			printf "%s\n" "${COMPREPLY[@]}"' bash "$cli/completion.bash" "$@"
	}
	offers() { # EXPECTED WORD...
		want=$1
		shift
		is "bash: $*" "$want" "$(complete "$@" | sort | joined)"
	}
	complete -- > "$TMP/offered"
	is "bash: every option" "" "$(grep -vxFf "$TMP/offered" "$TMP/options")"
	offers '--delete --dport --dry-run --dst --dst-nat --dstkey --dump' --d
	offers 'dying' -L dy
	offers 'all conntrack expect' -C ''
	offers 'orig' -U o
	offers 'tcp' -p t
	offers 'json jsonl' -L -o js
	offers 'id,labels' -L -o id,la
	offers 'ESTABLISHED' -L --state = E
	offers 'lo' -L --in l
	offers 'blue' -L -n b
	offers 'mark=' -L -j m
	offers 'ASSURED,SEEN_REPLY' -D -u ASSURED,SE
	# every word that is offered is one that the program takes
	for pair in -p:-L --state:-L --ctstate:-L -u:-L -o:-L -g:-L --sort:-L -f:-L -e:-E \
		--on-loss:-E --role:-L --icmp-type:-L; do
		option=${pair%:*}
		offered=$(complete "$option" '' | grep -v -e -flows -e '^flows')
		is "$option: words are offered" yes "$([ -n "$offered" ] && echo yes)"
		for word in $offered; do
			extra=
			[ "$word" = prometheus ] && extra='-g src'
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
	is "zsh reads its file" "" "$(zsh -n "$cli/completion.zsh" 2>&1)"
	zsh -fc 'autoload -Uz compinit; compinit -D; source "$1"
		compadd() { print -l -- "${(@P)@[-1]}" "$@"; }
		words=(conntrack --); CURRENT=2; _conntrack' zsh "$cli/completion.zsh" \
		> "$TMP/offered" 2>&1
	is "zsh: every option" "" "$(grep -vxFf "$TMP/offered" "$TMP/options")"
else
	cannot "zsh's completion" "no zsh"
fi
if command -v fish > /dev/null; then
	offered() { # LINE: what fish offers behind it
		HOME=$TMP fish -c "source $cli/completion.fish; complete -C '$1'" 2> "$TMP/err" |
			cut -f1
	}
	offered 'conntrack --' > "$TMP/offered"
	is "fish: every option" "" "$(grep -vxFf "$TMP/offered" "$TMP/options")"
	is "fish: tables" "all conntrack dying expect unconfirmed" \
		"$(offered 'conntrack -L ' | grep -v '^-' | sort | joined)"
else
	cannot "fish's completion" "no fish"
fi
finish
