/* The most frequent addresses: exact while they fit, and never wrong by more than is told. */
#include <stdlib.h>
#include <sys/socket.h>

#include "ct/top.h"
#include "test/unit/unit.h"

static struct ct_top top;
static uint32_t counted[100000];

static struct ct_addr address(uint8_t l3, uint32_t i)
{
	struct ct_addr a = {{0}};

	memcpy(a.b + (l3 == AF_INET6 ? 12 : 0), &i, sizeof(i));
	return a;
}

static uint32_t number(const struct ct_top_row *r)
{
	uint32_t i;

	memcpy(&i, r->addr.b + (r->l3 == AF_INET6 ? 12 : 0), sizeof(i));
	return i;
}

static void count(uint8_t l3, uint32_t i)
{
	struct ct_addr a = address(l3, i);

	ct_top_add(&top, l3, &a);
	counted[i]++;
}

static void begin(void)
{
	memset(&top, 0, sizeof(top));
	memset(counted, 0, sizeof(counted));
}

/* The rows against what was counted. */
static void compare(bool sorted)
{
	unsigned wrong = 0;

	for (uint32_t i = 0; i < top.n; i++) {
		uint32_t real = counted[number(&top.row[i])];

		wrong += top.row[i].count > real || top.row[i].count + top.less < real;
		wrong += sorted && i && top.row[i].count > top.row[i - 1].count;
	}
	CHECK_INT(wrong, 0);
}

int main(void)
{
	/* As many as there is room for are exact. */
	begin();
	for (uint32_t i = 0; i < CT_TOP_ROOM; i++)
		for (uint32_t k = 0; k <= i % 7; k++)
			count(i % 2 ? AF_INET : AF_INET6, i);
	CHECK_INT(top.n, CT_TOP_ROOM);
	CHECK_INT(top.less, 0);
	ct_top_sort(&top);
	compare(true);
	CHECK_INT(top.row[0].count, 7);
	CHECK_INT(top.row[CT_TOP_ROOM - 1].count, 1);

	/* Of many, those that are frequent are found. */
	begin();
	for (uint32_t i = 0; i < 300000; i++)
		count(AF_INET, i % 3 ? 100 + (uint32_t)rand() % 90000 : i % 5);
	compare(false);
	CHECK(top.less && top.less <= 300000 / CT_TOP_ROOM);
	ct_top_sort(&top);
	compare(true);
	for (uint32_t i = 0; i < 5; i++)
		CHECK(number(&top.row[i]) < 5);

	/* Addresses of two families are two addresses. */
	begin();
	count(AF_INET, 0);
	count(AF_INET6, 0);
	CHECK_INT(top.n, 2);

	/* Each of them once: what is left is little, and no count is 0. */
	begin();
	for (uint32_t i = 0; i < 100000; i++)
		count(AF_INET, i);
	compare(false);
	for (uint32_t i = 0; i < top.n; i++)
		CHECK(top.row[i].count);
	return UNIT_END();
}
