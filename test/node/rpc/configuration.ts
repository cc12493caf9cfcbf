// A configuration as `/config` answers it: a small file, with all defaults.
import type { JsonObject } from "../../../src/encoding/json.js";
import { configurationFromJson, fullConfigurationToJson } from "../../../src/node/config/configuration-json.js";

export function fullConfiguration(rollup: string): JsonObject {
  const small = {
    "smart-rollup-address": rollup,
    "smart-rollup-node-operator": { operating: "tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjb" },
    "fee-parameters": {},
    mode: "operator",
    "history-mode": "archive",
  };
  return fullConfigurationToJson(configurationFromJson(small)) as JsonObject;
}
