# Completion of conntrack(8) for fish. The options are those of "conntrack --help all".

function __conntrack_options
	conntrack --help all 2>/dev/null | awk '/^ +-/ {
		for (i = 1; i <= NF && $i ~ /^-/; i++)
			;
		text = ""
		for (k = i + ($i ~ /^[[A-Z]/); k <= NF; k++)
			text = text (text == "" ? "" : " ") $k
		while (i-- > 1) {
			sub(/,$/, "", $i)
			if ($i ~ /^--/)
				print $i "\t" text
		}
	}'
end

function __conntrack_prev
	contains -- (commandline -opc)[-1] $argv
end

complete -c conntrack -f
complete -c conntrack -n 'not __conntrack_prev -R --load-file --labelmap' -a '(__conntrack_options)'
complete -c conntrack -n '__conntrack_prev -R --load-file --labelmap' -F
complete -c conntrack -n '__conntrack_prev -L --list --dump' -a 'conntrack expect dying unconfirmed all'
complete -c conntrack -n '__conntrack_prev -E --event -F --flush -C --count' -a 'conntrack expect all'
complete -c conntrack -n '__conntrack_prev -I --create -A --add -U --update' -a 'conntrack expect orig reply'
complete -c conntrack -n '__conntrack_prev -p --proto --protonum' -a 'tcp udp icmp icmpv6 sctp gre udplite dccp'
complete -c conntrack -n '__conntrack_prev -f --family' -a 'ipv4 ipv6 inet bridge'
complete -c conntrack -n '__conntrack_prev --state' -a 'NONE SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT CLOSE_WAIT LAST_ACK TIME_WAIT CLOSE SYN_SENT2'
complete -c conntrack -n '__conntrack_prev --ctstate' -a 'NEW ESTABLISHED RELATED SNAT DNAT'
complete -c conntrack -n '__conntrack_prev -u --status' -a 'ASSURED SEEN_REPLY UNREPLIED UNSET FIXED_TIMEOUT EXPECTED CONFIRMED SRC_NAT DST_NAT OFFLOAD HW_OFFLOAD HELPER DYING'
complete -c conntrack -n '__conntrack_prev -e --event-mask' -a 'ALL NEW UPDATES DESTROY'
complete -c conntrack -n '__conntrack_prev -o --output' -a '(conntrack -o help 2>/dev/null | string match -r "[a-z]+" )'
complete -c conntrack -n '__conntrack_prev -i --in --out' -a '(command ls /sys/class/net 2>/dev/null)'
complete -c conntrack -n '__conntrack_prev -n --netns' -a '(command ls /run/netns 2>/dev/null)'
complete -c conntrack -n '__conntrack_prev -g --group' -a 'src dst sport dport proto state mark zone'
complete -c conntrack -n '__conntrack_prev -j --jump' -a 'count null delete mark= exec='
complete -c conntrack -n '__conntrack_prev --sort' -a 'bytes packets expires flows'
complete -c conntrack -n '__conntrack_prev --on-loss' -a 'warn exit resync'
