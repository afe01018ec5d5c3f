// Preloaded into the process that runs the bundle (node --import): its clock goes faster, by FAST_CLOCK_FACTOR from the real time FAST_CLOCK_FROM on,
// so that time limits of minutes pass in seconds. The same two values give the same time in every process that follows.
const factor = Number(process.env['FAST_CLOCK_FACTOR']);
const fromMs = Number(process.env['FAST_CLOCK_FROM']);
const RealDate = Date;
const now = (): number => Math.floor(fromMs + (RealDate.now() - fromMs) * factor);

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[]) => Reflect.construct(target, args.length === 0 ? [now()] : args) as Date,
  apply: () => new RealDate(now()).toString(),
  get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
});
