/* Label files, from a file and from memory: what is a name leads to a bit that has it. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ct/label.h"
#include "fuzz.h"

static void check(const struct ct_labelmap *m, const char *end)
{
	for (int bit = 0; bit < CT_LABEL_BITS; bit++) {
		const char *name = m->name[bit];
		char number[4];

		snprintf(number, sizeof(number), "%d", bit);
		MUST(ct_label_bit(m, number, strlen(number)) == bit);
		if (!name)
			continue;
		MUST(name >= m->text && name < end && *name);
		MUST(!name[strcspn(name, " \t\r\n")]);
		if (name[strspn(name, "0123456789")]) { /* a number is another bit's */
			int found = ct_label_bit(m, name, strlen(name));

			MUST(found >= 0 && found <= bit && !strcmp(m->name[found], name));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int file = -1;
	struct ct_labelmap m = {.text = malloc(size + 1)}, loaded;
	char path[32];
	int err, line = 1;

	if (file < 0)
		file = memfd_create("labels", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	MUST(m.text && !ftruncate(file, 0) && pwrite(file, data, size, 0) == (ssize_t)size);
	memcpy(m.text, data, size);
	m.text[size] = 0;
	for (size_t i = 0; i < size; i++)
		line += data[i] == '\n' && i + 1 < size;
	err = ct_labelmap_parse(&m, m.text, size);
	MUST(err >= 0 && err <= line);
	MUST(ct_labelmap_load(&loaded, path) == err);
	if (err)
		MUST(!loaded.text);
	else
		check(&m, m.text + size);
	for (int bit = 0; bit < CT_LABEL_BITS; bit++) {
		if (err)
			MUST(!loaded.name[bit]);
		else
			MUST(m.name[bit]
				     ? loaded.name[bit] && !strcmp(m.name[bit], loaded.name[bit])
				     : !loaded.name[bit]);
	}
	ct_labelmap_free(&loaded);
	ct_labelmap_free(&m);
	return 0;
}
