#include <string.h>

#include "ct/encode.h"

bool ct_same_change(const struct ct_change *a, const struct ct_change *b)
{
	return a->has == b->has && a->status == b->status && a->timeout == b->timeout &&
	       a->mark == b->mark && a->mark_mask == b->mark_mask && a->info == b->info &&
	       a->state == b->state && a->role == b->role && a->policy == b->policy &&
	       !memcmp(a->tcp_flags, b->tcp_flags, sizeof(a->tcp_flags)) &&
	       !memcmp(a->tcp_mask, b->tcp_mask, sizeof(a->tcp_mask)) &&
	       !memcmp(a->wscale, b->wscale, sizeof(a->wscale)) &&
	       !memcmp(a->vtag, b->vtag, sizeof(a->vtag)) &&
	       !memcmp(&a->labels, &b->labels, sizeof(a->labels)) &&
	       !memcmp(&a->label_mask, &b->label_mask, sizeof(a->label_mask)) &&
	       a->helper.len == b->helper.len &&
	       (!a->helper.len || !memcmp(a->helper.p, b->helper.p, a->helper.len));
}
