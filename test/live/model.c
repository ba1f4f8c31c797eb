/*
 * model [-s SEED] [-c] ROUNDS CONNTRACK
 *
 * Fills the table of a fresh network namespace with entries in zones of all kinds whose tuples are
 * often those of others, translated or mirrored, runs random commands on random selections, and
 * compares the table after each with what this program says that it must be, entry by entry.
 *
 *	-c	another process creates, deletes, re-creates and updates entries meanwhile: the
 *		ones that it leaves alone, and those of its own that no selection means, stay as
 *		they are
 *
 * Entries are known by their marks, each of which is given once. Which of them a selection means is
 * decided here, with no help from the library.
 *
 * Made by: cc -std=gnu11 -I. test/live/model.c nl/[a-z]*.c ct/[a-z]*.c -o model
 * The exit code is 1 if anything differed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ct/encode.h"
#include "ct/table.h"
#include "ct/proto.h"
#include "ct/uapi.h"

#define MOST	  512
#define ENTRIES	  48
#define ADDRESSES 4
#define MINE	  0x01000000u /* bits of the marks of the other process's entries */
#define TOUCHED	  0x5a	      /* what commands set in the low byte then */

enum zone_kind { NO_ZONE, BOTH, ORIG, REPLY };

struct entry {
	struct ct_tuple orig, reply;
	uint16_t zone; /* of both directions */
	uint32_t id, status, timeout, mark;
	uint64_t packets;
};

struct table {
	unsigned n;
	struct entry e[MOST];
};

/* A selection: which entries, and in words. */
struct condition {
	enum { SRC, DST, RSRC, RDST, PROTO, SPORT, DPORT, ZONE, OZONE, RZONE, MARK, KINDS } kind;
	bool negate;
	struct ct_addr addr;
	uint8_t l3;
	uint32_t v, mask;
};

struct selection {
	unsigned n;
	struct condition c[4];
};

struct words {
	int n;
	char *v[64];
	char text[4096];
	size_t used;
};

static struct ct_handle handle, maker;
static struct table before, after;
static uint64_t state, seed = 1;
static uint32_t next_mark = 1;
static unsigned round_now, failures;
static char out[1 << 16], err[1 << 14];
static const char *program;
static struct words words;

static void die(const char *what, int code)
{
	printf("%s: %s\n", what, strerror(code < 0 ? -code : code));
	exit(1);
}

static uint32_t rnd(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state * UINT64_C(2685821657736338717)) >> 33) % n;
}

/* --- words --- */

static void word(struct words *w, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	w->v[w->n++] = w->text + w->used;
	w->used += (size_t)vsnprintf(w->text + w->used, sizeof(w->text) - w->used, fmt, args) + 1;
	va_end(args);
	w->v[w->n] = NULL;
	if (w->n > 60 || w->used > sizeof(w->text) - 200)
		die("words", E2BIG);
}

static void start(const char *first)
{
	words.n = 0;
	words.used = 0;
	word(&words, "conntrack");
	word(&words, "%s", first);
}

static const char *address(const struct ct_addr *a, uint8_t l3)
{
	static char text[4][64];
	static unsigned at;

	at = (at + 1) % 4;
	inet_ntop(l3, a->b, text[at], sizeof(text[at]));
	return text[at];
}

/* --- the table --- */

static void take(struct table *t, const struct nlmsghdr *h)
{
	struct entry *e = &t->e[t->n++];
	struct ct_entry d;

	if (t->n == MOST)
		die("the table is too large", E2BIG);
	if (ct_entry_decode(&d, h))
		die("decoding", EBADMSG);
	*e = (struct entry){.orig = d.orig,
			    .reply = d.reply,
			    .zone = d.has & CT_HAS_ZONE ? d.zone : 0,
			    .id = d.id,
			    .status = d.status,
			    .timeout = d.timeout,
			    .mark = d.has & CT_HAS_MARK ? d.mark : 0};
	if (d.has & CT_HAS_COUNTERS_ORIG)
		e->packets += d.packets[0];
	if (d.has & CT_HAS_COUNTERS_REPLY)
		e->packets += d.packets[1];
}

static void list(struct table *t)
{
	const struct nlmsghdr *h;
	struct ct_list l;

	t->n = 0;
	ct_list_begin(&l, &handle, CT_TABLE_CONNTRACK, NULL);
	while (ct_list_receive(&l) > 0)
		while ((h = ct_list_next(&l)))
			take(t, h);
	if (l.reply.err.err)
		die("listing", l.reply.err.err);
}

