// All events that the node emits, by name of their maker: `events.daemonProcessHead({ hash, level })`.

import { batcherEvents } from "./batcher-events.js";
import { commitmentEvents } from "./commitment-events.js";
import { daemonEvents, ownEvents } from "./daemon-events.js";
import { injectorEvents } from "./injector-events.js";
import { inboxEvents, interpreterEvents, loserModeEvents } from "./interpreter-events.js";
import { layer1Events } from "./layer1-events.js";
import { configurationEvents, nodeEvents } from "./node-events.js";
import { refutationEvents } from "./refutation-events.js";
import { storeEvents } from "./store-events.js";

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
  ...storeEvents,
};
