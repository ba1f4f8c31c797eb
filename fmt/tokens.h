/*
 * Pieces of messages, each a byte from 0x80 on in those of the static binary: see fmt/squeeze. They
 * are the ones that save most; of several, the longest is taken.
 */
#ifndef FMT_TOKENS_H
#define FMT_TOKENS_H

#define TOKENS                                                                                     \
	"  \0 f\0 is \0 of \0 t\0 th\0, \0--\0--group\0: \0; \0a \0able\0ac\0addres\0al\0an\0"     \
	"an \0and \0are \0argumen\0as \0at\0at \0ation\0cannot \0ch\0ch \0comman\0"                \
	"conditions \0conntrack\0contradicts \0count\0creat\0d \0destination\0direc\0"             \
	"does not \0e \0ed\0ed \0el\0em\0en\0entr\0entries\0entries \0er\0er \0es\0es \0et\0"      \
	"event\0exclude each other\0exist\0expect\0follow\0format\0full: net.netfilter.n\0"        \
	"giv\0goes \0has \0have been \0help\0here\0ic\0il\0im\0in\0is \0it\0kernel \0la\0"         \
	"label\0le\0lin\0list\0lo\0load the module \0ma\0nam\0ne\0net\0NET_ADMIN\0"                \
	"network namespac\0no \0not \0not permitted: CAP_\0nothing\0number \0o \0of \0on\0"        \
	"one \0or\0or \0other \0ou\0own\0packet\0polic\0port\0protocol\0re\0repl\0ro\0s \0"        \
	"second\0sh\0sourc\0st\0such \0t \0t of memory\0table \0th\0the \0there \0this \0"         \
	"timeou\0tion\0un\0up\0were lost (ENOBUFS\0wh\0with \0without \0y \0"

#endif
