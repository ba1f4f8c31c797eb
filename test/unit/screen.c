/* The screen that --watch draws: lines cut to the window, and rates between rounds. */
#include "fmt/screen.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "ct/proto.h"
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

static void begin(uint64_t now, unsigned columns, unsigned rows)
{
	const struct fmt f = {.out = &out, .ops = &fmt_text};

	screen_begin(screen, &f, now, columns, rows);
}

static void show(uint32_t id, uint64_t bytes, bool room)
{
	struct ct_entry e = entry(id, bytes);

	CHECK(screen_entry(screen, &e, 0) == room);
}

static void start(bool terminal)
{
	memset(screen, 0, sizeof(*screen));
	out_init(&out, -1);
	screen_init(screen, &out, terminal);
}

#define FLOW "udp      17 src=10.0.0.1 dst=10.0.0.2 packets=0 bytes="

static void test_rounds(void)
{
	start(false);
	begin(5 * SECOND, 0, 0);
	show(1, 1000, true);
	show(2, 1000, true);
	screen_end(screen);
	CHECK_STR(drawn(), "           " FLOW "500 packets=0 bytes=500\n"
			   "           " FLOW "500 packets=0 bytes=500\n"
			   "\n");
	/* Two seconds later one has grown, one is new. */
	begin(7 * SECOND, 0, 0);
	show(2, 25000, true);
	show(3, 4, true);
	screen_end(screen);
	CHECK_STR(drawn(), "+11.9k/s   " FLOW "12500 packets=0 bytes=12500\n"
			   "           " FLOW "2 packets=0 bytes=2\n"
			   "\n");
	/* A counter that has been zeroed shrinks; one that stands still has the rate 0. */
	begin(8 * SECOND, 0, 0);
	show(2, 24990, true);
	show(3, 4, true);
	screen_end(screen);
	CHECK_STR(drawn(), "-9.9/s     " FLOW "12495 packets=0 bytes=12495\n"
			   "+0/s       " FLOW "2 packets=0 bytes=2\n"
			   "\n");
}

static void test_window(void)
{
	start(true);
	begin(SECOND, 20, 2);
	show(1, 0, true);
	show(2, 0, false);
	show(3, 0, false);
	screen_end(screen);
	CHECK_STR(drawn(), "\033[H           udp      \033[K\n           udp      \033[K");
	/* A larger window: the rest of it is cleared. */
	begin(2 * SECOND, 20, 3);
	show(1, 0, true);
	screen_end(screen);
	CHECK_STR(drawn(), "\033[H+0/s       udp      \033[K\n\033[J");
}

static void test_numbers(void)
{
	start(false);
	begin(SECOND, 0, 0);
	screen_number(screen, "found", 3);
	screen_number(screen, "entries", 5);
	screen_number(screen, "found", 4); /* of another CPU */
	screen_end(screen);
	CHECK_STR(drawn(), "found                   7\n"
			   "entries                 5\n"
			   "\n");
	begin(2 * SECOND, 0, 0);
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
	test_window();
	test_numbers();
	free(screen);
	return UNIT_END();
}
