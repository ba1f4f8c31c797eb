/*
 * Command lines: words parted by newlines, two lines parted by a NUL, or one that is both. The
 * second line means the same behind the first one as by itself, as a command line and as a line of
 * a file, where the first one may leave a template. A line that is right makes sense: what writes
 * names what it is about.
 */
#include "cli/opt/parse.h"
#include "ct/bpf.h"
#include "ct/pushdown.h"
#include "fuzz.h"

#define WORDS 60

struct words {
	char *v[WORDS];
	int n;
};

/* Cuts text up to end, which is writable. False when it names a file that would be read. */
static bool cut(struct words *w, char *text, char *end)
{
	static const char map[] = "--labelmap";

	*end = 0;
	for (w->n = 0; w->n < WORDS && text < end;) {
		size_t len = strcspn(text, "\n"), name;

		text[len] = 0;
		if (memchr(text, '@', len))
			return false;
		name = strcspn(text, "=");
		if (name >= 8 && name < sizeof(map) && !memcmp(text, map, name) &&
		    strcmp(text + name, "=/dev/null") != 0)
			return false;
		w->v[w->n++] = text;
		text += len + 1;
	}
	return true;
}

static bool same_cond(const struct ct_cond *a, const struct ct_cond *b)
{
	if (a->field != b->field || a->negate != b->negate || a->any != b->any)
		return false;
	switch (ct_field_kind(a->field)) {
	case CT_KIND_RANGE:
		return a->range.lo == b->range.lo && a->range.hi == b->range.hi;
	case CT_KIND_NET:
		return !memcmp(&a->net, &b->net, sizeof(a->net));
	case CT_KIND_BITS:
		return a->bits.value == b->bits.value && a->bits.mask == b->bits.mask;
	case CT_KIND_STATES:
		return !memcmp(a->states, b->states, sizeof(a->states));
	case CT_KIND_LABELS:
		return !memcmp(&a->labels, &b->labels, sizeof(a->labels));
	case CT_KIND_NAME:
		return a->name.len == b->name.len && !memcmp(a->name.p, b->name.p, a->name.len);
	}
	return false;
}

static void same_filter(const struct ct_filter *a, const struct ct_filter *b)
{
	MUST(a->nconds == b->nconds && a->ntests == b->ntests && a->fields == b->fields &&
	     a->family == b->family);
	for (uint32_t i = 0; i < a->nconds; i++)
		MUST(same_cond(&a->cond[i], &b->cond[i]));
}

/* Builds the request that a command sends; it is empty for commands that list first. */
static void request(const struct cmd *c, struct nl_buf *b)
{
	bool expect = c->table == CT_TABLE_EXPECT;

	if (c->verb & (V_CREATE | V_ADD))
		MUST(!(expect ? ct_encode_create_expect(b, 1, &c->expect)
			      : ct_encode_create(b, 1, &c->create)));
	else if (c->verb == V_GET && !expect)
		MUST(!ct_encode_get_tuple(b, 1, &c->tuple, c->tuple_reply, c->tuple.zone,
					  c->zone > 0));
	else
		return;
	MUST(fuzz_request(b));
}

static bool whole(const struct ct_tuple *t)
{
	const uint16_t need = CT_T_SRC | CT_T_DST | CT_T_PROTO;

	return (t->has & need) == need && ct_addr_len(t->l3);
}

/* Checks the command that a right line became. */
static void sensible(const struct cmd *c)
{
	static struct sock_filter code[CT_BPF_MAX];
	bool expect = c->table == CT_TABLE_EXPECT;
	uint32_t store[2048];
	struct ct_expect x;
	struct ct_entry e;
	struct nl_buf b;

	MUST(c->verb && !(c->verb & (c->verb - 1)) && c->format);
	nl_buf_init(&b, store, sizeof(store));
	request(c, &b);
	switch (c->verb) {
	case V_CREATE:
	case V_ADD:
		if (expect) {
			MUST(!ct_expect_decode(&x, (const struct nlmsghdr *)store));
			MUST(whole(&x.master) && whole(&x.tuple) && whole(&x.mask));
		} else {
			MUST(!ct_entry_decode(&e, (const struct nlmsghdr *)store));
			MUST(whole(&e.orig) && whole(&e.reply) && e.orig.l3 == e.reply.l3 &&
			     e.orig.l4 == e.reply.l4);
			MUST(e.has & CT_HAS_STATUS && e.status & IPS_CONFIRMED);
			MUST(e.has & CT_HAS_TIMEOUT || c->policy);
		}
		break;
	case V_GET:
		MUST(expect ? c->filter->ntests : whole(&c->tuple));
		break;
	case V_UPDATE:
		MUST(!expect && (c->change.has || c->policy));
		break;
	case V_FLUSH:
		MUST(!(c->filter->fields &
		       ~(UINT64_C(1) << CT_F_FAMILY | UINT64_C(1) << CT_F_MARK)));
		break;
	default:
		break;
	}
	MUST(fuzz_program(code, ct_bpf(c->filter, code)));
	nl_buf_init(&b, store, sizeof(store));
	nl_begin(&b, CT_MSG(IPCTNL_MSG_CT_GET), 0, 1);
	nl_put_nfgen(&b, c->filter->family, 0, 0);
	ct_pushdown(&b, c->filter, CT_KERNEL(6, 18));
	MUST(!nl_end(&b) && fuzz_request(&b));
}

