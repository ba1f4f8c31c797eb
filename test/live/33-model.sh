# netns: none
# Random commands on entries whose tuples are those of others, compared with a model of the table
# entry by entry; and the same beside another process that changes the table meanwhile.
#
# SEED		a number; default: 1. Each run prints its own
# MODEL_ROUNDS	how many commands; default: 1600
. "${0%/*}/../lib.sh"

seed=${SEED:-1}
n=${MODEL_ROUNDS:-1600}
built model "the model"

# model NAME ARG...: leaves its output in $TMP/NAME.out and the exit code in $TMP/NAME.rc.
model() {
	name=$1
	shift
	model_rc=0
	"$TOOLS/netns" -a -t -l -- "$TMP/model" "$@" "$CONNTRACK" >"$TMP/$name.out" 2>&1 ||
		model_rc=$?
	echo $model_rc >"$TMP/$name.rc"
}

model first -s "$seed" $((n / 2)) &
model second -s $((seed + 1)) $((n / 2)) &
wait
model beside -c -s "$seed" $((n / 20))

for name in first second beside; do
	case $(cat "$TMP/$name.rc") in
	0) ok "the model: $(tail -n 1 "$TMP/$name.out")" ;;
	77) skip "the model" "$(tail -n 1 "$TMP/$name.out")" ;;
	*) not_ok "the model" "$(cat "$TMP/$name.out")" ;;
	esac
done
finish