static uint16_t tuple_zone(const struct ct_tuple *t)
{
	return t->has & CT_T_ZONE ? t->zone : 0;
}

static bool same_ends(const struct ct_tuple *a, const struct ct_tuple *b)
{
	unsigned len = ct_addr_len(a->l3);

	return a->l3 == b->l3 && a->l4 == b->l4 && !memcmp(&a->src, &b->src, len) &&
	       !memcmp(&a->dst, &b->dst, len) && a->sport == b->sport && a->dport == b->dport;
}

/* The entry with these tuples and zones. There is one at most. */
static struct entry *find(struct table *t, const struct entry *e)
{
	for (unsigned i = 0; i < t->n; i++) {
		struct entry *x = &t->e[i];

		if (x->zone == e->zone && same_ends(&x->orig, &e->orig) &&
		    same_ends(&x->reply, &e->reply) &&
		    tuple_zone(&x->orig) == tuple_zone(&e->orig) &&
		    tuple_zone(&x->reply) == tuple_zone(&e->reply))
			return x;
	}
	return NULL;
}

static struct entry *by_mark(struct table *t, uint32_t mark)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->e[i].mark == mark)
			return &t->e[i];
	return NULL;
}

static void print_tuple(const char *name, const struct ct_tuple *t)
{
	printf(" %s=%s:%u-%s:%u", name, address(&t->src, t->l3), t->sport, address(&t->dst, t->l3),
	       t->dport);
	if (t->has & CT_T_ZONE)
		printf(" zone=%u", t->zone);
}

static void print_entry(const struct entry *e)
{
	printf("\t%u", e->orig.l4);
	print_tuple("orig", &e->orig);
	print_tuple("reply", &e->reply);
	printf(" zone=%u mark=0x%x timeout=%u status=0x%x packets=%llu id=%x\n", e->zone, e->mark,
	       e->timeout, e->status, (unsigned long long)e->packets, e->id);
}

static void failure(const char *what, const struct entry *e)
{
	if (++failures > 5)
		exit(1);
	printf("seed %llu, round %u: %s\n", (unsigned long long)seed, round_now, what);
	for (int i = 0; i < words.n; i++)
		printf(" %s", words.v[i]);
	printf("\n%s", err);
	if (e) {
		print_entry(e);
		for (unsigned i = 0; i < after.n; i++)
			if (same_ends(&after.e[i].orig, &e->orig) ||
			    same_ends(&after.e[i].reply, &e->orig) ||
			    same_ends(&after.e[i].orig, &e->reply) ||
			    same_ends(&after.e[i].reply, &e->reply)) {
				printf("     after");
				print_entry(&after.e[i]);
			}
		for (unsigned i = 0; i < before.n; i++)
			if (&before.e[i] != e && (same_ends(&before.e[i].orig, &e->orig) ||
						  same_ends(&before.e[i].reply, &e->orig) ||
						  same_ends(&before.e[i].orig, &e->reply) ||
						  same_ends(&before.e[i].reply, &e->reply))) {
				printf("    beside");
				print_entry(&before.e[i]);
			}
	}
}

/* The entries that the other process has made. Their marks have MINE; what it says of them is true
 * while it stands still. */
static struct shared {
	volatile bool stop, go;
	volatile unsigned stopped;
	unsigned n;
	struct ct_create c[ENTRIES];
	bool there[ENTRIES];
	struct table control;
} * shared;

/* --- creation --- */

static void random_addr(struct ct_addr *a, uint8_t l3)
{
	*a = (struct ct_addr){{0}};
	if (l3 == AF_INET) {
		a->b[0] = 127;
		a->b[3] = (uint8_t)(1 + rnd(ADDRESSES));
	} else {
		a->b[0] = 0xfd;
		a->b[15] = (uint8_t)(1 + rnd(ADDRESSES));
	}
}

static uint16_t random_zone(void)
{
	static const uint16_t zones[] = {1, 1, 2, 3, 65535, CT_ZONE_UNUSED - 1, CT_ZONE_UNUSED};

	/* In zone CT_ZONE_UNUSED, a mirror image is hit where an entry vanishes meanwhile. */
	return zones[rnd(sizeof(zones) / sizeof(zones[0]) - (shared ? 2 : 0))];
}

static void set_zone(struct ct_create *c, enum zone_kind kind)
{
	uint16_t zone = random_zone();

	if (kind == BOTH) {
		c->has_zone = true;
		c->zone = zone;
	} else if (kind != NO_ZONE) {
		struct ct_tuple *t = kind == ORIG ? &c->orig : &c->reply;

		t->zone = zone;
		t->has |= CT_T_ZONE;
	}
}

