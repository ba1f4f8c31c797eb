#include "ct/meaning.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "ct/with.h"

#define ANY    UINT8_MAX
#define MAKING (CT_OP_CREATE | CT_OP_ADD)
#define CT     1
#define EXPECT 2

/* The meaning of an error on some commands and tables, and what to do about it. The words "such
 * conntrack doesn't exist" and "Such conntrack exists, try -U to update" are what scripts look for.
 */
static const struct {
	int err;
	uint8_t operations, tables;
	const char *text;
} meanings[] = {
	{ENOENT, CT_OP_GET | CT_OP_UPDATE | CT_OP_DELETE, CT, TEXT("such conntrack doesn't exist")},
	{ENOENT, CT_OP_GET | CT_OP_DELETE, EXPECT, TEXT("such expectation doesn't exist")},
#if WITH_CREATE
	{EEXIST, CT_OP_CREATE, CT, TEXT("Such conntrack exists, try -U to update")},
	{EEXIST, CT_OP_ADD, CT,
	 TEXT("Such conntrack exists in another zone, or mirrored: -A updates none but the same")},
	{EEXIST, MAKING, EXPECT, TEXT("such expectation exists")},
	{EALREADY, CT_OP_ADD, CT,
	 TEXT("the entry exists with other NAT: delete it, and create it anew")},
	{ENOENT, MAKING, EXPECT, TEXT("there is no master conntrack with this tuple")},
	{ENOENT, MAKING, CT, TEXT("the master conntrack doesn't exist")},
	{ENOMEM, MAKING, CT,
	 TEXT("the table is full: net.netfilter.nf_conntrack_max is the limit")},
	{ENFILE, MAKING, CT,
	 TEXT("the table is full: net.netfilter.nf_conntrack_max is the limit")},
	{EMFILE, MAKING, EXPECT,
	 TEXT("the table is full: net.netfilter.nf_conntrack_expect_max, or the "
	      "helper's own limit")},
	{ENOSPC, MAKING, CT,
	 TEXT("no room: the hash chain is too long, or there are labels, and no rule "
	      "uses labels (nft: ct label set)")},
	{ENOSPC, CT_OP_UPDATE, CT,
	 TEXT("the entry cannot have labels: no rule used labels (nft: ct label set) "
	      "when it was created; the other values have been set")},
	{EBUSY, MAKING | CT_OP_UPDATE, CT,
	 TEXT("the kernel cannot change the status or the helper of the entry to "
	      "this")},
	{EBUSY, MAKING, EXPECT, TEXT("it clashes with another expectation")},
	{EOPNOTSUPP, MAKING, CT,
	 TEXT("the kernel lacks the helper (load the module nf_conntrack_NAME) or "
	      "NAT for this")},
	{EOPNOTSUPP, CT_OP_UPDATE, CT, TEXT("the kernel cannot change this on an existing entry")},
	{EOPNOTSUPP, MAKING, EXPECT,
	 TEXT("the master conntrack has no helper: create it with --helper")},
	{EINVAL, MAKING | CT_OP_UPDATE, CT, TEXT("the kernel refuses these values")},
	{EINVAL, MAKING, EXPECT, TEXT("the kernel refuses these values")},
	{EPROTOTYPE, CT_OP_UPDATE, CT, TEXT("the timeout policy is of another protocol")},
	{ERANGE, MAKING | CT_OP_UPDATE, CT, TEXT("a value is out of the kernel's range")},
	{EPERM, CT_OP_UPDATE | CT_OP_ADD, CT, TEXT("the timeout is fixed (FIXED_TIMEOUT)")},
	{ETIME, MAKING | CT_OP_UPDATE, CT,
	 TEXT("the entry has expired meanwhile: give a longer timeout")},
	{ETIMEDOUT, MAKING | CT_OP_UPDATE, CT,
	 TEXT("the entry has expired meanwhile: give a longer timeout")},
	{ESTALE, CT_OP_UPDATE, CT,
	 TEXT("the kernel's hash table has been resized meanwhile: entries that come after those "
	      "have "
	      "been left alone")},
#endif
	{EPERM, ANY, CT | EXPECT,
	 TEXT("Operation not permitted: CAP_NET_ADMIN is needed, try as "
	      "root")},
	{EPROTONOSUPPORT, ANY, CT | EXPECT,
	 TEXT("this kernel has no nfnetlink: load the module "
	      "nfnetlink, or set CONFIG_NETFILTER_NETLINK")},
	{EAFNOSUPPORT, ANY, CT | EXPECT, TEXT("this kernel has no netlink")},
	{ENOPROTOOPT, ANY, CT | EXPECT,
	 TEXT("this kernel lacks ctnetlink: load the module "
	      "nf_conntrack_netlink, or set CONFIG_NF_CT_NETLINK")},
	{EOPNOTSUPP, ANY, CT | EXPECT, TEXT("this kernel does not support this")},
	{EINVAL, ANY, CT | EXPECT, TEXT("this kernel does not support this")},
	{EXDEV, ANY, EXPECT,
	 TEXT("it is of a zone, which the kernel does not tell and without which it cannot be "
	      "named: "
	      "-F expect removes all")},
	{ENOTUNIQ, ANY, CT,
	 TEXT("by each of its tuples the kernel may find another entry: it cannot be named")},
	{ENOBUFS, ANY, CT | EXPECT,
	 TEXT("the kernel dropped answers for lack of buffer space: try "
	      "again")},
	{EIO, ANY, CT | EXPECT, TEXT("the kernel did not answer")},
};

const char *ct_meaning(int err, unsigned operation, bool expect)
{
	unsigned table = expect ? EXPECT : CT;

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].err == -err && meanings[i].operations & operation &&
		    meanings[i].tables & table)
			return meanings[i].text;
	return NULL;
}
