/* Label files: what is a name leads to a bit that has it. */
#include <string.h>

#include "ct/label.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ct_labelmap m = {.text = malloc(size + 1)};

	MUST(m.text);
	memcpy(m.text, data, size);
	m.text[size] = 0;
	if (!ct_labelmap_parse(&m, m.text, size))
		for (int bit = 0; bit < CT_LABEL_BITS; bit++) {
			const char *name = m.name[bit];
			int found = name ? ct_label_bit(&m, name, strlen(name)) : 0;

			if (!name)
				continue;
			MUST(name >= m.text && name < m.text + size && *name);
			if (name[strspn(name, "0123456789")]) /* a number is another bit's */
				MUST(found >= 0 && m.name[found] && !strcmp(m.name[found], name));
		}
	ct_labelmap_free(&m);
	return 0;
}
