// Whatever the compiler targets by default.

#define SET portable
#include "codec.inc"
