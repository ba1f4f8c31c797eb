#include "ct/label.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ct/file.h"
#include "ct/words.h"

#define FILE_MAX_BYTES (1 << 20)

/* One line, already terminated: true when it was a pair, or nothing. */
static bool parse_line(struct ct_labelmap *m, char *line)
{
	unsigned bit = 0;
	char *end;

	while (ct_blank(*line))
		line++;
	if (!*line || *line == '#')
		return true;
	if (!isdigit((unsigned char)*line))
		return false;
	for (; isdigit((unsigned char)*line); line++) {
		bit = bit * 10 + (unsigned)(*line - '0');
		if (bit >= CT_LABEL_BITS)
			return false;
	}
	if (!ct_blank(*line))
		return false;
	while (ct_blank(*line))
		line++;
	for (end = line; *end && !ct_blank(*end); end++)
		;
	if (end == line)
		return false;
	while (ct_blank(*end))
		*end++ = 0;
	if (*end && *end != '#')
		return false;
	*end = 0;
	if (!m->name[bit])
		m->name[bit] = line;
	return true;
}

int ct_labelmap_parse(struct ct_labelmap *m, char *text, size_t len)
{
	char *end = text + len;
	int line = 1;

	for (char *p = text; p < end; line++) {
		char *nl = memchr(p, '\n', (size_t)(end - p));
		char *stop = nl ? nl : end;

		*stop = 0;
		if (strlen(p) != (size_t)(stop - p) || !parse_line(m, p))
			return line;
		p = stop + 1;
	}
	return 0;
}

int ct_labelmap_load(struct ct_labelmap *m, const char *path)
{
	size_t len;
	int err;

	*m = (struct ct_labelmap){0};
	err = ct_file_read(path, FILE_MAX_BYTES, &m->text, &len);
	if (!err)
		err = ct_labelmap_parse(m, m->text, len);
	if (err)
		ct_labelmap_free(m);
	return err;
}

int ct_label_bit(const struct ct_labelmap *m, const char *name, size_t len)
{
	unsigned bit = 0;
	size_t digits = 0;

	for (; digits < len && isdigit((unsigned char)name[digits]) && bit < CT_LABEL_BITS;
	     digits++)
		bit = bit * 10 + (unsigned)(name[digits] - '0');
	if (len && digits == len)
		return bit < CT_LABEL_BITS ? (int)bit : -1;
	for (unsigned i = 0; m && i < CT_LABEL_BITS; i++)
		if (m->name[i] && strlen(m->name[i]) == len && !memcmp(m->name[i], name, len))
			return (int)i;
	return -1;
}

void ct_labelmap_free(struct ct_labelmap *m)
{
	free(m->text);
	*m = (struct ct_labelmap){0};
}
