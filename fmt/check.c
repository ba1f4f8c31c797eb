#include "fmt/check.h"

#include <sys/socket.h>

#include "ct/idle.h"
#include "ct/proto.h"
#include "ct/with.h"
#include "fmt/format.h"
#include "fmt/num.h"

#define SYSCTL "net.netfilter."

/* An entry with its extensions, where /proc/slabinfo does not tell. */
#define USUAL_SIZE 320

/* As many rows and addresses are told. */
#define ROWS 8
#define TOP  5

static const struct {
	const char *name, *meaning;
} counters[] = {
	{"drop", TEXT("packets dropped: no room, or no memory, for their entry")},
	{"early_drop", TEXT("entries thrown out to make room for others")},
	{"chaintoolong", TEXT("packets dropped: a hash chain was too long; more buckets help")},
	{"insert_failed",
	 TEXT("packets dropped: their flow was there already, or a NAT port clashed")},
	{"clash_resolve", TEXT("such clashes that were resolved; no loss")},
	{"search_restart", TEXT("lookups begun again, as the table changed; no loss")},
};

#define COUNTERS (sizeof(counters) / sizeof(counters[0]))

/* A sysctl to be set, and why. */
struct advice {
	const char *name;
	uint64_t value;
	char why[120];
};

#define ADVICE_MAX 4

static bool is_full(const struct ct_check *k)
{
	return ct_check_fill(k) > CT_CHECK_FULL * 10;
}

bool check_warns(const struct ct_check *k)
{
	return is_full(k) || ct_check_drops(k);
}

/* Entries of TCP in a state, in percent of all. */
static uint64_t share(const struct ct_check *k, const char *state)
{
	int number = ct_proto_state(ct_proto(CT_PROTO_TCP), state);

	for (unsigned i = 0; i < k->rows; i++)
		if (k->row[i].l4 == CT_PROTO_TCP && k->row[i].state == number)
			return k->row[i].n * 100 / k->seen;
	return 0;
}

/* The timeout that entries of TCP get in a state. */
static uint64_t timeout_of(const char *state)
{
	int number = ct_proto_state(ct_proto(CT_PROTO_TCP), state);
	char name[64];
	uint64_t v;

	return ct_timeout_sysctl(CT_PROTO_TCP, number, false, name, &v) ? v : 0;
}

/* Returns how many sysctls are to be set. */
static unsigned advise(const struct ct_check *k, struct advice *a)
{
	bool full = is_full(k) || ct_check_counter(k, "drop") || ct_check_counter(k, "early_drop");
	uint64_t most = k->limit, size = k->entry_size ? k->entry_size : USUAL_SIZE;
	unsigned n = 0;

	if (full && k->limit) {
		most = (uint64_t)k->limit * 2;
		a[n].name = "nf_conntrack_max";
		a[n].value = most;
		format(a[n].why, sizeof(a[n].why),
		       "twice as many: %llu entries of %s%llu bytes take up to %llu MiB",
		       (unsigned long long)most, k->entry_size ? "" : "about ",
		       (unsigned long long)size, (unsigned long long)(most * size >> 20));
		n++;
	}
	if (k->buckets && ((full && k->buckets < most) || k->entries > k->buckets ||
			   ct_check_counter(k, "chaintoolong"))) {
		a[n].name = "nf_conntrack_buckets";
		a[n].value = most > k->buckets ? most : k->buckets * 2;
		format(a[n].why, sizeof(a[n].why),
		       "a bucket for each entry, of 8 bytes: %llu MiB; chains stay short",
		       (unsigned long long)(a[n].value * 8 >> 20));
		n++;
	}
	if (full && share(k, "ESTABLISHED") > 50 && timeout_of("ESTABLISHED") > 86400) {
		a[n].name = "nf_conntrack_tcp_timeout_established";
		a[n].value = 86400;
		format(a[n].why, sizeof(a[n].why),
		       "%llu %% of the entries are ESTABLISHED, and stay %llu seconds when idle",
		       (unsigned long long)share(k, "ESTABLISHED"),
		       (unsigned long long)timeout_of("ESTABLISHED"));
		n++;
	}
	if (full && share(k, "SYN_SENT") > 30 && timeout_of("SYN_SENT") > 30) {
		a[n].name = "nf_conntrack_tcp_timeout_syn_sent";
		a[n].value = 30;
		format(a[n].why, sizeof(a[n].why), "%llu %% of the entries wait for an answer",
		       (unsigned long long)share(k, "SYN_SENT"));
		n++;
	}
	return n;
}

