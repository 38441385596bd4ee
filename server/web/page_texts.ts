import type { InstallLanguage } from "./install/install_script.ts";

/** The texts for the pages, from the folders next to this file. */
export interface PageTexts {
  /** The style sheet. */
  readonly style: string;
  /** The templates of the installation scripts. */
  readonly install: Readonly<Record<InstallLanguage, string>>;
}

export async function readPageTexts(): Promise<PageTexts> {
  const [style, sh, ps1] = await Promise.all(
    ["page/page.css", "install/install.sh", "install/install.ps1"].map((name) =>
      Deno.readTextFile(new URL(name, import.meta.url))
    ),
  );
  return { style: style ?? "", install: { sh: sh ?? "", ps1: ps1 ?? "" } };
}
