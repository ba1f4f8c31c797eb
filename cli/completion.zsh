#compdef conntrack
# Completion of conntrack(8) for zsh.

_conntrack_interfaces() {
	choices+=(/sys/class/net/*(N:t))
}

_conntrack_netns() {
	choices+=(/run/netns/*(N:t))
}

_conntrack_labels() {
	local bit name rest
	while read -r bit name rest; do
		[[ $bit == <-> && -n $name ]] && choices+=("$name")
	done 2> /dev/null < /etc/xtables/connlabel.conf
}

_conntrack_files() {
	_files
	completed=1
}

# Offers the arguments of option $1.
_conntrack_arguments() {
	case $1 in
@words@
	esac
}

_conntrack_options() {
	local -a names lines
	describe() {
		local text=$1 name
		shift
		for name; do
			names+=("$name")
			lines+=("$name  $text")
		done
	}
@options@
	unfunction describe
	compadd -l -d lines -a names
}

_conntrack() {
	local -a choices
	local completed option=${words[CURRENT - 1]}
	if [[ $PREFIX == --*=* ]]; then
		option=${PREFIX%%=*}
		compset -P '*='
	fi
	_conntrack_arguments "$option"
	[[ -n $completed ]] && return
	if (( $#choices )) && [[ $PREFIX != --* ]]; then
		compset -P '*,'
		compadd -S '' -a choices
	else
		_conntrack_options
	fi
}

if [ "$funcstack[1]" = _conntrack ]; then
	_conntrack "$@"
else
	compdef _conntrack conntrack
fi
