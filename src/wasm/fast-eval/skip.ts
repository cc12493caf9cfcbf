/** Ticks of the tick machine that can be jumped over: those in which next to nothing happens. */
import { advanceMeta } from "../bulk/advance.js";
import type { Config } from "../eval/config.js";
import type { Registry } from "../runtime.js";

/** The state after some ticks of a bulk instruction, or of the time a host call goes on for; null if the next tick is neither. */
export function skipTicks(
  config: Config,
  registry: Registry,
  budget: number,
): { readonly config: Config; readonly registry: Registry; readonly ticks: number } | null {
  const { stepKont, stackLimit } = config;
  if (stepKont.tag !== "SK_Next" || stepKont.kont.tag !== "LS_Craft_frame")
    return advanceMeta(config, registry, budget);
  const { invoke } = stepKont.kont;
  if (invoke.tag !== "Inv_stop" || invoke.remainingTicks <= 0) return null;
  const ticks = Math.min(invoke.remainingTicks, budget);
  const waited = { ...invoke, remainingTicks: invoke.remainingTicks - ticks };
  return {
    config: { stepKont: { ...stepKont, kont: { ...stepKont.kont, invoke: waited } }, stackLimit },
    registry,
    ticks,
  };
}
