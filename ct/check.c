#include "ct/check.h"

#include <string.h>

#include "ct/proc.h"
#include "ct/proto.h"
#include "ct/uapi.h"

static int read_sysctl(const char *name)
{
	uint64_t v;

	return ct_proc_sysctl(name, &v) && v <= INT32_MAX ? (int)v : -1;
}

/* The bytes of an entry, by /proc/slabinfo, which only root can read. */
static uint64_t entry_size(struct ct_handle *c)
{
	char *text = (char *)c->buf;
	const char *line = text;
	uint64_t size;

	if (ct_proc_read("/proc/slabinfo", text, sizeof(c->buf)) < 0)
		return 0;
	do
		line = strchr(line, '\n');
	while (line && strncmp(++line, "nf_conntrack ", strlen("nf_conntrack ")) != 0);
	return line && ct_proc_number(ct_proc_word(line, 3), 10, &size) ? size : 0;
}

/* The row of such entries; NULL: there is no room, as the kernel tells of more states than it has.
 */
static struct ct_check_row *row_of(struct ct_check *k, const struct ct_check_row *like)
{
	unsigned i = 0;

	while (i < k->rows && (k->row[i].l4 != like->l4 || k->row[i].state != like->state ||
			       k->row[i].replied != like->replied))
		i++;
	if (i == CT_CHECK_ROWS)
		return NULL;
	if (i == k->rows)
		k->row[k->rows++] = *like;
	return &k->row[i];
}

static void add(struct ct_check *k, const struct ct_entry *e)
{
	bool replied = e->status & IPS_SEEN_REPLY, state = e->has & CT_HAS_STATE;
	const struct ct_check_row like = {.l4 = e->orig.l4,
					  .state = state ? (int8_t)e->state : -1,
					  .replied = state || replied};
	struct ct_check_row *row = row_of(k, &like);

	k->seen++;
	k->unreplied += !replied;
	if (row)
		row->n++;
	if (!(e->orig.has & CT_T_SRC) || !(e->orig.has & CT_T_DST))
		return;
	ct_top_add(&k->src, e->orig.l3, &e->orig.src);
	ct_top_add(&k->dst, e->orig.l3, &e->orig.dst);
}

/* The most frequent rows first. */
static void sort_rows(struct ct_check *k)
{
	for (unsigned i = 1; i < k->rows; i++) {
		struct ct_check_row r = k->row[i];
		unsigned n = i;

		for (; n && k->row[n - 1].n < r.n; n--)
			k->row[n] = k->row[n - 1];
		k->row[n] = r;
	}
}

int ct_check(struct ct_check *k, struct ct_handle *c, struct nl_err *err)
{
	struct ct_stats_list stats;
	struct ct_stats one;
	const struct nlmsghdr *h;
	struct ct_entry e;
	struct ct_list l;

	memset(k, 0, sizeof(*k));
	k->stats.cpu = CT_STATS_ALL;
	if (!ct_proc_sysctl("buckets", &k->buckets))
		k->buckets = 0;
	k->entry_size = entry_size(c);
	k->events = read_sysctl("events");
	k->acct = read_sysctl("acct");
	k->timestamp = read_sysctl("timestamp");
	if (ct_count(c, &k->entries, &k->limit, err))
		return err->err;
	ct_stats_begin(&stats, c, CT_TABLE_CONNTRACK);
	while (ct_stats_next(&stats, &one) > 0)
		ct_stats_add(&k->stats, &one);
	*err = stats.reply.err;
	if (err->err)
		return err->err;
	ct_list_begin(&l, c, CT_TABLE_CONNTRACK, NULL);
	while (ct_list_receive(&l) > 0)
		while ((h = ct_list_next(&l)))
			if (!ct_entry_decode(&e, h))
				add(k, &e);
	*err = l.reply.err;
	sort_rows(k);
	ct_top_sort(&k->src);
	ct_top_sort(&k->dst);
	return err->err;
}

uint64_t ct_check_counter(const struct ct_check *k, const char *name)
{
	for (unsigned i = 0; i < k->stats.n; i++) {
		const char *known = ct_stats_name(false, k->stats.counter[i].type);

		if (known && !strcmp(known, name))
			return k->stats.counter[i].value;
	}
	return 0;
}

unsigned ct_check_fill(const struct ct_check *k)
{
	return k->limit ? (unsigned)((uint64_t)k->entries * 1000 / k->limit) : 0;
}

uint64_t ct_check_drops(const struct ct_check *k)
{
	return ct_check_counter(k, "drop") + ct_check_counter(k, "early_drop") +
	       ct_check_counter(k, "chaintoolong");
}
