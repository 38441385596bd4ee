/** `deno task notes TAG`: prints the section of `CHANGELOG.md` for the version of a tag. */
import { quoted } from "../../shared/text/quoted.ts";
import { VERSION } from "../../shared/version.ts";
import { ReleaseError, runRelease } from "../release_error.ts";
import { ROOT } from "../root.ts";
import { changelogSection } from "./changelog_section.ts";

await runRelease(async (tell) => {
  const [tag = "", ...more] = Deno.args;
  if (more.length > 0 || tag === "" || tag.startsWith("-")) {
    throw new ReleaseError(`Give one tag: deno task notes v${VERSION}`);
  }
  if (tag !== `v${VERSION}`) {
    throw new ReleaseError(
      `The tag ${quoted(tag)} is not that of the version in shared/version.ts, v${VERSION}`,
    );
  }
  const notes = changelogSection(await Deno.readTextFile(`${ROOT}CHANGELOG.md`), VERSION);
  if (notes === undefined) throw new ReleaseError(`CHANGELOG.md says nothing of ${VERSION}`);
  tell(notes);
});
