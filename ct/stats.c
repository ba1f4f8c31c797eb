#include "ct/stats.h"

#include <errno.h>

#include "ct/proc.h"
#include "ct/uapi.h"
#include "nl/msg.h"

/* By CTA_STATS_*; the second name is the column in /proc/net/stat/nf_conntrack. */
static const struct {
	const char *name, *column;
} counters[] =
	{
		[CTA_STATS_SEARCHED] = {"searched", NULL},
		[CTA_STATS_FOUND] = {"found", "found"},
		[CTA_STATS_NEW] = {"new", NULL},
		[CTA_STATS_INVALID] = {"invalid", "invalid"},
		[CTA_STATS_IGNORE] = {"ignore", NULL},
		[CTA_STATS_DELETE] = {"delete", NULL},
		[CTA_STATS_DELETE_LIST] = {"delete_list", NULL},
		[CTA_STATS_INSERT] = {"insert", "insert"},
		[CTA_STATS_INSERT_FAILED] = {"insert_failed", "insert_failed"},
		[CTA_STATS_DROP] = {"drop", "drop"},
		[CTA_STATS_EARLY_DROP] = {"early_drop", "early_drop"},
		[CTA_STATS_ERROR] = {"error", "icmp_error"},
		[CTA_STATS_SEARCH_RESTART] = {"search_restart", "search_restart"},
		[CTA_STATS_CLASH_RESOLVE] = {"clash_resolve", "clashres"},
		[15] = {"chaintoolong", "chainlength"}, /* CTA_STATS_CHAIN_TOOLONG, 5.15 */
},
  expect_counters[] = {
	  [CTA_STATS_EXP_NEW] = {"expect_new", "expect_new"},
	  [CTA_STATS_EXP_CREATE] = {"expect_create", "expect_create"},
	  [CTA_STATS_EXP_DELETE] = {"expect_delete", "expect_delete"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int ct_stats_decode(struct ct_stats *s, const struct nlmsghdr *h)
{
	struct nl_iter it = nl_attrs(h, NL_NFGEN_LEN);
	struct nl_attr a;
	uint32_t value;

	if (h->nlmsg_len < NLMSG_HDRLEN + NL_NFGEN_LEN)
		return -EBADMSG;
	s->cpu = nl_get_be16(&((const struct nfgenmsg *)NLMSG_DATA(h))->res_id);
	s->n = 0;
	while (s->n < CT_STATS_MAX && nl_next(&it, &a)) {
		if (!nl_be32(&a, &value))
			continue;
		s->counter[s->n].type = (uint16_t)a.type;
		s->counter[s->n++].value = value;
	}
	return 0;
}

void ct_stats_add(struct ct_stats *sum, const struct ct_stats *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		unsigned k = 0;

		while (k < sum->n && sum->counter[k].type != s->counter[i].type)
			k++;
		if (k == CT_STATS_MAX)
			continue;
		if (k == sum->n) {
			sum->counter[sum->n++].type = s->counter[i].type;
			sum->counter[k].value = 0;
		}
		sum->counter[k].value += s->counter[i].value;
	}
}

const char *ct_stats_name(bool expect, uint16_t type)
{
	if (expect)
		return type < COUNT(expect_counters) ? expect_counters[type].name : NULL;
	return type < COUNT(counters) ? counters[type].name : NULL;
}

/* The index of a word of len bytes in a line of words, -1 if it is not there. */
static int column_of(const char *header, const char *word)
{
	size_t len = strlen(word);

	for (int i = 0;; i++) {
		size_t n;

		header += strspn(header, " \t\n");
		n = strcspn(header, " \t\n");
		if (!n)
			return -1;
		if (n == len && !memcmp(header, word, n))
			return i;
		header += n;
	}
}

static bool column_value(const char *line, int column, uint64_t *value)
{
	uint64_t v;

	if (!ct_proc_number(ct_proc_word(line, (unsigned)column), 16, &v))
		return false;
	*value = (uint32_t)v;
	return true;
}

int ct_stats_parse_proc(struct ct_stats *s, bool expect, const char *header, const char *line)
{
	size_t n = expect ? COUNT(expect_counters) : COUNT(counters);

	s->n = 0;
	for (size_t type = 0; type < n; type++) {
		const char *name = expect ? expect_counters[type].column : counters[type].column;
		int column = name ? column_of(header, name) : -1;

		if (column < 0)
			continue;
		if (!column_value(line, column, &s->counter[s->n].value))
			return -EBADMSG;
		s->counter[s->n++].type = (uint16_t)type;
	}
	return s->n ? 0 : -EBADMSG;
}