static void set_nat(struct ct_create *c, unsigned i, const struct ct_addr *to, uint16_t port)
{
	c->has_nat[i] = true;
	c->nat[i] = (struct ct_net){.addr = *to, .l3 = c->orig.l3, .port = port, .has_port = true};
}

/* A flow, by chance one whose reply tuple, translated, is the original tuple of another, or the
 * other way round, or one of another zone. */
static void random_flow(struct ct_create *c, const struct table *like)
{
	const struct entry *e = like->n ? &like->e[rnd(like->n)] : NULL;
	unsigned how = e ? rnd(6) : 0;
	struct ct_tuple *o = &c->orig;

	*c = (struct ct_create){0};
	o->has = CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS;
	o->l3 = rnd(4) ? AF_INET : AF_INET6;
	o->l4 = rnd(3) ? CT_PROTO_UDP : CT_PROTO_TCP;
	o->sport = (uint16_t)(5000 + rnd(2));
	o->dport = (uint16_t)(5000 + rnd(2));
	if (e) {
		o->l3 = e->orig.l3;
		o->l4 = e->orig.l4;
	}
	random_addr(&o->src, o->l3);
	do
		random_addr(&o->dst, o->l3);
	while (!memcmp(&o->src, &o->dst, 16));
	if (how >= 4) { /* its reply is that one's original tuple */
		o->dst = e->orig.src;
		o->dport = e->orig.sport;
		set_nat(c, 0, &e->orig.dst, e->orig.dport);
	} else if (how == 3) { /* its original tuple is that one's reply */
		*o = e->reply;
		o->has &= (uint16_t)~CT_T_ZONE;
	} else if (how == 2) { /* another zone of the same */
		*o = e->orig;
		o->has &= (uint16_t)~CT_T_ZONE;
	} else if (!rnd(3)) {
		struct ct_addr to;

		random_addr(&to, o->l3);
		set_nat(c, rnd(2), &to, (uint16_t)(5000 + rnd(2)));
	}
	if (!ct_tuple_invert(&c->reply, o))
		die("inverting", EINVAL);
	set_zone(c, (enum zone_kind)(rnd(3) ? rnd(4) : NO_ZONE));
	c->change = (struct ct_change){
		.has = CT_HAS_TIMEOUT | CT_HAS_MARK,
		.timeout = 2000 + rnd(1000),
		.mark = next_mark++ << 8,
		.mark_mask = UINT32_MAX,
	};
	if (o->l4 == CT_PROTO_TCP) {
		c->change.has |= CT_HAS_STATE;
		c->change.info = CT_INFO_TCP;
		c->change.state = 3;
	}
}

/* Sends one request that was encoded. Returns 0 or a negative errno. */
static int request(struct ct_handle *c, struct nl_buf *b, int put)
{
	struct nl_err e;

	if (put)
		die("encoding", put);
	((struct nlmsghdr *)b->data)->nlmsg_flags |= NLM_F_ACK;
	return nl_request(&c->sock, b->data, b->len, c->buf, sizeof(c->buf), &e);
}

static int make(struct ct_handle *h, const struct ct_create *c)
{
	uint32_t storage[256];
	struct nl_buf b;

	nl_buf_init(&b, storage, sizeof(storage));
	return request(h, &b, ct_encode_create(&b, ++h->sock.seq, c));
}

static void fill(void)
{
	struct ct_create c;

	for (unsigned i = 0; i < 2 * ENTRIES && before.n < ENTRIES; i++) {
		random_flow(&c, &before);
		if (make(&maker, &c))
			continue;
		/* Enough for those that come after to be like it. */
		before.e[before.n++] = (struct entry){.orig = c.orig, .reply = c.reply};
	}
	list(&before);
}

/* Marks the entries that packets have made. */
static void mark_new(const struct table *t)
{
	for (unsigned i = 0; i < t->n; i++) {
		struct ct_create c = {.orig = t->e[i].orig};
		uint32_t storage[256];
		struct nl_buf b;

		if (t->e[i].mark)
			continue;
		nl_buf_init(&b, storage, sizeof(storage));
		nl_begin(&b, CT_MSG(IPCTNL_MSG_CT_NEW), 0, ++maker.sock.seq);
		nl_put_nfgen(&b, AF_INET, 0, 0);
		c.orig.zone = CT_ZONE_UNUSED;
		c.orig.has |= CT_T_ZONE;
		ct_tuple_encode(&b, CTA_TUPLE_REPLY, &c.orig);
		nl_put_be32(&b, CTA_MARK, next_mark++ << 8);
		request(&maker, &b, nl_end(&b));
	}
}

