#!/bin/sh
# make amalgam: one file that builds without a flag and without a warning, and is the same program.
# netns: -a -t -l
#
# CC		the compiler; default cc
. "${0%/*}/../lib.sh"

root=$(cd "${0%/*}/../.." && pwd)
CC=${CC:-cc}
unset MAKEFLAGS MAKELEVEL MFLAGS

if ! command -v "${CC%% *}" >/dev/null 2>&1 || ! command -v make >/dev/null 2>&1; then
	skip "the amalgamation" "no compiler or make"
	finish
fi
cd "$TMP" || exit 1

# --- the program ---

rc "make amalgam" 0 make -s -C "$root" O="$TMP/one" amalgam
is "says nothing" "" "$(cat out err)"
is "writes one file" conntrack.c "$(ls one)"
is "the license is at its head" "$(cat "$root/LICENSE")" \
	"$(sed -n '1,30{s/^ \*$//; s/^ \* //; /MIT License/,/SOFTWARE\.$/p;}' one/conntrack.c)"
is "it includes no file of the checkout" "" "$(grep -n '^ *# *include *"' one/conntrack.c)"
# shellcheck disable=SC2086 # CC may have options
rc "cc conntrack.c" 0 $CC -Wall one/conntrack.c -o conntrack
is "without a warning" "" "$(cat out err)"
is "the same version" "$("$CONNTRACK" -V)" "$(./conntrack -V)"
rc "-I" 0 ./conntrack -I -s 10.0.0.1 -d 10.0.0.2 -p udp --sport 5 --dport 6 -t 600
for options in '' '-o json' '-o xml' '-o save' '--group src'; do
	# shellcheck disable=SC2086 # a list of words
	is "-L $options" "$("$CONNTRACK" -L -s 10.0.0.1 $options 2>/dev/null | sed 's/ 5[0-9][0-9] / 600 /; s/5[0-9][0-9]/600/')" \
		"$(./conntrack -L -s 10.0.0.1 $options 2>/dev/null | sed 's/ 5[0-9][0-9] / 600 /; s/5[0-9][0-9]/600/')"
done

# --- names that collide ---

cat >head.h <<'END'
#ifndef HEAD_H
#define HEAD_H
#define SIZE 3
struct pair {
	int count, value;
};
int a(void);
int b(void);
#endif
END
cat >a.c <<'END'
#include "head.h"
#define STEP 1
enum value { FIRST, SECOND };
struct item {
	int step;
};
static const int table[] = {1, 2}, sum = 4; /* count */
static int count(struct pair *p)
{
	return p->count + STEP;
}
int a(void)
{
	struct pair p = {.count = sum};
	struct item i = {SECOND};
	enum value v = FIRST;

	return count(&p) + table[1] + i.step + v + SIZE + (int)sizeof("count"); /* 5 + 2 + 1 + 0 + 3 + 6 */
}
END
cat >b.c <<'END'
#include "head.h"
#define STEP 100
enum { SECOND = 7 };
struct item {
	long long step[8];
};
typedef int sum;
static sum (*table)(int);
static sum count(int n)
{
	return n + SECOND;
}
int b(void)
{
	table = count;
	return table(STEP) + (sizeof(struct item) == 64); /* 107 + 1 */
}
END
cat >main.c <<'END'
#include <stdio.h>
#include "head.h"
int main(void)
{
	int count = a(), value = b();
	return printf("%d %d\n", count, value) < 0;
}
END
sources="$TMP/a.c $TMP/b.c $TMP/main.c"
# shellcheck disable=SC2086 # a list of words
run "$root/test/amalgam" $sources
cp out both.c
is "a header stands once" 1 "$(grep -c '^#define SIZE' both.c)"
# shellcheck disable=SC2086
rc "names of one source each" 0 $CC -Wall -Werror both.c -o both
is "each means its own" "17 108" "$(./both)"

# refuses NAME TEXT: it fails, and says why
refuses() {
	# shellcheck disable=SC2086
	rc "$1" 1 "$root/test/amalgam" $sources
	err_has "$1: says so" "$2"
}
cp a.c a.kept
taken=$(sed -n 's/.*\(count_of_[A-Za-z0-9_]*\)(struct pair.*/\1/p' both.c)
echo "int $taken;" >>a.c
refuses "a name that is needed is taken" "a\.c: count cannot be called $taken: that is a name already"
{ printf '#ifdef X\n#include "other.h"\n#endif\n'; cat a.kept; } >a.c
echo 'int other;' >other.h
refuses "a header in a condition" 'a\.c:2: includes a file in a condition'
{ echo '#include "nosuch.h"'; cat a.kept; } >a.c
refuses "a header that is not there" 'nosuch\.h: cannot be read'
finish
