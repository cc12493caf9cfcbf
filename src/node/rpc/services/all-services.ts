// Every service that the node serves, in one table: what is described is this. To add one: a `service` in the file of its kind, or a file
// of its own and a line here.

import { Directory } from "../http/directory.js";
import type { Service } from "../service.js";
import { BATCHER_SERVICES } from "./batcher-services.js";
import { BLOCK_SERVICES } from "./block-services.js";
import { descriptionServices } from "./description-services.js";
import { DURABLE_SERVICES } from "./durable-services.js";
import { GLOBAL_SERVICES } from "./global-services.js";
import { INJECTOR_SERVICES } from "./injector-services.js";
import { LOCAL_SERVICES } from "./local-services.js";
import { OUTBOX_SERVICES } from "./outbox-services.js";
import { PROOF_SERVICES } from "./proof-services.js";
import { ROOT_SERVICES } from "./root-services.js";
import { SIMULATION_SERVICES } from "./simulation-service.js";

export const ALL_SERVICES: readonly Service[] = [
  ...ROOT_SERVICES,
  ...GLOBAL_SERVICES,
  ...BLOCK_SERVICES,
  ...DURABLE_SERVICES,
  ...OUTBOX_SERVICES,
  ...SIMULATION_SERVICES,
  ...LOCAL_SERVICES,
  ...BATCHER_SERVICES,
  ...INJECTOR_SERVICES,
  ...PROOF_SERVICES,
  ...descriptionServices(() => ALL_SERVICES),
];

export function directoryOf(services: readonly Service[]): Directory<Service> {
  const directory = new Directory<Service>();
  for (const one of services) directory.add(one.method, one.path, one);
  return directory;
}