/* A few packets, so that counters are not all 0. */
static void send_packets(void)
{
	for (unsigned i = 0; i < 12; i++) {
		struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(5000 + i % 2)};
		struct sockaddr_in b = {.sin_family = AF_INET, .sin_port = htons(5000 + i / 2 % 2)};
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;

		a.sin_addr.s_addr = htonl(INADDR_LOOPBACK + rnd(ADDRESSES));
		b.sin_addr.s_addr = htonl(INADDR_LOOPBACK + rnd(ADDRESSES));
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (fd >= 0 && !bind(fd, (struct sockaddr *)&a, sizeof(a)))
			(void)sendto(fd, "x", 1, 0, (struct sockaddr *)&b, sizeof(b));
		close(fd);
	}
}

/* --- selections --- */

static bool has_addr(const struct condition *c, const struct ct_tuple *t, bool dst)
{
	return t->l3 == c->l3 && !memcmp(dst ? &t->dst : &t->src, &c->addr, ct_addr_len(c->l3));
}

static bool holds(const struct condition *c, const struct entry *e)
{
	switch (c->kind) {
	case SRC:
	case DST:
		return has_addr(c, &e->orig, c->kind == DST);
	case RSRC:
	case RDST:
		return has_addr(c, &e->reply, c->kind == RDST);
	case PROTO:
		return e->orig.l4 == c->v;
	case SPORT:
		return e->orig.sport == c->v;
	case DPORT:
		return e->orig.dport == c->v;
	case ZONE:
		return c->v ? e->zone == c->v
			    : !e->zone && !tuple_zone(&e->orig) && !tuple_zone(&e->reply);
	case OZONE:
		return tuple_zone(&e->orig) == c->v;
	case RZONE:
		return tuple_zone(&e->reply) == c->v;
	case MARK:
		return (e->mark & c->mask) == c->v;
	case KINDS:
		break;
	}
	return false;
}

static bool selected(const struct selection *s, const struct entry *e)
{
	for (unsigned i = 0; i < s->n; i++)
		if (holds(&s->c[i], e) == s->c[i].negate)
			return false;
	return true;
}

/* Conditions that one entry, at least, meets but for negations; by marks only if they may. */
static void random_selection(struct selection *s, const struct table *t, bool marks)
{
	static const struct entry none;
	const struct entry *e = t->n ? &t->e[rnd(t->n)] : &none;
	unsigned used = 0;

	s->n = 0;
	for (unsigned i = 1 + rnd(3); i; i--) {
		struct condition *c = &s->c[s->n];

		*c = (struct condition){.kind = rnd(marks ? KINDS : MARK), .negate = !rnd(6)};
		if (used >> c->kind & 1)
			continue;
		c->l3 = e->orig.l3 ? e->orig.l3 : AF_INET;
		c->addr = c->kind == SRC    ? e->orig.src
			  : c->kind == DST  ? e->orig.dst
			  : c->kind == RSRC ? e->reply.src
					    : e->reply.dst;
		c->v = c->kind == PROTO	  ? e->orig.l4
		       : c->kind == SPORT ? e->orig.sport
		       : c->kind == DPORT ? e->orig.dport
		       : c->kind == ZONE  ? e->zone
		       : c->kind == OZONE ? tuple_zone(&e->orig)
					  : tuple_zone(&e->reply);
		if ((c->kind == OZONE || c->kind == RZONE) && !c->v)
			continue;
		if (c->kind == PROTO && !c->v)
			continue;
		if (c->kind == MARK) {
			c->mask = 0xf00u << rnd(8);
			c->v = e->mark & c->mask;
		}
		used |= 1u << c->kind;
		s->n++;
	}
	if (!s->n) {
		s->c[0] = (struct condition){.kind = SPORT, .v = 5000};
		s->n = 1;
	}
}

static void say(const struct selection *s)
{
	static const char *const names[] = {
		[SRC] = "-s",
		[DST] = "-d",
		[RSRC] = "-r",
		[RDST] = "-q",
		[PROTO] = "-p",
		[SPORT] = "--sport",
		[DPORT] = "--dport",
		[ZONE] = "-w",
		[OZONE] = "--orig-zone",
		[RZONE] = "--reply-zone",
		[MARK] = "-m",
	};
	for (unsigned i = 0; i < s->n; i++) {
		const struct condition *c = &s->c[i];

		if (c->negate)
			word(&words, "!");
		word(&words, "%s", names[c->kind]);
		if (c->kind <= RDST)
			word(&words, "%s", address(&c->addr, c->l3));
		else if (c->kind == MARK)
			word(&words, "0x%x/0x%x", c->v, c->mask);
		else
			word(&words, "%u", c->v);
	}
}

