// The build context: the tracked files that .dockerignore lets through, as they are in the working tree.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Knows patterns of four kinds: a path, all, a name at any depth (two asterisks), and each of them taken back (!). */
export function isLetThrough(path: string, ignore: string): boolean {
  const patterns = ignore.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  let isIgnored = false;
  for (const pattern of patterns) {
    const name = pattern.replace(/^!/, '');
    const matches =
      name === '*' ||
      path === name ||
      path.startsWith(`${name}/`) ||
      (name.startsWith('**/') && `/${path}/`.includes(`/${name.slice(3)}/`));
    if (matches) isIgnored = !pattern.startsWith('!');
  }
  return !isIgnored;
}

export function copyContext(checkout: string, folder: string): void {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: checkout, encoding: 'utf8' }).split('\0');
  const ignore = readFileSync(join(checkout, '.dockerignore'), 'utf8');
  for (const path of tracked)
    if (path !== '' && isLetThrough(path, ignore) && existsSync(join(checkout, path)))
      cpSync(join(checkout, path), join(folder, path));
}
