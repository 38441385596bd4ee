import { answerParser, batchParser } from "./batch_targets.ts";
import { conversation } from "./conversation_target.ts";
import { replyParser, requestParser } from "./parser_targets.ts";
import { resources } from "./resource_targets.ts";
import type { Target } from "./target.ts";

/** All targets, with how many of a thousand inputs each is given. */
export const TARGETS = {
  "request-parser": { target: requestParser, share: 460 },
  "reply-parser": { target: replyParser, share: 270 },
  "batch-parser": { target: batchParser, share: 110 },
  "answer-parser": { target: answerParser, share: 40 },
  "resources": { target: resources, share: 100 },
  // Takes ten times as long as the others.
  "conversation": { target: conversation, share: 20 },
} as const satisfies Readonly<Record<string, { target: Target; share: number }>>;

/** The name of a target. */
export type TargetName = keyof typeof TARGETS;
