// Tells ThreadSanitizer of the moments in which a contended `Mutex` of Swift's standard library changes hands.
//
// The library is not compiled for the sanitizer: a thread that waits there, or wakes one that does, seems to take and give back
// nothing, so that whatever the lock protects is reported as a race, in the smallest program with two threads and a counter too.
// tools/sanitize loads this before the tests; races without a lock are found as before. x86-64 and AArch64, Linux.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// There in a program that is compiled for the sanitizer, and in no other.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

#define HANDLE __attribute__((swift_context)) void *
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef __attribute__((swiftcall)) void lock_function(uint32_t thread, HANDLE);
typedef __attribute__((swiftcall)) void unlock_function(HANDLE);
__attribute__((swiftcall)) void lock_slowly(uint32_t thread, HANDLE handle) __asm__(LOCK);
__attribute__((swiftcall)) void unlock_slowly(HANDLE handle) __asm__(UNLOCK);

__attribute__((swiftcall)) void lock_slowly(uint32_t thread, HANDLE handle) {
  ((lock_function *)dlsym(RTLD_NEXT, LOCK))(thread, handle);
  if (__tsan_acquire) __tsan_acquire(handle);
}

__attribute__((swiftcall)) void unlock_slowly(HANDLE handle) {
  if (__tsan_release) __tsan_release(handle);
  ((unlock_function *)dlsym(RTLD_NEXT, UNLOCK))(handle);
}
