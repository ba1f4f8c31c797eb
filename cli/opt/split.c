#include "cli/opt/split.h"

#include <stdbool.h>
#include <stdlib.h>

static bool add_word(struct words *w, char *word)
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

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

const char *split_line(struct words *w, char *line)
{
	char *in = line;

	for (w->n = 0;; in++) {
		bool quoted = false;
		char *out;

		while (is_blank(*in))
			in++;
		if (!*in || (!w->n && *in == '#'))
			return NULL;
		if (!add_word(w, in))
			return "out of memory";
		for (out = in;; in++) {
			if (*in == '"') {
				quoted = !quoted;
				continue;
			}
			/* Nearly every byte is an ordinary one. */
			if ((unsigned char)*in <= ' ' && (!*in || (!quoted && is_blank(*in))))
				break;
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
