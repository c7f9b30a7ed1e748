/** The sections of the RFCs that this project cites, so that no finding cites one that does not exist. */

export interface Citation {
  readonly rfc: number;
  readonly section: string;
  /** `RFC 8461 §4.1` */
  readonly label: string;
  /** The section's own title. */
  readonly title: string;
  readonly url: string;
}
