#include "fmt/template.h"

#include "ct/text.h"
#include "fmt/num.h"
#include "fmt/value.h"

/* Room for whatever one step writes. */
#define STEP_ROOM (sizeof(((struct template_step *)0)->text) + VALUE_ROOM)

struct compiler {
	struct template_step *step; /* the last one, which text may be added to */
	bool of[2];		    /* by enum value_of: those that names may be of */
};

/* Adds a step, without text. Those without a value begin as the one after the last. */
static __attribute__((cold)) void add_step(struct compiler *c)
{
	*++c->step = (struct template_step){.len = 0};
}

static __attribute__((cold)) void add_char(struct compiler *c, char letter)
{
	if (c->step->len == sizeof(c->step->text))
		add_step(c);
	c->step->text[c->step->len++] = letter;
}

static __attribute__((cold)) bool add_value(struct compiler *c, struct nl_str name)
{
	struct value v[2];

	if (!value_find(v, name) || !((v[VALUE_ENTRY].kind && c->of[VALUE_ENTRY]) ||
				      (v[VALUE_EXPECT].kind && c->of[VALUE_EXPECT])))
		return false;
	add_step(c);
	c->step->shows = true;
	memcpy(c->step->value, v, sizeof(v));
	return true;
}

/* A list of names, joined by commas. */
static __attribute__((cold)) const char *add_list(struct compiler *c, struct nl_str rest,
						  struct nl_str *at)
{
	for (bool first = true; ct_next_piece(&rest, ',', at); first = false) {
		if (!first)
			add_char(c, '\t');
		if (!add_value(c, *at))
			return "is no name of a value";
	}
	add_char(c, '\n');
	return NULL;
}

/* Adds the %, \ or value at *p, which moves behind it. */
static __attribute__((cold)) const char *add_special(struct compiler *c, const char **p,
						     struct nl_str *at)
{
	static const char escapes[] = "n\nt\t\\\\";
	const char *start = *p, *end;

	*at = (struct nl_str){start, start[1] ? 2 : 1};
	*p += at->len;
	if (*start == '\\') {
		for (const char *e = escapes; *e; e += 2)
			if (start[1] == *e) {
				add_char(c, e[1]);
				return NULL;
			}
		return "is not \\n, \\t or \\\\";
	}
	if (start[1] == '%') {
		add_char(c, '%');
		return NULL;
	}
	end = start[1] == '{' ? strchr(start, '}') : NULL;
	if (!end)
		return start[1] == '{' ? "has no }" : "is not %{NAME} or %%";
	*p = end + 1;
	*at = (struct nl_str){start + 2, (uint32_t)(end - start - 2)};
	return add_value(c, *at) ? NULL : "is no name of a value";
}

__attribute__((cold)) const char *template_compile(struct template_step *steps, const char *text,
						   bool entries, bool expects, struct nl_str *at)
{
	struct compiler c = {.step = steps, .of = {entries, expects}};
	const char *wrong = NULL;

	*steps = (struct template_step){.len = 0};
	if (!text[strcspn(text, "%\\")])
		wrong = add_list(&c, ct_str_of(text), at);
	else
		while (*text && !wrong)
			if (*text == '%' || *text == '\\')
				wrong = add_special(&c, &text, at);
			else
				add_char(&c, *text++);
	c.step->last = true;
	return wrong;
}

static void run(struct fmt *f, const void *item, enum value_of of, const struct fmt_event *ev)
{
	const struct template_step *step = f->template;
	char *p, *end;

	do {
		p = out_room(f->out, STEP_ROOM);
		if (step->shows) {
			end = value_put(f, p, item, step->value[of], ev);
			p = end ? end : PUT(f->out->p, "-");
		}
		memcpy(p, step->text, sizeof(step->text));
		out_end(f->out, p + step->len);
	} while (!step++->last);
}

static void template_entry(struct fmt *f, const struct ct_entry *e, const struct fmt_event *ev)
{
	run(f, e, VALUE_ENTRY, ev);
}

static void template_expect(struct fmt *f, const struct ct_expect *x, const struct fmt_event *ev)
{
	run(f, x, VALUE_EXPECT, ev);
}

const struct fmt_ops fmt_template = {
	.name = "format=",
	.is = FMT_NAMES_LABELS | FMT_TELLS_NETNS,
	.entry = template_entry,
	.expect = template_expect,
};