/* --- the program --- */

static void slurp(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = 0;
	close(fd);
}

/* Runs the words. Returns the exit code; its output is in out and err. */
static int run(void)
{
	posix_spawn_file_actions_t actions;
	int o[2], e[2], status;
	pid_t pid;

	if (pipe2(o, O_CLOEXEC) || pipe2(e, O_CLOEXEC))
		die("pipe", errno);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, o[1], 1);
	posix_spawn_file_actions_adddup2(&actions, e[1], 2);
	status = posix_spawn(&pid, program, &actions, NULL, words.v, environ);
	if (status)
		die(program, status);
	posix_spawn_file_actions_destroy(&actions);
	close(o[1]);
	close(e[1]);
	slurp(o[0], out, sizeof(out));
	slurp(e[0], err, sizeof(err));
	if (waitpid(pid, &status, 0) != pid)
		die("waiting", errno);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* The number in the summary. */
static long counted(void)
{
	const char *p = strstr(err, "(conntrack-tools): ");

	return p ? strtol(p + strlen("(conntrack-tools): "), NULL, 10) : -1;
}

/* The output shows the entry of this mark. */
static bool shows(uint32_t mark)
{
	char text[32];

	snprintf(text, sizeof(text), " mark=%u ", mark);
	return strstr(out, text) != NULL;
}

/* --- what commands do --- */

enum change { NOTHING, GONE, MARKED, TIMED, ZEROED };

/* The entry b has become a, NULL: it is gone, as it must by the change. */
static bool right(const struct entry *b, const struct entry *a, enum change change, uint32_t v,
		  uint32_t mask)
{
	uint32_t mark = change == MARKED ? (b->mark & ~mask) ^ v : b->mark;
	uint32_t timeout = change == TIMED ? v : b->timeout;

	if (change == GONE || !a)
		return !a && change == GONE;
	return a->mark == mark && a->timeout <= timeout && a->timeout + 5 >= timeout &&
	       a->status == b->status && a->id == b->id &&
	       a->packets == (change == ZEROED ? 0 : b->packets);
}

/* True when a tuple of the table's other entries is in the way of one of this entry's, in a
 * direction and zone. */
static bool in_the_way(const struct table *t, const struct entry *e, const struct ct_tuple *tuple,
		       bool reply, uint16_t zone)
{
	for (unsigned i = 0; i < t->n; i++) {
		const struct entry *x = &t->e[i];
		const struct ct_tuple *own = reply ? &x->reply : &x->orig;

		if (x->id != e->id && same_ends(own, tuple) &&
		    (x->zone ? x->zone : tuple_zone(own)) == zone)
			return true;
	}
	return false;
}

/* True when the kernel would find another entry by each of the entry's names if it vanished: such
 * an entry need not be changed. Without a zone in its original direction it has an exact name. */
static bool unnamable(const struct table *t, const struct entry *e)
{
	return (e->zone || tuple_zone(&e->orig)) && in_the_way(t, e, &e->orig, true, 0) &&
	       in_the_way(t, e, &e->reply, false, 0) &&
	       (!e->zone || in_the_way(t, e, &e->orig, true, e->zone) ||
		in_the_way(t, e, &e->orig, false, 0));
}

static void compare(const struct selection *s, enum change change, uint32_t v, uint32_t mask,
		    int code)
{
	unsigned n = 0, gone = 0;
	bool refused = false;

	for (unsigned i = 0; i < before.n; i++) {
		const struct entry *b = &before.e[i];
		uint32_t mark = (b->mark & ~mask) ^ v;
		bool in = selected(s, b);

		/* An entry that is as asked is left alone: neither shown nor counted. */
		if (in && change == MARKED && mark == b->mark)
			in = false;
		if (in && change != GONE && change != NOTHING && unnamable(&before, b) &&
		    right(b, find(&after, b), NOTHING, 0, 0)) {
			in = false;
			refused = true;
		}
		n += in;
		gone += in && change == GONE;
		if (!right(b, find(&after, b), in ? change : NOTHING, v, mask))
			failure(in ? "has not become what was asked for"
				   : "was changed and not meant",
				b);
		if (out[0] && shows(change == MARKED ? mark : b->mark) != in &&
		    (in || change != MARKED))
			failure(in ? "is not shown" : "is shown", b);
	}
	if (after.n != before.n - gone)
		failure("entries have come from nowhere", NULL);
	if (counted() != n)
		failure("the summary counts other entries", NULL);
	if (refused ? code != 1
		    : code != (n || change == ZEROED || change == NOTHING || !out[0] ? 0 : 1) &&
			      !(code == 1 && !n && change != NOTHING && change != ZEROED))
		failure("the exit code is wrong", NULL);
}

