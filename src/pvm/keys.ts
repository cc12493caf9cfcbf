/** The durable keys the PVM itself uses: merkle.md §3. */
import { durableKey } from "./durable.js";

export const VERSION = durableKey("/readonly/wasm_version");
export const KERNEL = durableKey("/kernel/boot.wasm");
export const FALLBACK_KERNEL = durableKey("/readonly/kernel/boot.wasm");
export const REBOOT_FLAG = durableKey("/kernel/env/reboot");
export const STUCK_FLAG = durableKey("/readonly/kernel/env/stuck");
export const UPGRADE_ERROR_FLAG = durableKey("/readonly/kernel/env/upgrade_error");
export const TOO_MANY_REBOOT_FLAG = durableKey("/readonly/kernel/env/too_many_reboot");
export const REBOOT_COUNTER = durableKey("/readonly/kernel/env/reboot_counter");
