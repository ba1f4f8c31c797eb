#!/bin/sh
# house.sh: the rules of the house: which folder may include which, no circle among files, how long
# a file and the command line's folder may grow, what the top level holds. Run by make house.
#
# CC		the compiler; default cc
. "$(dirname "$0")/lib.sh"
cd "$(dirname "$0")/.." || exit 1

# none NAME LINES: a check that passes where there are no lines.
none() {
	if [ -z "$2" ]; then
		ok "$1"
	else
		not_ok "$1" "$(printf '%s\n' "$2" | head -n 40)"
	fi
}

# sources FOLDER...: their files of C
sources() {
	find "$@" -name '*.[ch]' | LC_ALL=C sort
}

# --- includes ---

# Each line: the including file, the line's number, the included file. What lies beside the
# including file is found there first.
sources nl ct fmt cli | while read -r file; do
	sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/;t p;b;:p =;p' \
		"$file" | while read -r number && read -r included; do
			[ ! -f "${file%/*}/$included" ] || included=${file%/*}/$included
			echo "$file $number $included"
		done
done >"$TMP/includes"

# includes_only FOLDER PATTERN: what its files include matches (an awk pattern, anchored in front).
includes_only() {
	awk -v folder="^$1/" -v may="^($2)" '$1 ~ folder && $3 !~ may {
		print $1 ":" $2 ": " $3
	}' "$TMP/includes"
}

[ "$(grep -c . "$TMP/includes")" -gt 50 ] || not_ok "includes are found" "$(cat "$TMP/includes")"
none "nl/ includes only nl/" "$(includes_only nl 'nl/')"
none "ct/ includes only ct/ and nl/" "$(includes_only ct '(ct|nl)/')"
none "fmt/ includes only fmt/, ct/ and nl/" "$(includes_only fmt '(fmt|ct|nl)/')"
none "cli/ includes only cli/, fmt/, ct/ and nl/" "$(includes_only cli '(cli|fmt|ct|nl)/')"
if [ -d cli/sys ]; then
	none "cli/sys/ includes nothing else of cli/" \
		"$(includes_only cli/sys 'cli/sys/|(fmt|ct|nl)/')"
else
	cannot "cli/sys/ includes nothing else of cli/" "there is no cli/sys"
fi
none "nl/ does not know the switches of with.h" "$(find nl -name with.h
	awk '$1 ~ /^nl\// && $3 ~ /(^|\/)with\.h$/ {print $1 ":" $2 ": " $3}' "$TMP/includes")"

# --- circles ---

# A file depends on another one where it uses a symbol that the other one defines.
export TMP CC="${CC:-cc}"
mkdir "$TMP/obj"
# shellcheck disable=SC2016,SC2038 # for the inner shell; no file's name has blanks
find nl ct fmt cli -name '*.c' | xargs -P 2 -n 8 sh -c 'for file; do
	object=$TMP/obj/$(echo "$file" | tr / @).o
	$CC -std=gnu11 -I. -O0 -fno-lto -w -c "$file" -o "$object" || exit 255
done' sh >"$TMP/cc" 2>&1
none "every file compiles" "$(cat "$TMP/cc")"
for object in "$TMP"/obj/*.o; do
	file=$(echo "${object##*/}" | tr @ /)
	nm -P -g --defined-only "$object" | sed "s|^\([^ ]*\).*|defines ${file%.o} \1|"
	nm -P -g --undefined-only "$object" | sed "s|^\([^ ]*\).*|uses ${file%.o} \1|"
done >"$TMP/symbols"
awk '$1 == "defines" {by[$3] = $2; next} {uses[n++] = $2 " " $3}
	END {
		for (i = 0; i < n; i++) {
			split(uses[i], u)
			if (u[2] in by && by[u[2]] != u[1] && !((u[1], by[u[2]]) in seen)) {
				seen[u[1], by[u[2]]] = 1
				print u[1], by[u[2]]
			}
		}
	}' "$TMP/symbols" | sort >"$TMP/edges"
[ "$(grep -c . "$TMP/edges")" -gt 50 ] || not_ok "dependencies are found" "$(cat "$TMP/edges")"
tsort "$TMP/edges" 2>&1 >/dev/null |
	sed 's/^tsort: .*: input contains a loop:$/a loop:/; s/^tsort: /  /' >"$TMP/loops"
none "no circle among files" "$(cat "$TMP/loops" "$TMP/cc")"

# --- sizes ---

# The generator of completions runs when they are made; it is no part of the program.
lines=$(sources cli | grep -vx cli/completion.c | xargs cat | wc -l)
none "cli/ has at most 8,500 lines" "$([ "$lines" -le 8500 ] || echo "it has $lines")"
none "a file has at most 500 lines" "$(sources nl ct fmt cli | while read -r file; do
	[ "$file" != cli/opt/table.c ] || continue
	lines=$(wc -l <"$file")
	[ "$lines" -le 500 ] || echo "$file: $lines"
done)"

# --- words ---

none "cli/ knows no attribute and builds no message" \
	"$(sources cli | xargs grep -n -w -E 'CTA_[A-Z0-9_]*|nl_(put|batch|nest)[a-z0-9_]*')"
# The first word of a comment, on its first line or, where that is empty, on its second.
# shellcheck disable=SC2016 # $0 is awk's
none "no comment begins with What or Whether" "$(sources nl ct fmt cli test | xargs awk '
	FNR == 1 {empty = 0}
	/(^|[^"])\/[*\/]+[[:space:]]*(What|Whether)([^A-Za-z]|$)/ ||
		empty && /^[[:space:]]*\**[[:space:]]*(What|Whether)([^A-Za-z]|$)/ {
		print FILENAME ":" FNR ": " $0
	}
	{empty = /\/\*+[[:space:]]*$/}')"

# --- messages of the static binary ---

# squeezed FILE: the source, squeezed, with the pieces written out again
squeezed() {
	fmt/squeeze "$1" | LC_ALL=C awk '
		BEGIN {
			while ((getline line < "fmt/tokens.h") > 0)
				while (match(line, /[^"\\]+\\0/)) {
					piece[sprintf("\\%o", 128 + n++)] = substr(line, RSTART, RLENGTH - 2)
					line = substr(line, RSTART + RLENGTH)
				}
		}
		NR > 1 {
			while (match($0, /\\[23][0-7][0-7]/)) {
				printf "%s%s", substr($0, 1, RSTART - 1), piece[substr($0, RSTART, 4)]
				$0 = substr($0, RSTART + 4)
				short++
			}
			print
		}
		END {print short + 0 > "'"$TMP/short"'"}'
}

none "a squeezed source says the same" "$(find nl ct fmt cli -name '*.c' | while read -r file; do
	squeezed "$file" >"$TMP/same"
	cmp "$file" "$TMP/same" 2>&1
	cat "$TMP/short" >>"$TMP/shorter"
done)"
[ "$(awk '{n += $1} END {print n}' "$TMP/shorter")" -gt 1000 ] || not_ok "messages are squeezed"

# --- the top level ---

if [ -e .git ]; then
	git ls-files >"$TMP/files" 2>"$TMP/err" || not_ok "git ls-files" "$(cat "$TMP/err")"
	none "the top level holds nothing else" "$(cut -d / -f 1 "$TMP/files" | sort -u |
		grep -v -x -e nl -e ct -e cli -e fmt -e test -e Makefile -e LICENSE \
			-e README.md -e .ci -e .clang-format -e .gitignore)"
else
	cannot "the top level holds nothing else" "this is no checkout"
fi
finish
