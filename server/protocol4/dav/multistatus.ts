import { encodePath } from "../../../shared/protocol4/resources/resource_path.ts";
import type { Entry } from "../../storage/trees/tree.ts";
import { modifiedAt } from "../files/download_headers.ts";
import { etagText } from "../files/preconditions.ts";
import { plainPath } from "../files/tree_path.ts";

/** What a line of a `multistatus` is about: an entry, or the root, which is none. */
export type Listed = Exclude<Entry, { readonly kind: "link" }> | undefined;

/** The beginning of the body of a 207 (RFC 4918, section 13). */
export const MULTISTATUS_BEGIN = '<?xml version="1.0" encoding="utf-8"?>\n' +
  '<D:multistatus xmlns:D="DAV:">\n';

/** The end of the body. */
export const MULTISTATUS_END = "</D:multistatus>\n";

/** The answer about one resource: what WebDAV calls its live properties, as far as it has them. */
export function responseElement(entry: Listed, base: string): string {
  const properties = entry?.kind === "file" ? fileProperties(entry) : folderProperties(entry);
  return `<D:response><D:href>${escaped(hrefOf(entry, base))}</D:href>` +
    `<D:propstat><D:prop>${properties}</D:prop>` +
    "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>\n";
}

function hrefOf(entry: Listed, base: string): string {
  if (entry === undefined) return `${base}/`;
  const path = encodePath(plainPath(entry.path).split("/"));
  return `${base}/${path}${entry.kind === "folder" ? "/" : ""}`;
}

function fileProperties(entry: Extract<Listed, { kind: "file" }>): string {
  return element("displayname", nameOf(entry)) + "<D:resourcetype/>" +
    element("getcontentlength", String(entry.size)) +
    element("getcontenttype", "application/octet-stream") +
    element("getetag", etagText(entry)) +
    element("getlastmodified", new Date(modifiedAt(entry)).toUTCString());
}

function folderProperties(entry: Exclude<Listed, { kind: "file" }>): string {
  return element("displayname", entry === undefined ? "" : nameOf(entry)) +
    "<D:resourcetype><D:collection/></D:resourcetype>" +
    (entry === undefined
      ? ""
      : element("getlastmodified", new Date(modifiedAt(entry)).toUTCString()));
}

function nameOf({ path }: Entry): string {
  return plainPath(path).split("/").at(-1) ?? "";
}

function element(name: string, text: string): string {
  return `<D:${name}>${escaped(text)}</D:${name}>`;
}

/** Text of XML 1.0, in which most control characters cannot be written at all. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    // deno-lint-ignore no-control-regex -- they are what is replaced.
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu, "\ufffd");
}
