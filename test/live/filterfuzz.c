/*
 * filterfuzz [-s SEED] list N | delete N CONNTRACK | update N CONNTRACK
 *
 * Fills the table of a fresh network namespace with a few hundred entries of all kinds and compares
 * N random filters with the reference of test/ref.h:
 *
 *	list	a list finds the same entries whether it hands the filter on to the kernel or not
 *	delete	-D with the filter in words deletes those entries and no other, and shows as many;
 *		-C counts as many
 *	update	-U --label-add and --label-del likewise change those entries and no other
 *
 * The kernel walks the one hash table of all namespaces for each listing, which takes milliseconds
 * where that is large. So what cannot depend on it is compared with messages kept from a listing,
 * and what has been changed is told by events, now and then by a listing.
 *
 * Made by: cc -std=gnu11 -I. test/live/filterfuzz.c nl/[a-z]*.c ct/[a-z]*.c -o filterfuzz
 * The exit code is 1 if anything differed, 77 in a namespace that is not a fresh one.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ct/encode.h"
#include "ct/entry.h"
#include "ct/filter.h"
#include "ct/name.h"
#include "ct/pushdown.h"
#include "ct/table.h"
#include "ct/uapi.h"
#include "nl/msg.h"
#include "test/ref.h"
#include "test/refcond.h"

#define WANTED	  400
#define MAX	  1024
#define LABEL	  99 /* what "update" sets; no filter asks for it */
#define TIMEOUTS  "/proc/sys/net/netfilter/nf_conntrack_udp_timeout"
#define TOLD_MOST 5

/* An entry to make: what a filter can see, and what makes it so. */
struct wanted {
	struct ref_entry e;
	bool nat[2], expected;
	struct ref_addr nat_to[2];
	int nat_port[2];
};

static struct wanted wanted[WANTED];
static struct ref_entry pool[MAX]; /* the table as it is */
static unsigned npool;
static uint32_t raw[MAX][256]; /* its messages, as they were last listed */
static struct ct_handle handle, second;
static struct nl_sock events;
static uint64_t seed = 1;
static unsigned failures;

