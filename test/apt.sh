# Functions for scripts that take packages from another suite, or for another architecture, than the
# machine has, and leave its apt and dpkg states as they are. Nothing needs root.

# The entries of the machine's sources that name its own release, as one-line entries of the suite
# $2; $1 is that release.
apt_sources() {
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		awk -v own="$1" -v suite="$2" '
		$1 == "deb" {
			i = 2
			opt = ""
			if ($2 ~ /^\[/) {
				for (; i <= NF; i++) {
					opt = opt $i " "
					if ($i ~ /\]$/) { i++; break }
				}
			}
			if ($(i + 1) != own)
				next
			line = "deb " opt $i " " suite
			for (i += 2; i <= NF; i++)
				line = line " " $i
			print line
		}'
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -f "$f" ] && cat "$f" && echo
	done | awk -v own="$1" -v suite="$2" '
		function flush(   n, m, i, u, s, opt) {
			if (f["types"] ~ /(^| )deb( |$)/ && f["enabled"] !~ /^(no|false|0)/) {
				n = split(f["suites"], s, " ")
				for (i = 1; i <= n && s[i] != own; i++)
					;
				opt = ""
				if (f["signed-by"] ~ /^\//)
					opt = "[signed-by=" f["signed-by"] "] "
				m = i <= n ? split(f["uris"], u, " ") : 0
				for (i = 1; i <= m; i++)
					print "deb " opt u[i] " " suite " " f["components"]
			}
			split("", f)
			key = ""
		}
		/^#/ { next }
		/^[ \t]*$/ { flush(); next }
		/^[^ \t]+:/ {
			key = tolower(substr($0, 1, index($0, ":") - 1))
			f[key] = substr($0, index($0, ":") + 1)
			sub(/^[ \t]+/, "", f[key])
			next
		}
		key != "" { f[key] = f[key] " " $0 }
		END { flush() }'
}

# apt_private DIR SUITE [ARCH]: make DIR/conf, with which APT_CONFIG=DIR/conf apt-get and apt-cache
# know the packages of SUITE, for the processor ARCH, from where the machine's own apt sources point
# to, and believe that none is installed. The index is still to be fetched. Where it cannot be made:
# say why on stderr, fail.
apt_private() {
	for tool in apt-get dpkg-deb awk; do
		command -v $tool >/dev/null 2>&1 || { echo "no $tool here" >&2; return 1; }
	done
	own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null | tr -d \")
	[ -n "$own" ] || { echo "the release of this system is not known" >&2; return 1; }
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial" "$1/etc" || return 1
	: >"$1/status"
	for name in "$own" stable testing unstable sid; do
		apt_sources "$name" "$2"
	done | sort -u >"$1/sources.list"
	[ -s "$1/sources.list" ] || {
		echo "no apt source of this system names its release" >&2
		return 1
	}
	cat >"$1/conf" <<-END
		Dir::Etc::sourcelist "$1/sources.list";
		Dir::Etc::sourceparts "$1/etc";
		Dir::Etc::preferences "$1/etc/none";
		Dir::Etc::preferencesparts "$1/etc";
		Dir::State "$1";
		Dir::State::lists "$1/lists";
		Dir::State::status "$1/status";
		Dir::State::extended_states "$1/extended_states";
		Dir::Cache "$1/cache";
		Dir::Log "$1";
		APT::Sandbox::User "";
		APT::Install-Recommends "false";
		APT::Get::Assume-Yes "true";
		APT::Update::Post-Invoke-Success "";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Debug::NoLocking "true";
	END
	[ -z "${3:-}" ] ||
		printf 'APT::Architecture "%s";\nAPT::Architectures "%s";\n' "$3" "$3" >>"$1/conf"
}
