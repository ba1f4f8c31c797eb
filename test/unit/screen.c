/* The screen that --watch draws: only what has changed, cut to the window, and rates between
 * rounds.
 */
#include "fmt/screen.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "ct/proto.h"
#include "fmt/fresh.h"
#include "unit.h"

#define SECOND UINT64_C(1000000000)

static struct out out;
static struct screen *screen;

/* An entry of this id that has seen so many bytes, half of them in each direction. */
static struct ct_entry entry(uint32_t id, uint64_t bytes)
{
	struct ct_entry e = {
		.has = CT_HAS_ORIG | CT_HAS_ID | CT_HAS_COUNTERS_ORIG | CT_HAS_COUNTERS_REPLY,
		.family = AF_INET,
		.id = id,
		.orig = {.has = CT_T_SRC | CT_T_DST | CT_T_PROTO,
			 .l3 = AF_INET,
			 .l4 = CT_PROTO_UDP,
			 .src = {{10, 0, 0, 1}},
			 .dst = {{10, 0, 0, 2}}},
		.bytes = {bytes / 2, bytes - bytes / 2},
	};

	return e;
}

static const char *drawn(void)
{
	static char text[4096];
	size_t n = (size_t)(out.p - out.buf);

	memcpy(text, out.buf, n);
	text[n] = 0;
	out.p = out.buf;
	return text;
}

static void begin(uint64_t now)
{
	const struct fmt f = {.out = &out, .ops = &fmt_text};

	screen_begin(screen, &f, now);
}

static void show(uint32_t id, uint64_t bytes)
{
	struct ct_entry e = entry(id, bytes);

	screen_entry(screen, &e, 0);
}

static void start(void)
{
	memset(screen, 0, sizeof(*screen));
	out_init(&out, -1);
	screen_init(screen, &out);
}

#define FLOW "udp      17 src=10.0.0.1 dst=10.0.0.2 packets=0 bytes="

static void test_rounds(void)
{
	start();
	begin(5 * SECOND);
	show(1, 1000);
	show(2, 1000);
	screen_end(screen);
	CHECK_STR(drawn(), "           " FLOW "500 packets=0 bytes=500\n"
			   "           " FLOW "500 packets=0 bytes=500\n"
			   "\n");
	/* Two seconds later one has grown, one is new. */
	begin(7 * SECOND);
	show(2, 25000);
	show(3, 4);
	screen_end(screen);
	CHECK_STR(drawn(), "+11.9k/s   " FLOW "12500 packets=0 bytes=12500\n"
			   "           " FLOW "2 packets=0 bytes=2\n"
			   "\n");
	/* A counter that has been zeroed shrinks; one that stands still has the rate 0. */
	begin(8 * SECOND);
	show(2, 24990);
	show(3, 4);
	screen_end(screen);
	CHECK_STR(drawn(), "-9.9/s     " FLOW "12495 packets=0 bytes=12495\n"
			   "+0/s       " FLOW "2 packets=0 bytes=2\n"
			   "\n");
}

/* An entry without counters has no rate, and neither has one that had none before. */
static void test_uncounted(void)
{
	struct ct_entry e = entry(1, 0), counted = entry(2, 8);
	const struct screen_flow *flow;

	start();
	for (unsigned round = 1; round < 4; round++) {
		begin(round * SECOND);
		e.has &= ~(unsigned)(CT_HAS_COUNTERS_ORIG | CT_HAS_COUNTERS_REPLY);
		flow = screen_note(screen, &e);
		CHECK(flow && !flow->has_rate);
		e.id = 2;
		flow = screen_note(screen, round < 2 ? &e : &counted);
		CHECK(flow && flow->has_rate == (round > 2));
		e.id = 1;
		screen_end(screen);
		CHECK_STR(drawn(), "\n");
	}
}

