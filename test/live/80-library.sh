#!/bin/sh
# The library as others get it: installed, with headers for C and C++, and the examples built with
# it and run.
# netns: -a -t -l
#
# CC, CXX	the compilers; default cc, c++
. "${0%/*}/../lib.sh"

root=$(cd "${0%/*}/../.." && pwd)
CC=${CC:-cc}
CXX=${CXX:-c++}
unset MAKEFLAGS MAKELEVEL MFLAGS

# has COMMAND: it can be run.
has() {
	command -v "${1%% *}" >/dev/null 2>&1
}

# none NAME LINES: a check that passes where there are no lines.
none() {
	if [ -z "$2" ]; then
		ok "$1"
	else
		not_ok "$1" "$(printf '%s\n' "$2" | head -n 40)"
	fi
}

if ! has "$CC" || ! has make || ! has nm; then
	skip "the library" "no compiler, make or nm"
	finish
fi

# --- what is installed ---

rc "make install-lib" 0 make -s -j2 -C "$root" CC="$CC" O="$TMP/build" CFLAGS=-O1 \
	DESTDIR="$TMP/with blanks" PREFIX=/opt/ct install-lib
[ "$RC" -eq 0 ] || finish
none "says nothing" "$(cat "$TMP/out" "$TMP/err")"
mv "$TMP/with blanks" "$TMP/dest"
rc "the folder of a build has no blanks" 2 make -s -C "$root" O="$TMP/with blanks" install-lib
lib=$TMP/dest/opt/ct/lib/libct.a
pc=$TMP/dest/opt/ct/lib/pkgconfig/libct.pc
headers=$TMP/dest/opt/ct/include/libct
is "and nothing else" "include/libct/ct include/libct/nl lib lib/pkgconfig" \
	"$(cd "$TMP/dest/opt/ct" && find . -type f | sed 's|^\./||; s|/[^/]*$||' | sort -u | joined)"
is "libct.pc has the command's version" "$("$CONNTRACK" -V | sed 's/.* v\([0-9.]*\) .*/\1/')" \
	"$(sed -n 's/^Version: //p' "$pc")"
none "the command and its formats use these headers only, and the switches" "$(find "$root/cli" \
	"$root/fmt" -name '*.[ch]' -exec sed -n 's/^#include "\([nc][lt]\/.*\)"/\1/p' {} + |
	sort -u | while read -r header; do
	[ -f "$headers/$header" ] || [ "$header" = ct/with.h ] || echo "$header"
done)"

# --- what it consists of ---

nm -g --defined-only "$lib" | awk 'NF == 3 {print $3}' >"$TMP/defined"
nm -u "$lib" | awk '$1 == "U" {print $2}' | sort -u >"$TMP/used"
nm -f sysv "$lib" >"$TMP/symbols"
holds "it defines symbols" has_lines "$TMP/defined" 100
holds "it uses symbols" has_lines "$TMP/used" 20
none "every symbol begins with nl_ or ct_" "$(grep -v -E '^(nl|ct)_' "$TMP/defined")"
none "it has no state" "$(awk -F'|' '
	$7 ~ /^ *(\.t?data|\.t?bss|\*COM\*)/ && $7 !~ /\.data\.rel\.ro/' "$TMP/symbols")"
none "it neither writes nor ends the program" "$(grep -x -E -e '_?_?_?[Ee]xit|abort|std(in|out|err)' \
	-e '(__)?[a-z]*printf(_chk)?|f?put(s|c|char)|[fp]?writev?|perror|v?(err|warn)x?|v?syslog' \
	-e '__assert.*|raise|kill|fork|vfork|exec.*|system|signal|sigaction' "$TMP/used")"

# --- headers ---

none "macros begin with NL_ or CT_" "$(cat "$headers"/*/*.h |
	sed -n 's/^#[[:space:]]*define[[:space:]]*\([A-Za-z0-9_]*\).*/\1/p' |
	grep -v -x -E '(NL|CT)_.*|IPS_(HELPER|(HW_)?OFFLOAD)')"
none "enumerators begin with NL_ or CT_" "$(cat "$headers"/*/*.h |
	sed -n '/^enum/,/^}/s/^\(enum.*{\)\{0,1\}[[:space:]]*\([A-Z][A-Z0-9_]*\)[ ,].*/\2/p' |
	grep -v -E '^(NL|CT)_')"
none "types begin with nl_ or ct_" "$(cat "$headers"/*/*.h |
	sed -n 's/^\(struct\|union\|enum\) \([A-Za-z0-9_]*\) .*{.*/\2/p' | grep -v -E '^(nl|ct)_')"

