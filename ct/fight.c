#include "ct/fight.h"

/* How often an entry is changed anew, each time within so many nanoseconds, before it is a fight.
 */
#define TIMES 10
#define SOON  UINT64_C(1000000000)

bool ct_fight_goes_on(struct ct_fight *f, uint32_t id, uint64_t now)
{
	unsigned i = id % CT_FIGHT_WATCHED;

	if (now - f->watched[i].last >= SOON) {
		f->watched[i].id = id;
		f->watched[i].n = 0;
	} else if (f->watched[i].id != id) {
		return false;
	}
	f->watched[i].last = now;
	return ++f->watched[i].n == TIMES;
}
