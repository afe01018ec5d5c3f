// The Microsoft clouds a connector can work in and where their services answer: the only hosts a token may ever be sent to.
// Hosts: https://learn.microsoft.com/graph/deployments and https://learn.microsoft.com/powershell/exchange/connect-to-exchange-online-powershell

/** `global` includes GCC; `usgov` is GCC High, `usgovdod` DoD, `china` the cloud that 21Vianet operates. */
export type Cloud = 'global' | 'usgov' | 'usgovdod' | 'china';

/** Base addresses without trailing slash. A token for a service is asked for the scope `<scope>/.default`. */
export interface CloudEndpoints {
  /** Microsoft Entra: token endpoint and signing keys. */
  readonly authority: string;
  readonly graph: string;
  readonly graphScope: string;
  readonly exchange: string;
  readonly exchangeScope: string;
  /** Hosts that Exchange may redirect to end with one of these. */
  readonly exchangeHostSuffixes: readonly string[];
  /** What a managed identity's token must be for when it vouches for an app registration. */
  readonly tokenExchangeScope: string;
}

const CLOUDS = {
  global: cloud('https://login.microsoftonline.com', 'https://graph.microsoft.com', 'outlook.office365.com', 'api://AzureADTokenExchange'),
  usgov: cloud('https://login.microsoftonline.us', 'https://graph.microsoft.us', 'outlook.office365.us', 'api://AzureADTokenExchangeUSGov'),
  usgovdod: cloud(
    'https://login.microsoftonline.us',
    'https://dod-graph.microsoft.us',
    'outlook-dod.office365.us',
    'api://AzureADTokenExchangeUSGov',
  ),
  china: cloud(
    'https://login.chinacloudapi.cn',
    'https://microsoftgraph.chinacloudapi.cn',
    'outlook.office365.cn',
    'api://AzureADTokenExchangeChina',
  ),
} satisfies Record<Cloud, CloudEndpoints>;

function cloud(authority: string, graph: string, exchangeHost: string, tokenExchangeScope: string): CloudEndpoints {
  return {
    authority,
    graph,
    graphScope: graph,
    exchange: `https://${exchangeHost}`,
    exchangeScope: `https://${exchangeHost}`,
    exchangeHostSuffixes: [exchangeHost, `.${exchangeHost}`],
    tokenExchangeScope,
  };
}

/** The endpoints of a cloud; `overrides` moves some of them, for a simulated tenant, while the scopes stay those of the cloud. */
export function endpointsOf(name: Cloud, overrides: Partial<CloudEndpoints> = {}): CloudEndpoints {
  return { ...CLOUDS[name], ...overrides };
}
