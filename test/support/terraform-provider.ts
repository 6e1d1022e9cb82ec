/**
 * Terraform with the real AWS provider, offline: the provider is taken from a plugin folder of the
 * machine, and what it does goes to an emulator of AWS.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { EmittedFile } from '../../src/model/bundle.ts';
import { writeFiles } from './folders.ts';
import type { Need } from './tools.ts';

const PROVIDER = 'registry.terraform.io/hashicorp/aws';

/**
 * Folders in which Terraform and its users keep plugins.
 * https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
 */
function pluginFolders(): readonly string[] {
  const { TF_CLI_CONFIG_FILE, TF_PLUGIN_CACHE_DIR, XDG_DATA_DIRS = '' } = process.env;
  const configs = [TF_CLI_CONFIG_FILE, join(homedir(), '.terraformrc')];
  const configured = configs
    .filter((file) => file !== undefined && existsSync(file))
    .flatMap((file) => [
      ...readFileSync(file as string, 'utf8').matchAll(
        /^\s*(?:plugin_cache_dir|path)\s*=\s*"(.+)"/gm,
      ),
    ])
    .map(([, folder]) => folder as string);
  const shared = [...XDG_DATA_DIRS.split(':'), '/usr/local/share', '/usr/share'];
  return [
    ...configured,
    ...(TF_PLUGIN_CACHE_DIR === undefined ? [] : [TF_PLUGIN_CACHE_DIR]),
    join(homedir(), '.terraform.d', 'plugins'),
    join(homedir(), '.terraform.d', 'plugin-cache'),
    ...shared.filter((folder) => folder !== '').map((folder) => join(folder, 'terraform/plugins')),
    ...foldersIn('/opt').map((name) => join('/opt', name)),
  ];
}

function foldersIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => name);
}

/** A plugin folder that holds the provider for this machine. */
const mirror = pluginFolders().find((folder) =>
  foldersIn(join(folder, PROVIDER)).some((version) =>
    foldersIn(join(folder, PROVIDER, version)).includes(platform()),
  ),
);

function platform(): string {
  const architecture = { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch;
  return `${process.platform}_${architecture}`;
}

/** For `testWith`. */
export const AWS_PROVIDER: Need = {
  name: "Terraform's AWS provider",
  found: mirror !== undefined,
};

/**
 * A message of `terraform plan -json`, as far as tests read it.
 * https://developer.hashicorp.com/terraform/internals/machine-readable-ui
 */
export interface PlanMessage {
  readonly type: string;
  /** Of `planned_change`. */
  readonly change?: { readonly action: string; readonly resource: { readonly addr: string } };
  /** Of `change_summary`. */
  readonly changes?: { readonly import: number; readonly remove: number; readonly add: number };
}

/** A root module, initialized once. */
export class RootModule {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    const config = `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`;
    writeFiles(folder, [{ path: 'cli.tfrc', content: config }]);
    this.#env = { ...env, TF_CLI_CONFIG_FILE: join(folder, 'cli.tfrc'), TF_IN_AUTOMATION: '1' };
  }

  write(files: readonly EmittedFile[]): void {
    writeFiles(this.#folder, files);
  }

  /**
   * Runs Terraform; throws with what it says where its exit code is not among those. Meanwhile this
   * process reads the emulator's log, which would stop it were it full.
   */
  run(args: readonly string[], codes: readonly number[] = [0]): Promise<string> {
    const [command, ...flags] = args;
    return new Promise((resolve, reject) => {
      execFile(
        'terraform',
        [command as string, '-no-color', ...flags],
        {
          cwd: this.#folder,
          env: { ...process.env, CHECKPOINT_DISABLE: '1', ...this.#env },
          maxBuffer: 1 << 28,
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : error.code;
          if (codes.includes(code as number)) resolve(stdout);
          else reject(new Error(`terraform ${args.join(' ')}: ${code}\n${stdout}${stderr}`));
        },
      );
    });
  }

  /** What `plan` tells, one message after another; written to a file for `apply` too. */
  async plan(): Promise<readonly PlanMessage[]> {
    const output = await this.run(['plan', '-input=false', '-out=plan', '-json']);
    return output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  async apply(): Promise<void> {
    await this.run(['apply', '-input=false', 'plan']);
  }
}

/** The root module's provider, for one region or for several under aliases. */
export function providers(url: string, regions: readonly string[]): string {
  const blocks = regions.map(
    (region) => `provider "aws" {
  alias                       = "${region}"
  region                      = "${region}"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  endpoints {
    iam = "${url}"
    sts = "${url}"
  }
}
`,
  );
  return blocks.join('\n');
}
