// All events that the node emits, by name of their maker: `events.daemonProcessHead({ hash, level })`. Those of the store and the data
// directory are in store/store-events.ts.

import { batcherEvents } from "./batcher-events.js";
import { commitmentEvents } from "./commitment-events.js";
import { daemonEvents, ownEvents } from "./daemon-events.js";
import { injectorEvents } from "./injector-events.js";
import { inboxEvents, interpreterEvents, loserModeEvents } from "./interpreter-events.js";
import { layer1Events } from "./layer1-events.js";
import { configurationEvents, nodeEvents } from "./node-events.js";
import { refutationEvents } from "./refutation-events.js";

export const events = {
  ...nodeEvents,
  ...configurationEvents,
  ...daemonEvents,
  ...ownEvents,
  ...layer1Events,
  ...inboxEvents,
  ...interpreterEvents,
  ...loserModeEvents,
  ...commitmentEvents,
  ...refutationEvents,
  ...batcherEvents,
  ...injectorEvents,
};
