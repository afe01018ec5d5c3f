// The diagnosis of a connection speaks to whoever runs `npm run doctor`, whose connection stands in app settings. The connector of an organization has
// the same things as fields, and its log instead of --verbose.

/** Longer phrases come first. */
const WORDS: readonly (readonly [string, string])[] = [
  [
    'Correct the app settings that CONNECTOR_CREDENTIAL and CONNECTOR_CREDENTIAL_NAME name',
    'Correct the app setting that the credential of the connector names',
  ],
  ['the setting that CONNECTOR_CREDENTIAL_NAME names', 'the app setting that the credential of the connector names'],
  ['choose another CONNECTOR_CREDENTIAL', 'choose another kind of credential for the connector'],
  ['CONNECTOR_CREDENTIAL', 'the kind of credential of the connector'],
  ['CONNECTOR_CLIENT_ID', 'the client id in the credential of the connector'],
  ['CONNECTOR_CLOUD', 'the cloud of the connector'],
  ['Run this again with --verbose and report the line of the cmdlet', 'Report the line of the cmdlet in the log'],
  ['Run this again with --verbose and report the line', 'Report the line in the log'],
  ['Run this again with --verbose and report what it prints', 'Report what the log has about it'],
  ['run this again with --verbose', 'look into the log'],
];

/** The text as it reads for a connector. */
export function inConnectorWords(text: string): string {
  return WORDS.reduce((rest, [words, instead]) => rest.replaceAll(words, instead), text);
}
