// Alarms posted to a web address, as JSON. What fails for a while is tried again; who does not take alarms is told of in the end.

import { type Dispatcher, request } from "undici";
import type { Json } from "../../encoding/json.js";
import { type BackOff, backOffDelay, REAL_WAITING, type Waiting } from "../../l1/client/back-off.js";

export interface WebhookOptions {
  /** Attempts in all; 5. */
  readonly attempts?: number;
  /** For each attempt; 10 s. */
  readonly timeoutMs?: number;
  readonly backOff?: BackOff;
  readonly waiting?: Waiting;
  readonly signal?: AbortSignal;
}

export type WebhookErrorCode = "node.watch.webhook_failed";

export class WebhookError extends Error {
  override readonly name = "WebhookError";

  constructor(
    readonly code: WebhookErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const ATTEMPTS = 5;
const TIMEOUT_MS = 10_000;
const BACK_OFF: BackOff = { initialMs: 1000, capMs: 30_000 };
/** Bytes of an answer that are read, for the connection's sake. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Raises WebhookError once it has been refused for good, or has failed in all attempts. */
export async function postToWebhook(url: URL, body: Json, options: WebhookOptions = {}): Promise<void> {
  const { attempts = ATTEMPTS, backOff = BACK_OFF, waiting = REAL_WAITING, signal } = options;
  for (let attempt = 1; ; attempt++) {
    const { failure, isFinal, cause } = await post(url, JSON.stringify(body), options);
    if (failure === undefined) return;
    if (isFinal || attempt >= attempts || signal?.aborted === true) {
      const tried = attempt === 1 ? "" : `, after ${attempt} attempts`;
      throw new WebhookError("node.watch.webhook_failed", `the webhook ${url.origin} ${failure}${tried}`, { cause });
    }
    await waiting.sleep(backOffDelay(backOff, attempt, waiting.random()), signal).catch(() => undefined);
  }
}

interface Posted {
  /** Absent when it was taken. */
  readonly failure?: string;
  /** Whether it would fail again. */
  readonly isFinal?: boolean;
  readonly cause?: unknown;
}

async function post(url: URL, body: string, { timeoutMs = TIMEOUT_MS, signal }: WebhookOptions): Promise<Posted> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await request(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "*/*" },
      body,
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    });
    await discard(answer.body);
    const { statusCode } = answer;
    if (statusCode >= 200 && statusCode < 300) return {};
    return { failure: `answers with status ${statusCode}`, isFinal: isFinalStatus(statusCode) };
  } catch (cause) {
    if (limit.aborted) return { failure: "does not answer in time", cause };
    return { failure: `cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`, cause };
  }
}

/** The request is at fault, and stays so; 408 and 429 ask for another try. Redirections are not followed. */
function isFinalStatus(status: number): boolean {
  return status >= 300 && status < 500 && status !== 408 && status !== 429;
}

async function discard(body: Dispatcher.ResponseData["body"]): Promise<void> {
  body.on("error", () => undefined);
  await body.dump({ limit: MAX_ANSWER_BYTES });
}
