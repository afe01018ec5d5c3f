// Asks the directory in which groups a caller is, for callers who are in more groups than their token can say.

export interface Memberships {
  /** Those of `groups` that the user or application of the tenant is in, as of at most a minute ago; none where the tenant has no connector. */
  among(tenantId: string, objectId: string, groups: readonly string[]): Promise<ReadonlySet<string>>;
}
