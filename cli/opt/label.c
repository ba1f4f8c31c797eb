/* Names of labels: read once they are needed. */
#include <errno.h>

#include "cli/opt/option.h"
#include "fmt/format.h"

void opt_forget_labels(struct opt_context *x)
{
	ct_labelmap_free(&x->labels);
	x->labels_loaded = false;
}

int opt_load_labels(struct parser *p)
{
	struct opt_context *x = p->context;
	const char *path = x->labelmap ? x->labelmap : CT_LABEL_FILE;
	int err;

	x->labels_used = true;
	if (x->labels_loaded)
		return 0;
	err = ct_labelmap_load(&x->labels, path);
	if (err > 0)
		return parse_error(p, "%s:%d: expected a bit number from 0 to %d and a name", path,
				   err, CT_LABEL_BITS - 1);
	if (err < 0 && (x->labelmap || err != -ENOENT))
		return parse_error(p, "label file %s: %s", path, error_text(-err));
	x->labels_loaded = true;
	return 0;
}