static void do_change(void)
{
	struct selection s;
	enum change change = NOTHING;
	uint32_t v = 0, mask = 0;
	unsigned what = rnd(7);
	int code;

	if (what == 5) {
		send_packets();
		list(&before);
		mark_new(&before);
		list(&before);
	}
	random_selection(&s, &before, what != 1 && what != 2);
	switch (what) {
	case 0:
		start("-D");
		change = GONE;
		break;
	case 1:
		start("-U");
		change = MARKED;
		/* Bits outside the mask toggle. */
		v = rnd(256);
		mask = rnd(256);
		word(&words, "-m");
		word(&words, "0x%x/0x%x", v, mask);
		break;
	case 2:
		start("-U");
		change = TIMED;
		v = 3000 + rnd(5000);
		word(&words, "-t");
		word(&words, "%u", v);
		break;
	case 3:
		start("-L");
		change = MARKED;
		v = rnd(256);
		mask = 0xff;
		word(&words, "-j");
		word(&words, "mark=0x%x/0xff", v);
		break;
	case 4:
		start("-L");
		change = GONE;
		word(&words, "-j");
		word(&words, "delete");
		break;
	case 5:
		start("-L");
		change = ZEROED;
		word(&words, "-z");
		break;
	case 6:
		start("-L");
		break;
	}
	say(&s);
	code = run();
	list(&after);
	compare(&s, change, v, mask, code);
	before = after;
}

/* One entry by its whole tuple, of either direction. */
static void do_get(void)
{
	const struct entry *e;
	const struct ct_tuple *t;
	unsigned n = 0, how = rnd(3);
	int code;

	if (!before.n)
		return;
	e = &before.e[rnd(before.n)];
	t = how == 1 ? &e->reply : &e->orig;
	start(how == 2 ? "-L" : "-G");
	word(&words, how == 1 ? "-r" : "-s");
	word(&words, "%s", address(&t->src, t->l3));
	word(&words, how == 1 ? "-q" : "-d");
	word(&words, "%s", address(&t->dst, t->l3));
	word(&words, "-p");
	word(&words, "%u", t->l4);
	word(&words, how == 1 ? "--reply-port-src" : "--sport");
	word(&words, "%u", t->sport);
	word(&words, how == 1 ? "--reply-port-dst" : "--dport");
	word(&words, "%u", t->dport);
	if (e->zone || how == 2) {
		word(&words, "-w");
		word(&words, "%u", e->zone);
	} else if (tuple_zone(t)) {
		word(&words, how == 1 ? "--reply-zone" : "--orig-zone");
		word(&words, "%u", t->zone);
	}
	if (how == 2 && (tuple_zone(&e->orig) || tuple_zone(&e->reply)))
		return;
	code = run();
	for (const char *p = out; (p = strchr(p, '\n')); p++)
		n++;
	if (code || n != 1 || !shows(e->mark))
		failure("is not got", e);
}