static void die(const char *what, int err)
{
	printf("%s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

/* --- the table --- */

static int random_port(void)
{
	static const int ports[] = {0, 1, 21, 53, 69, 80, 443, 1024, 5060, 40000, 65535};

	return REF_PICK(ports);
}

static void random_tuple(struct ref_entry *e)
{
	static const uint8_t protos[] = {6, 6, 6, 6, 17, 17, 17, 1, 132, 136, 33, 47, 89, 253};
	static const uint8_t queries[][2] = {{8, 0}, {13, 14}, {17, 18}, {0, 8}};
	static const uint8_t queries6[][2] = {{128, 129}, {129, 128}, {139, 140}};
	struct ref_side *o = &e->side[0], *r = &e->side[1];

	e->l3 = ref_once_in(3) ? 6 : 4;
	o->here = true;
	o->proto = REF_PICK(protos);
	if (o->proto == 1 && e->l3 == 6)
		o->proto = 58;
	o->src = ref_random_address(e->l3);
	do
		o->dst = ref_random_address(e->l3);
	while (!memcmp(&o->src, &o->dst, sizeof(o->src)));
	*r = *o;
	r->src = o->dst;
	r->dst = o->src;
	if (ref_has_ports(o->proto) || o->proto == 47) {
		r->dport = o->sport = random_port();
		r->sport = o->dport = random_port();
	} else if (o->proto == 1 || o->proto == 58) {
		const uint8_t *pair = o->proto == 1 ? REF_PICK(queries) : REF_PICK(queries6);

		o->type = pair[0];
		r->type = pair[1];
		o->code = r->code = (int)ref_random(2);
		o->id = r->id = random_port();
	}
	if (ref_random(2))
		return;
	switch (ref_random(3)) {
	case 0:
		e->zone = 1 + (int)ref_random(3);
		break;
	case 1:
		o->zone = 1 + (int)ref_random(3);
		break;
	case 2:
		r->zone = 1 + (int)ref_random(3);
		break;
	}
}

static void random_nat(struct wanted *w)
{
	for (int i = 0; i < 2; i++) {
		w->nat[i] = ref_once_in(4);
		w->nat_to[i] = ref_random_address(w->e.l3);
		w->nat_port[i] = ref_has_ports(w->e.side[0].proto) && ref_once_in(2)
					 ? 1 + (int)ref_random(65535)
					 : -1;
	}
}

static void random_entry(struct wanted *w, unsigned index)
{
	struct ref_entry *e = &w->e;

	ref_clear(e);
	random_tuple(e);
	if (index)
		random_nat(w);
	/* The upper half of the mark tells which entry it is. */
	e->mark = (int64_t)(index + 1) << 16 | ref_random(8);
	/* Multiples of 1000, and what time does to them while this runs. */
	e->timeout = 1000 * (1 + ref_random(9));
	e->status = 8;
	if (ref_random(2))
		e->status |= 2;
	if (ref_once_in(3))
		e->status |= 4;
	if (ref_once_in(4))
		e->status |= 0x400;
	w->expected = index && ref_once_in(8) && e->l3 == wanted[0].e.l3 && e->zone < 0 &&
		      e->side[0].zone < 0 && e->side[1].zone < 0;
	switch (e->side[0].proto) {
	case 6:
		e->info = REF_TCP;
		e->state = (int)ref_random(10);
		e->flags[0] = (int)ref_random(64);
		e->flags[1] = (int)ref_random(64);
		break;
	case 132:
		e->info = REF_SCTP;
		e->state = (int)ref_random(9);
		e->vtag[0] = ref_random(4);
		e->vtag[1] = ref_once_in(2) ? ref_random(UINT32_MAX) : ref_random(4);
		break;
	case 33:
		e->info = REF_DCCP;
		e->state = (int)ref_random(8);
		e->role = (int)ref_random(2);
		break;
	}
	if (ref_once_in(3) && (e->side[0].proto == 6 || e->side[0].proto == 17)) {
		e->has_helper = true;
		strcpy(e->helper, e->side[0].proto == 6 ? "ftp" : ref_once_in(2) ? "tftp" : "sip");
	}
	for (unsigned i = ref_random(5); i > 0; i--) {
		unsigned bit = ref_once_in(2) ? ref_random(128) : ref_random(6);

		e->label[bit] = bit != LABEL;
	}
}

static void put_addr(struct nl_buf *b, uint16_t v4, const struct ref_addr *a)
{
	nl_put(b, a->l3 == 4 ? v4 : (uint16_t)(v4 + 2), a->b, a->l3 == 4 ? 4 : 16);
}

static void put_side(struct nl_buf *b, uint16_t type, const struct ref_side *s)
{
	uint32_t tuple = nl_nest(b, type), nest = nl_nest(b, CTA_TUPLE_IP);

	put_addr(b, CTA_IP_V4_SRC, &s->src);
	put_addr(b, CTA_IP_V4_DST, &s->dst);
	nl_nest_end(b, nest);
	nest = nl_nest(b, CTA_TUPLE_PROTO);
	nl_put_u8(b, CTA_PROTO_NUM, (uint8_t)s->proto);
	if (s->sport >= 0) {
		nl_put_be16(b, CTA_PROTO_SRC_PORT, (uint16_t)s->sport);
		nl_put_be16(b, CTA_PROTO_DST_PORT, (uint16_t)s->dport);
	}
	if (s->type >= 0) {
		unsigned v6 = s->proto == 58 ? CTA_PROTO_ICMPV6_ID - CTA_PROTO_ICMP_ID : 0;

		nl_put_be16(b, (uint16_t)(CTA_PROTO_ICMP_ID + v6), (uint16_t)s->id);
		nl_put_u8(b, (uint16_t)(CTA_PROTO_ICMP_TYPE + v6), (uint8_t)s->type);
		nl_put_u8(b, (uint16_t)(CTA_PROTO_ICMP_CODE + v6), (uint8_t)s->code);
	}
	nl_nest_end(b, nest);
	if (s->zone >= 0)
		nl_put_be16(b, CTA_TUPLE_ZONE, (uint16_t)s->zone);
	nl_nest_end(b, tuple);
}

static void put_info(struct nl_buf *b, const struct ref_entry *e)
{
	uint32_t outer, inner;

	if (!e->info)
		return;
	outer = nl_nest(b, CTA_PROTOINFO);
	inner = nl_nest(b, (uint16_t)e->info);
	nl_put_u8(b, 1, (uint8_t)e->state);
	for (int i = 0; i < 2; i++) {
		const uint8_t flags[2] = {(uint8_t)e->flags[i], 0xff};

		if (e->info == REF_TCP)
			nl_put(b, (uint16_t)(CTA_PROTOINFO_TCP_FLAGS_ORIGINAL + i), flags, 2);
		if (e->info == REF_SCTP)
			nl_put_be32(b, (uint16_t)(CTA_PROTOINFO_SCTP_VTAG_ORIGINAL + i),
				    (uint32_t)e->vtag[i]);
	}
	if (e->info == REF_DCCP)
		nl_put_u8(b, CTA_PROTOINFO_DCCP_ROLE, (uint8_t)e->role);
	nl_nest_end(b, inner);
	nl_nest_end(b, outer);
}

static void put_nat(struct nl_buf *b, uint16_t type, const struct ref_addr *to, int port)
{
	uint32_t nest = nl_nest(b, type), proto;

	if (to->l3 == 4)
		nl_put(b, CTA_NAT_V4_MINIP, to->b, 4);
	else
		nl_put(b, CTA_NAT_V6_MINIP, to->b, 16);
	if (port >= 0) {
		proto = nl_nest(b, CTA_NAT_PROTO);
		nl_put_be16(b, CTA_PROTONAT_PORT_MIN, (uint16_t)port);
		nl_nest_end(b, proto);
	}
	nl_nest_end(b, nest);
}

static void put_wanted(struct nl_buf *b, const struct wanted *w)
{
	const struct ref_entry *e = &w->e;
	uint32_t words[4] = {0}, nest;

	nl_begin(b, CT_MSG(IPCTNL_MSG_CT_NEW), NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, 1);
	nl_put_nfgen(b, e->l3 == 4 ? AF_INET : AF_INET6, 0, 0);
	put_side(b, CTA_TUPLE_ORIG, &e->side[0]);
	put_side(b, CTA_TUPLE_REPLY, &e->side[1]);
	if (e->zone >= 0)
		nl_put_be16(b, CTA_ZONE, (uint16_t)e->zone);
	nl_put_be32(b, CTA_STATUS, (uint32_t)e->status);
	nl_put_be32(b, CTA_TIMEOUT, (uint32_t)e->timeout);
	nl_put_be32(b, CTA_MARK, (uint32_t)e->mark);
	put_info(b, e);
	for (unsigned i = 0; i < 128; i++)
		if (e->label[i])
			words[i / 32] |= UINT32_C(1) << i % 32;
	nl_put(b, CTA_LABELS, words, sizeof(words));
	for (unsigned i = 0; i < 2; i++)
		if (w->nat[i])
			put_nat(b, i ? CTA_NAT_DST : CTA_NAT_SRC, &w->nat_to[i], w->nat_port[i]);
	if (e->has_helper) {
		nest = nl_nest(b, CTA_HELP);
		nl_put_str(b, CTA_HELP_NAME, e->helper, (uint32_t)strlen(e->helper));
		nl_nest_end(b, nest);
	}
	if (w->expected) /* by the first one, which has no zone */
		put_side(b, CTA_TUPLE_MASTER, &wanted[0].e.side[0]);
	nl_end(b);
}

/* Makes one entry. Returns 0 or a negative errno. */
static int make(const struct wanted *w)
{
	uint32_t storage[256], answer[128];
	const struct nlmsghdr *h = (const struct nlmsghdr *)answer;
	struct nl_err error;
	struct nl_buf b;
	int err;

	nl_buf_init(&b, storage, sizeof(storage));
	put_wanted(&b, w);
	err = nl_send(&second.sock, b.data, b.len);
	if (err)
		die("sending", err);
	if (nl_recv(&second.sock, answer, sizeof(answer), 0) < 0 || h->nlmsg_type != NLMSG_ERROR)
		die("no answer", EIO);
	return nl_error(h, &error);
}

static void side_of(struct ref_side *s, const struct ct_tuple *t)
{
	s->here = true;
	s->src.l3 = s->dst.l3 = t->l3 == AF_INET ? 4 : 6;
	memcpy(s->src.b, t->src.b, ct_addr_len(t->l3));
	memcpy(s->dst.b, t->dst.b, ct_addr_len(t->l3));
	s->proto = t->l4;
	s->sport = t->has & CT_T_SPORT ? t->sport : -1;
	s->dport = t->has & CT_T_DPORT ? t->dport : -1;
	s->type = t->has & CT_T_ICMP_TYPE ? t->icmp_type : -1;
	s->code = t->has & CT_T_ICMP_CODE ? t->icmp_code : -1;
	s->id = t->has & CT_T_ICMP_ID ? t->icmp_id : -1;
	s->zone = t->has & CT_T_ZONE ? t->zone : -1;
}

/* Takes a message over into the place that arg points to. */
static int take(const struct nlmsghdr *h, struct ref_entry *r)
{
	struct ct_entry e;

	if (ct_entry_decode(&e, h))
		die("decoding", EBADMSG);
	ref_clear(r);
	r->l3 = e.family == AF_INET ? 4 : 6;
	side_of(&r->side[0], &e.orig);
	side_of(&r->side[1], &e.reply);
	r->zone = e.has & CT_HAS_ZONE ? e.zone : -1;
	r->status = e.status;
	r->timeout = e.has & CT_HAS_TIMEOUT ? (int64_t)e.timeout : -1;
	r->mark = e.has & CT_HAS_MARK ? (int64_t)e.mark : 0;
	r->id = e.id;
	if (e.has & CT_HAS_STATE) {
		r->info = e.info;
		r->state = e.state;
	}
	for (int i = 0; i < 2; i++) {
		if (e.has & CT_HAS_TCP_FLAGS)
			r->flags[i] = e.tcp_flags[i];
		if (e.has & CT_HAS_VTAG)
			r->vtag[i] = e.vtag[i];
		if (e.has & (i ? CT_HAS_COUNTERS_REPLY : CT_HAS_COUNTERS_ORIG)) {
			r->packets[i] = (int64_t)e.packets[i];
			r->bytes[i] = (int64_t)e.bytes[i];
		}
	}
	if (e.has & CT_HAS_ROLE)
		r->role = e.role;
	if (e.has & CT_HAS_HELPER) {
		r->has_helper = true;
		snprintf(r->helper, sizeof(r->helper), "%.*s", (int)e.helper.len, e.helper.p);
	}
	for (unsigned i = 0; i < 128 && e.has & CT_HAS_LABELS; i++)
		r->label[i] = ct_label_test(&e.labels, i);
	return 0;
}

/* Keeps a listed message. */
static void keep(const struct nlmsghdr *h)
{
	if (npool == MAX || h->nlmsg_len > sizeof(raw[0]))
		die("listing", E2BIG);
	memcpy(raw[npool], h, h->nlmsg_len);
	take(h, &pool[npool++]);
}

/* Hands each entry that the kernel lists for a filter to each(). */
static void list(const struct ct_filter *f, void (*each)(const struct nlmsghdr *h))
{
	const struct nlmsghdr *h;
	struct ct_list l;

	ct_list_begin(&l, &handle, CT_TABLE_CONNTRACK, f);
	while (ct_list_receive(&l) > 0)
		while ((h = ct_list_next(&l)))
			each(h);
	if (l.reply.err.err)
		die("listing", l.reply.err.err);
}

static void list_all(void)
{
	npool = 0;
	list(NULL, keep);
}

/* A few packets between two ports of this host, so that counters are not all 0. */
static void send_packets(int domain, uint16_t port, unsigned there, unsigned back)
{
	struct sockaddr_storage addr[2] = {0};
	char text[1200] = "";
	int fd[2];

	for (unsigned i = 0; i < 2; i++) {
		struct sockaddr_in *v4 = (struct sockaddr_in *)&addr[i];
		struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&addr[i];

		addr[i].ss_family = (sa_family_t)domain;
		if (domain == AF_INET) {
			v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
			v4->sin_port = htons((uint16_t)(port + i));
		} else {
			v6->sin6_addr = in6addr_loopback;
			v6->sin6_port = htons((uint16_t)(port + i));
		}
		fd[i] = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd[i] < 0 || bind(fd[i], (struct sockaddr *)&addr[i], sizeof(addr[i])))
			die("binding", errno);
	}
	for (unsigned i = 0; i < there + back; i++) {
		unsigned from = i >= there;

		if (sendto(fd[from], text, 100 * i % sizeof(text), 0,
			   (struct sockaddr *)&addr[!from], sizeof(addr[0])) < 0)
			die("sending packets", errno);
	}
	close(fd[0]);
	close(fd[1]);
}

#define FLOWS 6

static void traffic(unsigned flow)
{
	send_packets(flow % 2 ? AF_INET6 : AF_INET, (uint16_t)(2000 + 10 * flow), 1 + flow * 2,
		     flow < 2 ? 0 : flow);
}

/* Makes an entry of the pool again that has been deleted. False if that cannot be. */
static bool make_again(struct ref_entry *e)
{
	const struct ref_side *o = &e->side[0];
	const struct nlmsghdr *h;
	struct ct_list l;
	bool got = false;
	struct ct_tuple t = {.l3 = e->l3 == 4 ? AF_INET : AF_INET6};

	if (e->mark >> 16) {
		if (make(&wanted[(e->mark >> 16) - 1]))
			return false;
	} else {
		traffic((unsigned)(o->sport - 2000) / 10);
	}
	t.has = CT_T_SRC | CT_T_DST | CT_T_PROTO;
	t.src = *(const struct ct_addr *)o->src.b;
	t.dst = *(const struct ct_addr *)o->dst.b;
	t.l4 = (uint8_t)o->proto;
	if (o->sport >= 0) {
		t.has |= CT_T_PORTS;
		t.sport = (uint16_t)o->sport;
		t.dport = (uint16_t)o->dport;
	}
	if (o->type >= 0) {
		t.has |= CT_T_ICMP;
		t.icmp_type = (uint8_t)o->type;
		t.icmp_code = (uint8_t)o->code;
		t.icmp_id = (uint16_t)o->id;
	}
	if (o->zone >= 0) {
		t.has |= CT_T_ZONE;
		t.zone = (uint16_t)o->zone;
	}
	ct_list_one(&l, &handle, &t, false, e->zone, NULL);
	while (ct_list_receive(&l) > 0)
		while ((h = ct_list_next(&l)))
			got = !take(h, e);
	return got;
}

static void set_long(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "100000", 6) != 6)
		die(path, errno);
	close(fd);
}

