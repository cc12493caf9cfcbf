// Commands about the configuration file (config.ts).

import { existsSync } from "node:fs";
import { join } from "node:path";
import { printOctezJson } from "../../l1/client/octez-json.js";
import { type Command, commandsIn, optionOr, words } from "../phrase-parser.js";
import { type Configuration, defaultConfiguration, writeConfiguration } from "./config.js";
import type { ClientContext } from "./context.js";
import { fail } from "./failures.js";
import { anyText } from "./parameters.js";

const group = { name: "config", title: "Commands for editing and viewing the client's config file" };
const command = commandsIn<ClientContext>();

export function configCommands({ file, json, baseDir }: Configuration): readonly Command<ClientContext>[] {
  return [
    command({
      group,
      summary: "Show the current config (config file content + command line arguments).",
      phrase: words("config", "show"),
      run: (_none, _options, context) => {
        if (!existsSync(file)) {
          context.warning(`Warning: no config file at ${file},\n  displaying the default configuration.`);
        }
        context.message(printOctezJson(json));
      },
    }),
    command({
      group,
      summary: "Reset the config file to the factory defaults.",
      phrase: words("config", "reset"),
      run: (_none, _options, { host }) => writeConfiguration(file, defaultConfiguration(host.env)),
    }),
    command({
      group,
      summary:
        "Update the config based on the current cli values.\n" +
        "Loads the current configuration (default or as specified with `-config-file`), applies alterations from other " +
        "command line arguments (such as the node's address, etc.), and overwrites the updated configuration file.",
      phrase: words("config", "update"),
      run: () => writeConfiguration(file, json),
    }),
    command({
      group,
      summary:
        "Create config file(s) based on the current CLI values.\n" +
        "If the `-file` option is not passed, this will initialize the default config file, based on default parameters, " +
        "altered by other command line options (such as the node's address, etc.).\n" +
        "Otherwise, it will create a new config file, based on the default parameters (or the the ones specified with " +
        "`-config-file`), altered by other command line options.\n\n" +
        "The command will always fail if file(s) to create exist already",
      options: {
        output: optionOr(
          {
            long: "output",
            short: "o",
            placeholder: "path",
            default: join(baseDir, "config"),
            doc: "path at which to create the file",
          },
          anyText,
        ),
      },
      phrase: words("config", "init"),
      run: (_none, { output }) => {
        if (existsSync(output)) fail(`Config file already exists at location: ${output}`);
        writeConfiguration(output, json);
      },
    }),
  ];
}
