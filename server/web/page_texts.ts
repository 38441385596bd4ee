import type { InstallLanguage } from "./install/install_script.ts";

/** The texts that pages are made from, as they lie in the folders beside this file. */
export interface PageTexts {
  /** The style sheet. */
  readonly style: string;
  /** The templates of the installation scripts. */
  readonly install: Readonly<Record<InstallLanguage, string>>;
}

/** Reads the texts. */
export async function readPageTexts(): Promise<PageTexts> {
  const [style, sh, ps1] = await Promise.all(
    ["page/page.css", "install/install.sh", "install/install.ps1"].map((name) =>
      Deno.readTextFile(new URL(name, import.meta.url))
    ),
  );
  return { style: style ?? "", install: { sh: sh ?? "", ps1: ps1 ?? "" } };
}
