#include "nl/attr.h"

bool nl_find(struct nl_iter it, uint16_t type, uint16_t minlen, struct nl_attr *a)
{
	while (nl_next(&it, a))
		if (a->type == type && a->len >= minlen)
			return true;
	return false;
}
