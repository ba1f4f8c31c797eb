#include "fmt/fmt.h"

#include <string.h>
#include <strings.h>

#include "ct/delta.h"
#include "ct/item.h"
#include "ct/text.h"

/* Builds without help lines have the names alone. */
#define HELP(text) (WITH_HELP ? (text) : "")

static const struct fmt_word words[] = {
	{"plain", 0, false, NULL, HELP("one line an entry")},
	{"extended", FMT_EXTENDED, false, NULL, HELP("with the layer 3 protocol in front")},
	{"short", FMT_SHORT, !WITH_SHORT, NULL, HELP("a flow at a glance")},
	{"id", FMT_ID, false, NULL, HELP("with the entry's id")},
	{"timestamp", FMT_TIMESTAMP, false, NULL, HELP("with the time of the event in front")},
	{"ktimestamp", FMT_KTIMESTAMP, false, NULL, HELP("with the times of start and stop")},
	{"labels", FMT_LABELS, false, NULL, HELP("with the labels")},
	{"userspace", 0, false, NULL, HELP("accepted; events are always marked")},
	{"save", 0, true, WITH_SAVE ? &fmt_save : NULL,
	 HELP("commands that make the entries again; alone")},
	{"xml", 0, true, WITH_XML ? &fmt_xml : NULL, HELP("XML, as the classic tool writes it")},
	{"json", 0, true, WITH_JSON ? &fmt_json : NULL,
	 HELP("a JSON array; events: an object a line")},
	{"jsonl", FMT_LINES, true, WITH_JSON ? &fmt_json : NULL, HELP("JSON, one object a line")},
	{"format=", 0, true, WITH_TEMPLATE ? &fmt_template : NULL,
	 HELP("a template: '%{src} %{reply.dst}\\n', or src,reply.dst for a line with tabs")},
	{"prometheus", 0, true, WITH_PROMETHEUS ? &fmt_prometheus : NULL,
	 HELP("metrics; -S, -C and --group")},
};

const struct fmt_word *fmt_word(size_t i)
{
	return i < sizeof(words) / sizeof(words[0]) ? &words[i] : NULL;
}

int fmt_word_find(struct nl_str word, const struct fmt_word **found)
{
	const struct fmt_word *w;
	int n = 0;

	for (size_t i = 0; (w = fmt_word(i)); i++) {
		if (word.len > strlen(w->name) || strncasecmp(word.p, w->name, word.len) != 0)
			continue;
		*found = w;
		if (ct_str_is(word, w->name))
			return 1;
		n++;
	}
	return n;
}

/* Adds what the counters have grown by. Returns as ct_deltas_tell(). */
static __attribute__((cold, noinline)) int add_growth(struct fmt *f, struct ct_entry *e,
						      const struct fmt_event *ev)
{
	if (ev->kind != FMT_SYNC && ev->kind != FMT_DESTROY)
		return 0;
	return ct_deltas_tell(f->deltas, e, ev->kind == FMT_DESTROY);
}

int fmt_show(struct fmt *f, const struct nlmsghdr *h, const struct fmt_event *ev)
{
	struct ct_expect x;
	struct ct_entry e;
	int err;

	if (ct_is_expect(h)) {
		err = ct_expect_decode(&x, h);
		if (!err)
			f->ops->expect(f, &x, ev);
	} else {
		err = ct_entry_decode(&e, h);
		if (WITH_EVENT && !err && f->deltas)
			err = add_growth(f, &e, ev);
		if (!err)
			f->ops->entry(f, &e, ev);
	}
	return err;
}
