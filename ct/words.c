#include "ct/words.h"

#include <stdlib.h>

static bool add_word(struct ct_words *w, char *word)
{
	if (w->n == w->room) {
		int room = w->room + 64;
		char **more = realloc(w->v, (size_t)room * sizeof(*more));

		if (!more)
			return false;
		w->v = more;
		w->room = room;
	}
	w->v[w->n++] = word;
	return true;
}

/* The bytes that end a word, or mean something in it. */
static const bool special[256] = {
	[0] = true, [' '] = true, ['\t'] = true, ['\r'] = true, ['"'] = true, ['\\'] = true,
};

const char *ct_split_line(struct ct_words *w, char *line)
{
	char *in = line;

	for (w->n = 0;; in++) {
		bool quoted = false;
		char *out;

		while (ct_blank(*in))
			in++;
		if (!*in || (!w->n && *in == '#'))
			return NULL;
		if (!add_word(w, in))
			return "out of memory";
		/* In most words nothing has to be taken out. */
		for (out = in; !special[(unsigned char)*out];)
			out++;
		in = out;
		if (ct_blank(*in)) {
			*in = 0;
			continue;
		}
		for (; *in && (quoted || !ct_blank(*in)); in++) {
			if (*in == '"') {
				quoted = !quoted;
				continue;
			}
			if (*in == '\\' && !*++in)
				return "a backslash at the end of the line has nothing to quote";
			*out++ = *in;
		}
		if (quoted)
			return "a double quote is not closed";
		if (!*in) {
			*out = 0;
			return NULL;
		}
		*out = 0;
	}
}
