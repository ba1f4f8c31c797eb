# netns: none
# Random filters against the reference of test/ref.h on a table of all kinds of entries: in what -L
# finds, with the filter handed on to the kernel and without, in what -D deletes, in what -U
# updates. Each runs in a namespace of its own.
#
# FUZZ_SEED	a number; default: 1
# FUZZ_FILTERS	how many filters to list by; a tenth of that for -D, a twentieth for -U; default:
#		20000
. "${0%/*}/../lib.sh"

seed=${FUZZ_SEED:-1}
n=${FUZZ_FILTERS:-20000}
built filterfuzz "random filters"

# fuzz MODE N [CONNTRACK]: leaves its output in $TMP/MODE.out and the exit code in $TMP/MODE.rc.
fuzz() {
	fuzz_rc=0
	"$TOOLS/netns" -a -t -l -- "$TMP/filterfuzz" -s "$seed" "$@" >"$TMP/$1.out" 2>&1 ||
		fuzz_rc=$?
	echo $fuzz_rc >"$TMP/$1.rc"
}

fuzz list "$n" &
fuzz delete $((n / 10)) "$CONNTRACK" &
fuzz update $((n / 20)) "$CONNTRACK" &
wait

for mode in list delete update; do
	case $(cat "$TMP/$mode.rc") in
	0) ok "random filters: $mode, $(tail -n 1 "$TMP/$mode.out")" ;;
	77) skip "random filters: $mode" "$(tail -n 1 "$TMP/$mode.out")" ;;
	*) not_ok "random filters: $mode" "$(cat "$TMP/$mode.out")" ;;
	esac
done
finish
