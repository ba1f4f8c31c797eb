/* The growth of counters since an entry was told last, against a plain array. */
#include <stdlib.h>

#include "ct/delta.h"
#include "test/unit/unit.h"

enum { IDS = 5000 };

static struct ct_deltas deltas;

/* The counters of a flow, and those that were told last. */
static struct flow {
	uint64_t now, told;
	unsigned round; /* of the last time; 0: never */
} flow[IDS];

static unsigned round_now;

/* Tells an entry and returns by how much, -1 where that is not said. */
static int64_t tell(uint32_t id, uint64_t packets, bool ended)
{
	struct ct_entry e = {.has = CT_HAS_ID | CT_HAS_COUNTERS_ORIG | CT_HAS_COUNTERS_REPLY,
			     .id = id * 0x9e3779b9u};

	e.packets[CT_ORIG] = packets;
	e.bytes[CT_ORIG] = packets * 100;
	e.packets[CT_REPLY] = packets * 2;
	e.bytes[CT_REPLY] = packets * 300;
	CHECK_INT(ct_deltas_tell(&deltas, &e, ended), 0);
	if (!(e.has & CT_HAS_DELTA))
		return -1;
	CHECK_INT(e.delta_bytes[CT_ORIG], e.delta_packets[CT_ORIG] * 100);
	CHECK_INT(e.delta_packets[CT_REPLY], e.delta_packets[CT_ORIG] * 2);
	CHECK_INT(e.delta_bytes[CT_REPLY], e.delta_packets[CT_ORIG] * 300);
	return (int64_t)e.delta_packets[CT_ORIG];
}

static void round_begin(void)
{
	round_now++;
	CHECK_INT(ct_deltas_round(&deltas), 0);
}

/* Flows come, grow, stay away for a round or more, end and come again with the same id. */
static void test_random(void)
{
	uint64_t in_all = 0, told = 0, before = 0;
	int wrong = 0;

	srand(1);
	for (unsigned r = 0; r < 40; r++) {
		round_begin();
		for (uint32_t id = 0; id < IDS; id++) {
			struct flow *f = &flow[id];
			uint64_t more = (uint64_t)rand() % 5;
			bool fresh = f->round + 2 < round_now; /* it has been forgotten */
			int64_t got;

			if (rand() % 4 == 0)
				continue;
			if (fresh || rand() % 16 == 0) {
				more++;
				f->now = fresh ? 0 : f->now;
			}
			f->now += more;
			got = tell(id, f->now, false);
			if (!f->round && round_now == 1) {
				wrong += got != -1;
				before += f->now;
			} else {
				wrong += got != (int64_t)(f->now - (fresh ? 0 : f->told));
				told += (uint64_t)got;
			}
			in_all += f->now - (fresh ? 0 : f->told);
			f->told = f->now;
			f->round = round_now;
			if (rand() % 8 == 0) { /* it ends, and another one gets its id */
				got = tell(id, f->now + 7, true);
				wrong += got != 7;
				in_all += 7;
				told += 7;
				f->now = f->told = 0;
			}
		}
	}
	CHECK_INT(wrong, 0);
	CHECK_INT(told + before, in_all);
	CHECK(deltas.seen.room <= 4 * IDS);
}

static void test_edges(void)
{
	struct ct_entry e = {.has = CT_HAS_ID, .id = 5};

	ct_deltas_free(&deltas);
	deltas = (struct ct_deltas){.round = 0};
	round_begin();
	CHECK_INT(tell(1, 10, false), -1);
	CHECK_INT(tell(2, 10, true), 10); /* it came and went since the round */
	CHECK_INT(tell(1, 15, false), 5); /* a second list in this round */
	round_begin();
	CHECK_INT(tell(3, 4, false), 4); /* it came after the first round */
	round_begin();			 /* without 1, whose end is told behind it */
	CHECK_INT(tell(1, 20, true), 5);
	CHECK_INT(tell(1, 3, false), 3); /* another one in its memory */
	CHECK_INT(tell(1, 2, false), 2); /* zeroed, and two more */
	/* Without counters there is nothing to tell. */
	CHECK_INT(ct_deltas_tell(&deltas, &e, false), 0);
	CHECK(!(e.has & CT_HAS_DELTA));
	ct_deltas_free(&deltas);
}

int main(void)
{
	test_random();
	test_edges();
	return UNIT_END();
}
