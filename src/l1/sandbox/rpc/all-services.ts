// Every service of a sandbox's RPC. To add one: a handler in the file of its kind, or a file of its own and a line here.

import type { Sandbox } from "../sandbox.js";
import { addBlockServices } from "./block-services.js";
import { addChainServices } from "./chain-services.js";
import { addContextServices } from "./context-services.js";
import { addContractServices } from "./contract-services.js";
import { addDelegateServices } from "./delegate-services.js";
import { addInjectionServices, type PoolWatch } from "./injection-services.js";
import { addMonitorServices } from "./monitor-services.js";
import { addOperationServices } from "./operation-services.js";
import { addRollupServices } from "./rollup-services.js";
import { addScriptServices } from "./script-services.js";
import { Services } from "./services.js";

export function allServices(sandbox: Sandbox, watch: PoolWatch): Services {
  const services = new Services(sandbox);
  addChainServices(services);
  addMonitorServices(services);
  addInjectionServices(services, watch);
  addBlockServices(services);
  addContextServices(services);
  addContractServices(services);
  addDelegateServices(services);
  addRollupServices(services);
  addOperationServices(services);
  addScriptServices(services);
  return services;
}
