import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { formatETag, parseETag, parseLinkTag } from "../../../shared/protocol4/tree/etag.ts";
import type { Entry, Etag, Precondition } from "../../storage/trees/tree.ts";

/** The most tags in one header. */
const MOST_TAGS = 64;

/**
 * The precondition of a change, by `If-Match` and `If-None-Match` (RFC 9110, section 13): a list of
 * tags of files and links or `*` for the first, `*` for the second. `createsOnly`: nothing may be
 * there, whatever they say. Throws a `ProblemError`, `bad-request`, for any other.
 */
export function preconditionOf(
  headers: Pick<Headers, "get">,
  { createsOnly = false }: { readonly createsOnly?: boolean } = {},
): Precondition | undefined {
  const match = headers.get("if-match")?.trim();
  const noneMatch = headers.get("if-none-match")?.trim();
  if (noneMatch !== undefined && (noneMatch !== "*" || match !== undefined)) {
    throw new ProblemError("bad-request", "A change takes If-None-Match: * alone");
  }
  if (createsOnly) {
    // There is no file that a token which may not replace any could expect.
    if (match !== undefined) throw new ProblemError("scope-too-narrow");
    return { kind: "none" };
  }
  if (noneMatch !== undefined) return { kind: "none" };
  if (match === undefined) return undefined;
  if (match === "*") return { kind: "any" };
  const tags = match.split(",").map((tag) => tag.trim());
  if (tags.length > MOST_TAGS) throw new ProblemError("bad-request", "Too many tags");
  // A tag of another form is one that no entry has.
  const etags = tags.map(parseETag).filter((tag) => tag !== undefined)
    .map(({ size, root }) => ({ size, tree: root }));
  const targets = tags.map(parseLinkTag).filter((target) => target !== undefined);
  return { kind: "oneOf", etags, targets };
}

/**
 * Judges a precondition before a body is read; the transaction of the change judges it again.
 * Throws a `ProblemError`, `precondition-failed`.
 */
export function expectPrecondition(
  precondition: Precondition | undefined,
  entry: Entry | undefined,
): void {
  if (holds(precondition, entry)) return;
  throw new ProblemError("precondition-failed");
}

/** Whether a precondition holds; it does where there is none. */
export function holds(
  precondition: Precondition | undefined,
  entry: Entry | undefined,
): boolean {
  switch (precondition?.kind) {
    case undefined:
      return true;
    case "none":
      return entry === undefined;
    case "any":
      return entry !== undefined;
    case "oneOf":
      if (entry?.kind === "link") return precondition.targets?.includes(entry.target) === true;
      return entry?.kind === "file" &&
        precondition.etags.some((etag) => etagText(etag) === etagText(entry));
    case "version":
      return entry?.version === precondition.version;
  }
}

/** The entity tag of a file. */
export function etagText({ size, tree }: Etag): string {
  return formatETag({ size, root: tree });
}
