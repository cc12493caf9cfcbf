// The OpenAPI document of everything that the node serves: what `generate openapi` prints, and `/openapi` answers.

import type { Json } from "../../encoding/json.js";
import { openApiOf } from "./openapi-document.js";
import { ALL_SERVICES } from "./services/all-services.js";

/** The development protocol. */
const DEFAULT_PROTOCOL = "ProtoALphaALphaALphaALphaALphaALphaALphaALphaDdp3zK";

/** `protocol`: hash of the protocol to name; `version`: what the document says of the program. */
export function openApi(protocol: string = DEFAULT_PROTOCOL, version = "Tickproof"): Json {
  return openApiOf(ALL_SERVICES, { protocol, version });
}