/* Events come only of entries made while somebody listens. */
static void listen_to(unsigned group)
{
	int err = nl_open(&events, NETLINK_NETFILTER), g = (int)group;

	if (err)
		die("opening", err);
	nl_set_rcvbuf(&events, 1 << 22);
	if (setsockopt(events.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &g, sizeof(g)))
		die("listening", errno);
}

static bool same_tuple(const struct ref_side *a, const struct ref_side *b)
{
	return !memcmp(&a->src, &b->src, sizeof(a->src)) &&
	       !memcmp(&a->dst, &b->dst, sizeof(a->dst)) && a->proto == b->proto &&
	       a->sport == b->sport && a->dport == b->dport && a->type == b->type &&
	       a->code == b->code && a->id == b->id;
}

/* Where only one direction has a zone, the kernel takes entries whose original tuple is another's
 * reply tuple. By tuple it then finds now the one and now the other: no such entries here. */
static unsigned drop_doubtful(void)
{
	static bool doubtful[MAX];
	uint32_t storage[256];
	unsigned dropped = 0;

	for (unsigned i = 0; i < npool; i++)
		for (unsigned k = 0; k < npool; k++)
			if (i != k && same_tuple(&pool[i].side[0], &pool[k].side[1]))
				doubtful[i] = doubtful[k] = true;
	for (unsigned i = 0; i < npool; i++) {
		const struct nlmsghdr *h = (const struct nlmsghdr *)raw[i];
		struct nl_buf b;

		/* By each of its names: by some the kernel may find another one. */
		for (unsigned name = 0; doubtful[i] && name < CT_NAMES; name++) {
			nl_buf_init(&b, storage, sizeof(storage));
			if (!ct_encode_delete(&b, 1, h, name))
				nl_send(&second.sock, b.data, b.len);
		}
		dropped += doubtful[i];
	}
	while (nl_recv(&second.sock, storage, sizeof(storage), MSG_DONTWAIT) > 0)
		continue;
	list_all();
	return dropped;
}

