# Completion of conntrack(8) for fish.

function __conntrack_behind
	contains -- (commandline -opc)[-1] $argv
end

function __conntrack_behind_file
	__conntrack_behind -R --load-file --labelmap
end

function __conntrack_interfaces
	command ls /sys/class/net 2>/dev/null
end

function __conntrack_netns
	command ls /run/netns 2>/dev/null
end

function __conntrack_labels
	awk '$1 ~ /^[0-9]+$/ {print $2}' /etc/xtables/connlabel.conf 2>/dev/null
end

complete -c conntrack -f
@options@
@words@
