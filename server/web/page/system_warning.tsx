import type { FC } from "hono/jsx";
import type { OfferedFile } from "../downloads/release_folder.ts";

/** What to do if macOS or Windows refuses to run a program that was downloaded by a browser. */
export const SystemWarning: FC<{ file: OfferedFile }> = ({ file }) => {
  if (file.target.os === "darwin") return <Gatekeeper file={file} />;
  if (file.target.os === "windows") return <SmartScreen file={file} />;
  return null;
};

const Gatekeeper: FC<{ file: OfferedFile }> = ({ file: { kind, name } }) => (
  <details id="warning">
    <summary>If macOS says that it cannot be opened or checked</summary>
    <p>
      It is not signed for Apple, and macOS marks what a browser has fetched. Compare the digest
      first:
    </p>
    <pre class="copy">shasum -a 256 {name}</pre>
    <p>
      If it is the one above, take the mark off, before you{" "}
      {kind === "package" ? "unpack" : "rename"} it:
    </p>
    <pre class="copy">xattr -d com.apple.quarantine {name}</pre>
    <p class="note">What the script below fetches has no such mark.</p>
  </details>
);

const SmartScreen: FC<{ file: OfferedFile }> = ({ file: { kind, name } }) => (
  <details id="warning">
    <summary>If Windows says that it protected your PC</summary>
    <p>
      It is not signed for Windows, and Windows marks what a browser has fetched. Compare the digest
      first, in PowerShell:
    </p>
    <pre class="copy">Get-FileHash {name}</pre>
    <p>
      If it is the one above, take the mark off, before you{" "}
      {kind === "package" ? "unpack" : "rename"} it:
    </p>
    <pre class="copy">Unblock-File {name}</pre>
    <p>Or choose “More info” and “Run anyway” in that window.</p>
    <p class="note">What the script below fetches has no such mark.</p>
  </details>
);
