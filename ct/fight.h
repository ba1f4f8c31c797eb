/* Two programs that undo each other's changes of an entry, for ever. */
#ifndef CT_FIGHT_H
#define CT_FIGHT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Starts as {0}. So many entries are watched at the same time, by their ids. */
#define CT_FIGHT_WATCHED 64

struct ct_fight {
	struct {
		uint64_t last;
		uint32_t id, n;
	} watched[CT_FIGHT_WATCHED];
};

/* The entry with this id has been changed anew, because another program had changed it; now is in
 * nanoseconds. True once that was so ten times, each within a second of the one before. */
bool ct_fight_goes_on(struct ct_fight *f, uint32_t id, uint64_t now);

#ifdef __cplusplus
}
#endif

#endif