static void prepare(void)
{
	unsigned made = 0, refused = 0;
	struct stat st;
	int err = ct_open(&handle);

	if (err || (err = ct_open(&second)))
		die("opening", err);
	handle.no_pushdown = true;
	list_all();
	/* Only in the first namespace may the table's size be changed. */
	if (npool || stat("/proc/sys/net/netfilter/nf_conntrack_max", &st) || st.st_mode & 0222) {
		printf("this is no fresh network namespace\n");
		exit(77);
	}
	set_long(TIMEOUTS);
	set_long(TIMEOUTS "_stream");
	for (unsigned i = 0; i < WANTED; i++) {
		do
			random_entry(&wanted[i], i);
		while (!i && (wanted[0].e.zone >= 0 || wanted[0].e.side[0].zone >= 0 ||
			      wanted[0].e.side[1].zone >= 0));
		err = make(&wanted[i]);
		made += !err;
		refused += err && err != -EEXIST;
	}
	for (unsigned i = 0; i < FLOWS; i++)
		traffic(i);
	list_all();
	made -= drop_doubtful();
	printf("%u entries, %u made, %u refused\n", npool, made, refused);
	if (made < WANTED / 2 || npool != made + FLOWS)
		die("too few entries, or too many", EINVAL);
}

/* --- comparing --- */

