// The kinds of clients that an organization's partnerships come from, with the strings that each kind really sends.
// Not the state of a phone. String shapes: Exchange's device rows in Microsoft's documentation and public scripts' fixtures.
import type { Draw } from './hash.ts';

/** What a phone says about itself; Exchange stores it as it comes. */
export interface DeviceStrings {
  readonly deviceId: string;
  readonly deviceType: string;
  readonly deviceModel: string;
  readonly deviceOs: string;
  readonly userAgent: string | null;
  readonly friendlyName: string | null;
  readonly clientType: string;
  readonly clientVersion: string;
  readonly objectName: string;
}

export type ProfileName =
  | 'iphone'
  | 'ipad'
  | 'android'
  | 'samsung'
  | 'outlook-ios'
  | 'outlook-android'
  | 'rest'
  | 'eas14'
  | 'windows-mail'
  | 'mowa';

/** How often a profile occurs, in thousandths. */
const WEIGHTS: readonly (readonly [ProfileName, number])[] = [
  ['iphone', 290],
  ['ipad', 50],
  ['android', 110],
  ['samsung', 20],
  ['outlook-ios', 230],
  ['outlook-android', 160],
  ['rest', 20],
  ['eas14', 60],
  ['windows-mail', 40],
  ['mowa', 20],
];

const IPHONES = ['iPhone14C3', 'iPhone15C2', 'iPhone16C1', 'iPhone13C4', 'iPhone12C8', 'iPhone17C1'];
const IPADS = ['iPad13C18', 'iPad14C5', 'iPad12C1', 'iPad8C9'];
const IOS_VERSIONS = ['iOS 16.7.10 20H350', 'iOS 17.4 21E219', 'iOS 17.7 21H16', 'iOS 18.1 22B83', 'iOS 18.5 22F76', 'iOS 26.0 23A341'];
const ANDROIDS = ['SM-G998B', 'SM-S918B', 'Pixel 8', 'Pixel 9 Pro', 'M2101K6G', 'CPH2449', 'moto g84'];
const ANDROID_VERSIONS = ['Android 12', 'Android 13', 'Android 14', 'Android 15', 'Android 16'];
const OLD_CLIENTS: readonly (readonly [type: string, model: string, os: string, agent: string | null])[] = [
  ['WP8', 'RM-892_eu_euro1_342', 'Windows Phone 8.10.14219.341', 'MSFT-WP/8.10.14219'],
  ['TouchDown', 'TouchDown', 'Android 4.4', 'TouchDown(MSRPC)/8.5.00092/'],
  ['Android', 'GT-I9505', 'Android 5.0.1', 'Android-SAMSUNG-GT-I9505/101.501'],
  ['BlackBerry', 'Z10', 'BlackBerry 10.3.2.2876', null],
];
const WINDOWS_PCS = ['Latitude 7490', 'Surface Pro 6', '20L5S01A00', 'HP EliteBook 840 G5'];

const OUTLOOK_MODEL = 'Outlook for iOS and Android';

function appleAgent(model: string, os: string): string {
  const build = os.slice(os.lastIndexOf(' ') + 1);
  const [, major = '0', letter = 'A', rest = '0'] = /^(\d+)([A-Z])(\d+)$/.exec(build) ?? [];
  return `Apple-${model}/${major}${String(letter.charCodeAt(0) - 64).padStart(2, '0')}.${rest}`;
}

function apple(type: 'iPhone' | 'iPad', draw: Draw, index: number): DeviceStrings {
  const model = draw.pick(type === 'iPhone' ? IPHONES : IPADS, 'device', index, 11);
  const deviceOs = draw.pick(IOS_VERSIONS, 'device', index, 12);
  // Old iOS sent Appl + serial, later ones a random id that a new set-up changes.
  const deviceId =
    draw.below(100, 'device', index, 13) < 15
      ? `Appl${draw.hex(8, 'device-id', index, 1).toUpperCase()}`
      : draw.hex(26, 'device-id', index, 1).toUpperCase();
  return {
    deviceId,
    deviceType: type,
    deviceModel: model,
    deviceOs,
    userAgent: appleAgent(model, deviceOs),
    friendlyName: draw.below(100, 'device', index, 14) < 35 ? `${type} ${1 + draw.below(9, 'device', index, 15)}` : null,
    clientType: 'EAS',
    clientVersion: '16.1',
    objectName: `${type}§${deviceId}`,
  };
}

function android(type: 'Android' | 'SamsungDevice', draw: Draw, index: number): DeviceStrings {
  const model = type === 'SamsungDevice' ? 'SAMSUNG-SM-A546B' : draw.pick(ANDROIDS, 'device', index, 11);
  const deviceOs = draw.pick(ANDROID_VERSIONS, 'device', index, 12);
  const deviceId =
    type === 'SamsungDevice' ? `SEC${draw.hex(13, 'device-id', index, 1).toUpperCase()}` : `androidc${draw.bits('device-id', index, 1)}`;
  return {
    deviceId,
    deviceType: type,
    deviceModel: model,
    deviceOs,
    userAgent: `Android-${model.replaceAll(' ', '-')}/${deviceOs.slice(8)}`,
    friendlyName: draw.below(100, 'device', index, 14) < 60 ? model : null,
    clientType: 'EAS',
    clientVersion: '16.1',
    objectName: `${type}§${deviceId}`,
  };
}

