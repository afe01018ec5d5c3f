// Refusals in Exchange's words and in every shape that clients have met. Which shape is used is a switch or an armed fault.
// Shapes: the recordings of public clients.

export const ERROR_SHAPES = [
  'full',
  'no-innererror',
  'leading-bar',
  'innererror-only',
  'innererror-camel',
  'details-json',
  'two-details',
] as const;

/** How the text of an error is wrapped. */
export type ErrorShape = (typeof ERROR_SHAPES)[number];

const TYPE_PREFIX = 'Microsoft.Exchange.';

/** A cmdlet that Exchange refuses. */
export class ExchangeError extends Error {
  readonly status: number;
  /** .NET type of the exception. */
  readonly type: string;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.type = `${TYPE_PREFIX}${type}`;
    this.status = status;
  }
}

/** The name a domain controller has in error texts. */
const SERVER = 'DB9PR05A05DC01.EURPR05A005.PROD.OUTLOOK.COM';

export const errors = {
  notFound: (object: string, status = 400) =>
    new ExchangeError(
      'Configuration.Tasks.ManagementObjectNotFoundException',
      `The operation couldn't be performed because object '${object}' couldn't be found on '${SERVER}'.`,
      status,
    ),
  exists: (name: string) => new ExchangeError('Data.Directory.ADObjectAlreadyExistsException', `The object '${name}' already exists.`),
  parameterSet: (names: readonly string[]) =>
    new ExchangeError(
      'Management.Automation.AmbiguousParameterSetException',
      `Parameter set cannot be resolved using the specified named parameters. Invalid cmdlet parameters specified. ${names.join(', ')}`,
    ),
  missing: (name: string) =>
    new ExchangeError(
      'Configuration.Tasks.ParameterBindingException',
      `Cannot process command because of one or more missing mandatory parameters: ${name}.`,
    ),
  transformation: (name: string, value: unknown, expected: string) =>
    new ExchangeError(
      'Configuration.Tasks.ParameterTransformationException',
      `Cannot process argument transformation on parameter '${name}'. Cannot convert value ${JSON.stringify(value) ?? 'null'}: ${expected}`,
    ),
  validation: (text: string) => new ExchangeError('Data.DataValidationException', text),
  filter: (text: string) => new ExchangeError('Data.ParsingException', `Invalid filter syntax. ${text}`),
  roleDefinition: (what: string, cmdlet: string) =>
    new ExchangeError(
      'Configuration.Authorization.CmdletAccessDeniedException',
      `The parameter or cmdlet '${what}' of '${cmdlet}' is not present in the role definition of the current user.`,
    ),
  pagination: () =>
    new ExchangeError('Admin.OData.Core.ODataServiceException', 'Expired or Invalid pagination request. Default Expiry time is 00:30:00'),
};

const CODES: Readonly<Record<number, string>> = { 400: 'BadRequest', 403: 'Forbidden', 404: 'NotFound', 500: 'InternalServerError' };

function details(error: ExchangeError, shape: ErrorShape): { code: string; target: string; message: string }[] {
  const one = (message: string, code = 'Client'): { code: string; target: string; message: string } => ({ code, target: '', message });
  if (shape === 'leading-bar') return [one(`|${error.type}|${error.message}`)];
  if (shape === 'two-details') return [one(`Ex6F9304|${error.type}|${error.message}`), one('Ex2|T.Two|second')];
  if (shape !== 'details-json') return [one(`Ex6F9304|${error.type}|${error.message}`)];
  const { type, message } = error;
  const inside = {
    Message: message,
    TypeName: type,
    ClassName: type,
    localizedString: { stringId: 'ErrorManagementObjectNotFound' },
    InnerError: null,
  };
  return [one(JSON.stringify(inside), '13')];
}

/** The JSON body of an error in the given shape. */
export function errorBody(error: ExchangeError, shape: ErrorShape): string {
  const internal = { message: error.message, type: error.type, stacktrace: '' };
  const inner = { message: 'Error executing cmdlet', type: 'Microsoft.Exchange.Admin.OData.Core.ODataServiceException' };
  const hasDetails = shape !== 'innererror-only' && shape !== 'innererror-camel';
  const body = {
    error: {
      code: CODES[error.status] ?? 'BadRequest',
      message: 'Invalid Operation',
      ...(hasDetails ? { details: details(error, shape) } : {}),
      ...(shape === 'full' || shape === 'innererror-only' ? { innererror: { ...inner, stacktrace: '', internalexception: internal } } : {}),
      ...(shape === 'innererror-camel' ? { innererror: { ...inner, internalException: internal } } : {}),
    },
    '@adminapi.warnings': [],
  };
  return JSON.stringify(body);
}
