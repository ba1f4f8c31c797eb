/* Finding rows of the option table, by name, letter or field. */
#include <string.h>

#include "cli/opt/option.h"
#include "ct/text.h"
#include "fmt/format.h"

const char *option_meta(const struct option *o)
{
	return o->names + strlen(o->names) + 1;
}

const char *option_help(const struct option *o)
{
	const char *meta = option_meta(o);

	return meta + strlen(meta) + 1;
}

static unsigned add_hash(unsigned h, char c)
{
	return h * 31 + (unsigned char)c;
}

static unsigned hash(const char *name, size_t len)
{
	unsigned h = 0;

	while (len--)
		h = add_hash(h, *name++);
	return h % OPTION_SLOTS;
}

void option_index(struct option_index *ix, const struct option *rows)
{
	if (ix->rows)
		return;
	*ix = (struct option_index){.rows = rows};
	while (rows[ix->nrows].parse)
		ix->nrows++;
	for (size_t i = ix->nrows; i-- > 0;) {
		uint8_t *head = &ix->letter[rows[i].letter & 127];
		const char *name = rows[i].names;

		ix->next[i] = *head;
		*head = (uint8_t)(i + 1);
		for (size_t len = 0; *name; name += len + (name[len] == ' '), len = 0) {
			unsigned slot = 0;

			for (; name[len] && name[len] != ' '; len++)
				slot = add_hash(slot, name[len]);
			while (ix->row[slot %= OPTION_SLOTS])
				slot++;
			ix->row[slot] = (uint8_t)(i + 1);
			ix->name[slot] = name;
		}
	}
	ix->letter[0] = 0;
}

const struct option *option_letter(const struct option_index *ix, char letter)
{
	unsigned char c = (unsigned char)letter;
	uint8_t row = c < sizeof(ix->letter) ? ix->letter[c] : 0;

	return row ? &ix->rows[row - 1] : NULL;
}

const struct option *option_next(const struct option_index *ix, const struct option *o)
{
	uint8_t row = o->letter ? ix->next[o - ix->rows] : 0;

	return row ? &ix->rows[row - 1] : NULL;
}

static bool same_name(const char *name, const char *in_table, size_t len)
{
	return !strncmp(name, in_table, len) && (in_table[len] == ' ' || !in_table[len]);
}

const struct option *option_long(const struct option_index *ix, const char *name, size_t len,
				 str *first, str *other)
{
	const struct option *found = NULL;

	*first = *other = (str){NULL, 0};
	if (!len)
		return NULL;
	for (unsigned slot = hash(name, len); ix->row[slot]; slot = (slot + 1) % OPTION_SLOTS)
		if (same_name(name, ix->name[slot], len))
			return &ix->rows[ix->row[slot] - 1];
	for (size_t i = 0; i < ix->nrows; i++) {
		str rest = ct_str_of(ix->rows[i].names), word;

		while (ct_next_piece(&rest, ' ', &word)) {
			if (word.len < len || memcmp(word.p, name, len) != 0)
				continue;
			if (!found) {
				found = &ix->rows[i];
				*first = word;
			} else if (found != &ix->rows[i]) {
				*other = word;
			}
		}
	}
	return other->p ? NULL : found;
}

const struct option *option_near(const struct option_index *ix, const char *name, size_t len)
{
	for (unsigned limit = 1; limit <= 2 && len > 2; limit++)
		for (size_t i = 0; i < ix->nrows; i++) {
			str rest = ct_str_of(ix->rows[i].names), word;

			while (ct_next_piece(&rest, ' ', &word))
				if (ct_words_near(name, len, word.p, word.len, limit))
					return &ix->rows[i];
		}
	return NULL;
}

const struct option *option_of_field(const struct option_index *ix, uint16_t field, enum verb verb)
{
	const struct option *o, *found = NULL;

	for (o = ix->rows; o < ix->rows + ix->nrows; o++)
		if (!o->verb && o->arg != ARG_NONE && o->field == field) {
			if ((o->set | o->expect) & verb)
				return o;
			found = found ? found : o;
		}
	return found ? found : ix->rows;
}

void option_name(const struct option *o, char *name, size_t size)
{
	size_t len = strcspn(o->names, " ");

	if (len)
		format(name, size, "--%.*s", (int)len, o->names);
	else
		format(name, size, "-%c", o->letter);
}
