# Completion of conntrack(8) for bash, and for zsh by way of bashcompinit. The options are those of
# "conntrack --help all".

# _conntrack_words OPTION: what its argument can be
_conntrack_words() {
	case $1 in
	-L | --list | --dump) echo conntrack expect dying unconfirmed all ;;
	-E | --event | -F | --flush | -C | --count | --counter) echo conntrack expect all ;;
	-G | --get | -D | --delete | -S | --stats) echo conntrack expect ;;
	-I | --create | -A | --add | -U | --update) echo conntrack expect orig reply ;;
	-h | --help) echo all list get delete create add update event flush count stats load-file ;;
	-p | --proto | --protonum) echo tcp udp icmp icmpv6 sctp gre udplite dccp ;;
	-f | --family) echo ipv4 ipv6 inet bridge ;;
	--state)
		echo NONE SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT CLOSE_WAIT LAST_ACK TIME_WAIT CLOSE \
			SYN_SENT2 LISTEN CLOSED COOKIE_WAIT COOKIE_ECHOED SHUTDOWN_SENT SHUTDOWN_RECD \
			SHUTDOWN_ACK_SENT HEARTBEAT_SENT REQUEST RESPOND PARTOPEN OPEN CLOSEREQ CLOSING \
			TIMEWAIT
		;;
	--ctstate) echo NEW ESTABLISHED RELATED SNAT DNAT INVALID UNTRACKED ;;
	-u | --status)
		echo ASSURED SEEN_REPLY UNREPLIED UNSET FIXED_TIMEOUT EXPECTED CONFIRMED SRC_NAT DST_NAT \
			OFFLOAD HW_OFFLOAD HELPER DYING
		;;
	-e | --event-mask) echo ALL NEW UPDATES DESTROY ;;
	-o | --output) conntrack -o help 2> /dev/null | awk '{print $1}' ;;
	-i | --in | --out) ls /sys/class/net 2> /dev/null ;;
	-n | --netns) ls /run/netns 2> /dev/null ;;
	-l | --label | --label-add | --label-del)
		awk '$1 ~ /^[0-9]+$/ {print $2}' /etc/xtables/connlabel.conf 2> /dev/null
		;;
	-g | --group) echo src dst sport dport proto state mark zone ;;
	-j | --jump) echo count null delete mark= exec= ;;
	--sort) echo bytes packets expires flows -bytes -packets -expires -flows ;;
	--on-loss) echo warn exit resync ;;
	--role) echo client server ;;
	--helper) echo ftp tftp sip h323 irc pptp amanda snmp sane netbios-ns ;;
	--icmp-type | --icmpv6-type) echo echo-request echo-reply ;;
	esac
}

_conntrack() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} head='' words
	COMPREPLY=()
	# bash takes --name=value for three words
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $prev in
	-R | --load-file | --labelmap)
		compopt -o filenames 2> /dev/null
		COMPREPLY=($(compgen -f -- "$cur"))
		return
		;;
	esac
	words=$(_conntrack_words "$prev")
	if [[ -n $words && $cur != -[^bpef]* ]]; then
		# of a comma list, the last item
		[[ $cur == *,* ]] && head=${cur%,*},
		COMPREPLY=($(compgen -P "$head" -W "$words" -- "${cur#"$head"}"))
		[[ ${COMPREPLY-} == *= ]] && compopt -o nospace 2> /dev/null
		return
	fi
	words=$(conntrack --help all 2> /dev/null | awk '/^ +-/ {for (i = 1; i <= NF && $i ~ /^-/; i++) {sub(/,$/, "", $i); print $i}}')
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

complete -F _conntrack conntrack
