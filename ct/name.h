/*
 * How requests name an entry.
 *
 * The kernel looks a tuple up among the tuples of both directions, each in the zone that it has in
 * its own direction. Two tuples of one direction are never equal in a zone, but where a zone is of
 * one direction alone, an original tuple may equal the reply tuple of another entry. So a name
 * consists of a tuple and a zone for either direction, chosen such that no other entry fits:
 *
 *   - An entry without a zone in its original direction is asked for by its original tuple, in zone
 *     0 of that direction and, of the reply direction, in a zone that nobody uses. That name is
 *     exact: it finds this entry or none.
 *   - An entry with a zone in its original direction has no such name. It has four others, each of
 *     which may find a mirror image of the entry instead.
 *
 * A name finds nothing only where the entry is gone.
 */
#ifndef CT_NAME_H
#define CT_NAME_H

#include "nl/attr.h"
#include "nl/batch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The zone that stands for none. */
#define CT_ZONE_UNUSED 51187

/* The ways to name an entry. */
enum ct_naming {
	CT_NAME_EXACT, /* the exact name, of an entry without a zone in its original direction */
	CT_NAME_ORIG_ZONE,  /* the others': the original tuple with its zone in that direction;
			       Linux 5.15 and newer find a mirror image only when the entry is gone
			     */
	CT_NAME_ORIG,	    /* the original tuple as it is listed: all that a kernel without zones
			       takes */
	CT_NAME_REPLY,	    /* the reply tuple as it is listed */
	CT_NAME_REPLY_ZONE, /* the reply tuple with its zone in that direction alone */
	CT_NAMES,
	CT_NAME_COMMON = 0x80, /* beside CT_NAME_EXACT, where the message is known to have the
				  common layout: see ct_common_layout() */
};

/* The zone of the original direction of an entry or a creation request, 0: none. */
uint16_t ct_name_zone(const struct nlmsghdr *h);

/* The zone inside a CTA_TUPLE_* attribute, 0: none. */
uint16_t ct_name_tuple_zone(const struct nl_attr *tuple);

/* The name for an entry whose original direction has this zone. */
static inline uint8_t ct_name_in(uint16_t zone)
{
	return zone ? CT_NAME_ORIG_ZONE : CT_NAME_EXACT;
}

/* Puts the attributes that name the entry of message h, a listed entry or a creation request, of
 * which the reply tuple is no name, as NAT may translate it. False when h lacks them. */
bool ct_name_put(struct nl_buf *b, const struct nlmsghdr *h, unsigned name);

/* Looks in zones of their own for what a name may find. */
#define CT_NAME_LOOKS 2

/* Puts a request for what a name that is not exact may find instead of the listed entry h: its
 * mirror image. look counts up to CT_NAME_LOOKS. What all looks find is taken for an image, though
 * another entry may be in their zones. Returns 0 or a negative errno, -EINVAL where this name is
 * another one's double, or finds what cannot be looked for. */
int ct_name_put_mirror(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name,
		       unsigned look);

/* Finds a name for the listed entry h that has no exact one: one without a mirror image, by which
 * nothing else is found when the entry vanishes meanwhile. b is empty, in (size bytes) is where
 * answers are read. Returns 0; -ENOENT when the entry is gone; -ENOTUNIQ when another entry could
 * be found by each of its names; or another negative errno, also in *err. */
int ct_name_find(struct nl_batch *b, void *in, size_t size, const struct nlmsghdr *h, uint8_t *name,
		 struct nl_err *err);

#ifdef __cplusplus
}
#endif

#endif