/* Lines of creations: what fails changes nothing, and takes back those after it. */
static void do_load(void)
{
	struct ct_create c[6];
	unsigned n = 1 + rnd(6), stop = n, made = 0;
	bool add[6];
	char path[] = "/tmp/model.XXXXXX";
	int fd = mkstemp(path), code;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		die("mkstemp", errno);
	for (unsigned i = 0; i < n; i++) {
		const struct ct_tuple *o = &c[i].orig;

		random_flow(&c[i], &before);
		o = &c[i].orig;
		add[i] = rnd(2);
		fprintf(f, "-%c -s %s -d %s -p %u --sport %u --dport %u -t %u -m 0x%x",
			add[i] ? 'A' : 'I', address(&o->src, o->l3), address(&o->dst, o->l3), o->l4,
			o->sport, o->dport, c[i].change.timeout, c[i].change.mark);
		if (o->l4 == CT_PROTO_TCP)
			fprintf(f, " --state ESTABLISHED");
		for (unsigned k = 0; k < 2; k++)
			if (c[i].has_nat[k])
				fprintf(f, o->l3 == AF_INET ? " -%c %s:%u" : " -%c [%s]:%u",
					k ? 'g' : 'n', address(&c[i].nat[k].addr, o->l3),
					c[i].nat[k].port);
		if (c[i].has_zone)
			fprintf(f, " -w %u", c[i].zone);
		if (o->has & CT_T_ZONE)
			fprintf(f, " --orig-zone %u", o->zone);
		if (c[i].reply.has & CT_T_ZONE)
			fprintf(f, " --reply-zone %u", c[i].reply.zone);
		fputc('\n', f);
	}
	fclose(f);
	start("-R");
	word(&words, "%s", path);
	code = run();
	list(&after);
	if (code == 1) {
		const char *p = strstr(err, path);

		stop = p ? (unsigned)strtoul(p + strlen(path) + 1, NULL, 10) - 1 : 0;
	} else if (code) {
		failure("a load ends badly", NULL);
	}
	/* An entry is as before, or as the last line says that is of the same tuple and zones. */
	for (unsigned i = 0; i < before.n; i++) {
		const struct entry *b = &before.e[i], *a = find(&after, b);
		bool allowed = false;

		if (right(b, a, NOTHING, 0, 0))
			continue;
		for (unsigned k = 0; k < stop && a; k++)
			allowed |= add[k] && a->mark == c[k].change.mark &&
				   same_ends(&c[k].orig, &b->orig) &&
				   (c[k].has_zone ? c[k].zone : 0) == b->zone &&
				   tuple_zone(&c[k].orig) == tuple_zone(&b->orig) &&
				   tuple_zone(&c[k].reply) == tuple_zone(&b->reply);
		if (!allowed)
			failure("was changed by a load", b);
	}
	for (unsigned i = 0; i < n; i++) {
		const struct entry *a = by_mark(&after, c[i].change.mark);
		bool again = false;

		for (unsigned k = i + 1; k < stop; k++)
			again |= add[k] && same_ends(&c[k].orig, &c[i].orig);
		if (a && (i >= stop || !same_ends(&a->orig, &c[i].orig)))
			failure("a line was not taken back", a);
		if (!a && i < stop && !again)
			failure("a line has made nothing", NULL);
		made += a && !find(&before, a);
	}
	if (after.n != before.n + made)
		failure("a load has made something else", NULL);
	if (failures)
		printf("the lines are in %s\n", path);
	else
		unlink(path);
	before = after;
}

static void check_alone(unsigned rounds)
{
	unsigned entries = 0;

	for (round_now = 0; round_now < rounds && !failures; round_now++) {
		if (!rnd(12)) {
			struct nl_err e;

			ct_flush(&maker, CT_TABLE_CONNTRACK, AF_UNSPEC, &e);
			before.n = 0;
		}
		if (before.n < ENTRIES / 2)
			fill();
		entries += before.n;
		switch (rnd(5)) {
		case 0:
			do_get();
			break;
		case 1:
			do_load();
			break;
		default:
			do_change();
		}
	}
	printf("seed %llu, %u rounds, %u entries in each, %u failures\n", (unsigned long long)seed,
	       round_now, entries / (round_now ? round_now : 1), failures);
}

/* --- with another process --- */

static void delete_one(unsigned i)
{
	struct ct_tuple t = shared->c[i].orig;
	uint32_t storage[256];
	struct ct_list l;
	struct nl_buf b;
	const struct nlmsghdr *h;

	ct_list_one(&l, &handle, &t, false, shared->c[i].has_zone ? shared->c[i].zone : -1, NULL);
	while (ct_list_receive(&l) > 0)
		while ((h = ct_list_next(&l))) {
			struct table one = {0};

			take(&one, h);
			if (!same_ends(&one.e[0].orig, &t) ||
			    (one.e[0].mark & ~0xffu) != shared->c[i].change.mark)
				continue;
			nl_buf_init(&b, storage, sizeof(storage));
			for (unsigned name = 0; name < CT_NAMES; name++) {
				nl_buf_init(&b, storage, sizeof(storage));
				if (!request(&maker, &b,
					     ct_encode_delete(&b, ++maker.sock.seq, h, name)))
					break;
			}
		}
	shared->there[i] = false;
}

/* Creates, deletes, re-creates until it is told to stand still, and again when told to go on. */
static void churn(void)
{
	if (ct_open(&handle) || ct_open(&maker))
		die("opening", errno);
	for (;;) {
		unsigned i = rnd(ENTRIES);

		if (shared->stop) {
			shared->stopped = 1;
			while (shared->stop)
				sched_yield();
			shared->stopped = 0;
		}
		if (getppid() == 1)
			_exit(0);
		if (shared->there[i]) {
			delete_one(i);
			if (rnd(2)) /* the same again, at once */
				shared->there[i] = !make(&maker, &shared->c[i]);
			continue;
		}
		if (rnd(2) || !shared->c[i].change.mark) {
			random_flow(&shared->c[i], &shared->control);
			shared->c[i].change.mark |= MINE;
		}
		shared->there[i] = !make(&maker, &shared->c[i]);
	}
}

