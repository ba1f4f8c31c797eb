/* Entries saved as commands: by event, and what can only be told in a comment. */
#include <string.h>

#include "ct/encode.h"
#include "ct/item.h"
#include "ct/proto.h"
#include "ct/uapi.h"
#include "fmt/fmt.h"
#include "unit.h"

#define ROOM 128

static struct out out;

/* The text that was written last, as a string. */
static const char *written(void)
{
	*out.p = 0;
	out.p = out.buf;
	return out.buf;
}

/* The kernel keeps no ports of a protocol that it does not track, DCCP since Linux 6.17. */
static void test_untracked(void)
{
	static const char tuples[] = "-s 10.0.0.1 -d 10.0.0.2 -r 10.0.0.2 -n 10.0.0.3 -p dccp";
	const struct ct_tuple orig = {.has = CT_T_SRC | CT_T_DST | CT_T_PROTO,
				      .l3 = 2,
				      .l4 = 33,
				      .src = {{10, 0, 0, 1}},
				      .dst = {{10, 0, 0, 2}}};
	const struct fmt_event update = {.kind = FMT_UPDATE};
	struct ct_create create = {.orig = orig, .has_nat = {true}};
	struct fmt f = {.out = &out, .ops = &fmt_save};
	uint32_t storage[2][128];
	struct ct_tuple reply = orig;
	struct ct_entry e;
	struct nl_buf b;
	char line[256];

	reply.src = orig.dst;
	reply.dst = (struct ct_addr){{10, 0, 0, 3}};
	nl_buf_init(&b, storage[0], sizeof(storage[0]));
	nl_begin(&b, CT_MSG(IPCTNL_MSG_CT_NEW), 0, 0);
	nl_put_nfgen(&b, 2, 0, 0);
	ct_tuple_encode(&b, CTA_TUPLE_ORIG, &orig);
	ct_tuple_encode(&b, CTA_TUPLE_REPLY, &reply);
	nl_put_be32(&b, CTA_STATUS, IPS_CONFIRMED | IPS_SRC_NAT);
	nl_put_be32(&b, CTA_TIMEOUT, 7);
	CHECK_INT(nl_end(&b), 0);
	memset(&e, 0xa5, sizeof(e));
	CHECK_INT(ct_entry_decode(&e, (const void *)storage[0]), 0);
	fmt_save.entry(&f, &e, NULL);
	snprintf(line, sizeof(line), "-A -t 7 -u UNSET %s --sport 0 --dport 0\n", tuples);
	CHECK_STR(written(), line);
	fmt_save.entry(&f, &e, &update);
	snprintf(line, sizeof(line), "-U -t 7 -u UNSET -w 0 %s\n", tuples);
	CHECK_STR(written(), line);
	/* Nor can the port that was asked for be wrong. */
	create.nat[0] =
		(struct ct_net){.addr = {{10, 0, 0, 3}}, .l3 = 2, .has_port = true, .port = 42405};
	nl_buf_init(&b, storage[1], sizeof(storage[1]));
	CHECK_INT(ct_encode_create(&b, 1, &create), 0);
	CHECK(ct_nat_as_asked((const void *)storage[0], (const void *)storage[1], 0));
	create.nat[0].addr.b[3] = 4;
	nl_buf_init(&b, storage[1], sizeof(storage[1]));
	CHECK_INT(ct_encode_create(&b, 1, &create), 0);
	CHECK(!ct_nat_as_asked((const void *)storage[0], (const void *)storage[1], 0));
}

/* A message about 10.0.0.1:1 -> 10.0.0.2:2 of this protocol; protoinfo and timeout as in c, 0 in
 * c->has: none. */
static void encode_flow(uint32_t storage[ROOM], uint8_t l4, uint32_t status,
			const struct ct_change *c)
{
	struct ct_create create = {
		.orig = {.has = CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS,
			 .l3 = 2,
			 .l4 = l4,
			 .src = {{10, 0, 0, 1}},
			 .dst = {{10, 0, 0, 2}},
			 .sport = 1,
			 .dport = 2},
		.change = *c,
	};
	struct nl_buf b;

	CHECK(ct_tuple_invert(&create.reply, &create.orig));
	create.change.status = status;
	nl_buf_init(&b, storage, ROOM * 4);
	CHECK_INT(ct_encode_create(&b, 1, &create), 0);
}

/* Updates are creations where the event holds all that an entry needs; what cannot be made is a
 * comment. */
