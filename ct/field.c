/* The kinds of fields that a filter has. */
#include "ct/filter.h"

#define BIT(field) (UINT64_C(1) << (field))
#define NETS                                                                                       \
	(BIT(CT_F_ORIG_SRC) | BIT(CT_F_ORIG_DST) | BIT(CT_F_REPLY_SRC) | BIT(CT_F_REPLY_DST) |     \
	 BIT(CT_F_SRC_NAT) | BIT(CT_F_DST_NAT) | BIT(CT_F_ANY_NAT) | BIT(CT_F_EXPECT_SRC) |        \
	 BIT(CT_F_EXPECT_DST))

enum ct_kind ct_field_kind(uint8_t field)
{
	if (NETS >> field & 1)
		return CT_KIND_NET;
	switch (field) {
	case CT_F_STATUS:
	case CT_F_MARK:
	case CT_F_TCP_FLAGS:
		return CT_KIND_BITS;
	case CT_F_STATE:
		return CT_KIND_STATES;
	case CT_F_LABEL:
		return CT_KIND_LABELS;
	case CT_F_HELPER:
	case CT_F_IN:
	case CT_F_OUT:
		return CT_KIND_NAME;
	}
	return CT_KIND_RANGE;
}