function outlook(platform: 'iOS' | 'Android' | 'REST', draw: Draw, index: number): DeviceStrings {
  const deviceId = draw.hex(32, 'device-id', index, 1).toUpperCase();
  const isRest = platform === 'REST';
  return {
    deviceId,
    deviceType: 'Outlook',
    deviceModel: OUTLOOK_MODEL,
    deviceOs: isRest
      ? 'Outlook for iOS and Android 1.0'
      : draw.pick(platform === 'iOS' ? IOS_VERSIONS : ANDROID_VERSIONS, 'device', index, 12),
    userAgent: isRest ? 'Outlook-iOS-Android/1.0' : `Outlook-${platform}/2.0`,
    friendlyName: draw.below(100, 'device', index, 14) < 50 ? OUTLOOK_MODEL : null,
    clientType: isRest ? 'REST' : 'Outlook',
    clientVersion: isRest ? '161' : '1.0',
    objectName: `REST§Outlook§${deviceId}`,
  };
}

function oldClient(draw: Draw, index: number): DeviceStrings {
  const [deviceType, deviceModel, deviceOs, userAgent] = draw.pick(OLD_CLIENTS, 'device', index, 11);
  const deviceId = `${deviceType === 'Android' ? 'androidc' : ''}${draw.hex(24, 'device-id', index, 1).toUpperCase()}`;
  const clientVersion = draw.pick(['14.1', '14.1', '14.0', '12.1'], 'device', index, 12);
  return {
    deviceId,
    deviceType,
    deviceModel,
    deviceOs,
    userAgent,
    friendlyName: null,
    clientType: 'EAS',
    clientVersion,
    objectName: `${deviceType}§${deviceId}`,
  };
}

function windowsMail(draw: Draw, index: number): DeviceStrings {
  const deviceId = draw.hex(32, 'device-id', index, 1).toUpperCase();
  return {
    deviceId,
    deviceType: 'WindowsMail',
    deviceModel: draw.pick(WINDOWS_PCS, 'device', index, 11),
    deviceOs: 'Windows 10.0.19045',
    userAgent: 'MSFT-WIN-4/10.0.19045',
    friendlyName: `DESKTOP-${draw.hex(7, 'device', index, 14).toUpperCase()}`,
    clientType: 'EAS',
    clientVersion: '14.0',
    objectName: `WindowsMail§${deviceId}`,
  };
}

function mowa(draw: Draw, index: number): DeviceStrings {
  const deviceId = draw.hex(32, 'device-id', index, 1);
  const deviceType = draw.pick(['OWA for Devices on iPhone', 'OWA for Devices on iPad', 'OWA for Devices on Android'], 'device', index, 11);
  return {
    deviceId,
    deviceType,
    deviceModel: 'OWA for Devices',
    deviceOs: 'OWA for Devices 1.0',
    userAgent: null,
    friendlyName: null,
    clientType: 'MOWA',
    clientVersion: '1.0',
    objectName: `MOWA§${deviceType}§${deviceId}`,
  };
}

const MAKERS: Readonly<Record<ProfileName, (draw: Draw, index: number) => DeviceStrings>> = {
  iphone: (draw, index) => apple('iPhone', draw, index),
  ipad: (draw, index) => apple('iPad', draw, index),
  android: (draw, index) => android('Android', draw, index),
  samsung: (draw, index) => android('SamsungDevice', draw, index),
  'outlook-ios': (draw, index) => outlook('iOS', draw, index),
  'outlook-android': (draw, index) => outlook('Android', draw, index),
  rest: (draw, index) => outlook('REST', draw, index),
  eas14: oldClient,
  'windows-mail': windowsMail,
  mowa,
};

/** The profile of a generated device. */
export function profileOf(draw: Draw, index: number): ProfileName {
  let rest = draw.below(1000, 'device', index, 10);
  for (const [name, weight] of WEIGHTS) {
    if (rest < weight) return name;
    rest -= weight;
  }
  return 'iphone';
}

/** The strings that a device of the given profile sends. */
export function deviceStrings(profile: ProfileName, draw: Draw, index: number): DeviceStrings {
  return MAKERS[profile](draw, index);
}

/** The next operating system text of the same line, as an update on the phone brings it; undefined when there is none. */
export function updatedOs(deviceOs: string): string | undefined {
  for (const line of [IOS_VERSIONS, ANDROID_VERSIONS]) {
    const at = line.indexOf(deviceOs);
    if (at >= 0) return line[at + 1];
  }
  return undefined;
}

/** The user agent that goes with an updated operating system. */
export function updatedAgent(strings: Pick<DeviceStrings, 'clientType' | 'deviceModel' | 'userAgent'>, deviceOs: string): string | null {
  if (strings.clientType !== 'EAS') return strings.userAgent;
  if (deviceOs.startsWith('iOS ')) return appleAgent(strings.deviceModel, deviceOs);
  return `Android-${strings.deviceModel.replaceAll(' ', '-')}/${deviceOs.slice(8)}`;
}