static bool found[MAX];
static unsigned strangers; /* ids that are not in the pool, or came twice */

static void mark_found(const struct nlmsghdr *h)
{
	struct nl_attr a;

	if (!nl_find(nl_attrs(h, NL_NFGEN_LEN), CTA_ID, 4, &a))
		die("no id", EINVAL);
	for (unsigned i = 0; i < npool; i++)
		if ((uint32_t)pool[i].id == nl_get_be32(a.data) && !found[i]) {
			found[i] = true;
			return;
		}
	strangers++;
}

/* Timeouts run down meanwhile: they are compared only with values halfway between theirs. */
static void steady(struct ref_filter *f)
{
	for (unsigned i = 0; i < f->n; i++)
		for (unsigned k = 0; k < f->c[i].n; k++) {
			struct ref_value *v = &f->c[i].v[k];

			if (f->c[i].opt == R_LABEL && v->lo == LABEL)
				v->lo--;
			if (f->c[i].opt != R_EXPIRES)
				continue;
			v->lo = v->lo / 1000 * 1000 + 500;
			if (v->hi != UINT64_MAX)
				v->hi = v->hi / 1000 * 1000 + 500 + (ref_once_in(2) ? 1000 : 0);
		}
}

static bool failure(const char *what, const struct ref_filter *f, unsigned number)
{
	failures++;
	if (failures > TOLD_MOST)
		return false;
	printf("filter %u of seed %llu: %s\n", number, (unsigned long long)seed, what);
	ref_print_filter(f);
	return true;
}

