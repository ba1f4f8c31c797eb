#include "fmt/sort.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ct/entry.h"
#include "fmt/heap.h"

struct copy {
	uint64_t weight; /* more comes first, */
	uint64_t number; /* and of equals what was added first */
	struct nlmsghdr *h;
};

struct sorting {
	enum sort_key key;
	bool reverse;
	uint64_t limit, added;
	size_t room;
	struct heap heap; /* of struct copy: the lightest makes room for a heavier one */
};

static bool lighter(const void *a, const void *b, const void *arg)
{
	const struct copy *x = a, *y = b;

	(void)arg;
	return x->weight != y->weight ? x->weight < y->weight : x->number > y->number;
}

struct sorting *sorting_new(enum sort_key key, bool reverse, uint64_t limit)
{
	struct sorting *s = calloc(1, sizeof(*s));

	if (s) {
		s->key = key;
		s->reverse = reverse;
		s->limit = limit;
		s->heap.size = sizeof(struct copy);
		s->heap.after = lighter;
	}
	return s;
}

static uint64_t weigh(const struct sorting *s, const struct nlmsghdr *h)
{
	uint64_t v;
	struct ct_entry e;

	if (s->key == SORT_NONE || ct_entry_decode(&e, h))
		return 0;
	if (s->key == SORT_EXPIRES)
		v = e.has & CT_HAS_TIMEOUT ? e.timeout : 0;
	else if (s->key == SORT_NEW)
		v = e.has & CT_HAS_START ? e.start : 0;
	else
		v = ct_entry_sum(&e, s->key == SORT_BYTES ? e.bytes : e.packets);
	return s->reverse ? UINT64_MAX - v : v;
}

static int grow(struct sorting *s)
{
	size_t room = s->room ? s->room * 2 : 256;
	struct copy *copies = realloc(s->heap.item, room * sizeof(*copies));

	if (!copies)
		return -ENOMEM;
	s->heap.item = copies;
	s->room = room;
	return 0;
}

int sorting_add(struct sorting *s, const struct nlmsghdr *h)
{
	bool full = s->limit && s->heap.n == s->limit;
	struct copy new = {.weight = weigh(s, h), .number = s->added++}, *copies = s->heap.item;

	if (full && new.weight <= copies[0].weight)
		return 0;
	if (s->heap.n == s->room && !full && grow(s))
		return -ENOMEM;
	new.h = malloc(h->nlmsg_len);
	if (!new.h)
		return -ENOMEM;
	memcpy(new.h, h, h->nlmsg_len);
	copies = s->heap.item;
	if (full) {
		free(copies[0].h);
		copies[0] = new;
		heap_replaced(&s->heap);
	} else {
		copies[s->heap.n++] = new;
		heap_added(&s->heap);
	}
	return 0;
}

size_t sorting_end(struct sorting *s)
{
	heap_sort(&s->heap);
	return s->heap.n;
}

const struct nlmsghdr *sorting_at(const struct sorting *s, size_t i)
{
	return ((const struct copy *)s->heap.item)[i].h;
}

void sorting_free(struct sorting *s)
{
	const struct copy *copies = s ? s->heap.item : NULL;

	for (size_t i = 0; s && i < s->heap.n; i++)
		free(copies[i].h);
	if (s)
		free(s->heap.item);
	free(s);
}
