/* Templates: text with values in it, compiled once, as -o format=TEMPLATE. */
#ifndef FMT_TEMPLATE_H
#define FMT_TEMPLATE_H

#include "fmt/value.h"

/* A value, or none, and the text behind it. */
struct template_step {
	struct value value[2]; /* of an entry, of an expectation */
	bool shows;	       /* there is a value */
	bool last;	       /* no step follows */
	uint8_t len;	       /* of text */
	char text[16];	       /* copied whole, which is quicker */
};

/* The most steps of a template of n bytes. */
#define TEMPLATE_STEPS(n) ((n) + 2)

/*
 * Compiles a template into steps, TEMPLATE_STEPS(strlen(text)) of them, for fmt_template. %{NAME}
 * stands for a value, %% for a %, and \n, \t and \\ for a new line, a tab and a backslash. A text
 * without a % and a backslash is a list of names, joined by commas: their values make a line, with
 * tabs between them. entries and expects say whose values it is for. Returns NULL, or what is wrong
 * with *at, a piece of text.
 */
const char *template_compile(struct template_step *steps, const char *text, bool entries,
			     bool expects, struct nl_str *at);

#endif
