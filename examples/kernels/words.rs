//! A kernel in Rust without the SDK: counts the words of external messages, and keeps each count at /words/<length>.
//!
//! rustc --target wasm32-unknown-unknown --crate-type cdylib -C opt-level=1 -C panic=abort -C strip=debuginfo -o words.wasm words.rs
#![no_std]

#[link(wasm_import_module = "smart_rollup_core")]
extern "C" {
    fn read_input(info: *mut u8, destination: *mut u8, max_size: u32) -> i32;
    fn store_read(key: *const u8, key_size: u32, offset: u32, destination: *mut u8, max_size: u32) -> i32;
    fn store_write(key: *const u8, key_size: u32, offset: u32, source: *const u8, size: u32) -> i32;
    fn write_debug(source: *const u8, size: u32);
}

#[panic_handler]
fn on_panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

mod store {
    /// The path of a count: "/words/3" for words of three letters, "/words/+" for those of ten or more.
    #[inline(never)]
    pub fn path(length: usize) -> [u8; 8] {
        let mut path = *b"/words/+";
        if length < 10 {
            path[7] = b'0' + length as u8;
        }
        path
    }

    #[inline(never)]
    pub fn increment(path: &[u8; 8]) {
        let mut bytes = [0; 4];
        unsafe {
            super::store_read(path.as_ptr(), 8, 0, bytes.as_mut_ptr(), 4);
            let count = u32::from_le_bytes(bytes).wrapping_add(1).to_le_bytes();
            super::store_write(path.as_ptr(), 8, 0, count.as_ptr(), 4);
        }
    }
}

mod text {
    #[inline(never)]
    pub fn is_letter(byte: u8) -> bool {
        byte.is_ascii_alphabetic()
    }

    /// Calls `take` with the length of each word.
    #[inline(never)]
    pub fn each_word(bytes: &[u8], take: &dyn Fn(usize)) {
        let mut length = 0;
        for &byte in bytes {
            if is_letter(byte) {
                length += 1;
            } else if length > 0 {
                take(length);
                length = 0;
            }
        }
        if length > 0 {
            take(length);
        }
    }
}

#[inline(never)]
fn count(length: usize) {
    store::increment(&store::path(length));
}

#[no_mangle]
pub extern "C" fn kernel_run() {
    let mut info = [0; 8];
    let mut message = [0; 256];
    loop {
        let size = unsafe { read_input(info.as_mut_ptr(), message.as_mut_ptr(), 256) };
        if size <= 0 {
            break;
        }
        // 1: an external message.
        if message[0] == 1 {
            if let Some(bytes) = message.get(1..size as usize) {
                text::each_word(bytes, &count);
            }
        }
    }
    let done = "counted\n";
    unsafe { write_debug(done.as_ptr(), done.len() as u32) };
}