static void test_save_kinds(void)
{
	enum { TIMED = CT_HAS_TIMEOUT, STATE = CT_HAS_TIMEOUT | CT_HAS_STATE };
	static const char tuples[] = "-s 10.0.0.1 -d 10.0.0.2 -r 10.0.0.2 -q 10.0.0.1",
			  ports[] = "--sport 1 --dport 2 --reply-port-src 2 --reply-port-dst 1";
	static const struct {
		uint8_t l4;
		int kind; /* enum of FMT_*; -1: listed */
		uint32_t status;
		struct ct_change c;
		const char *verb, *proto, *end;
	} cases[] = {
		{17, FMT_UPDATE, 0, {.has = TIMED, .timeout = 5}, "-A -t 5 -u UNSET", "udp", ""},
		{6,
		 FMT_UPDATE,
		 0,
		 {.has = TIMED, .timeout = 5},
		 "-U -t 5 -u UNSET -w 0",
		 "tcp",
		 ""},
		{6,
		 FMT_UPDATE,
		 IPS_FIXED_TIMEOUT,
		 {.has = TIMED, .timeout = 5},
		 "-U -u FIXED_TIMEOUT -w 0",
		 "tcp",
		 ""},
		{6,
		 FMT_UPDATE,
		 0,
		 {.has = STATE, .timeout = 5, .info = CT_INFO_TCP, .state = 3},
		 "-A -t 5 -u UNSET",
		 "tcp",
		 " --state ESTABLISHED"},
		{132,
		 FMT_UPDATE,
		 0,
		 {.has = TIMED, .timeout = 5},
		 "-U -t 5 -u UNSET -w 0",
		 "sctp",
		 ""},
		{132,
		 FMT_UPDATE,
		 0,
		 {.has = STATE, .timeout = 5, .info = CT_INFO_SCTP, .state = 2},
		 "-U -t 5 -u UNSET -w 0",
		 "sctp",
		 " --state COOKIE_WAIT"},
		{132,
		 FMT_UPDATE,
		 0,
		 {.has = STATE | CT_HAS_VTAG,
		  .timeout = 5,
		  .info = CT_INFO_SCTP,
		  .state = 2,
		  .vtag = {7, 8}},
		 "-A -t 5 -u UNSET",
		 "sctp",
		 " --state COOKIE_WAIT --orig-vtag 7 --reply-vtag 8"},
		{6,
		 -1,
		 IPS_OFFLOAD | IPS_SEEN_REPLY | IPS_ASSURED,
		 {0},
		 "-A -t 432000 -u SEEN_REPLY,ASSURED",
		 "tcp",
		 " --state ESTABLISHED"},
		{17, -1, IPS_OFFLOAD | IPS_HW_OFFLOAD, {0}, "-A -t 120 -u UNSET", "udp", ""},
		{17, -1, IPS_HELPER, {.has = TIMED, .timeout = 5}, "-A -t 5 -u HELPER", "udp", ""},
		{6,
		 -1,
		 0,
		 {.has = STATE | CT_HAS_TCP_FLAGS | CT_HAS_WSCALE,
		  .timeout = 5,
		  .info = CT_INFO_TCP,
		  .state = 3,
		  .tcp_flags = {0x23, 0x33},
		  .wscale = {7, 9}},
		 "-A -t 5 -u UNSET",
		 "tcp",
		 " --state ESTABLISHED --tcp-flags 143,3 --wscale 7,9"},
		{6,
		 -1,
		 0,
		 {.has = STATE | CT_HAS_TCP_FLAGS | CT_HAS_WSCALE,
		  .timeout = 5,
		  .info = CT_INFO_TCP,
		  .state = 7,
		  .tcp_flags = {0x26, 0x23},
		  .wscale = {0}},
		 "-A -t 5 -u UNSET",
		 "tcp",
		 " --state TIME_WAIT --tcp-flags 143,6,143,3"},
		{6,
		 -1,
		 0,
		 {.has = STATE | CT_HAS_TCP_FLAGS,
		  .timeout = 5,
		  .info = CT_INFO_TCP,
		  .state = 7,
		  .tcp_flags = {0x2e, 0x0e}},
		 "-A -t 5 -u UNSET",
		 "tcp",
		 " --state TIME_WAIT"},
		{6,
		 -1,
		 0,
		 {.has = TIMED, .timeout = 5},
		 NULL,
		 NULL,
		 "its protocol state is missing"},
		{6,
		 FMT_NEW,
		 0,
		 {.has = TIMED, .timeout = 5},
		 NULL,
		 NULL,
		 "its protocol state is missing"},
		{17, -1, 0, {0}, NULL, NULL, "its timeout is missing"},
		{6,
		 -1,
		 0,
		 {.has = STATE, .timeout = 5, .info = CT_INFO_TCP, .state = 99},
		 NULL,
		 NULL,
		 "its protocol state has no name"},
		{1, -1, 0, {.has = TIMED, .timeout = 5}, NULL, NULL, "its keys are missing"},
		{17, FMT_DESTROY, 0, {0}, "-D -w 0", "udp", ""},
		{6,
		 FMT_DESTROY,
		 0,
		 {.has = STATE, .info = CT_INFO_TCP, .state = 99},
		 "-D -t 0 -w 0",
		 "tcp",
		 ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fmt_event ev = {.kind = (enum fmt_kind)cases[i].kind};
		struct fmt f = {.out = &out, .ops = &fmt_save};
		uint32_t storage[ROOM];
		struct ct_entry e;
		char line[256];

		encode_flow(storage, cases[i].l4, cases[i].status, &cases[i].c);
		memset(&e, 0xa5, sizeof(e));
		CHECK_INT(ct_entry_decode(&e, (const void *)storage), 0);
		fmt_save.entry(&f, &e, cases[i].kind < 0 ? NULL : &ev);
		if (cases[i].verb)
			snprintf(line, sizeof(line), "%s %s -p %s %s%s\n", cases[i].verb, tuples,
				 cases[i].proto, ports, cases[i].end);
		else
			snprintf(line, sizeof(line),
				 "# entry left out, no command can make it: %s\n", cases[i].end);
		CHECK_STR(written(), line);
	}
}

int main(void)
{
	out_init(&out, -1);
	test_untracked();
	test_save_kinds();
	return UNIT_END();
}
