#include "nl/attr.h"

bool nl_find(struct nl_iter it, uint16_t type, uint16_t minlen, struct nl_attr *a)
{
	struct nl_attr one;

	while (nl_next(&it, &one))
		if (one.type == type && one.len >= minlen) {
			*a = one;
			return true;
		}
	return false;
}
