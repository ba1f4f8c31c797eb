# Completion of conntrack(8) for bash, from 4.0 on.

_conntrack_interfaces() {
	local path
	for path in /sys/class/net/*; do
		[[ -e $path ]] && found+=("${path##*/}")
	done
}

_conntrack_netns() {
	local path
	for path in /run/netns/*; do
		[[ -e $path ]] && found+=("${path##*/}")
	done
}

_conntrack_labels() {
	local bit name rest
	while read -r bit name rest; do
		[[ $bit =~ ^[0-9]+$ && $name ]] && found+=("$name")
	done 2> /dev/null < /etc/xtables/connlabel.conf
}

_conntrack_files() {
	compopt -o filenames 2> /dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

# Collects the arguments of option $1: choices, words of the option table; found, names on this machine.
_conntrack_arguments() {
	case $1 in
@words@
	esac
}

_conntrack_options=(
@options@
)

_conntrack() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} head='' word
	local choices=() found=()
	COMPREPLY=()
	# bash takes --name=value for three words
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	_conntrack_arguments "$prev"
	# of a comma list, the last item
	[[ $cur == *,* ]] && head=${cur%,*},
	for word in "${choices[@]}"; do
		[[ $head$word == "$cur"* ]] && COMPREPLY+=("$head$word")
	done
	# The shell would read a name as a command's words: it is quoted, and never expanded.
	for word in "${found[@]}"; do
		[[ $head$word == "$cur"* ]] && COMPREPLY+=("$head$(printf %q "$word")")
	done
	[[ ${COMPREPLY-} == *= ]] && compopt -o nospace 2> /dev/null
	if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
		for word in "${_conntrack_options[@]}"; do
			[[ $word == "$cur"* ]] && COMPREPLY+=("$word")
		done
	fi
}

complete -F _conntrack conntrack
