/** Errors of the PVM layer: what goes wrong around the machine, not inside it (those are stuck states). */

export class PvmError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}
