/**
 * Terraform with the real AWS provider, offline: the provider is taken from a plugin folder of the
 * machine, and what it does goes to an emulator of AWS.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
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

/** Where a plugin folder holds the provider for this machine. */
interface Installed {
  /** The plugin folder. */
  readonly mirror: string;
  readonly executable: string;
}

function installedProvider(): Installed | undefined {
  return pluginFolders()
    .flatMap((mirror) =>
      foldersIn(join(mirror, PROVIDER)).flatMap((version) => {
        const folder = join(mirror, PROVIDER, version, platform());
        const file = existsSync(folder)
          ? readdirSync(folder).find((name) => name.startsWith('terraform-provider-aws'))
          : undefined;
        return file === undefined ? [] : [{ mirror, executable: join(folder, file) }];
      }),
    )
    .at(0);
}

const installed = installedProvider();

function platform(): string {
  const architecture = { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch;
  return `${process.platform}_${architecture}`;
}

/** For `testWith`. */
export const AWS_PROVIDER: Need = {
  name: "Terraform's AWS provider",
  found: installed !== undefined,
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

/** Leads Terraform to a provider that is running already. */
export type Reattachment = Readonly<Record<string, string>>;

const REATTACH = 'TF_REATTACH_PROVIDERS';
const START_MS = 120_000;

/**
 * Starts the provider once for all commands, as its developers do to debug it: started anew by each
 * command it would take seconds of them every time. It serves one configuration at a time.
 * https://developer.hashicorp.com/terraform/plugin/debugging#terraform-cli-development-workflow
 */
export async function withProvider(use: (running: Reattachment) => Promise<void>): Promise<void> {
  const server = spawn(installed?.executable as string, ['-debug'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: withoutAws(process.env),
  });
  const stop = (): void => {
    server.kill('SIGKILL');
  };
  process.once('exit', stop);
  try {
    await use({ [REATTACH]: await addressOf(server) });
  } finally {
    process.off('exit', stop);
    stop();
  }
}

function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (why: string): void => reject(new Error(`the AWS provider ${why}\n${log}`));
    const timer = setTimeout(() => fail(`was not ready after ${START_MS} ms`), START_MS);
    server.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
      const address = /TF_REATTACH_PROVIDERS='(.*)'/.exec(log)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
    server.once('error', ({ message }) => fail(message));
    server.once('exit', (code) => fail(`ended with ${code}`));
  });
}

/** A person's own settings stay out; a certificate bundle among them cannot be configured twice. */
function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(others),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

/** A root module in a folder. */
export class RootModule {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    const mirror = JSON.stringify(installed?.mirror);
    const config = `provider_installation {\n  filesystem_mirror {\n    path = ${mirror}\n  }\n}\n`;
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
          env: {
            ...process.env,
            CHECKPOINT_DISABLE: '1',
            ...this.#env,
            // The provider itself is what `init` looks for.
            ...(command === 'init' ? { [REATTACH]: '' } : {}),
          },
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

/** The root module's provider. */
export function provider(url: string, region: string): string {
  return `provider "aws" {
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
`;
}
