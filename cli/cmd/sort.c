#include "cli/cmd/sort.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A kept message. The first one is the worst of them, so that a better one may take its place. */
struct kept_message {
	uint64_t weight; /* what counts more is better */
	struct nlmsghdr *h;
};

struct sorting {
	enum sort_key key;
	bool reverse;
	uint64_t limit;
	size_t n, room;
	struct kept_message *heap;
};

struct sorting *sorting_new(enum sort_key key, bool reverse, uint64_t limit)
{
	struct sorting *s = calloc(1, sizeof(*s));

	if (s) {
		s->key = key;
		s->reverse = reverse;
		s->limit = limit;
	}
	return s;
}

static uint64_t weigh(const struct sorting *s, const struct nlmsghdr *h)
{
	uint64_t v = 0;
	struct ct_entry e;

	if (ct_entry_decode(&e, h))
		return 0;
	if (s->key == SORT_EXPIRES) {
		v = e.has & CT_HAS_TIMEOUT ? e.timeout : 0;
	} else {
		const uint64_t *counter = s->key == SORT_BYTES ? e.bytes : e.packets;

		v += e.has & CT_HAS_COUNTERS_ORIG ? counter[CT_ORIG] : 0;
		v += e.has & CT_HAS_COUNTERS_REPLY ? counter[CT_REPLY] : 0;
	}
	return s->reverse ? UINT64_MAX - v : v;
}

static void swap(struct kept_message *a, struct kept_message *b)
{
	struct kept_message t = *a;

	*a = *b;
	*b = t;
}

static void sift_down(struct kept_message *m, uint64_t i, uint64_t n)
{
	for (uint64_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && m[child + 1].weight < m[child].weight)
			child++;
		if (m[i].weight <= m[child].weight)
			return;
		swap(&m[i], &m[child]);
	}
}

static void sift_up(struct kept_message *m, uint64_t i)
{
	for (; i && m[i].weight < m[(i - 1) / 2].weight; i = (i - 1) / 2)
		swap(&m[i], &m[(i - 1) / 2]);
}

int sorting_add(struct sorting *s, const struct nlmsghdr *h)
{
	struct kept_message new = {.weight = weigh(s, h)};

	if (s->limit && s->n == s->limit && new.weight <= s->heap[0].weight)
		return 0;
	new.h = malloc(h->nlmsg_len);
	if (!new.h)
		return -ENOMEM;
	memcpy(new.h, h, h->nlmsg_len);
	if (s->limit && s->n == s->limit) {
		free(s->heap[0].h);
		s->heap[0] = new;
		sift_down(s->heap, 0, s->n);
		return 0;
	}
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 256;
		struct kept_message *heap = realloc(s->heap, room * sizeof(*heap));

		if (!heap) {
			free(new.h);
			return -ENOMEM;
		}
		s->heap = heap;
		s->room = room;
	}
	s->heap[s->n] = new;
	sift_up(s->heap, s->n++);
	return 0;
}

void sorting_show(struct sorting *s, void (*show)(const struct nlmsghdr *h, void *arg), void *arg)
{
	/* The worst goes to the end again and again, until the best is in front. */
	for (uint64_t end = s->n; end-- > 1;) {
		swap(&s->heap[0], &s->heap[end]);
		sift_down(s->heap, 0, end);
	}
	for (uint64_t i = 0; i < s->n; i++)
		show(s->heap[i].h, arg);
}

void sorting_free(struct sorting *s)
{
	for (uint64_t i = 0; s && i < s->n; i++)
		free(s->heap[i].h);
	if (s)
		free(s->heap);
	free(s);
}
