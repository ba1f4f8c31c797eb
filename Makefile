# make              builds build/conntrack, optimised and hardened
# make static       builds build/static/conntrack, one stripped file (by musl-gcc, unless CC is set)
# make smallest     builds build/smallest/static/conntrack: list, get, delete, flush, count, as text
# make amalgam      writes build/conntrack.c, all sources as one: cc conntrack.c -o conntrack builds it
# make lib          builds build/libct.a, without command line and formats; make install-lib installs it
# make debug        builds build/debug/conntrack with AddressSanitizer, UBSan and assertions
# make completions  makes those for bash, zsh and fish, in build/
# make install      installs the binary, the manual page, the completions and the schema of JSON
# make deb          makes a package for Debian, in build/package (needs dpkg-dev)
# make demo         lists and follows real connections in a network namespace of its own
# make test         runs unit tests, and live tests in network namespaces of their own (needs root, or
#                   unprivileged user namespaces)
# make test-peer    compares every output with Debian's conntrack
# make test-fault   lets every call to the kernel and every allocation fail once (needs glibc)
# make test-boot    boots Debian's kernels, little- and big-endian, and tests the static binary on them;
#                   fetches them by apt, needs qemu-system-x86 and qemu-system-misc; test/boot/run also
#                   knows arm64, armhf and mipsel, with musl
# make cross        builds for eight other processors, four of them with musl, and runs their unit tests by
#                   qemu-user; make static CC="$(test/musl mips)" fetches musl for one, and builds for it
# make headers      compiles beside headers as old as those of Linux 3.10
# make fuzz         runs the fuzzers (needs clang); make fuzz-coverage tells the code that they reach
# make bench        measures time and memory; make count counts instructions for each entry
# make lint         runs static checks; make house checks includes, circles and lengths of files
# make size         prints the size of the static binary
# CC, CFLAGS, LDFLAGS, DESTDIR and PREFIX work as usual, for cross builds too. The names of the checkout
# and of DESTDIR may have blanks; the name of O may not, because it is part of targets.

O	?= build
ifneq ($(words $(O)),1)
$(error O is the name of a folder, without blanks: "$(O)")
endif
PREFIX	?= /usr/local
SBINDIR	?= $(PREFIX)/sbin
SHARE	?= $(PREFIX)/share
MANDIR	?= $(SHARE)/man
LIBDIR	?= $(PREFIX)/lib
INCDIR	?= $(PREFIX)/include
# Link-time optimisation takes an eighth off a load's time. Fat objects can be linked without it.
GCC	:= $(findstring Free Software,$(shell $(CC) --version 2>/dev/null))
CFLAGS	?= $(if $(GCC),-O3 -flto=auto -ffat-lto-objects,-O3) -g

WARN	:= -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
	   -Wmissing-prototypes -Wno-missing-field-initializers -Wvla
HARDEN	?= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
HARDENL	?= -pie -Wl,-z,relro,-z,now
# Debugging information names no folder of this machine: the same sources make the same bytes anywhere.
# CFLAGS=-std=c11 hides no function: _DEFAULT_SOURCE, which is defined without it, anyway.
FLAGS	= -std=gnu11 -D_DEFAULT_SOURCE -I. -fdebug-prefix-map="$(CURDIR)"=. $(WARN) $(HARDEN) $(CFLAGS) $(WITHOUT) -MMD -MP

# XML=0, EVENT=0 and so on leave parts out of a build: see ct/with.h. They need an empty $(O).
SWITCHES := XML JSON PROMETHEUS SAVE SHORT TEMPLATE GROUP WATCH CHECK JUMP ROUTE NETNS POLICY EVENT LOAD CREATE CONFINE HELP
WITHOUT := $(foreach s,$(SWITCHES),$(if $(filter 0,$($s)),-DWITH_$s=0))