/* A row's name: protocol and state, or if it was replied to. */
static void row_name(const struct ct_check_row *r, const char **proto, const char **state,
		     char *number, size_t size)
{
	const struct ct_proto *p = ct_proto(r->l4);

	*proto = number;
	if (p->num == 255)
		format(number, size, "%u", r->l4);
	else
		*proto = p->name;
	*state = r->state >= 0 && r->state < p->nstates ? p->states[r->state].text
		 : r->replied				? "replied"
							: "unreplied";
}

/* n of all, as "12.3 %". */
static size_t percent(char *text, size_t size, uint64_t n, uint64_t all)
{
	uint64_t tenths = all ? n * 1000 / all : 0;

	return format(text, size, "%llu.%llu", (unsigned long long)(tenths / 10),
		      (unsigned long long)(tenths % 10));
}

/* An address as text. */
static void addr_text(char *text, const struct ct_top_row *r)
{
	*put_addr(text, r->l3, &r->addr) = 0;
}

#define ADDR_TEXT 64

static void line(struct out *o, const char *text, ...) __attribute__((format(printf, 2, 3)));
static void line(struct out *o, const char *text, ...)
{
	char buf[200];
	va_list args;

	va_start(args, text);
	out_bytes(o, buf, format_va(buf, sizeof(buf), text, args));
	va_end(args);
}

static void text_rows(struct out *o, const struct ct_check *k)
{
	for (unsigned i = 0; i < k->rows && i < ROWS; i++) {
		const struct ct_check_row *r = &k->row[i];
		char number[8], part[16], name[64];
		const char *proto, *state;
		uint64_t seconds;

		row_name(r, &proto, &state, number, sizeof(number));
		percent(part, sizeof(part), r->n, k->seen);
		line(o, "%-15s %llu (%s %%) %s", proto, (unsigned long long)r->n, part, state);
		if (ct_timeout_sysctl(r->l4, r->state, r->replied, name, &seconds))
			line(o, ": " SYSCTL "%s is %llu s", name, (unsigned long long)seconds);
		out_str(o, "\n");
	}
}

/* How many rows are worth telling: those beside which the others cannot be larger by chance. */
static unsigned top_rows(const struct ct_top *t)
{
	unsigned n = 0;

	while (n < t->n && n < TOP && t->row[n].count >= t->less)
		n++;
	return n;
}

static void text_top(struct out *o, const struct ct_top *t, const char *title)
{
	unsigned n = top_rows(t);

	if (t->n && !n)
		line(o, "%-15s none has more than %u\n", title, t->row[0].count + t->less);
	for (unsigned i = 0; i < n; i++) {
		char text[ADDR_TEXT];

		addr_text(text, &t->row[i]);
		line(o, "%-15s %s%u of %s\n", i ? "" : title, t->less ? "at least " : "",
		     t->row[i].count, text);
	}
}

static const char *on_off(int v)
{
	return v < 0 ? "not known" : v ? "on" : "off";
}

void check_text(struct fmt *f, const struct ct_check *k)
{
	struct advice a[ADVICE_MAX];
	unsigned n = advise(k, a);
	struct out *o = f->out;
	char part[16];

	if (f->flags & FMT_NETNS) {
		line(o, "%-15s ", "netns");
		out_safe(o, f->netns, strlen(f->netns));
		out_str(o, "\n");
	}
	percent(part, sizeof(part), k->entries, k->limit);
	line(o, "%-15s %u", "entries", k->entries);
	if (k->limit)
		line(o, " of %u (%s %%): " SYSCTL "nf_conntrack_max", k->limit, part);
	out_str(o, "\n");
	/* An entry is in the table twice, by either direction. */
	if (k->buckets) {
		percent(part, sizeof(part), (uint64_t)k->entries * 2, k->buckets * 100);
		line(o, "%-15s %llu, of %s entries on average\n", "buckets",
		     (unsigned long long)k->buckets, part);
	}
	for (unsigned i = 0; i < COUNTERS; i++)
		line(o, "%-15s %llu %s\n", counters[i].name,
		     (unsigned long long)ct_check_counter(k, counters[i].name),
		     counters[i].meaning);
	percent(part, sizeof(part), k->unreplied, k->seen);
	line(o, "%-15s %llu (%s %%) entries\n", "unreplied", (unsigned long long)k->unreplied,
	     part);
	text_rows(o, k);
	text_top(o, &k->src, "sources");
	text_top(o, &k->dst, "destinations");
	line(o, "%-15s %s\n", "events",
	     k->events == 2   ? TEXT("of entries that are younger than the first listener")
	     : k->events == 1 ? "of all entries"
			      : on_off(k->events));
	line(o, "%-15s %s; times: %s\n", "accounting", on_off(k->acct), on_off(k->timestamp));
	if (is_full(k))
		line(o, "WARNING: the table is more than %d %% full\n", CT_CHECK_FULL);
	if (ct_check_drops(k))
		line(o, "WARNING: %llu packets or entries have been dropped since boot\n",
		     (unsigned long long)ct_check_drops(k));
	if (!check_warns(k))
		out_str(o, "healthy\n");
	if (n)
		out_str(o, "to do, in the initial network namespace:\n");
	for (unsigned i = 0; i < n; i++)
		line(o, "  sysctl -w " SYSCTL "%s=%llu  # %s\n", a[i].name,
		     (unsigned long long)a[i].value, a[i].why);
}

