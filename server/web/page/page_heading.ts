/** The operator's texts on the page. */
export interface PageHeading {
  /** A line that replaces the server's address. */
  readonly title: string | undefined;
  /** One or more lines. */
  readonly notice: string | undefined;
}

/** No texts. */
export const NO_HEADING: PageHeading = { title: undefined, notice: undefined };
