/*
 * Specifications: the values of an entry or an expectation to be made, of a change, or of a tuple
 *to be got, given one by one, and then seen as a whole.
 *
 *	struct ct_spec s = {.create = &create, .change = &create.change};
 *
 *	ct_spec_set(&s, &cond);	for each value
 *	ct_spec_create(&s);	0: create is what ct_encode_create() wants
 */
#ifndef CT_SPEC_H
#define CT_SPEC_H

#include "ct/encode.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ct_proto;

/* The fields of values that no filter looks at; they go on where enum ct_field ends. */
enum {
	CT_SPEC_LABEL_DEL = CT_F_COUNT, /* labels: those of the mask */
	CT_SPEC_MASK_SRC,		/* net: of the expected tuple */
	CT_SPEC_MASK_DST,
	CT_SPEC_MASK_SPORT, /* range */
	CT_SPEC_MASK_DPORT,
	CT_SPEC_REPLY_TCP_FLAGS, /* bits; else they are those of CT_F_TCP_FLAGS */
	CT_SPEC_WSCALE,		 /* range: of the original direction * 256 + of the reply */
	CT_SPEC_COUNT,
};

struct ct_spec {
	/* Set by the caller: where values go. What is not made may be NULL. */
	struct ct_create *create;
	struct ct_change *change; /* that of create, or one by itself */
	struct ct_create_expect *expect;
	const struct ct_proto *proto; /* NULL: not known, or several */
	bool reply;		      /* the original tuple's fields describe the reply */
	bool update;		      /* of an entry that exists */

	uint64_t fields; /* those that are given, as bits */
	uint8_t l3;	 /* the family of what is given, 0: none yet */
	/* By enum ct_dir; with reply the other way round, until the whole is made. */
	struct ct_tuple tuple[2];
	uint16_t port[2][2]; /* by direction and end: given behind an address */
	bool has_port[2][2];
	uint16_t zone, zone_of[2];

	/* After -EINVAL: the field that is at fault (CT_F_NONE: none by itself) and the reason, in
	 * words that go on behind the field's name. */
	uint16_t fault;
	const char *why;
};

/* Takes one value over: c's field and its member of the union. A field takes one value, but for
 * status and labels, which add up. Returns 0, or -EINVAL with fault and why set when it is not
 * possible, or not one value (a range, a network, negated). */
int ct_spec_set(struct ct_spec *s, const struct ct_cond *c);

/* True when a field (enum ct_field, CT_SPEC_*) has been given. */
static inline bool ct_spec_has(const struct ct_spec *s, uint16_t field)
{
	return s->fields >> field & 1;
}

/* Returns the flags (CT_TCP_*) of a TCP entry in this state that is made without any given. */
uint8_t ct_spec_tcp_flags(uint8_t state);

/* Makes *s->create whole: the direction that was not given is the mirror of the other, with NAT
 * applied; TCP entries are made liberal, or their packets would be out of window. Returns 0, or
 * -EINVAL with fault and why set when something is missing or contradicts something else. */
int ct_spec_create(struct ct_spec *s);

/* Makes *s->expect whole. Returns as ct_spec_create(). */
int ct_spec_expect(struct ct_spec *s);

/* Makes *s->change whole. Returns as ct_spec_create(). */
int ct_spec_change(struct ct_spec *s);

/* The tuple to be got: *is_reply tells which direction it is of, *zone is that of both directions,
 * -1 for the one that has no number. Returns as ct_spec_create(). */
int ct_spec_tuple(struct ct_spec *s, struct ct_tuple *t, bool *is_reply, int *zone);

/* Sets fault and why. Returns -EINVAL. */
int ct_spec_fault(struct ct_spec *s, uint16_t field, const char *why);

#ifdef __cplusplus
}
#endif

#endif