static void json_top(struct out *o, const struct ct_top *t, const char *name)
{
	line(o, "\"%s\":[", name);
	for (unsigned i = 0; i < top_rows(t); i++) {
		char text[ADDR_TEXT];

		addr_text(text, &t->row[i]);
		line(o, "%s{\"addr\":\"%s\",\"entries\":%u}", i ? "," : "", text, t->row[i].count);
	}
	out_str(o, "],");
}

static void json_rows(struct out *o, const struct ct_check *k)
{
	out_str(o, "\"states\":[");
	for (unsigned i = 0; i < k->rows; i++) {
		const struct ct_check_row *r = &k->row[i];
		const char *proto, *state;
		char number[8], name[64];
		uint64_t seconds;

		row_name(r, &proto, &state, number, sizeof(number));
		line(o, "%s{\"proto\":\"%s\",\"state\":\"%s\",\"entries\":%llu", i ? "," : "",
		     proto, state, (unsigned long long)r->n);
		if (ct_timeout_sysctl(r->l4, r->state, r->replied, name, &seconds))
			line(o, ",\"sysctl\":\"" SYSCTL "%s\",\"timeout\":%llu", name,
			     (unsigned long long)seconds);
		out_str(o, "}");
	}
	out_str(o, "],");
}

/* A sysctl's value, where it is known. */
static void json_switch(struct out *o, const char *name, int v)
{
	if (v >= 0)
		line(o, "\"%s\":%d,", name, v);
}

void check_json(struct fmt *f, const struct ct_check *k)
{
	struct advice a[ADVICE_MAX];
	unsigned n = advise(k, a);
	struct out *o = f->out;
	char part[16];

	line(o, "\"entries\":%u,", k->entries);
	percent(part, sizeof(part), k->entries, k->limit);
	if (k->limit)
		line(o, "\"limit\":%u,\"percent\":%s,", k->limit, part);
	percent(part, sizeof(part), (uint64_t)k->entries * 2, k->buckets * 100);
	if (k->buckets)
		line(o, "\"buckets\":%llu,\"chain\":%s,", (unsigned long long)k->buckets, part);
	if (k->entry_size)
		line(o, "\"entry_size\":%llu,", (unsigned long long)k->entry_size);
	out_str(o, "\"counters\":{");
	for (unsigned i = 0; i < COUNTERS; i++)
		line(o, "%s\"%s\":%llu", i ? "," : "", counters[i].name,
		     (unsigned long long)ct_check_counter(k, counters[i].name));
	line(o, "},\"unreplied\":%llu,", (unsigned long long)k->unreplied);
	json_rows(o, k);
	json_top(o, &k->src, "sources");
	json_top(o, &k->dst, "destinations");
	json_switch(o, "events", k->events);
	json_switch(o, "acct", k->acct);
	json_switch(o, "timestamp", k->timestamp);
	out_str(o, "\"warnings\":[");
	if (is_full(k))
		out_str(o, "\"full\"");
	if (ct_check_drops(k))
		out_str(o, is_full(k) ? ",\"dropped\"" : "\"dropped\"");
	out_str(o, "],\"sysctl\":{");
	for (unsigned i = 0; i < n; i++)
		line(o, "%s\"" SYSCTL "%s\":%llu", i ? "," : "", a[i].name,
		     (unsigned long long)a[i].value);
	out_str(o, "}}\n");
}
