/** One kind of name, and the names of it that a client gave to its files. */
export const OLD_NAMES: Readonly<Record<string, readonly string[]>> = {
  plain: ["report.pdf", "empty.txt", "archive.tar.gz"],
  blanks: ["two words.txt", " begins with a blank.txt", "ends with a blank "],
  "composed letters": [
    "r\u00e9sum\u00e9.txt",
    "caf\u00e9.txt",
    "\u043e\u0442\u0447\u0451\u0442.docx",
  ],
  "other scripts": ["\u5831\u544a.txt", "\u0645\u0644\u0641.txt"],
  "decomposed letters": ["cafe\u0301.txt", "u\u0308ber.txt"],
  emoji: [
    "\u{1f389}.txt",
    "\u2764\ufe0f.txt",
    "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}.txt",
    "\u{1f1e9}\u{1f1ea}.txt",
  ],
  "reserved on Windows": [
    "CON",
    "nul.txt",
    "COM\u00b9.log",
    "what: why?.txt",
    "pipe|star*<quoted>.txt",
    "progra~1.txt",
  ],
  long: [`${"n".repeat(200)}.txt`, `${"\u00fc".repeat(100)}.txt`, `${":".repeat(100)}.txt`],
  dots: [".hidden", "...", "..data", "ends with a dot."],
  case: ["Case.txt", "case.txt"],
  escaped: ["100%25.txt", "%41.txt", "line\nfeed.txt", "100%.txt"],
};

/** The client that gave all of these names, by its folder below `clients/`. */
export const NAMING_CLIENT = "2024a";

/** What a file of this name contains; a further version of it has other contents. */
export function oldContent(name: string, version = "first"): string {
  return name === "empty.txt" && version === "first" ? "" : `The ${version} version of ${name}\n`;
}

/** A file that the data folder holds. */
export interface OldFile {
  /** As its client named it. */
  readonly sent: string;
  /** `FileName` and `PathName` in the catalog. */
  readonly fileName: string;
  readonly pathName: string;
  /** What counts: its size, and the SHA-256 of its contents in hexadecimal digits. */
  readonly size: number;
  readonly sha256: string;
}

/** A client that is registered, with its files. */
export interface OldClient {
  /** Its folder below `clients/`. */
  readonly folder: string;
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly revision: string;
  readonly files: readonly OldFile[];
}

/** The SHA-256 of bytes in hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