static void stand_still(bool still)
{
	shared->stop = still;
	while (shared->stopped != still)
		sched_yield();
}

/* The entry may be the mirror image of one that had a zone in its original direction, was meant,
 * and vanished behind the look for such an image: for that the kernel has no remedy. */
static bool took_place(const struct selection *s, const struct entry *e)
{
	const struct entry mirror = {.orig = e->reply};

	return !e->zone && !tuple_zone(&e->reply) && selected(s, &mirror);
}

/* All that no selection means is as it was: the control group, and what the other process says to
 * be there. What a selection means of the control group has been changed. */
static void check_churned(const struct selection *s, bool deleted)
{
	list(&after);
	for (unsigned i = 0; i < shared->control.n; i++) {
		const struct entry *b = &shared->control.e[i], *a = find(&after, b);
		bool in = selected(s, b);

		if (a && (a->mark ^ b->mark) & ~0xffu)
			a = NULL; /* the other process has made it again */
		if (!right(b, a,
			   !in	     ? NOTHING
			   : deleted ? GONE
				     : MARKED,
			   TOUCHED, 0xff) &&
		    !(in && !deleted && (b->zone || tuple_zone(&b->orig)) &&
		      right(b, a, NOTHING, 0, 0)))
			failure(in ? "has not become what was asked for"
				   : "was changed and not meant",
				b);
	}
	for (unsigned i = 0; i < after.n; i++)
		if (after.e[i].mark & MINE && after.e[i].mark & 0xff && !selected(s, &after.e[i]) &&
		    !took_place(s, &after.e[i]))
			failure("of the other process, was changed and not meant", &after.e[i]);
	for (unsigned i = 0; i < ENTRIES; i++) {
		const struct ct_create *c = &shared->c[i];
		struct entry e = {.orig = c->orig, .zone = c->has_zone ? c->zone : 0};
		bool found = !shared->there[i];

		e.reply = c->reply;
		for (unsigned k = 0; k < after.n && !found; k++)
			found = (after.e[k].mark & ~0xffu) == c->change.mark;
		/* Its reply is not known, where it is translated. */
		if (!found && !selected(s, &e))
			failure("of the other process, is gone and was not meant", &e);
	}
}

static bool by_original(const struct selection *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->c[i].kind == RSRC || s->c[i].kind == RDST || s->c[i].kind >= ZONE)
			return false;
	return true;
}

static void check_together(unsigned rounds)
{
	pid_t pid;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		die("mmap", errno);
	shared->stop = true;
	pid = fork();
	if (!pid) {
		state ^= UINT64_C(0x123456789abcdef);
		next_mark = 0x8000;
		churn();
	}
	while (!shared->stopped)
		sched_yield();
	for (round_now = 0; round_now < rounds && !failures; round_now++) {
		struct selection s;
		struct nl_err e;
		bool deleted = !rnd(3);

		ct_flush(&maker, CT_TABLE_CONNTRACK, AF_UNSPEC, &e);
		memset(shared->there, 0, sizeof(shared->there));
		before.n = 0;
		fill();
		shared->control = before;
		/* By the original tuple: what comes in an entry's place, between its being listed
		 * and being changed, has the same. */
		do
			random_selection(&s, &before, false);
		while (!by_original(&s));
		stand_still(false);
		start(deleted ? "-D" : "-U");
		if (!deleted) {
			word(&words, "-m");
			word(&words, "0x%x/0xff", TOUCHED);
		}
		say(&s);
		for (unsigned i = 0; i < 3; i++)
			run();
		stand_still(true);
		check_churned(&s, deleted);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("seed %llu, %u rounds beside another process, %u failures\n",
	       (unsigned long long)seed, round_now, failures);
}

int main(int argc, char **argv)
{
	bool together = false;
	int c;

	while ((c = getopt(argc, argv, "s:c")) >= 0) {
		if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 'c')
			together = true;
		else
			return 2;
	}
	if (argc - optind != 2)
		return 2;
	program = argv[optind + 1];
	state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	c = ct_open(&handle);
	if (!c)
		c = ct_open(&maker);
	if (c)
		die("opening", c);
	(together ? check_together : check_alone)((unsigned)strtoul(argv[optind], NULL, 0));
	return failures != 0;
}
