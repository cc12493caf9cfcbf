// All targets, in the order of their turns.
import type { Target } from "./target.js";
import { binaryenTarget } from "./targets/binaryen.js";
import { fastTarget } from "./targets/fast.js";
import { generatedTarget } from "./targets/generated.js";
import { hostTarget } from "./targets/host.js";
import { operatorsTarget } from "./targets/operators.js";
import { proofTarget } from "./targets/proof.js";
import { validateTarget } from "./targets/validate.js";

export function allTargets(): Target[] {
  return [
    generatedTarget(),
    binaryenTarget(),
    validateTarget(),
    operatorsTarget(),
    fastTarget(),
    hostTarget(),
    proofTarget(),
  ];
}
