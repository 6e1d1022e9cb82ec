/**
 * The names of all AWS actions, as of a date: what a wildcard in an action matches.
 *
 * Compiled into the program by `scripts/compile-catalogue.mjs`; the code is loaded only when asked
 * for, because nothing but `--shrink` needs it.
 */

export interface Catalogue {
  /** `YYYY-MM-DD`: newer actions are not known. */
  readonly date: string;
  /**
   * The actions that a pattern such as `ec2:DescribeVpc*` matches the way IAM matches: `*` any run
   * of characters, `?` one, capitals like lowercase. In AWS's spelling; by service, and within
   * one sorted by name without regard to capitals.
   */
  actionsMatching(pattern: string): readonly string[];
  /** Whether this is one action's whole name, `service:Name`, in whatever capitals. */
  knows(action: string): boolean;
  /** All actions of a service prefix, sorted so; none for an unknown service. */
  actionsOf(service: string): readonly string[];
}

/** The compiled catalogue of all of AWS. */
export async function loadCatalogue(): Promise<Catalogue> {
  const { date, services } = await import('../generated/catalogue.js');
  return new NamesByService(date, new Map(Object.entries(services)), frontDecoded);
}

/** A catalogue of the actions given, `service:Name` each; of one action's spellings the first. */
export function catalogueOf(date: string, actions: Iterable<string>): Catalogue {
  const spelling = new Map<string, string>();
  for (const action of actions) {
    const lower = action.toLowerCase();
    if (!spelling.has(lower)) spelling.set(lower, action);
  }
  const services = new Map<string, string[]>();
  for (const lower of [...spelling.keys()].sort()) {
    const [service] = parts(lower);
    const [, name] = parts(spelling.get(lower) as string);
    const known = services.get(service);
    if (known === undefined) services.set(service, [name]);
    else known.push(name);
  }
  const sorted = [...services].sort(([a], [b]) => (a < b ? -1 : 1));
  return new NamesByService(date, new Map(sorted), (names) => names);
}

/** The names that `frontCoded` in `scripts/compile-catalogue.mjs` has written, in their order. */
function frontDecoded(text: string): string[] {
  let previous = '';
  return text.split(' ').map((coded) => {
    previous = previous.slice(0, Number.parseInt(coded.charAt(0), 36)) + coded.slice(1);
    return previous;
  });
}

interface Service {
  readonly actions: readonly string[];
  /** The same in lowercase, in the same order. */
  readonly lower: readonly string[];
  readonly known: ReadonlySet<string>;
}

const NONE: Service = { actions: [], lower: [], known: new Set() };

/** Services are unpacked one by one, when first asked for. */
class NamesByService<Packed> implements Catalogue {
  readonly date: string;
  readonly #packed: ReadonlyMap<string, Packed>;
  readonly #unpack: (packed: Packed) => readonly string[];
  readonly #services = new Map<string, Service>();

  constructor(
    date: string,
    packed: ReadonlyMap<string, Packed>,
    unpack: (packed: Packed) => readonly string[],
  ) {
    this.date = date;
    this.#packed = packed;
    this.#unpack = unpack;
  }

  actionsMatching(pattern: string): readonly string[] {
    const wanted = pattern.toLowerCase();
    if (wanted === '*') return [...this.#packed.keys()].flatMap((each) => this.actionsOf(each));
    const [service, name] = parts(wanted);
    if (!hasWildcard(service)) return matching(this.#service(service), name);
    const services = matcher(service);
    return [...this.#packed.keys()]
      .filter((each) => services.test(each))
      .flatMap((each) => matching(this.#service(each), name));
  }

  knows(action: string): boolean {
    const [service, name] = parts(action.toLowerCase());
    return this.#service(service).known.has(`${service}:${name}`);
  }

  actionsOf(service: string): readonly string[] {
    return this.#service(service.toLowerCase()).actions;
  }

  #service(service: string): Service {
    const unpacked = this.#services.get(service);
    if (unpacked !== undefined) return unpacked;
    const packed = this.#packed.get(service);
    if (packed === undefined) return NONE;
    const actions = this.#unpack(packed).map((name) => `${service}:${name}`);
    const lower = actions.map((action) => action.toLowerCase());
    const made = { actions, lower, known: new Set(lower) };
    this.#services.set(service, made);
    return made;
  }
}

/** Service prefix and name; a text without a colon has no name and so matches nothing. */
function parts(action: string): readonly [service: string, name: string] {
  const colon = action.indexOf(':');
  return colon < 0 ? [action, ''] : [action.slice(0, colon), action.slice(colon + 1)];
}

export function hasWildcard(action: string): boolean {
  return action.includes('*') || action.includes('?');
}

function matching({ actions, lower }: Service, name: string): readonly string[] {
  if (name === '*') return actions;
  const regex = matcher(`*:${name}`);
  return actions.filter((_, index) => regex.test(lower[index] as string));
}

/** A glob over lowercase as a regular expression over the whole text. */
function matcher(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's');
}
