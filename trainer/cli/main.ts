// Entry of the `weir` command.
import { run } from './program.js';

const code = await run(process.argv.slice(2));
// One that ended well may still say something by its exit code, as `weir install --diff` does.
if (code !== 0) process.exitCode = code;