static void put(unsigned row, const char *text, bool marked, const char *written)
{
	screen_put(screen, row, text, strlen(text), marked);
	CHECK_STR(drawn(), written);
}

static void test_window(void)
{
	start();
	screen_resize(screen, 8, 3);
	CHECK_STR(drawn(), "\033[m\033[H\033[J");
	put(0, "abc", false, "\033[1;1Habc");
	put(0, "abc", false, "");
	put(0, "abxyz", false, "\033[1;3Hxyz");
	put(0, "ab", false, "\033[1;3H\033[K");
	put(1, "", false, "");
	/* Lines are cut; behind the last column there is nothing to erase. */
	put(1, "0123456789", false, "\033[2;1H01234567");
	put(1, "01234567", false, "");
	put(1, "0123456", false, "\033[2;8H\033[K");
	/* Marks concern the whole line. */
	put(1, "0123456", true, "\033[2;1H\033[7m0123456\033[m");
	put(1, "0123", true, "\033[2;5H\033[7m\033[m\033[K");
	put(1, "0123", false, "\033[2;1H0123");
	/* There is no fourth row. */
	put(3, "abc", false, "");
	screen_go(screen, 2, 0);
	CHECK_STR(drawn(), "\033[3;1H");
	/* Another size: it is empty, and its last row is not the first one of the others. */
	screen_resize(screen, 2, 1);
	CHECK_STR(drawn(), "\033[m\033[H\033[J");
	put(0, "abc", false, "\033[1;1Hab");
	/* One of any size is drawn as far as there is room for it. */
	screen_resize(screen, 65535, 65535);
	CHECK(screen->columns == SCREEN_COLUMNS && screen->rows == SCREEN_ROWS);
}

/* An id as the kernel draws them, by hash. */
static uint32_t id(uint32_t n)
{
	n = (n ^ n >> 16) * UINT32_C(0x7feb352d);
	n = (n ^ n >> 15) * UINT32_C(0x846ca68b);
	return n ^ n >> 16;
}

/* Adds entries, by number from first on. */
static uint64_t list(struct fresh *f, uint32_t first, uint32_t n)
{
	fresh_begin(f);
	for (uint32_t i = 0; i < n; i++)
		fresh_add(f, id(first + i));
	return fresh_end(f);
}

static void test_fresh(void)
{
	struct fresh *f = calloc(1, sizeof(*f));
	uint64_t n;

	CHECK(f);
	if (!f)
		return;
	CHECK_INT(list(f, 0, 0), 0);
	CHECK_INT(list(f, 0, 100), 100);
	CHECK_INT(list(f, 0, 100), 0);
	CHECK_INT(list(f, 50, 100), 50);
	/* A list that was given up never was. */
	fresh_begin(f);
	fresh_add(f, id(7));
	CHECK_INT(list(f, 50, 101), 1);
	CHECK_INT(list(f, 50, 1), 0);
	/* Most bits of the list before are set. */
	list(f, 0, 2000000);
	n = list(f, 100000, 2000000);
	CHECK(n > 90000 && n < 110000);
	free(f);
}

static void test_numbers(void)
{
	start();
	begin(SECOND);
	screen_number(screen, "found", 3);
	screen_number(screen, "entries", 5);
	screen_number(screen, "found", 4); /* of another CPU */
	screen_end(screen);
	CHECK_STR(drawn(), "found                   7\n"
			   "entries                 5\n"
			   "\n");
	begin(2 * SECOND);
	screen_number(screen, "found", 1007);
	screen_number(screen, "entries", 2);
	screen_end(screen);
	CHECK_STR(drawn(), "found                   1007          +999/s\n"
			   "entries                 2             -2.9/s\n"
			   "\n");
}

int main(void)
{
	screen = calloc(1, sizeof(*screen));
	if (!screen)
		return 1;
	test_rounds();
	test_uncounted();
	test_window();
	test_numbers();
	test_fresh();
	free(screen);
	return UNIT_END();
}
