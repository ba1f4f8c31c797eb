#compdef conntrack
# Completion of conntrack(8) for zsh. The options are those of "conntrack --help all".

_conntrack() {
	local -a options formats
	local prev=${words[CURRENT - 1]}
	case $prev in
	-L | --list | --dump) compadd conntrack expect dying unconfirmed all ;;
	-E | --event | -F | --flush | -C | --count | --counter) compadd conntrack expect all ;;
	-G | --get | -D | --delete | -S | --stats) compadd conntrack expect ;;
	-I | --create | -A | --add | -U | --update) compadd conntrack expect orig reply ;;
	-h | --help) compadd all list get delete create add update event flush count stats load-file ;;
	-p | --proto | --protonum) compadd tcp udp icmp icmpv6 sctp gre udplite dccp ;;
	-f | --family) compadd ipv4 ipv6 inet bridge ;;
	--state) compadd NONE SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT CLOSE_WAIT LAST_ACK TIME_WAIT CLOSE SYN_SENT2 LISTEN ;;
	--ctstate) compadd -S '' NEW ESTABLISHED RELATED SNAT DNAT INVALID UNTRACKED ;;
	-u | --status) compadd -S '' ASSURED SEEN_REPLY UNREPLIED UNSET FIXED_TIMEOUT EXPECTED CONFIRMED SRC_NAT DST_NAT OFFLOAD HW_OFFLOAD HELPER DYING ;;
	-e | --event-mask) compadd ALL NEW UPDATES DESTROY ;;
	-o | --output)
		formats=(${(f)"$(conntrack -o help 2> /dev/null | awk '{print $1}')"})
		compadd -a formats
		;;
	-i | --in | --out) compadd /sys/class/net/*(N:t) ;;
	-n | --netns) compadd /run/netns/*(N:t) ;;
	-l | --label | --label-add | --label-del)
		compadd $(awk '$1 ~ /^[0-9]+$/ {print $2}' /etc/xtables/connlabel.conf 2> /dev/null)
		;;
	-g | --group) compadd -S '' src dst sport dport proto state mark zone ;;
	-j | --jump) compadd -S '' count null delete mark= exec= ;;
	--sort) compadd bytes packets expires flows ;;
	--on-loss) compadd warn exit resync ;;
	--role) compadd client server ;;
	-R | --load-file | --labelmap) _files ;;
	*)
		options=(${(f)"$(conntrack --help all 2> /dev/null |
			awk '/^ +-/ {for (i = 1; i <= NF && $i ~ /^-/; i++) {sub(/,$/, "", $i); print $i}}')"})
		compadd -a options
		;;
	esac
}

if [ "$funcstack[1]" = _conntrack ]; then
	_conntrack "$@"
else
	compdef _conntrack conntrack
fi