# alone COMPILER...: the headers that it does not take on their own, without a warning.
alone() {
	for header in "$headers"/*/*.h; do
		printf '#include "%s"\n' "${header#"$headers/"}" |
			"$@" -fsyntax-only -Wall -Wextra -Wpedantic -Werror -I"$headers" - 2>&1
	done
}

# shellcheck disable=SC2086 # a compiler may have flags
none "each header on its own, in C" "$(alone $CC -x c -std=c11)"
if has "$CXX"; then
	# shellcheck disable=SC2086 # a compiler may have flags
	none "each header on its own, in C++" "$(alone $CXX -x c++ -std=c++17)"
else
	skip "each header on its own, in C++" "no C++ compiler"
fi

# --- examples ---

# flags: those that libct.pc tells, for what is installed below $TMP/dest.
flags() {
	if has pkg-config; then
		PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$TMP/dest \
			pkg-config --cflags --libs libct
	else
		sed -n 's/^Cflags: //p; s/^Libs: //p' "$pc" |
			sed "s|\${libdir}|${lib%/*}|; s|\${includedir}|${headers%/*}|" | joined
	fi
}

# entry ADDRESS PROTOCOL PORT: makes an entry from there.
entry() {
	state='--state ESTABLISHED'
	[ "$2" = tcp ] || state=
	# shellcheck disable=SC2086 # two words
	"$CONNTRACK" -I -s "$1" -d "${1%?}9" -p "$2" --sport 5 --dport "$3" -t 600 $state 2>/dev/null
}

# gone ADDRESS: no entry is from there.
gone() {
	has_entries 0 -s "$1"
}

# examples LANGUAGE COMPILER...: builds and runs them.
examples() {
	language=$1
	shift
	for name in list follow; do
		# shellcheck disable=SC2046 # flags are words
		rc "$language: $name is built" 0 "$@" -Wall -Wextra -Werror \
			"$root/test/example/$name.c" -x none $(flags) -o "$TMP/$name"
	done
	fresh
	entry 10.0.0.1 tcp 80
	entry 2001:db8::1 tcp 80
	entry 10.0.0.1 tcp 443
	entry 10.0.0.1 udp 80
	entry 10.0.0.2 udp 53
	run "$TMP/list" 80
	sort "$TMP/out" >"$TMP/listed"
	is "$language: list lists what matches" \
		"10.0.0.1 5 -> 10.0.0.9 80 ESTABLISHED 2001:db8::1 5 -> 2001:db8::9 80 ESTABLISHED" \
		"$(joined <"$TMP/listed")"
	is "$language: list ends well" 0 "$RC"
	rc "$language: list lists nothing" 0 "$TMP/list" 81
	none "$language: and says nothing" "$(cat "$TMP/out" "$TMP/err")"

	"$TMP/follow" 10.0.0.1 >"$TMP/followed" 2>&1 &
	follower=$!
	hold $follower
	holds "$language: follow deletes what there is" until_true 10 gone 10.0.0.1
	is "$language: and tells" "3" "$(grep -c '^deleted: ' "$TMP/followed")"
	entry 10.0.0.2 udp 54
	entry 10.0.0.1 udp 54
	holds "$language: and what comes" until_true 10 grep -q -x \
		'deleted: protocol 17 to 10.0.0.9, port 54' "$TMP/followed"
	is "$language: and nothing else" "3 0" \
		"$("$CONNTRACK" -C) $("$CONNTRACK" -C -s 10.0.0.1)"
	kill $follower
}

# shellcheck disable=SC2086 # a compiler may have flags
examples C $CC -std=gnu11
if has "$CXX"; then
	# shellcheck disable=SC2086 # a compiler may have flags
	examples C++ $CXX -x c++ -std=c++17
else
	skip "the examples in C++" "no C++ compiler"
fi
holds "list.c has at most 80 lines" [ "$(lines "$root/test/example/list.c")" -le 80 ]
holds "follow.c has at most 80 lines" [ "$(lines "$root/test/example/follow.c")" -le 80 ]
# shellcheck disable=SC2016 # three backquotes
sed -n '/^```c$/,/^```$/p' "$root/README.md" | grep -v '^```' >"$TMP/shown"
grep -n -F -x -A "$(($(lines "$TMP/shown") - 1))" -e "$(head -n 1 "$TMP/shown")" "$root/test/example/list.c" |
	sed 's/^[0-9]*[-:]//' >"$TMP/heart"
holds "README shows some lines of list.c" has_lines "$TMP/shown" 8
no_diff "as they are there" "$TMP/heart" "$TMP/shown"
finish
