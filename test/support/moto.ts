/**
 * moto's server: an emulator of AWS. It is spoken to as AWS is, by the AWS CLI and, where there is
 * much to ask, by AWS's query protocol without the CLI's second of starting.
 * https://docs.getmoto.org/en/latest/docs/server_mode.html
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { runTool } from './tools.ts';

export interface Emulator {
  /** The answer's result. Throws with the service's own words where it refuses. */
  query(service: Service, action: string, parameters?: Parameters): Promise<Json>;
  /** Where it listens. */
  readonly url: string;
  /** What leads the AWS CLI to it, and keeps a person's own settings out. */
  env(): Readonly<Record<string, string>>;
  /** Runs the AWS CLI. Throws with what it says where it fails. */
  cli(...args: string[]): void;
  /** An empty account, spoken to in this region and so in its partition. */
  reset(region: string): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is what the service says; tests look into it.
export type Json = any;
export type Parameters = Readonly<Record<string, string>>;
export type Service = keyof typeof VERSIONS;

const VERSIONS = { iam: '2010-05-08', cloudformation: '2010-05-15' } as const;
const READY = /Running on (http:\/\/127\.0\.0\.1:\d+)/;
const START_MS = 60_000;

/** Starts a server on a free port for the time of `use`; it ends with this process at the latest. */
export async function withEmulator(use: (emulator: Emulator) => Promise<void>): Promise<void> {
  // Port 0: the system chooses a free one, and the server says which.
  const server = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // AWS managed policies exist only if asked for.
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
  });
  const stop = (): void => {
    server.kill('SIGKILL');
  };
  process.once('exit', stop);
  try {
    await use(emulatorAt(await addressOf(server)));
  } finally {
    process.off('exit', stop);
    const ended = new Promise((resolve) => server.once('close', resolve));
    if (server.exitCode === null && server.signalCode === null) {
      stop();
      await ended;
    }
  }
}

/** Its log is read on, since a full pipe would stop it. */
function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (why: string): void => reject(new Error(`moto_server ${why}\n${log}`));
    const timer = setTimeout(() => fail(`was not ready after ${START_MS} ms`), START_MS);
    const read = (chunk: string): void => {
      log = `${log}${chunk}`.slice(-10_000);
      const address = READY.exec(log)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
    server.stdout?.setEncoding('utf8').on('data', read);
    server.stderr?.setEncoding('utf8').on('data', read);
    server.once('error', ({ message }) => fail(message));
    server.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with ${code}`);
    });
  });
}

function emulatorAt(url: string): Emulator {
  let region = 'us-east-1';
  return {
    url,
    async query(service, action, parameters = {}) {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          // The emulator reads service and region from it and checks no signature.
          authorization: `AWS4-HMAC-SHA256 Credential=test/20200101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=none`,
        },
        body: new URLSearchParams({
          Action: action,
          Version: VERSIONS[service],
          ContentType: 'JSON',
          ...parameters,
        }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${action} ${Object.values(parameters)[0] ?? ''}: ${text}`);
      const answer = JSON.parse(text)[`${action}Response`];
      return answer?.[`${action}Result`];
    },
    env: () => ({
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_SESSION_TOKEN: '',
      AWS_DEFAULT_REGION: region,
      AWS_REGION: region,
      AWS_ENDPOINT_URL: url,
      AWS_PAGER: '',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    }),
    cli(...args) {
      const run = runTool('aws', args, { env: this.env() });
      if (run.status !== 0) throw new Error(`aws ${args.join(' ')}: ${run.stderr}${run.stdout}`);
    },
    async reset(next) {
      const response = await fetch(`${url}/moto-api/reset`, { method: 'POST' });
      if (!response.ok) throw new Error(`reset: ${await response.text()}`);
      region = next;
    },
  };
}
