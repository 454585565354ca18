/** The people in the demo account. All invented; each card is written the way one real program writes its cards. */
import { fold } from "./fold.ts";
import { portrait } from "./portrait.ts";

interface Person {
  readonly given: string;
  readonly family: string;
  readonly works: string;
  readonly title: string;
  readonly city: string;
  readonly birthday: string;
}

/** The one whose number the demo changes: with a photo, and lines that no phone knows. */
export const marta = "marta-lindqvist.vcf";

/** Texts by file name. */
export function demoContacts(): ReadonlyMap<string, string> {
  const cards = people.map((person, index) => {
    const style = styles[index % styles.length] ?? nextcloud;
    return [
      `${person.given}-${person.family}.vcf`.toLowerCase().replace(/[^a-z.-]/g, ""),
      style(person, index),
    ] as const;
  });
  return new Map([[marta, apple(people[0] ?? nobody, 0)], ...cards.slice(1), ["gipfelbaeckerei.vcf", company()]]);
}

/** Given name, family name, company, title, city, birthday. */
const people: readonly Person[] = [
  ["Marta", "Lindqvist", "Nordlicht Optik", "Head of Research", "Malmö", "1984-03-12"],
  ["Jonas", "Bergmann", "Bergmann & Töchter", "Carpenter", "Freiburg", "1971-11-02"],
  ["Aylin", "Demir", "Stadtwerke Kiel", "Engineer", "Kiel", "1990-07-21"],
  ["Pieter", "van den Akker", "Akker Bloemen B.V.", "Florist", "Leiden", "1966-01-30"],
  ["Chiara", "Fontana", "Studio Fontana", "Architect", "Torino", "1979-09-09"],
  ["Émile", "Garnier", "Librairie du Port", "Bookseller", "Brest", "1958-05-17"],
  ["Siobhán", "O'Rourke", "Harbour Trust", "Trustee", "Galway", "1988-12-24"],
  ["Tomasz", "Wójcik", "Wójcik Serwis", "Mechanic", "Kraków", "1982-02-29"],
  ["Ingrid", "Solheim", "Fjord Ferries AS", "Captain", "Bergen", "1975-06-06"],
  ["Keiko", "Tanaka", "Tanaka Ceramics", "Potter", "Kanazawa", "1969-10-13"],
  ["Luis", "Ferreira", "Padaria Ferreira", "Baker", "Porto", "1993-04-01"],
  ["Hannah", "Weiß", "Grundschule am Park", "Teacher", "Jena", "1986-08-19"],
  ["Oleg", "Marchenko", "Marchenko Sound", "Sound engineer", "Lviv", "1991-03-03"],
  ["Nadia", "El Amrani", "Clinique Atlas", "Physician", "Rabat", "1980-01-15"],
  ["Graham", "Pike", "Pike & Sons", "Boat builder", "Falmouth", "1955-07-07"],
  ["Zofia", "Nowak", "Uniwersytet", "Lecturer", "Poznań", "1977-11-28"],
  ["Mikkel", "Juhl", "Juhl Cykler", "Mechanic", "Aarhus", "1989-05-05"],
  ["Beatriz", "Romero", "Romero Abogados", "Lawyer", "Sevilla", "1983-09-30"],
  ["Anton", "Gruber", "Alpenhof", "Host", "Zell am See", "1962-02-14"],
  ["Freja", "Holm", "Holm Design", "Designer", "København", "1995-12-01"],
  ["Ravi", "Menon", "Menon Analytics", "Analyst", "Kochi", "1987-06-25"],
  ["Claudia", "Böhm", "Steuerkanzlei Böhm", "Tax adviser", "Leipzig", "1974-10-10"],
  ["Sven", "Åkesson", "Åkesson Bygg", "Builder", "Lund", "1968-04-22"],
  ["Yara", "Haddad", "Haddad Catering", "Cook", "Hamburg", "1992-08-08"],
  ["Dominic", "Achebe", "Riverside Clinic", "Nurse", "Leeds", "1985-01-01"],
  ["Elena", "Petrova", "Petrova Translations", "Translator", "Varna", "1981-03-27"],
  ["Matteo", "Ricci", "Vini Ricci", "Wine grower", "Alba", "1972-09-15"],
  ["Lotte", "de Vries", "Kinderboerderij", "Vet", "Utrecht", "1994-05-31"],
  ["Henrik", "Koskinen", "Saimaa Tours", "Guide", "Lappeenranta", "1970-12-06"],
  ["Amélie", "Rousseau", "Atelier Rousseau", "Painter", "Arles", "1964-07-14"],
  ["Farid", "Rahimi", "Rahimi Teppiche", "Dealer", "Köln", "1959-11-11"],
  ["Greta", "Sandström", "Sandström Foto", "Photographer", "Uppsala", "1996-02-20"],
  ["Ivo", "Kovač", "Jadran Charter", "Skipper", "Split", "1978-06-18"],
  ["Noor", "Bakker", "Bakker Fietsen", "Owner", "Groningen", "1990-10-04"],
  ["Paul", "Schneider", "Schneider Elektro", "Electrician", "Mainz", "1967-08-30"],
  ["Rosa", "Jiménez", "Conservatorio", "Cellist", "Granada", "1998-04-12"],
  ["Stefan", "Ionescu", "Ionescu Software", "Developer", "Cluj", "1986-12-19"],
  ["Ursula", "Meier", "", "", "Bern", "1943-05-08"],
  ["Wim", "Janssens", "Brouwerij Janssens", "Brewer", "Gent", "1973-01-23"],
].map(([given = "", family = "", works = "", title = "", city = "", birthday = ""]) => {
  return { given, family, works, title, city, birthday };
});

