// A kernel in C: adds up the bytes of every message of an inbox, and keeps the sum at /sum and the longest at /longest.
//
//   clang-14 --target=wasm32 -O1 -nostdlib -fno-builtin -Wl,--no-entry,--export=kernel_run -o sum.wasm sum.c

typedef unsigned int u32;
typedef unsigned char u8;

#define HOST(name) __attribute__((import_module("smart_rollup_core"), import_name(#name))) name
extern int HOST(read_input)(void *info, void *destination, u32 max_size);
extern int HOST(store_read)(const char *key, u32 key_size, u32 offset, void *destination, u32 max_size);
extern int HOST(store_write)(const char *key, u32 key_size, u32 offset, const void *source, u32 size);
extern void HOST(write_debug)(const char *source, u32 size);

#define NOINLINE __attribute__((noinline))

static u8 message[4096];
static u8 info[8];

NOINLINE static u32 load(const char *key, u32 key_size) {
  u32 value = 0;
  store_read(key, key_size, 0, &value, sizeof value);
  return value;
}

NOINLINE static void save(const char *key, u32 key_size, u32 value) {
  store_write(key, key_size, 0, &value, sizeof value);
}

NOINLINE static u32 weigh(u8 byte) {
  return byte % 7 + byte;
}

NOINLINE static u32 add_up(const u8 *bytes, u32 size) {
  u32 sum = 0;
  for (u32 i = 0; i < size; i++) sum += weigh(bytes[i]);
  return sum;
}

// Depth by recursion, so that a profile has something to show.
NOINLINE static u32 deepest(const u8 *bytes, u32 size) {
  if (size < 2) return size;
  u32 left = deepest(bytes, size / 2);
  u32 right = deepest(bytes + size / 2, size - size / 2);
  return left > right ? left + 1 : right + 1;
}

NOINLINE static void take(const u8 *bytes, u32 size) {
  save("/sum", 4, load("/sum", 4) + add_up(bytes, size));
  if (deepest(bytes, size) > 5) write_debug("a long one\n", 11);
  if (size > load("/longest", 8)) save("/longest", 8, size);
}

void kernel_run(void) {
  for (;;) {
    int size = read_input(info, message, sizeof message);
    if (size <= 0) return;
    take(message, (u32)size);
  }
}
