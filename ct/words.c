#include "ct/words.h"

#include <stdlib.h>
#include <string.h>

#include "ct/with.h"

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

char *ct_word_end(char *text)
{
	while (!special[(unsigned char)*text])
		text++;
	return text;
}

const char *ct_split_line(struct ct_words *w, char *line, size_t len)
{
	char *in = line;

	for (char *p = line; (p = memchr(p, 0, (size_t)(line + len - p)));)
		*p = '\001';
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
		in = out = ct_word_end(in);
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
				return TEXT(
					"a backslash at the end of the line has nothing to quote");
			*out++ = *in;
		}
		if (quoted)
			return TEXT("a double quote is not closed");
		if (!*in) {
			*out = 0;
			return NULL;
		}
		*out = 0;
	}
}

bool ct_words_near(const char *x, size_t nx, const char *y, size_t ny, unsigned limit)
{
	while (nx && ny && *x == *y)
		x++, y++, nx--, ny--;
	if (!nx || !ny)
		return nx + ny <= limit;
	if (!limit--)
		return false;
	return ct_words_near(x + 1, nx - 1, y + 1, ny - 1, limit) ||
	       ct_words_near(x + 1, nx - 1, y, ny, limit) ||
	       ct_words_near(x, nx, y + 1, ny - 1, limit) ||
	       (nx > 1 && ny > 1 && x[0] == y[1] && x[1] == y[0] &&
		ct_words_near(x + 2, nx - 2, y + 2, ny - 2, limit));
}