const nobody: Person = { given: "", family: "", works: "", title: "", city: "", birthday: "" };

type Style = (person: Person, index: number) => string;

/** Grouped lines with labels, item by item; names and numbers as iOS writes them. */
const apple: Style = (person, index) =>
  card([
    "VERSION:3.0",
    "PRODID:-//Apple Inc.//iPhone OS 18.1//EN",
    `N:${person.family};${person.given};;;`,
    `FN:${fullName(person)}`,
    `ORG:${person.works};`,
    `TITLE:${person.title}`,
    `EMAIL;type=INTERNET;type=WORK;type=pref:${mail(person)}`,
    `EMAIL;type=INTERNET;type=HOME:${person.given.toLowerCase()}@home.example`,
    `TEL;type=CELL;type=VOICE;type=pref:${phone("170", index)}`,
    `TEL;type=WORK;type=VOICE:${phone("30", index)}`,
    `item1.TEL:${phone("151", index)}`,
    "item1.X-ABLabel:Boat",
    `item2.ADR;type=HOME;type=pref:;;Hafenstraße ${index + 1};${person.city};;10${index + 100};`,
    "item2.X-ABADR:de",
    "item3.URL;type=pref:https\\://www.example.org/",
    "item3.X-ABLabel:_$!<HomePage>!$_",
    `BDAY:${person.birthday}`,
    "item4.X-ABDATE;type=pref:2012-09-01",
    "item4.X-ABLabel:_$!<Anniversary>!$_",
    "NOTE:Met at the lighthouse.\\nLikes rowing\\, dislikes calls before nine.",
    `X-SOCIALPROFILE;type=mastodon;x-user=${person.given}:https://social.example/@${person.given}`,
    `PHOTO;ENCODING=b;TYPE=PNG:${portrait(index)}`,
    "REV:2026-01-05T08:15:00Z",
    `UID:${uid(index)}`,
  ]);

const nextcloud: Style = (person, index) =>
  card([
    "VERSION:3.0",
    "PRODID:-//Sabre//Sabre VObject 4.5.6//EN",
    `UID:${uid(index)}`,
    `FN:${fullName(person)}`,
    `N:${person.family};${person.given};;;`,
    `ORG:${person.works}`,
    `TITLE:${person.title}`,
    `EMAIL;TYPE=WORK:${mail(person)}`,
    `TEL;TYPE="CELL,VOICE":${phone("171", index)}`,
    `TEL;TYPE="WORK,VOICE":${phone("40", index)}`,
    `ADR;TYPE=HOME:;;Lindenweg ${index};${person.city};;20${index + 100};`,
    `BDAY;VALUE=DATE:${person.birthday.replaceAll("-", "")}`,
    "CATEGORIES:Friends,Sailing",
    "X-NC-SCOPE:v2-local",
    "REV;VALUE=DATE-AND-OR-TIME:20260105T081500Z",
  ]);

