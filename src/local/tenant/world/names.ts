// Names, departments and languages that generated people are made of. Not the seeded people: cast.ts.

export const FIRST_NAMES: readonly string[] = (
  'Adele|Alex|Amir|Ana|Anders|Aoife|Ayşe|Beatriz|Björn|Camille|Carlos|Chen|Clara|Daniel|Diego|Elena|Emma|Erik|Fatima|' +
  'Felix|Giulia|Grace|Hanna|Hugo|Ines|Isaiah|Ivan|Jakub|Jane|Joni|Jonas|Katarzyna|Kenji|Lara|Laura|Lee|Lidia|Lucas|Lynne|' +
  'Marek|Maria|Megan|Mei|Miriam|Nestor|Nina|Noah|Olga|Oskar|Patti|Paulo|Pradeep|Rania|Renée|Samir|Sofia|Tomás|Wei|Yuki|' +
  'Zoë'
).split('|');

export const LAST_NAMES: readonly string[] = (
  "Adams|Almeida|Andersen|Bauer|Becker|Bernard|Bianchi|Bowen|Brown|Castillo|Chen|Costa|Cullen|D'Angelo|Dubois|Dvořák|" +
  'Eriksson|Fernández|Fischer|Fontaine|García|Gupta|Haddad|Hansen|Herrmann|Hughes|Ivanova|Jansen|Jensen|Johansson|Kaya|' +
  'Keller|Kim|Kowalski|Kumar|Langer|Larsen|Leroy|Lindqvist|Lopez|Martin|Mayer|Meyer|Moreau|Müller|Nakamura|Nguyen|Nielsen|' +
  "Novák|O'Neill|Okafor|Olsen|Papadopoulos|Park|Patel|Petrova|Popescu|Ricci|Romano|Rossi|Sato|Schmidt|Schneider|Silva|" +
  'Singh|Smith|Sousa|Svensson|Szabó|Tanaka|Taylor|Torres|Vance|van Dijk|Wagner|Weber|Wilson|Wood|Yilmaz|Zhang'
).split('|');

export const DEPARTMENTS = ['Sales', 'Engineering', 'Operations', 'Finance', 'Human Resources', 'Legal', 'Marketing', 'Support'] as const;

export const JOB_TITLES = ['Specialist', 'Manager', 'Engineer', 'Analyst', 'Assistant', 'Director', 'Consultant'] as const;

export const LANGUAGES = ['en-US', 'en-US', 'en-GB', 'fr-FR', 'de-DE', 'es-ES', 'pl-PL', null] as const;

const ACCENTS = /\p{Diacritic}/gu;

/** The mail alias that a name becomes: plain letters, digits, dots. */
export function aliasFor(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(ACCENTS, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '.')
    .replaceAll(/^\.+|\.+$/g, '');
}