static bool same_string(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_change(const struct ct_change *a, const struct ct_change *b)
{
	return a->has == b->has && a->status == b->status && a->timeout == b->timeout &&
	       a->mark == b->mark && a->mark_mask == b->mark_mask && a->info == b->info &&
	       a->state == b->state && !memcmp(a->tcp_flags, b->tcp_flags, 2) &&
	       !memcmp(a->tcp_mask, b->tcp_mask, 2) &&
	       !memcmp(&a->labels, &b->labels, sizeof(a->labels)) &&
	       !memcmp(&a->label_mask, &b->label_mask, sizeof(a->labels));
}

static void same(const struct cmd *a, const struct opt_context *ax, const struct cmd *b,
		 const struct opt_context *bx)
{
	uint32_t store[2][512];
	struct nl_buf request_a, request_b;

	MUST(!strcmp(ax->err, bx->err) && !strcmp(ax->note, bx->note));
	if (ax->err[0])
		return;
	MUST(a->verb == b->verb && a->table == b->table && a->reply == b->reply);
	MUST(same_string(a->file, b->file) && same_string(a->policy, b->policy) &&
	     same_string(a->netns, b->netns) && same_string(a->jump_arg, b->jump_arg));
	same_filter(a->filter, b->filter);
	MUST(same_change(&a->change, &b->change));
	MUST(a->verb != V_GET || a->table == CT_TABLE_EXPECT ||
	     (a->zone == b->zone && a->tuple_reply == b->tuple_reply));
	MUST(a->events == b->events && a->rcvbuf == b->rcvbuf && a->on_loss == b->on_loss &&
	     a->sync == b->sync && a->reliable == b->reliable);
	MUST(a->limit == b->limit && a->sort == b->sort && a->reverse == b->reverse &&
	     a->watch == b->watch && a->jump == b->jump);
	MUST(a->out_by_letter == b->out_by_letter);
	MUST(a->group.n == b->group.n && !memcmp(a->group.field, b->group.field, a->group.n) &&
	     !memcmp(a->group.prefix, b->group.prefix, a->group.n));
	MUST(a->quiet == b->quiet && a->none_ok == b->none_ok && a->dry_run == b->dry_run &&
	     a->carry_on == b->carry_on && a->zero == b->zero);
	MUST(a->format == b->format && a->fmt_flags == b->fmt_flags && a->color == b->color);
	MUST(a->help_formats == b->help_formats && a->help_verbs == b->help_verbs);
	nl_buf_init(&request_a, store[0], sizeof(store[0]));
	nl_buf_init(&request_b, store[1], sizeof(store[1]));
	request(a, &request_a);
	request(b, &request_b);
	MUST(request_a.len == request_b.len && !memcmp(store[0], store[1], request_a.len));
}

/* Joins the words to a line, without its newline. NULL when some would have to be quoted, or when a
 * line has another meaning than a command line. */
static char *join(const struct words *w)
{
	char *line = calloc(1, 1), *more;
	size_t len = 0;

	for (int i = 0; line && i < w->n; i++) {
		size_t n = strlen(w->v[i]);

		if (!n || w->v[i][strcspn(w->v[i], " \t\r\"\\")] || (!i && *w->v[i] == '#') ||
		    !strcmp(w->v[0], PROGRAM)) {
			free(line);
			return NULL;
		}
		more = realloc(line, len + n + 2);
		MUST(more);
		line = more;
		len += (size_t)sprintf(line + len, "%s%s", i ? " " : "", w->v[i]);
	}
	return line;
}

/* The second line behind the first one, and behind itself. */
static void check_lines(const struct words w[2])
{
	struct opt_context used_x = {.labelmap = "/dev/null", .in_file = true}, fresh_x = used_x;
	struct cmd used, fresh;
	int err = w[1].n ? cmd_parse(&fresh, &fresh_x, w[1].n, w[1].v) : 0;

	for (unsigned i = 0; i < 3; i++) {
		char *line = join(&w[i > 0]);
		int got = line ? cmd_parse_line(&used, &used_x, line, strlen(line)) : 0;

		if (line && i && w[1].n && used_x.labels_loaded == fresh_x.labels_loaded) {
			MUST(got == err);
			same(&used, &used_x, &fresh, &fresh_x);
		}
		free(line);
	}
	opt_context_free(&used_x);
	opt_context_free(&fresh_x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct opt_context used_x = {.labelmap = "/dev/null"}, fresh_x = used_x;
	struct cmd used, fresh;
	char *text = malloc(size + 2), *second;
	struct words w[2];

	MUST(text);
	memcpy(text, data, size);
	text[size] = text[size + 1] = 0;
	second = text + strlen(text) + 1;
	if (cut(&w[0], text, second - 1) &&
	    (second > text + size || cut(&w[1], second, text + size))) {
		int err;

		if (second > text + size)
			w[1] = w[0];
		err = cmd_parse(&fresh, &fresh_x, w[1].n, w[1].v);
		MUST(!err || err == EXIT_USAGE);
		MUST(memchr(fresh_x.err, 0, sizeof(fresh_x.err)));
		MUST(memchr(fresh_x.note, 0, sizeof(fresh_x.note)));
		MUST(!err || fresh_x.err[0]);
		if (!err)
			sensible(&fresh);
		(void)cmd_parse(&used, &used_x, w[0].n, w[0].v);
		/* Label names are kept from one line to the next. */
		if (used_x.labels_loaded == fresh_x.labels_loaded) {
			MUST(cmd_parse(&used, &used_x, w[1].n, w[1].v) == err);
			same(&used, &used_x, &fresh, &fresh_x);
		}
		MUST(cmd_parse(&fresh, &fresh_x, w[1].n, w[1].v) == err || fresh_x.labels_loaded);
		check_lines(w);
	}
	opt_context_free(&used_x);
	opt_context_free(&fresh_x);
	free(text);
	return 0;
}