/* Compares what was found with what should have been. */
static void check_found(const char *how, const struct ref_filter *f, unsigned number)
{
	unsigned told = 0;

	for (unsigned i = 0; i < npool; i++) {
		bool want = ref_match(f, &pool[i]);

		if (want == found[i] || (!told++ && !failure(how, f, number)))
			continue;
		if (told <= 2 && failures <= TOLD_MOST) {
			printf("\tthis one should %shave been:\n", want ? "" : "not ");
			ref_print_entry(&pool[i]);
		}
	}
	if (strangers && !told)
		failure("entries came twice, or are unknown", f, number);
}

static void fuzz_list(unsigned filters)
{
	unsigned pushed = 0, tuples = 0, refused = 0;
	uint64_t matches = 0;
	struct ct_filter f = {0};
	struct ref_filter r;

	for (unsigned n = 0; n < filters; n++) {
		uint32_t storage[256];
		struct ct_tuple t;
		struct nl_buf b;
		bool push, tuple;
		uint16_t zone;
		int err;

		if (n % 1000 == 0)
			list_all();
		ref_random_filter(&r, pool, npool);
		refcond_single_negation(&r);
		steady(&r);
		err = refcond_make(&f, &r);
		if (err) {
			refused++;
			if (!ref_no_family(&r))
				failure("refused", &r, n);
			continue;
		}
		for (unsigned i = 0; i < npool; i++) {
			found[i] = ct_filter_match(&f, (const struct nlmsghdr *)raw[i]);
			matches += found[i];
		}
		check_found("matched", &r, n);
		nl_buf_init(&b, storage, sizeof(storage));
		push = ct_pushdown(&b, &f, ct_kernel());
		tuple = ct_pushdown_exact(&f, &t, &zone);
		pushed += push;
		tuples += tuple;
		if (!push && !tuple && !ref_once_in(30))
			continue;
		memset(found, 0, sizeof(found));
		strangers = 0;
		handle.no_pushdown = !push && !tuple && ref_once_in(4);
		list(&f, mark_found);
		check_found(handle.no_pushdown ? "listed, plain" : "listed, handed on", &r, n);
		handle.no_pushdown = true;
	}
	printf("%u filters, %u refused, %u pushed down, %u as one tuple, %llu matches\n", filters,
	       refused, pushed, tuples, (unsigned long long)matches);
	if (pushed < filters / 10 || tuples < filters / 100 || matches < filters)
		die("too few that tell something", EINVAL);
	ct_filter_free(&f);
}

/* --- the program itself --- */

static struct {
	int code;
	unsigned lines; /* of stdout */
	char first[200], err[400];
} ran;

