/*
 * How requests name an entry.
 *
 * The kernel looks a tuple up among the tuples of both directions, each in the zone that it has in
 * its own direction. Two tuples of one direction are never equal in a zone, but where a zone is of
 * one direction alone, an original tuple may equal the reply tuple of another entry. So a name
 * consists of a tuple and a zone for either direction, chosen such that no other entry fits:
 *
 *   - The direction in which the entry has no zone is asked for zone 0, the other direction for a
 *     zone that nobody uses. That name is exact: it finds this entry or none.
 *   - An entry whose zone is of both directions has no such name. It has four others, each of
 *     which may find a mirror image of the entry instead.
 *
 * A name finds nothing only where the entry is gone.
 */
#ifndef CT_NAME_H
#define CT_NAME_H

#include "nl/batch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The zone that stands for none. */
#define CT_ZONE_UNUSED 51187

/* The ways to name an entry. */
enum ct_naming {
	CT_NAME_EXACT,	   /* the exact name, of an entry without a zone of both directions */
	CT_NAME_ORIG_ZONE, /* the others': the original tuple with its zone in that direction; Linux
			      5.15 and newer find a mirror image only when the entry is gone */
	CT_NAME_ORIG,	   /* the original tuple, and the zone of both directions if there is one:
			      all that a kernel without zones takes */
	CT_NAME_REPLY,	   /* the reply tuple, likewise */
	CT_NAME_REPLY_ZONE, /* the reply tuple with its zone in that direction */
	CT_NAMES,
};

/* The zone of both directions of message h, 0: none. */
uint16_t ct_name_zone(const struct nlmsghdr *h);

/* The name for the entry of a message whose zone of both directions is this. */
static inline uint8_t ct_name_in(uint16_t zone)
{
	return zone ? CT_NAME_ORIG_ZONE : CT_NAME_EXACT;
}

/* True when what a creation request makes has an exact name: no zone in its original direction. */
bool ct_name_is_exact(const struct nlmsghdr *create);

/* Puts the attributes that name the entry of message h, a listed entry or a creation request. Of
 * the latter the reply tuple is not used, as NAT may translate it: with a zone in the original
 * direction, the name may find a mirror image. False when h lacks them. */
bool ct_name_put(struct nl_buf *b, const struct nlmsghdr *h, unsigned name);

/* Puts a request for what CT_NAME_ORIG_ZONE may find instead of the listed entry h. Returns 0 or a
 * negative errno. */
int ct_name_put_mirror(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h);

/* Finds a name for the listed entry h whose zone is of both directions. b is empty, in (size bytes)
 * is where answers are read. Returns 0; -ENOENT when the entry is gone; -ENOTUNIQ when each of its
 * names finds another entry; or another negative errno, also in *err. */
int ct_name_find(struct nl_batch *b, void *in, size_t size, const struct nlmsghdr *h, uint8_t *name,
		 struct nl_err *err);

#ifdef __cplusplus
}
#endif

#endif
