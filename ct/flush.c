/* Requests that empty tables: the only ones for deletion that name nothing. */
#include <sys/socket.h>

#include "ct/encode.h"
#include "ct/uapi.h"
#include "nl/msg.h"

static void begin(struct nl_buf *b, uint16_t type, uint32_t seq, uint8_t family, uint8_t version)
{
	nl_begin(b, type, NLM_F_ACK, seq);
	nl_put_nfgen(b, family, version, 0);
}

int ct_encode_flush(struct nl_buf *b, uint32_t seq, uint8_t family)
{
	/* The family counts only where the version is not 0, which was all that old tools sent. */
	begin(b, CT_MSG(IPCTNL_MSG_CT_DELETE), seq, family, family == AF_UNSPEC ? NFNETLINK_V0 : 1);
	return nl_end(b);
}

int ct_encode_flush_mark(struct nl_buf *b, uint32_t seq, uint8_t family, const struct ct_bits *mark)
{
	const uint32_t none = 0;
	uint32_t guard;

	begin(b, CT_MSG(IPCTNL_MSG_CT_DELETE), seq, family, 1);
	nl_put_be32(b, CTA_MARK, mark->value);
	nl_put_be32(b, CTA_MARK_MASK, mark->mask);
	guard = nl_nest(b, CTA_FILTER);
	nl_put(b, CTA_FILTER_ORIG_FLAGS, &none, sizeof(none));
	nl_put(b, CTA_FILTER_REPLY_FLAGS, &none, sizeof(none));
	nl_nest_end(b, guard);
	return nl_end(b);
}

int ct_encode_flush_expect(struct nl_buf *b, uint32_t seq)
{
	begin(b, CT_EXP_MSG(IPCTNL_MSG_EXP_DELETE), seq, AF_UNSPEC, NFNETLINK_V0);
	return nl_end(b);
}
