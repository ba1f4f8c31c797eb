#include "nl/attr.h"

bool nl_find(struct nl_iter it, uint16_t type, uint16_t minlen, struct nl_attr *a)
{
	struct nl_attr one;

	if (!nl_find_inline(it, type, minlen, &one))
		return false;
	*a = one;
	return true;
}
