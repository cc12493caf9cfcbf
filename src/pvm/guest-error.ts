/** Which exceptions are the guest's: errors that the reference raises inside the machine, which make its state a stuck one. */
import { BytesBounds } from "../merkle/chunked-bytes.js";
import { KeyNotFound } from "../merkle/errors.js";
import { UnexpectedAccess, VectorBounds } from "../merkle/lazy-vector.js";
import { GuestError } from "../wasm/guest-errors.js";

/** The guest's error behind an exception, with the text the reference prints; null when it is none of the guest's. */
export function guestError(error: unknown): GuestError | null {
  if (error instanceof GuestError) return error;
  if (error instanceof VectorBounds) return new GuestError("Tezos_lazy_containers.Lazy_vector.Bounds", null, true);
  if (error instanceof UnexpectedAccess)
    return new GuestError("Tezos_lazy_containers.Lazy_map.UnexpectedAccess", null, true);
  if (error instanceof BytesBounds) {
    return new GuestError("Tezos_lazy_containers.Immutable_chunked_byte_vector.Bounds", null, true);
  }
  if (error instanceof KeyNotFound) return GuestError.unknown("Tezos_tree_encoding__Decoding.Key_not_found(_)");
  return null;
}