/* Runs the program with a command before or behind the words of a filter. */
static void run(const char *program, const struct ref_words *filter, bool before, unsigned ncommand,
		const char *const *command)
{
	static char out[1 << 18];
	posix_spawn_file_actions_t fa;
	char *argv[80] = {(char *)"conntrack"};
	unsigned argc = 1;
	static int fd[2];
	ssize_t len;
	pid_t pid;
	int err;

	for (unsigned i = 0; before && i < ncommand; i++)
		argv[argc++] = (char *)command[i];
	for (unsigned i = 0; i < filter->n; i++)
		argv[argc++] = filter->argv[i];
	for (unsigned i = 0; !before && i < ncommand; i++)
		argv[argc++] = (char *)command[i];
	argv[argc] = NULL;
	for (unsigned i = 0; i < 2; i++) {
		if (!fd[i])
			fd[i] = dup(fileno(tmpfile()));
		if (ftruncate(fd[i], 0) || lseek(fd[i], 0, SEEK_SET))
			die("a temporary file", errno);
	}
	posix_spawn_file_actions_init(&fa);
	for (int i = 0; i < 2; i++)
		posix_spawn_file_actions_adddup2(&fa, fd[i], i + 1);
	err = posix_spawn(&pid, program, &fa, NULL, argv, (char *[]){NULL});
	posix_spawn_file_actions_destroy(&fa);
	if (err || waitpid(pid, &ran.code, 0) != pid)
		die(program, err ? err : errno);
	ran.code = WIFEXITED(ran.code) ? WEXITSTATUS(ran.code) : 1000 + ran.code;
	ran.lines = 0;
	len = pread(fd[0], out, sizeof(out), 0);
	for (ssize_t i = 0; i < len; i++)
		ran.lines += out[i] == '\n';
	snprintf(ran.first, sizeof(ran.first), "%.*s", (int)len, out);
	len = pread(fd[1], ran.err, sizeof(ran.err) - 1, 0);
	ran.err[len > 0 ? len : 0] = 0;
}

static bool ran_as(int code, unsigned lines, const struct ref_filter *f, const struct ref_words *w,
		   unsigned number)
{
	if (ran.code == code && ran.lines == lines)
		return true;
	if (failure("another exit code or number of lines", f, number)) {
		printf("\twords:");
		ref_print_words(w);
		printf("\texit code %d, should be %d; %u lines, should be %u; stderr: %s\n",
		       ran.code, code, ran.lines, lines, ran.err);
	}
	return false;
}

/* Random filters that the command takes, with the entries that they mean; false for the others,
 * which must leave everything as it is. */
static bool next_filter(struct ref_filter *f, struct ref_words *w, bool update)
{
	bool again;

	do {
		again = false;
		ref_random_filter(f, pool, npool);
		steady(f);
		for (unsigned i = 0; i < f->n; i++)
			/* -U sets these, and cannot select by them. */
			again |= update && (f->c[i].opt == R_STATUS || f->c[i].opt == R_STATE ||
					    f->c[i].opt == R_MARK || f->c[i].opt == R_FLAGS);
	} while (again);
	w->n = 0;
	w->used = 0;
	ref_filter_words(w, f);
	return !ref_no_family(f);
}

static unsigned wanted_now(const struct ref_filter *f)
{
	unsigned n = 0;

	for (unsigned i = 0; i < npool; i++)
		n += ref_match(f, &pool[i]);
	return n;
}

