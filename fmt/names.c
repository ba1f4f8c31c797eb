#include "fmt/names.h"

#include "fmt/fmt.h"
#include "fmt/num.h"

const char *const names_status[NAMES_STATUS] = {
	"EXPECTED",   "SEEN_REPLY", "ASSURED", "CONFIRMED",  "SRC_NAT",	      "DST_NAT",
	"SEQ_ADJUST", NULL,	    NULL,      "DYING",	     "FIXED_TIMEOUT", "TEMPLATE",
	NULL,	      "HELPER",	    "OFFLOAD", "HW_OFFLOAD",
};

const char *const names_tcp_flags[NAMES_TCP_FLAGS] = {
	"wscale", "sack", "close", "liberal", "unacked", "maxack", "challenge", "simopen",
};

const char *const names_expect_flags[NAMES_EXPECT_FLAGS] = {"PERMANENT", "INACTIVE", "USERSPACE"};

const struct event_name names_event[NAMES_EVENTS] = {
	[FMT_NEW] = {"new", "    [NEW] "},
	[FMT_UPDATE] = {"update", " [UPDATE] "},
	[FMT_DESTROY] = {"destroy", "[DESTROY] "},
	[FMT_SYNC] = {"sync", "   [SYNC] "},
};

char *put_names(char *p, uint32_t bits, const char *const *names, unsigned n)
{
	const char *start = p;

	for (bits &= (UINT32_C(1) << n) - 1; bits; bits &= bits - 1) {
		const char *name = names[__builtin_ctz(bits)];

		if (!name)
			continue;
		if (p != start)
			*p++ = ',';
		p = put_str(p, name);
	}
	return p;
}
