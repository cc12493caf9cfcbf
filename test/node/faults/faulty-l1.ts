// Layer 1 behind a proxy that spoils answers: what a node meets on a bad day. A fault is a function of the request; without one, answers pass.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Fault =
  /** Answers this instead. */
  | { readonly kind: "answer"; readonly status: number; readonly body: string }
  /** Never answers. */
  | { readonly kind: "hang" }
  /** Closes the connection in the middle of the answer. */
  | { readonly kind: "cut" }
  /** Changes the text of the answer. */
  | { readonly kind: "lie"; readonly change: (body: string) => string };

export type FaultOf = (method: string, path: string) => Fault | undefined;

export class FaultyL1 {
  readonly #target: string;
  readonly #server: Server;
  readonly #open = new Set<ServerResponse>();
  /** Requests that met a fault. */
  readonly spoilt: string[] = [];
  fault: FaultOf = () => undefined;

  constructor(target: string) {
    this.#target = target;
    this.#server = createServer((asked, answer) => this.#serve(asked, answer));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // it listens on TCP
  }

  async close(): Promise<void> {
    this.heal();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** No more faults; what hangs is hung up on. */
  heal(): void {
    this.fault = () => undefined;
    for (const answer of this.#open) answer.destroy();
  }

  /** Hangs up on everybody: streams break. */
  hangUp(): void {
    this.#server.closeAllConnections();
  }

  #serve(asked: IncomingMessage, answer: ServerResponse): void {
    const { method = "GET", url = "/" } = asked;
    const fault = this.fault(method, url);
    if (fault !== undefined) this.spoilt.push(`${method} ${url}`);
    this.#open.add(answer);
    answer.on("close", () => this.#open.delete(answer));
    if (fault?.kind === "hang") return;
    if (fault?.kind === "answer") {
      answer.writeHead(fault.status, { "content-type": "application/json" }).end(fault.body);
      return;
    }
    const onward = request(`${this.#target}${url}`, { method, headers: asked.headers }, (theirs) => {
      if (fault === undefined) {
        answer.writeHead(theirs.statusCode ?? 500, theirs.headers);
        answer.flushHeaders();
        theirs.pipe(answer);
      } else if (fault.kind === "lie" && url.startsWith("/monitor/")) {
        answer.writeHead(theirs.statusCode ?? 500, theirs.headers);
        // Heads come one a piece.
        theirs.on("data", (chunk: Buffer) => answer.write(fault.change(chunk.toString("utf8"))));
      } else void this.#spoil(fault, theirs, answer);
    });
    answer.on("close", () => onward.destroy());
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  }

  async #spoil(fault: Fault, theirs: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of theirs as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (fault.kind === "cut") {
      answer.writeHead(200, { "content-type": "application/json", "content-length": String(body.length + 1) });
      answer.write(body.subarray(0, body.length >> 1), () => answer.destroy());
    } else if (fault.kind === "lie") {
      answer.writeHead(theirs.statusCode ?? 500, { "content-type": "application/json" });
      answer.end(fault.change(body.toString("utf8")));
    }
  }
}