/* Marks as found what events tell of. False if some were lost. */
static bool look(void)
{
	static uint32_t buf[2048];
	ssize_t len;

	memset(found, 0, sizeof(found));
	strangers = 0;
	while ((len = nl_recv(&events, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		for (const struct nlmsghdr *h = NULL; (h = nl_msg_next(buf, (size_t)len, h));)
			mark_found(h);
	return len == -EAGAIN;
}

/* Marks as found the entries of the pool that have the label, or else that are gone. */
static void look_closely(bool label)
{
	static struct ref_entry before[MAX];
	unsigned nbefore = npool;

	memcpy(before, pool, sizeof(pool));
	list_all();
	memset(found, 0, sizeof(found));
	strangers = 0;
	for (unsigned i = 0; i < nbefore; i++) {
		unsigned k = 0;

		while (k < npool && pool[k].id != before[i].id)
			k++;
		found[i] = label ? k < npool && pool[k].label[LABEL] : k == npool;
	}
	for (unsigned k = 0; k < npool; k++) {
		unsigned i = 0;

		while (i < nbefore && pool[k].id != before[i].id)
			i++;
		strangers += i == nbefore;
	}
	memcpy(pool, before, sizeof(pool));
	npool = nbefore;
}

/* Checks the number that the filter, as words, counts. Returns true when the program takes it. */
static bool check_count(const char *program, const struct ref_filter *f, const struct ref_words *w,
			unsigned n, unsigned expected)
{
	static const char *const count[] = {"-C"};
	bool good = !ref_no_family(f);

	run(program, w, n % 2, 1, count);
	if (ran.code == 2 && (!good || ref_may_refuse(f)))
		return false;
	if (ran_as(good ? 0 : 2, good, f, w, n) && (unsigned)atoi(ran.first) != expected) {
		failure("another count", f, n);
		printf("\t%u, should be %u\n", (unsigned)atoi(ran.first), expected);
	}
	return good;
}

/* Entries that were found to be deleted are made again, the master of others first. */
static void repair(void)
{
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < npool; i++)
			if (found[i] && (pass || pool[i].mark >> 16 == 1))
				found[i] = !make_again(&pool[i]);
	for (unsigned i = npool; i-- > 0;)
		if (found[i])
			pool[i] = pool[--npool];
	look(); /* an entry that cannot be NATed is made, and destroyed */
}

/* The label as it must be after an update: kept in the pool, and listed now and then. */
static void check_labels(bool add, unsigned n)
{
	for (unsigned i = 0; i < npool; i++)
		if (found[i])
			pool[i].label[LABEL] = add;
	if (n % 64)
		return;
	look_closely(true);
	for (unsigned i = 0; i < npool; i++)
		if (pool[i].label[LABEL] != found[i]) {
			printf("the label is not as it should be, after filter %u\n", n);
			ref_print_entry(&pool[i]);
			failures++;
			pool[i].label[LABEL] = found[i];
		}
}

/* The entries that match and do not have the label as it is asked for: -U leaves the others alone.
 */
static unsigned to_label(const struct ref_filter *f, bool add)
{
	unsigned n = 0;

	for (unsigned i = 0; i < npool; i++)
		n += ref_match(f, &pool[i]) && pool[i].label[LABEL] != add;
	return n;
}

/* Takes the entries that were to be left alone for found, if they were. */
static void find_labelled(const struct ref_filter *f, bool add, unsigned number)
{
	for (unsigned i = 0; i < npool; i++) {
		if (pool[i].label[LABEL] != add || !ref_match(f, &pool[i]))
			continue;
		if (found[i])
			failure("updated, though it was as asked", f, number);
		found[i] = true;
	}
}

static void fuzz_program(unsigned filters, const char *program, bool update)
{
	static const char *const delete[] = {"-D"};
	static const char *const add[] = {"-U", "--label-add", "99"};
	static const char *const clear[] = {"-U", "--label-del", "99"};
	static const struct ref_filter nothing = {.n = 1, .c = {{.opt = R_SECMARK, .n = 1}}};
	static struct ref_words w;
	unsigned refused = 0;
	uint64_t matches = 0;
	struct ref_filter f;

	look();
	for (unsigned n = 0; n < filters; n++) {
		bool good = next_filter(&f, &w, update), lost;
		unsigned expected = wanted_now(&f);

		if (n % 8 == 0)
			good = check_count(program, &f, &w, n, expected);
		if (update)
			expected = to_label(&f, n % 2 == 0);
		run(program, &w, n % 2, update ? 3 : 1, !update ? delete : n % 2 ? clear : add);
		if (ran.code == 2 && (!good || ref_may_refuse(&f)))
			good = false;
		refused += !good;
		ran_as(!good ? 2 : expected ? 0 : 1, good ? expected : 0, &f, &w, n);
		lost = !look();
		if (update && good)
			find_labelled(&f, n % 2 == 0, n);
		if (!update && (lost || n % 64 == 0))
			look_closely(false);
		if (!update || !lost)
			check_found(update ? "updated" : "deleted", good ? &f : &nothing, n);
		for (unsigned i = 0; i < npool; i++)
			matches += found[i];
		if (update)
			check_labels(n % 2 == 0, n);
		else
			repair();
	}
	printf("%u filters, %u refused, %llu entries %s\n", filters, refused,
	       (unsigned long long)matches, update ? "updated" : "deleted");
	if (matches < filters || refused > filters / 4)
		die("too few that tell something", EINVAL);
}

int main(int argc, char **argv)
{
	bool update;
	int i = 1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (i + 1 < argc && !strcmp(argv[i], "-s")) {
		seed = strtoull(argv[i + 1], NULL, 0);
		i += 2;
	}
	if (i + 1 >= argc) {
		printf("usage: filterfuzz [-s SEED] list N | delete N CONNTRACK | update N "
		       "CONNTRACK\n");
		return 2;
	}
	ref_random_state = seed ? seed : 1;
	for (unsigned k = 0; k < 8; k++)
		ref_random(2); /* small seeds are much alike at first */
	update = !strcmp(argv[i], "update");
	listen_to(update ? NFNLGRP_CONNTRACK_UPDATE : NFNLGRP_CONNTRACK_DESTROY);
	prepare();
	if (!strcmp(argv[i], "list"))
		fuzz_list((unsigned)atoi(argv[i + 1]));
	else if (i + 2 < argc)
		fuzz_program((unsigned)atoi(argv[i + 1]), argv[i + 2], !strcmp(argv[i], "update"));
	if (failures)
		printf("%u failures, seed %llu\n", failures, (unsigned long long)seed);
	return failures != 0;
}
