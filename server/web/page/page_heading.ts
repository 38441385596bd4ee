/** What the operator of a server says on its page, as text. */
export interface PageHeading {
  /** A line in the place of the server's address. */
  readonly title: string | undefined;
  /** One or more lines. */
  readonly notice: string | undefined;
}

/** Of an operator who says nothing. */
export const NO_HEADING: PageHeading = { title: undefined, notice: undefined };