const google: Style = (person, index) =>
  card([
    "VERSION:3.0",
    `FN:${fullName(person)}`,
    `N:${person.family};${person.given};;;`,
    `EMAIL;TYPE=INTERNET;TYPE=WORK:${mail(person)}`,
    `TEL;TYPE=CELL:${phone("172", index)}`,
    `item1.ORG:${person.works}`,
    "item1.X-ABLabel:",
    `item2.TITLE:${person.title}`,
    "item2.X-ABLabel:",
    `ADR;TYPE=WORK:;;Marktplatz ${index};${person.city};;30${index + 100};`,
    `BDAY:${person.birthday}`,
    "CATEGORIES:myContacts",
    `UID:${uid(index)}`,
  ]);

const thunderbird: Style = (person, index) =>
  card([
    "VERSION:4.0",
    `N:${person.family};${person.given};;;`,
    `FN:${fullName(person)}`,
    `NICKNAME:${person.given.slice(0, 3)}`,
    `EMAIL;PREF=1:${mail(person)}`,
    `TEL;TYPE=cell;VALUE=TEXT:${phone("173", index)}`,
    `TEL;TYPE=home;VALUE=TEXT:${phone("89", index)}`,
    `ORG:${person.works}`,
    `BDAY;VALUE=DATE:${person.birthday.replaceAll("-", "")}`,
    `TZ;VALUE=TEXT:Europe/Berlin`,
    `UID:${uid(index)}`,
  ]);

const outlook: Style = (person, index) =>
  card([
    "VERSION:3.0",
    `UID:${uid(index)}`,
    `FN:${person.family}\\, ${person.given}`,
    `N:${person.family};${person.given};;;`,
    `ORG:${person.works};`,
    `TITLE:${person.title}`,
    `TEL;TYPE=WORK;TYPE=VOICE:${phone("221", index)}`,
    `TEL;TYPE=CELL;TYPE=VOICE:${phone("174", index)}`,
    `TEL;TYPE=WORK;TYPE=FAX:${phone("221", index + 500)}`,
    `ADR;TYPE=WORK;TYPE=PREF:;;Industriestr. ${index};${person.city};;40${index + 100};Germany`,
    `LABEL;TYPE=WORK;TYPE=PREF:Industriestr. ${index}\\n${person.city}`,
    `EMAIL;TYPE=PREF;TYPE=INTERNET:${mail(person)}`,
    "X-MS-OL-DEFAULT-POSTAL-ADDRESS:2",
    "CLASS:PUBLIC",
  ]);

const styles: readonly Style[] = [apple, nextcloud, google, thunderbird, outlook];

function company(): string {
  return card([
    "VERSION:3.0",
    "UID:demo-company",
    "FN:Gipfelbäckerei",
    "N:;;;;",
    "ORG:Gipfelbäckerei",
    "X-ABShowAs:COMPANY",
    "TEL;TYPE=WORK,VOICE:+49 761 555 0100",
    "NOTE:Open from six. Order rolls the day before.",
  ]);
}

function card(lines: readonly string[]): string {
  return ["BEGIN:VCARD", ...lines.map(fold), "END:VCARD", ""].join("\r\n");
}

function fullName({ given, family }: Person): string {
  return `${given} ${family}`;
}

/** Letters without their accents. */
function mail({ given, family }: Person): string {
  const name = `${given}.${family}`.normalize("NFD").toLowerCase();
  return `${name.replace(/[^a-z.]/g, "")}@example.org`;
}

function phone(area: string, index: number): string {
  return `+49 ${area} 555 ${String(1000 + index)}`;
}

function uid(index: number): string {
  return `demo-${String(index).padStart(4, "0")}-4a1f-9d3e-0c5b7e1a2f60`;
}
