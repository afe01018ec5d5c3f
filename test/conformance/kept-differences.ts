// Where the local host answers otherwise than the real one, on purpose. Every other recorded case must agree.
export const KEPT_DIFFERENCES: Readonly<Record<string, string>> = {
  'http-request-body-chunked':
    'The real host hands an empty body to the function when Content-Length is missing. The local host delivers the body and warns once: a lost body teaches nobody anything.',
  'http-body-too-large': 'The real host answers 500 to a body above 100 MiB; 413 says what is wrong.',
  'non-deterministic':
    'The instance fails with the same text. But the real host can then no longer show its history (400, a fault of its own); the local host can, which is what a developer needs at that moment.',
};