LIB	:= $(wildcard nl/*.c ct/*.c)
SRC	:= $(LIB) $(wildcard fmt/*.c) $(filter-out cli/completion.c,$(wildcard cli/*.c cli/*/*.c))
TOOLS	:= $(patsubst test/tool/%.c,$(O)/test/%,$(wildcard test/tool/*.c))
UNIT	:= $(patsubst test/unit/%.c,$(O)/test/unit/%,$(wildcard test/unit/*.c))
# Unit tests link everything but main(), built quickly and with more checks.
UNITF	:= -fno-lto -O1 -DDEBUG
PARTS	:= $(patsubst %.c,$(O)/part/%.o,$(filter-out cli/main.c,$(SRC)))

all: $(O)/conntrack

$(O)/conntrack: $(SRC:%.c=$(O)/obj/%.o)
	$(CC) $(FLAGS) $(HARDENL) $^ $(LDFLAGS) -o $@

# HOTFLAGS: of the sources that HOT lists, below. SOURCES: a folder of sources made from these.
$(O)/obj/%.o: $(SOURCES)%.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(if $(filter $*.c,$(HOT)),$(HOTFLAGS)) $(if $(filter $*.c,$(WARM)),$(WARMFLAGS)) -c $< -o $@

$(O)/squeezed/%.c: %.c fmt/squeeze fmt/tokens.h
	@mkdir -p $(@D)
	fmt/squeeze $< > $@.part
	mv $@.part $@

# The library: without LTO, for any linker, and position-independent, for any program.
lib: $(O)/libct.a
$(O)/libct.a: $(LIB:%.c=$(O)/lib/%.o)
	rm -f $@
	$(AR) rcs $@ $^
$(O)/lib/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -fno-lto -fPIC -c $< -o $@

# The file that ships is small, but for the sources that an entry, an event or a load line goes through:
# -Oz (-Os, where the compiler lacks it), which copies by slow instructions; WARM ones -Os; and HOT ones
# -O2, which here inlines what is marked so, and does not pad functions and loops. Functions that are
# not for each entry are marked cold there, and are small, too. GROWS are passes that make the others
# larger. Link-time optimisation keeps all this, function by function. Messages are squeezed by
# fmt/squeeze. In the file, data follow the text without filling a page. musl is told where the
# kernel's headers are, and of no others. It is no position-independent file, as relocations would add
# 16 KiB; nor has it RELRO, which libc would apply to 60 bytes, if it did.
# On MIPS, -mplt -mno-shared are calls and addresses without a table, which nothing needs that is linked
# statically; on ARM, -mthumb the short instructions. -mips16 is for who knows that the machine has it.
HOT	:= nl/reply.c ct/entry.c ct/tuple.c fmt/num.c
WARM	:= $(addprefix nl/,attr.c msg.c) \
	   $(addprefix ct/,apply.c compose.c encode.c field.c form.c item.c list.c match.c name.c once.c) \
	   $(addprefix ct/,proto.c spec.c text.c words.c) \
	   $(addprefix fmt/,json.c template.c text.c value.c xml.c) \
	   $(addprefix cli/,cmd/load.c opt/entry.c opt/parse.c opt/select.c opt/template.c)
#
# Flags that not every compiler or linker takes are those with which a program can be linked, here and
# now. A clang without LLVM's plugin for the linker has link-time optimisation by lld, or not at all.
links	= $(shell mkdir -p $(O)/static && echo 'int main(void) { return 0; }' | $(if $(MUSL),musl-gcc,$(CC)) -Werror $1 \
	  -x c - -x none $(LDFLAGS) -static -o $(O)/static/probe 2>/dev/null && echo '$1'; rm -f $(O)/static/probe)
LLD	= $(eval LLD := $(if $(call links,-flto),,$(if $(call links,-fuse-ld=lld -flto),-fuse-ld=lld)))$(LLD)
GROWS	:= expensive-optimizations caller-saves tree-dominator-opts tree-loop-im
PASSES	= $(foreach f,$(GROWS),$(call links,-f$f))
FAST	= -O2 $(PASSES) $(foreach f,jump-tables no-inline-functions no-align-functions no-align-jumps no-align-labels \
	  no-align-loops,$(call links,-f$f))
SMALL	= $(or $(call links,-Oz),-Os) $(call links,-fno-jump-tables) $(if $(call links,$(LLD) -flto),-flto) \
	  $(call links,-flto-partition=one) -DSMALL -DSQUEEZED -fno-pie \
	  -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables $(SMALLER) \
	  $(foreach f,-malign-data=abi -fipa-pta -fno-unwind-tables -mthumb $(GROWS:%=-fno-%),$(call links,$f)) \
	  $(call links,-mplt -mno-shared -mbranch-cost=10)
SMALLL	= -static -s $(LLD) $(call links,-no-pie) -Wl,--gc-sections $(foreach z,noseparate-code norelro common-page-size=64,\
	  $(call links,$(LLD) -z $z)) $(call links,-Wl$(comma)--build-id=none)
comma	:= ,
MUSL	:= $(if $(filter default,$(origin CC)),$(shell command -v musl-gcc 2>/dev/null))
ASM	:= $(firstword $(wildcard /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)/asm \
	   /usr/include/asm))
static:
	@mkdir -p $(O)/static/uapi
	$(if $(MUSL),ln -sfn /usr/include/linux /usr/include/asm-generic $(O)/static/uapi)
	$(if $(MUSL),ln -sfn $(ASM) $(O)/static/uapi/asm)
	$(MAKE) O=$(O)/static HARDEN="-fstack-protector --param=ssp-buffer-size=64" HARDENL= \
		SOURCES=$(O)/static/squeezed/ $(if $(MUSL),CC=musl-gcc) CFLAGS="$(SMALL) $(if $(MUSL),-idirafter $(O)/static/uapi)" HOTFLAGS="$(FAST)" WARMFLAGS="-Os $(PASSES)" \
		LDFLAGS="$(LDFLAGS) $(SMALLL)" \
		$(O)/static/conntrack

# The static binary without the parts that a build may leave out.
smallest:
	$(MAKE) O=$(O)/smallest HOT= WARM= SMALLER=-DSMALLEST $(SWITCHES:%=%=0) static

test-smallest: all tools smallest
	CONNTRACK=$(O)/smallest/static/conntrack TOOLS=$(O)/test test/run smallest

# Prints the sizes of the static binary's sections and of the file.
size: static
	@size $(O)/static/conntrack
	@stat -c '%n: %s bytes' $(O)/static/conntrack

# One file for other trees, which is built without this Makefile, by any compiler and without a flag.
amalgam:
	@mkdir -p $(O)
	test/amalgam $(SRC) > $(O)/conntrack.c.part
	mv $(O)/conntrack.c.part $(O)/conntrack.c

# LeakSanitizer needs system calls that cli/sys/confine.c takes away: CONFINE=0.
debug:
	$(MAKE) O=$(O)/debug HARDEN= HARDENL= CONFINE=0 \
		CFLAGS="-O1 -g -DDEBUG -fno-omit-frame-pointer -fsanitize=address,undefined \
		-fno-sanitize-recover=all" $(O)/debug/conntrack

# Completions are made from the option table by a program that runs here, whatever CC builds for.
HOSTCC	?= cc
SHELLS	:= bash zsh fish
completions: $(SHELLS:%=$(O)/completion.%)
$(O)/completion.%: cli/completion.% $(O)/host/completion
	$(O)/host/completion $* < $< > $@
$(O)/host/completion: $(patsubst %.c,$(O)/host/%.o,cli/completion.c $(filter-out cli/main.c,$(SRC)))
	$(HOSTCC) $^ -o $@
$(O)/host/%.o: %.c
	@mkdir -p $(@D)
	$(HOSTCC) -std=gnu11 -I. -O0 $(WITHOUT) -MMD -MP -c $< -o $@

tools: $(TOOLS)
$(O)/test/%: test/tool/%.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(HARDENL) $< $(LDFLAGS) -o $@

$(O)/part/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(UNITF) -c $< -o $@

$(O)/test/unit/%: test/unit/%.c $(PARTS)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(UNITF) $(HARDENL) $< $(PARTS) $(LDFLAGS) -o $@

test: test-unit test-live
units: $(UNIT)
test-unit: units
	TOOLS=$(O)/test test/run unit
test-live: all tools completions
	TOOLS=$(O)/test test/run live
test-peer: all tools
	PEER=$$(test/peer/fetch $(O)/peer) TOOLS=$(O)/test test/run peer

# Two halves run at once.
test-fault: all tools $(O)/test/inject.so
	$(MAKE) -j2 -Otarget fault-0 fault-1
fault-0 fault-1:
	PART=$(@:fault-%=%) TOOLS=$(O)/test $(O)/test/netns -a -t -l -H sh test/fault/run.sh $(COMMANDS)
$(O)/test/inject.so: test/fault/inject.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -fPIC -shared $< $(LDFLAGS) -o $@

cross:
	O=$(O)/cross test/cross
headers:
	O=$(O)/headers CC="$(CC)" test/headers
test-boot:
	O=$(O)/boot test/boot/run

# N=100000 RUNS=3 BENCH_JSON=file make bench: compares with Debian's conntrack where it is. As root it
# raises the limit of entries meanwhile, to list a million.
bench: all tools static
	PEER=$$(test/peer/fetch $(O)/peer 2>/dev/null) TOOLS=$(O)/test \
		OURS=$(O)/static/conntrack ORDINARY=$(O)/conntrack sh test/bench.sh $(N)

# Instructions for each entry, by valgrind, of the static and of the ordinary binary; see test/count.sh.
count: tools
	$(MAKE) O=$(O)/count CONFINE=0 all static
	TOOLS=$(O)/test BINARIES="$${BINARIES:-$(O)/count/static/conntrack $(O)/count/conntrack}" \
		sh test/count.sh

# T=600 make fuzz: seconds for each harness; wants clang with libFuzzer. FUZZ names some of them.
T	?= 60
FUZZ	?= $(patsubst test/fuzz/%.c,%,$(wildcard test/fuzz/*.c))
fuzz:
	@mkdir -p $(O)/fuzz
	CC=$${CLANG:-clang} O=$(O)/fuzz T=$(T) test/fuzz/run $(FUZZ)

fuzz-coverage:
	O=$(O)/fuzz test/fuzz/coverage

demo: all tools
	TOOLS=$(O)/test $(O)/test/netns -a -t sh test/demo.sh

# The checks with a minus complain of things done on purpose (memcpy of parts, computed chars, vfork,
# because posix_spawn would make the static binary a hundredth larger), or are wrong: one does not
# follow a va_list through a pointer.
TIDY	:= -*,bugprone-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,$\
	   -bugprone-narrowing-conversions,-bugprone-not-null-terminated-result,$\
	   -bugprone-implicit-widening-of-multiplication-result,-clang-analyzer-valist.Uninitialized,$\
	   -bugprone-macro-parentheses,-bugprone-reserved-identifier,$\
	   -clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,$\
	   -clang-analyzer-security.insecureAPI.vfork,-clang-analyzer-unix.Vfork
# gcc reports memory that only heap memory points to as a leak; LeakSanitizer knows better.
ANALYZE := -O2 -fanalyzer -Wno-analyzer-malloc-leak -Werror
lint:
	clang-format --dry-run -Werror $$(git ls-files '*.[ch]')
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
		--inline-suppr -I. nl ct fmt cli
	echo $(SRC) | xargs -n 8 -P 2 sh -c \
		'clang-tidy --quiet --warnings-as-errors="*" --checks="$(TIDY)" "$$@" -- -std=gnu11 -I.' -
	echo $(SRC) | xargs -n 1 -P 2 gcc -std=gnu11 -I. $(ANALYZE) -S -o /dev/null

# Checks the rules of the sources: includes, circles among files, lengths, first words of comments.
house:
	CC="$(CC)" sh test/house.sh

install: all completions
	install -D -m 755 $(O)/conntrack "$(DESTDIR)$(SBINDIR)/conntrack"
	install -D -m 644 cli/conntrack.8 "$(DESTDIR)$(MANDIR)/man8/conntrack.8"
	install -D -m 644 test/schema.json "$(DESTDIR)$(SHARE)/conntrack/schema.json"
	install -D -m 644 $(O)/completion.bash "$(DESTDIR)$(SHARE)/bash-completion/completions/conntrack"
	install -D -m 644 $(O)/completion.zsh "$(DESTDIR)$(SHARE)/zsh/site-functions/_conntrack"
	install -D -m 644 $(O)/completion.fish "$(DESTDIR)$(SHARE)/fish/vendor_completions.d/conntrack.fish"

deb:
	O=$(O)/package/build test/package/deb $(O)/package

# Installs all headers but those that only nl/ and ct/ use.
HEADERS	:= $(filter-out ct/field.h ct/list.h ct/uapi.h ct/with.h,$(wildcard nl/*.h ct/*.h))
install-lib: lib
	install -D -m 644 $(O)/libct.a "$(DESTDIR)$(LIBDIR)/libct.a"
	for h in $(HEADERS); do install -D -m 644 $$h "$(DESTDIR)$(INCDIR)/libct/$$h" || exit; done
	sed 's|@LIBDIR@|$(LIBDIR)|; s|@INCDIR@|$(INCDIR)|' ct/libct.pc.in > $(O)/libct.pc
	install -D -m 644 $(O)/libct.pc "$(DESTDIR)$(LIBDIR)/pkgconfig/libct.pc"

clean:
	rm -rf $(O)

# Objects of tests are kept, although rules lead through them.
.SECONDARY:

-include $(wildcard $(patsubst %,$(O)/%/*/*.d,lib host obj part) $(patsubst %,$(O)/%/*/*/*.d,host obj part) $(O)/test/*.d $(O)/test/unit/*.d)
.PHONY: all amalgam lib install-lib static smallest size debug completions tools units test test-unit test-live test-peer test-fault fault-0 fault-1 test-smallest cross headers test-boot \
	bench count fuzz fuzz-coverage demo lint house install deb clean
